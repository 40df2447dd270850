//! The writer: appends XDR values to a buffer. Limits are in the types, so that writing cannot fail.

use bytes::{BufMut, BytesMut};

use super::padding;

/// Room for what stands beside a long text, in bytes.
const BESIDE: usize = 1024;

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
        if bytes.len() > BESIDE {
            self.make_room(bytes.len());
        }
        self.out.put_slice(bytes);
    }

    /// A buffer that grows by itself doubles: of one long text it would hold two, or four.
    #[cold]
    fn make_room(&mut self, length: usize) {
        if self.out.capacity() - self.out.len() < length {
            let mut larger = BytesMut::with_capacity(self.out.len() + length + BESIDE);
            larger.put_slice(self.out);
            *self.out = larger;
        }
    }

    /// Appends bytes, and zeroes up to a multiple of four.
    pub fn padded(&mut self, bytes: &[u8]) {
        self.raw(bytes);
        self.out.put_bytes(0, padding(bytes.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_not_given_room_for_two() {
        let text = vec![b'x'; 100_000];
        let mut out = BytesMut::new();
        let mut writer = Writer::new(&mut out);
        writer.u32(1);
        writer.padded(&text);
        writer.u32(2);
        assert!(out.capacity() < 102_000, "{}", out.capacity());
        assert_eq!(out.len(), 100_008);
        assert_eq!(out[..5], [0, 0, 0, 1, b'x']);
        assert_eq!(out[100_000..], [b'x', b'x', b'x', b'x', 0, 0, 0, 2]);
    }
}
