//! What fuzzing has found to be worth keeping holds on every landing: each target's corpus, without a fuzzer.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "and so do its helpers")]

mod differential_checks;
mod frame_payload_checks;
mod procedure_checks;
mod registry;
#[path = "../../fuzz/replay.rs"]
mod replay;
mod session_checks;
mod walk;

use replay::replay;

/// Where a target's corpus is.
macro_rules! corpus {
    ($target:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/", $target)
    };
}

#[test]
fn the_corpus_of_xdr_holds() {
    replay(corpus!("xdr"), frame_payload_checks::check);
}

#[test]
fn the_corpus_of_session_holds() {
    replay(corpus!("session"), session_checks::check);
}

#[test]
fn the_corpus_of_procedures_holds() {
    replay(corpus!("procedures"), procedure_checks::check);
}

#[test]
fn the_corpus_of_differential_holds() {
    replay(corpus!("differential"), differential_checks::check);
}
