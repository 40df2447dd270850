//! What must hold for the arguments, the reply or the event of each declared procedure: for the fuzzer, and for the plain
//! test that replays its corpus.

use std::fmt::Debug;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use bytes::Bytes;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::procedure::{Body, Call, Event, Visitor};
use virtwire_protocol::remote;
use virtwire_protocol::xdr::{Reader, Xdr, from_bytes, to_bytes};

/// What is done with the bytes behind the first three.
type Check = fn(u8, &[u8]);

/// The first two bytes say which message, the third says whether the rest is a payload (even), or what a value is made of.
pub(crate) fn check(input: &[u8]) {
    static ALL: LazyLock<Vec<Check>> = LazyLock::new(|| {
        let mut all = Checks(vec![of::<ErrorBody>]);
        remote::visit(&mut all);
        all.0
    });
    let [high, low, mode, rest @ ..] = input else { return };
    let number = usize::from(u16::from_be_bytes([*high, *low]));
    if let Some(check) = ALL.get(number % ALL.len()) {
        check(*mode, rest);
    }
}

struct Checks(Vec<Check>);

impl Visitor for Checks {
    fn call<C: Call>(&mut self) {
        self.0.extend([of::<C> as Check, of::<C::Reply>]);
    }

    fn event<E: Event>(&mut self) {
        self.0.push(of::<E>);
    }
}

fn of<T: Body>(mode: u8, input: &[u8]) {
    if mode % 2 == 0 { received::<T>(&Bytes::copy_from_slice(input)) } else { made::<T>(input) }
}

/// What a peer may send: a typed error, or a value whose canonical bytes are those that came.
fn received<T: Body>(payload: &Bytes) {
    let mut reader = Reader::new(payload);
    let Ok(value) = T::decode(&mut reader) else { return };
    let came = payload.slice(..reader.position());
    let canonical = to_bytes(&value);
    // Characters have two forms on the wire, of the same size; nothing else has.
    assert!(canonical == came || holds_chars::<T>() && canonical.len() == came.len(), "{value:?}");
    same(&value, &canonical);
}

/// What a value says comes back as it was; damaged, it is an error or another value.
fn made<T: Body>(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let Ok(value) = T::arbitrary(&mut input) else { return };
    let bytes = to_bytes(&value);
    same(&value, &bytes);
    let damages: Vec<(u16, u8)> = Arbitrary::arbitrary_take_rest(input).unwrap_or_default();
    if damages.is_empty() || bytes.is_empty() {
        return;
    }
    let mut bytes = bytes.to_vec();
    for (at, byte) in damages {
        let at = usize::from(at) % (bytes.len() + 1);
        match bytes.get_mut(at) {
            Some(there) => *there = byte,
            None => bytes.push(byte),
        }
    }
    received::<T>(&bytes.into());
}

/// Asserts that the value is what its own bytes decode to, all of them. A NaN is not equal to itself, and shown alike.
fn same<T: Xdr + PartialEq + Debug>(value: &T, bytes: &Bytes) {
    let mut reader = Reader::new(bytes);
    let again = T::decode(&mut reader).expect("what we encode can be decoded");
    assert_eq!(reader.position(), bytes.len());
    assert_eq!(to_bytes(&again), bytes);
    assert!(*value == again || format!("{value:?}") == format!("{again:?}"), "{value:?} is now {again:?}");
    for cut in [bytes.len().wrapping_sub(1), bytes.len() / 2] {
        if cut < bytes.len() {
            let cut = from_bytes::<T>(&bytes.slice(..cut));
            assert!(cut.is_err(), "of a part of {value:?} comes {cut:?}");
        }
    }
}

fn holds_chars<T: Xdr>() -> bool {
    crate::registry::holds_chars(&T::SCHEMA)
}
