//! The writer: appends XDR values to a buffer. Limits are in the types, so that writing cannot fail.

use bytes::{BufMut, BytesMut};

use super::padding;

/// Appends XDR values (RFC 4506) to `out`.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut BytesMut,
}

impl<'a> Writer<'a> {
    /// A writer that appends to `out`.
    pub const fn new(out: &'a mut BytesMut) -> Self {
        Self { out }
    }

    /// Appends four bytes, big endian.
    pub fn u32(&mut self, word: u32) {
        self.out.put_u32(word);
    }

    /// Appends a length word. The types bound lengths far below what 32 bits hold.
    pub fn length(&mut self, length: usize) {
        self.u32(u32::try_from(length).unwrap_or(u32::MAX));
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.put_slice(bytes);
    }

    /// Appends bytes, and zeroes up to a multiple of four.
    pub fn padded(&mut self, bytes: &[u8]) {
        self.raw(bytes);
        self.out.put_bytes(0, padding(bytes.len()));
    }
}
