//! Arrays of `char`: XDR sends each character as a word of its own, four bytes (RFC 4506, sections 4.12 and 4.13).
//!
//! libvirt declares SASL data and some names so. A byte of 0x80 and above arrives sign- or zero-extended, as the
//! sender's architecture has it: both are accepted, sign-extended is what we send.

use super::{Error, ErrorKind, Reader, Schema, Writer, Xdr, within};
use crate::wiped::wipe;

/// At most `MAX` characters, as bytes. Wiped from memory when dropped: SASL's may be a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chars<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Chars<MAX> {
    /// Characters of these bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] over `MAX` bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        within(bytes.len(), MAX)?;
        Ok(Self(bytes))
    }

    /// The characters as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> Drop for Chars<MAX> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl<const MAX: usize> Xdr for Chars<MAX> {
    const SCHEMA: Schema = Schema::Chars(MAX);
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.length(self.0.len());
        self.0.iter().for_each(|&byte| put_char(writer, byte));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let length = reader.length(MAX)?;
        reader.require(length.saturating_mul(4))?;
        (0..length).map(|_| char_byte(reader)).collect::<Result<_, _>>().map(Self)
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        let length = reader.length(MAX)?;
        reader.require(length.saturating_mul(4))?;
        (0..length).try_for_each(|_| char_byte(reader).map(drop))
    }
}

/// Exactly `N` characters, as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedChars<const N: usize>(pub [u8; N]);

impl<const N: usize> Xdr for FixedChars<N> {
    const SCHEMA: Schema = Schema::FixedChars(N);
    const MIN_SIZE: usize = N * 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        self.0.iter().for_each(|&byte| put_char(writer, byte));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut chars = [0; N];
        for byte in &mut chars {
            *byte = char_byte(reader)?;
        }
        Ok(Self(chars))
    }
}

fn put_char(writer: &mut Writer<'_>, byte: u8) {
    writer.raw(&sign_extended(byte));
}

/// One character.
pub(crate) fn char_byte(reader: &mut Reader<'_>) -> Result<u8, Error> {
    let word: [u8; 4] = reader.array()?;
    let [.., byte] = word;
    if word == [0, 0, 0, byte] || word == sign_extended(byte) {
        Ok(byte)
    } else {
        Err(ErrorKind::Char(u32::from_be_bytes(word)).into())
    }
}

fn sign_extended(byte: u8) -> [u8; 4] {
    i32::from(i8::from_be_bytes([byte])).to_be_bytes()
}
