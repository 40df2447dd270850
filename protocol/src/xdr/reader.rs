//! The checked reader: no primitive of it can run past the end of the frame, allocate or panic.

use bytes::Bytes;

use super::{Error, ErrorKind, padding, within};

/// Reads XDR values (RFC 4506) out of one received frame, which text and lists go on sharing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    frame: &'a Bytes,
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `frame`.
    #[must_use]
    pub const fn new(frame: &'a Bytes) -> Self {
        Self { frame, at: 0 }
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.frame.len().saturating_sub(self.at)
    }

    /// Fails unless at least `needed` bytes are left.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`].
    pub fn require(&self, needed: usize) -> Result<(), Error> {
        let left = self.remaining();
        if needed > left { Err(ErrorKind::Truncated { needed, left }.into()) } else { Ok(()) }
    }

    /// The next `length` bytes, without padding.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`].
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let left = self.remaining();
        let end = self.at.saturating_add(length);
        let taken = self.frame.get(self.at..end).ok_or(ErrorKind::Truncated { needed: length, left })?;
        self.at = end;
        Ok(taken)
    }

    /// The next `N` bytes as they are.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let left = self.remaining();
        let array = self.frame.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        let array = array.ok_or(ErrorKind::Truncated { needed: N, left })?;
        self.at += N;
        Ok(*array)
    }

    /// The next four bytes, big endian: RFC 4506, section 4.2.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`].
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    /// A length word that is at most `limit`.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] or [`ErrorKind::Truncated`].
    pub fn length(&mut self, limit: usize) -> Result<usize, Error> {
        within(usize::try_from(self.u32()?).unwrap_or(usize::MAX), limit)
    }

    /// `length` bytes and their padding; only the bytes are returned.
    ///
    /// # Errors
    /// [`ErrorKind::Padding`] or [`ErrorKind::Truncated`].
    pub fn padded(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let taken = self.take(length)?;
        if self.take(padding(length))?.iter().any(|&byte| byte != 0) {
            return Err(ErrorKind::Padding.into());
        }
        Ok(taken)
    }

    /// Like [`Reader::padded`], as a slice that shares the frame.
    ///
    /// # Errors
    /// [`ErrorKind::Padding`] or [`ErrorKind::Truncated`].
    pub fn shared(&mut self, length: usize) -> Result<Bytes, Error> {
        let start = self.at;
        self.padded(length)?;
        Ok(self.since(start, length))
    }

    /// The `length` bytes from `start`, which have been read before, as a slice that shares the frame.
    pub(crate) fn since(&self, start: usize, length: usize) -> Bytes {
        self.frame.slice(start..start.saturating_add(length).min(self.at))
    }
}
