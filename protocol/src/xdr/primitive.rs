//! Integers, floating point, booleans, optionals and void: RFC 4506, sections 4.1 to 4.7, 4.16 and 4.19.

use super::{Error, ErrorKind, Reader, Schema, Writer, Xdr};

macro_rules! number {
    ($($type:ty, $schema:ident, $size:literal;)*) => {$(
        impl Xdr for $type {
            const SCHEMA: Schema = Schema::$schema;
            const MIN_SIZE: usize = $size;

            fn encode(&self, writer: &mut Writer<'_>) {
                writer.raw(&self.to_be_bytes());
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
                reader.array().map(Self::from_be_bytes)
            }
        }
    )*};
}

number! {
    i32, Int, 4;
    u32, UInt, 4;
    i64, Hyper, 8;
    u64, UHyper, 8;
    f64, Double, 8;
}

impl Xdr for bool {
    const SCHEMA: Schema = Schema::Bool;
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.u32(u32::from(*self));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        match reader.u32()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(ErrorKind::Bool(other).into()),
        }
    }
}

impl Xdr for () {
    const SCHEMA: Schema = Schema::Void;
    const MIN_SIZE: usize = 0;

    fn encode(&self, _: &mut Writer<'_>) {}

    fn decode(_: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(())
    }
}

impl<T: Xdr> Xdr for Option<T> {
    const SCHEMA: Schema = Schema::Optional(&T::SCHEMA);
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        self.is_some().encode(writer);
        if let Some(value) = self {
            value.encode(writer);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        if bool::decode(reader)? { T::decode(reader).map(Some) } else { Ok(None) }
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        if bool::decode(reader)? { T::skip(reader) } else { Ok(()) }
    }
}
