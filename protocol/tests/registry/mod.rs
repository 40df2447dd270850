//! Every declared message, with its type gone: what the properties of messages hold for.

#![allow(dead_code, reason = "each test uses its own part")]

use std::fmt::Debug;

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Header;
use virtwire_protocol::procedure::{Call, Event, Visitor};
use virtwire_protocol::remote::ParameterValue;
use virtwire_protocol::xdr::{Error, Reader, Schema, Xdr, to_bytes};
use virtwire_protocol::{keepalive, remote};

/// One message: a call's arguments, a reply, an event's body, or what goes with them all.
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) schema: Schema,
    pub(crate) min_size: usize,
    pub(crate) decode: fn(&Bytes) -> Result<Decoded, Error>,
    /// How many bytes were stepped over.
    pub(crate) skip: fn(&Bytes) -> Result<usize, Error>,
}

/// What became of bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    /// How many bytes the value took.
    pub(crate) read: usize,
    /// The value encoded again.
    pub(crate) again: Bytes,
    /// The value as `Debug` shows it.
    pub(crate) shown: String,
}

fn message<T: Xdr + Debug>(name: impl Into<String>) -> Message {
    Message {
        name: name.into(),
        schema: T::SCHEMA,
        min_size: T::MIN_SIZE,
        decode: |bytes| {
            let mut reader = Reader::new(bytes);
            let value = T::decode(&mut reader)?;
            Ok(Decoded { read: reader.position(), again: to_bytes(&value), shown: format!("{value:?}") })
        },
        skip: |bytes| {
            let mut reader = Reader::new(bytes);
            T::skip(&mut reader)?;
            Ok(reader.position())
        },
    }
}

struct Messages(Vec<Message>);

impl Visitor for Messages {
    fn call<C: Call>(&mut self) {
        let name = C::INFO.name;
        self.0.extend([message::<C>(name), message::<C::Reply>(format!("{name} reply"))]);
    }

    fn event<E: Event>(&mut self) {
        self.0.push(message::<E>(E::INFO.name));
    }
}

/// Every declared message.
pub(crate) fn messages() -> Vec<Message> {
    let mut all = Messages(vec![
        message::<Header>("header"),
        message::<ErrorBody>("error"),
        message::<ParameterValue>("parameter value"),
    ]);
    remote::visit(&mut all);
    keepalive::visit(&mut all);
    all.0
}

/// Whether the schema holds `char`s anywhere, which have two encodings.
pub(crate) fn holds_chars(schema: &Schema) -> bool {
    match schema {
        Schema::FixedChars(_) | Schema::Chars(_) => true,
        Schema::List(inner, _) | Schema::Optional(inner) | Schema::Secret(inner) => holds_chars(inner),
        Schema::Struct(declared) => declared.fields.iter().any(|field| holds_chars(&field.schema)),
        Schema::Union(declared) => declared.arms.iter().any(|arm| holds_chars(&arm.schema)),
        _ => false,
    }
}

#[test]
fn every_family_is_shown() {
    use std::collections::BTreeSet;

    let shown: BTreeSet<_> = messages().into_iter().map(|message| message.name).collect();
    let rows = remote::PROGRAM.procedures().chain(keepalive::PROGRAM.procedures());
    let missing: Vec<_> = rows.filter(|row| !shown.contains(row.name)).map(|row| row.name).collect();
    assert_eq!(missing, [""; 0]);
}
