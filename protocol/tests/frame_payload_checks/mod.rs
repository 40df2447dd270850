//! What must hold for every declared type whatever its bytes: for property tests and for the fuzzer.

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::Header;
use virtwire_protocol::procedure::{Call, Event, Visitor};
use virtwire_protocol::remote::{self, ParameterValue};
use virtwire_protocol::trace::payload;
use virtwire_protocol::xdr::{self, Chars, FixedChars, FixedOpaque, List, Opaque, Reader, Secret, Text, Xdr};

/// Asserts for every type, those that the declared ones are made of and those that are declared, what [`round_trip`]
/// asserts, of this payload.
pub(crate) fn check(payload: &[u8]) {
    let bytes = &Bytes::copy_from_slice(payload);
    every_part_round_trips(bytes);
    round_trip::<ErrorBody>(bytes);
    round_trip::<Header>(bytes);
    remote::visit(&mut RoundTrips(bytes));
}

/// The same for what RFC 4506 has, by itself and in itself.
fn every_part_round_trips(bytes: &Bytes) {
    round_trip::<()>(bytes);
    round_trip::<i32>(bytes);
    round_trip::<u32>(bytes);
    round_trip::<i64>(bytes);
    round_trip::<u64>(bytes);
    round_trip::<f64>(bytes);
    round_trip::<bool>(bytes);
    round_trip::<Opaque<70>>(bytes);
    round_trip::<FixedOpaque<7>>(bytes);
    round_trip::<Text<70>>(bytes);
    round_trip::<Chars<40>>(bytes);
    round_trip::<FixedChars<3>>(bytes);
    round_trip::<Option<Option<bool>>>(bytes);
    round_trip::<List<Text<9>, 40>>(bytes);
    round_trip::<List<List<Option<u64>, 5>, 5>>(bytes);
    round_trip::<Option<Secret<Chars<40>>>>(bytes);
    round_trip::<ParameterValue>(bytes);
}

struct RoundTrips<'a>(&'a Bytes);

impl Visitor for RoundTrips<'_> {
    fn call<C: Call>(&mut self) {
        round_trip::<C>(self.0);
        round_trip::<C::Reply>(self.0);
    }

    fn event<E: Event>(&mut self) {
        round_trip::<E>(self.0);
    }
}

/// Asserts that `T` decodes from `bytes` exactly where it can be skipped and its trace calls nothing malformed; that it
/// then takes as many bytes as it was decoded from; and that these decode to the same value. Values are compared as bytes: not every `f64` equals itself.
fn round_trip<T: Xdr>(bytes: &Bytes) {
    let (mut reader, mut skipper) = (Reader::new(bytes), Reader::new(bytes));
    let decoded = T::decode(&mut reader);
    let skipped = T::skip(&mut skipper);
    assert_eq!(decoded.is_ok(), skipped.is_ok(), "{:?}", T::SCHEMA);
    let line = payload(T::SCHEMA, bytes).to_string();
    assert_eq!(decoded.is_err(), line.ends_with('>'), "{line}");
    let Ok(value) = decoded else { return };
    let encoded = xdr::to_bytes(&value);
    assert_eq!(reader.position(), skipper.position(), "{:?}", T::SCHEMA);
    assert_eq!(reader.position(), encoded.len(), "{:?}", T::SCHEMA);
    assert!(encoded.len() >= T::MIN_SIZE, "{:?}", T::SCHEMA);
    let again: T = xdr::from_bytes(&encoded).expect("what we encode can be decoded");
    assert_eq!(xdr::to_bytes(&again), encoded, "{:?}", T::SCHEMA);
}
