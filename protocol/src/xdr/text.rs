//! Bounded strings as they came: bytes that share the received frame and need not be UTF-8.

use std::borrow::Cow;
use std::fmt;
use std::str::Utf8Error;

use bytes::Bytes;

use super::{Error, Opaque, Reader, Schema, View, Writer, Xdr};

/// A string of at most `MAX` bytes (RFC 4506, section 4.11).
///
/// libvirt promises no character encoding, so the bytes are kept as they came. Cloning is cheap, and a text that
/// was received keeps the frame that it is part of in memory, or at most four times as much.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Opaque<MAX>);

impl<const MAX: usize> Text<MAX> {
    /// A text of these bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`](super::ErrorKind::TooLong) over `MAX` bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        Opaque::new(bytes).map(Self)
    }

    /// A text that is part of the program, cut off at `MAX` bytes.
    #[must_use]
    pub fn from_static(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        Self(Opaque::new(Bytes::from_static(bytes.get(..MAX).unwrap_or(bytes))).unwrap_or_default())
    }

    /// The bytes as they came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, where it is UTF-8.
    ///
    /// # Errors
    /// [`Utf8Error`] where it is not.
    pub fn to_str(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(self.as_bytes())
    }

    /// The text, with what is not UTF-8 replaced by U+FFFD.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// The bytes, still sharing the frame.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }
}

impl<const MAX: usize> Xdr for Text<MAX> {
    const SCHEMA: Schema = Schema::Text(MAX);
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        self.0.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Opaque::decode(reader).map(Self)
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        Opaque::<MAX>::skip(reader)
    }
}

impl<const MAX: usize> View for Text<MAX> {
    /// The bytes as they came.
    type Borrowed<'a> = &'a [u8];

    fn view<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
        let length = reader.length(MAX)?;
        reader.padded(length)
    }
}

impl<const MAX: usize> TryFrom<&str> for Text<MAX> {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl<const MAX: usize> PartialEq<str> for Text<MAX> {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const MAX: usize> PartialEq<&str> for Text<MAX> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// Lossy and not escaped: for terminals, escape control characters first.
impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

/// Quoted and escaped, byte by byte where it is not ASCII.
impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}
