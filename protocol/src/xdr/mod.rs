//! XDR (RFC 4506): one checked [`Reader`], one [`Writer`], one trait for both directions, limits in the types.
//!
//! Nothing here allocates what a peer claims: text, opaques and lists are slices of the received frame, and a
//! count is believed only as far as bytes are there to back it.

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod chars;
mod error;
mod list;
mod opaque;
mod primitive;
mod reader;
mod schema;
mod secret;
mod text;
mod writer;

use bytes::{Bytes, BytesMut};

pub(crate) use chars::char_byte;
pub use chars::{Chars, FixedChars};
use error::within;
pub use error::{Error, ErrorKind};
pub use list::{Items, List, Views};
pub use opaque::{FixedOpaque, Opaque};
pub use reader::Reader;
pub use schema::{Arm, EnumSchema, Field, Schema, StructSchema, UnionSchema};
pub use secret::Secret;
pub use text::Text;
pub use writer::Writer;

/// A type with an XDR form. Encoding and decoding stand side by side in each implementation.
pub trait Xdr: Sized {
    /// What the encoded form looks like, for comparison with libvirt's documents and for tracing.
    const SCHEMA: Schema;

    /// The fewest bytes that a value takes: bounds how many items of a list a frame can really hold.
    const MIN_SIZE: usize;

    /// Appends the value.
    fn encode(&self, writer: &mut Writer<'_>);

    /// Reads a value.
    ///
    /// # Errors
    /// [`Error`] names the field and says what is malformed there.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error>;

    /// Checks a value and steps over it: accepts exactly what [`Xdr::decode`] accepts, but builds nothing.
    ///
    /// # Errors
    /// As [`Xdr::decode`].
    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        Self::decode(reader).map(drop)
    }
}

/// A type whose values can be looked at where they lie in the frame: nothing is copied, nor counted as one who shares it.
pub trait View: Xdr {
    /// A value that borrows from the frame.
    type Borrowed<'a>;

    /// Reads a value: accepts exactly what [`Xdr::decode`] accepts.
    ///
    /// # Errors
    /// As [`Xdr::decode`].
    fn view<'a>(reader: &mut Reader<'a>) -> Result<Self::Borrowed<'a>, Error>;
}

/// The encoded form of one value.
#[must_use]
pub fn to_bytes<T: Xdr>(value: &T) -> Bytes {
    let mut out = BytesMut::new();
    value.encode(&mut Writer::new(&mut out));
    out.freeze()
}

/// Decodes one value from the start of `frame`; bytes behind it are tolerated, as libvirt's C client does.
///
/// # Errors
/// [`Error`] names the field and says what is malformed there.
pub fn from_bytes<T: Xdr>(frame: &Bytes) -> Result<T, Error> {
    T::decode(&mut Reader::new(frame))
}

/// How many zero bytes follow `length` bytes: RFC 4506, section 3.
const fn padding(length: usize) -> usize {
    length.wrapping_neg() & 3
}
