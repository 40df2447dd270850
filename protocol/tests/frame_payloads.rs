//! Every declared type from arbitrary payloads: it decodes or fails, and what decodes survives encoding.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod frame_payload_checks;
mod frame_words;

use frame_payload_checks::check;
use frame_words::words;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn payloads_of_small_words_round_trip(payload in vec(prop_oneof![9 => 0_u32..4, 1 => any::<u32>()], 0..40)) {
        check(&words(&payload));
    }

    #[test]
    fn payloads_of_arbitrary_bytes_round_trip(payload in vec(any::<u8>(), 0..200)) {
        check(&payload);
    }
}
