//! Bytes that may be a password: where they were, zeros stay behind. What grows, and what a stream copies, is not seen here.

use std::hint::black_box;
use std::ops::{Deref, DerefMut};

use bytes::{Buf, BytesMut};

/// Overwrites bytes that nobody needs any more.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    // Whoever compiles this must believe that the zeros are read.
    black_box(bytes);
}

/// Bytes to send, wiped once they are sent, or dropped.
#[derive(Clone, Default)]
pub(crate) struct Wiped(BytesMut);

impl Wiped {
    /// Room for any call that carries a password: what has to grow leaves a copy behind.
    pub(crate) fn roomy() -> Self {
        Self(BytesMut::with_capacity(1024))
    }

    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Takes the first `count` bytes away.
    pub(crate) fn advance(&mut self, count: usize) {
        let count = count.min(self.0.len());
        wipe(self.0.get_mut(..count).unwrap_or_default());
        self.0.advance(count);
    }
}

impl Deref for Wiped {
    type Target = BytesMut;

    fn deref(&self) -> &BytesMut {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut BytesMut {
        &mut self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_away_is_zeros_where_it_was() {
        let mut bytes = *b"secret";
        wipe(&mut bytes[..3]);
        assert_eq!(&bytes, b"\0\0\0ret");
        let mut wiped = Wiped::copy_of(b"secret");
        wiped.advance(3);
        assert_eq!(wiped.as_ref(), b"ret");
        wiped.advance(9);
        assert!(wiped.is_empty());
    }
}
