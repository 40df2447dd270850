//! Every declared type from arbitrary payloads: it decodes or fails, and what decodes survives encoding.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod frame_payload_checks;
mod frame_words;

use frame_payload_checks::{CHECKS, every_type_round_trips};
use frame_words::words;
use proptest::collection::vec;
use proptest::prelude::*;
use virtwire_protocol::remote::PROGRAM;

#[test]
fn every_declared_procedure_is_checked() {
    let mut checked: Vec<_> = CHECKS.iter().map(|(number, _)| *number).collect();
    let mut declared: Vec<_> = PROGRAM.procedures().map(|row| row.number).collect();
    checked.sort_unstable();
    declared.sort_unstable();
    assert_eq!(checked, declared);
}

proptest! {
    #[test]
    fn payloads_of_small_words_round_trip(payload in vec(prop_oneof![9 => 0_u32..4, 1 => any::<u32>()], 0..40)) {
        every_type_round_trips(&words(&payload).into());
    }

    #[test]
    fn payloads_of_arbitrary_bytes_round_trip(payload in vec(any::<u8>(), 0..200)) {
        every_type_round_trips(&payload.into());
    }
}
