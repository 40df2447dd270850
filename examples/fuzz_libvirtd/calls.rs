//! Every call that is declared, its arguments made of arbitrary bytes.

use arbitrary::Unstructured;
use bytes::Bytes;
use virtwire_protocol::procedure::{Call, Event, Row, Visitor};
use virtwire_protocol::trace::payload;
use virtwire_protocol::xdr::to_bytes;
use virtwire_protocol::{remote, session};

use super::known;

/// The most bytes that one call's arguments are made of.
const BYTES: usize = 400;
/// Ends the connection, and so the fun.
const LEFT_OUT: &[&str] = &["connect_close"];

/// One procedure, with its types gone.
pub(super) struct Procedure {
    pub(super) info: &'static Row,
    make: fn(&mut Unstructured<'_>) -> arbitrary::Result<Bytes>,
    pub(super) check: fn(&virtwire_protocol::frame::Frame) -> Result<(), session::ReplyError>,
}

impl Procedure {
    pub(super) fn name(&self) -> &'static str {
        self.info.name
    }

    /// The call as a trace shows it.
    pub(super) fn shown(&self, arguments: &Bytes) -> String {
        format!("{} {}", self.info.name, payload(self.info.arguments, arguments))
    }
}

/// All of them.
pub(super) struct Calls(Vec<Procedure>);

impl Visitor for Calls {
    fn call<C: Call>(&mut self) {
        if LEFT_OUT.contains(&C::INFO.name) {
            return;
        }
        self.0.push(Procedure {
            info: C::ROW,
            make: |bytes| C::arbitrary(bytes).map(|call| to_bytes(&call)),
            check: |reply| session::value::<C>(reply).map(drop),
        });
    }

    fn event<E: Event>(&mut self) {}
}

impl Calls {
    pub(super) fn all() -> Self {
        let mut calls = Self(Vec::new());
        remote::visit(&mut calls);
        calls
    }

    /// Any of them, with arguments that the daemon can decode.
    pub(super) fn next(&self, source: &mut Source) -> (&Procedure, Bytes) {
        loop {
            let bytes = source.bytes(BYTES);
            let procedure = source.one_of(&self.0);
            if let Ok(arguments) = (procedure.make)(&mut Unstructured::new(&bytes)) {
                return (procedure, known::mixed_in(procedure.info.arguments, &arguments, source));
            }
        }
    }
}

/// Numbers that look random, the same for the same seed (SplitMix64).
pub(super) struct Source(u64);

impl Source {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of some that are there.
    #[allow(clippy::indexing_slicing, reason = "the number is below their count")]
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}
