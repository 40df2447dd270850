//! Arbitrary bytes in arbitrary pieces: a session never panics, and says the same whatever the pieces.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod frame_words;
mod session_checks;

use frame_words::{KEEPALIVE, REMOTE, frame, ping, words};
use proptest::collection::vec;
use proptest::prelude::*;
use session_checks::{check, pieces_make_no_difference};

/// A frame that a peer may well send, or one that is nearly so.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let program = prop_oneof![6 => Just(REMOTE), 1 => Just(KEEPALIVE), 1 => any::<u32>()];
    let procedure = prop_oneof![4 => Just(46_u32), 1 => 0_u32..4, 1 => any::<u32>()];
    let r#type = prop_oneof![4 => Just(1_u32), 6 => 0_u32..8, 1 => any::<u32>()];
    let rest = (0_u32..6, 0_u32..4, vec(0_u32..40, 0..12), vec(any::<u8>(), 0..40));
    (program, procedure, r#type, rest).prop_map(
        |(program, procedure, r#type, (serial, status, body, behind))| {
            let header = [program, 1, procedure, r#type, serial, status];
            let mut bytes = frame(header, &words(&body));
            if matches!(r#type, 4 | 5) {
                bytes.extend(behind);
            }
            bytes
        },
    )
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![8 => plausible(), 2 => Just(ping()), 1 => vec(any::<u8>(), 0..40)];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn plausible_frames_are_the_same_in_any_pieces(bytes in stream(), sizes in vec(any::<u8>(), 0..20)) {
        pieces_make_no_difference(&bytes, &sizes);
    }

    #[test]
    fn arbitrary_bytes_are_the_same_in_any_pieces(bytes in vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }
}

#[test]
fn a_frame_is_the_same_in_any_two_pieces() {
    let bytes = [words(&[36, REMOTE, 1, 46, 5, 2, 0, 2, 9]), vec![0; 2], ping(), words(&[27])].concat();
    for first in 1..=u8::try_from(bytes.len()).expect("it is short") {
        pieces_make_no_difference(&bytes, &[first, 255]);
    }
}
