//! A field whose content must never be shown: passwords, authentication data, secrets' values.

use std::fmt;

use super::{Error, Reader, Schema, Writer, Xdr};

/// A value that is sent like any other, but neither traced nor shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(pub T);

impl<T: Xdr> Xdr for Secret<T> {
    const SCHEMA: Schema = Schema::Secret(&T::SCHEMA);
    const MIN_SIZE: usize = T::MIN_SIZE;

    fn encode(&self, writer: &mut Writer<'_>) {
        self.0.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        T::decode(reader).map(Self)
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        T::skip(reader)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
