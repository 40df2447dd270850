//! What the feature `arbitrary` makes of a fuzzer's bytes: always a message that a peer takes, and all kinds of them.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use arbitrary::{Arbitrary, Unstructured};
use proptest::collection::vec;
use proptest::prelude::*;
use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::frame::{Header, MessageType};
use virtwire_protocol::procedure::{Body, Call, Event, Visitor};
use virtwire_protocol::remote;
use virtwire_protocol::remote::network::{ConnectListAllNetworksReply, NetworkPortSetParameters};
use virtwire_protocol::xdr::{from_bytes, to_bytes};

struct Generated<'a>(&'a [u8]);

impl Generated<'_> {
    fn check<T: Body>(&self) {
        let Ok(value) = T::arbitrary(&mut Unstructured::new(self.0)) else { return };
        let encoded = to_bytes(&value);
        let again: T = from_bytes(&encoded).expect("it was made by the type's own rules");
        assert_eq!(to_bytes(&again), encoded);
    }
}

impl Visitor for Generated<'_> {
    fn call<C: Call>(&mut self) {
        self.check::<C>();
        self.check::<C::Reply>();
    }

    fn event<E: Event>(&mut self) {
        self.check::<E>();
    }
}

proptest! {
    #[test]
    fn whatever_is_made_is_well_formed(bytes in vec(any::<u8>(), 0..400)) {
        let mut generated = Generated(&bytes);
        remote::visit(&mut generated);
        generated.check::<ErrorBody>();
        generated.check::<Header>();
    }
}

/// What is made of many different bytes.
fn made<T: for<'a> Arbitrary<'a>>() -> impl Iterator<Item = T> {
    (0_u32..2_000).filter_map(|seed| {
        let bytes: Vec<u8> = (0..64_u32)
            .flat_map(|at| (seed.wrapping_mul(0x9e37_79b9) ^ at.wrapping_mul(0x85eb_ca6b)).to_be_bytes())
            .collect();
        T::arbitrary(&mut Unstructured::new(&bytes)).ok()
    })
}

#[test]
fn lists_are_made_empty_and_with_items() {
    let lengths: Vec<usize> = made::<ConnectListAllNetworksReply>().map(|reply| reply.nets.len()).collect();
    assert!(lengths.contains(&0) && lengths.iter().any(|length| *length > 1), "{lengths:?}");
}

#[test]
fn every_arm_of_a_union_is_made() {
    let mut arms: Vec<_> = made::<NetworkPortSetParameters>()
        .flat_map(|call| {
            call.params.iter().map(|parameter| std::mem::discriminant(&parameter.value)).collect::<Vec<_>>()
        })
        .collect();
    arms.sort_by_key(|arm| format!("{arm:?}"));
    arms.dedup();
    assert_eq!(arms.len(), 7, "{arms:?}");
}

#[test]
fn enumerations_are_made_of_known_values_and_of_others() {
    let types: Vec<MessageType> = made::<Header>().map(|header| header.r#type).collect();
    assert!(types.contains(&MessageType::StreamHole));
    assert!(types.iter().any(|r#type| matches!(r#type, MessageType::Unknown(_))));
}
