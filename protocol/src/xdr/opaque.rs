//! Fixed and bounded opaque data: RFC 4506, sections 4.9 and 4.10.

use bytes::Bytes;

use super::{Error, ErrorKind, Reader, Schema, Writer, Xdr, within};

/// At most `MAX` bytes of opaque data, sharing the received frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opaque<const MAX: usize>(Bytes);

impl<const MAX: usize> Opaque<MAX> {
    /// Opaque data of these bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] over `MAX` bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        within(bytes.len(), MAX)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still sharing the frame.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl<const MAX: usize> Xdr for Opaque<MAX> {
    const SCHEMA: Schema = Schema::Opaque(MAX);
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.length(self.0.len());
        writer.padded(&self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let length = reader.length(MAX)?;
        reader.shared(length).map(Self)
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        let length = reader.length(MAX)?;
        reader.padded(length).map(drop)
    }
}

/// Exactly `N` bytes of opaque data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixedOpaque<const N: usize>(pub [u8; N]);

impl<const N: usize> Xdr for FixedOpaque<N> {
    const SCHEMA: Schema = Schema::FixedOpaque(N);
    const MIN_SIZE: usize = N;

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.padded(&self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let left = reader.remaining();
        let taken = reader.padded(N)?;
        let exact = taken.first_chunk().ok_or(ErrorKind::Truncated { needed: N, left })?;
        Ok(Self(*exact))
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        reader.padded(N).map(drop)
    }
}
