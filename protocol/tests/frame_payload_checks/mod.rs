//! What must hold for every declared type whatever its bytes: for property tests and for the fuzzer.

use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::procedure::{Call, Event, Visitor};
use virtwire_protocol::remote;
use virtwire_protocol::trace::payload;
use virtwire_protocol::xdr::{self, Reader, Xdr};

/// Asserts for every declared type what [`round_trip`] asserts.
pub(crate) fn every_type_round_trips(bytes: &Bytes) {
    round_trip::<ErrorBody>(bytes);
    remote::visit(&mut RoundTrips(bytes));
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
