//! What fuzzing has found to be worth keeping holds on every landing: each target's corpus, without a fuzzer.

#![cfg(all(feature = "testdaemon", feature = "sasl"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "client_checks/mod.rs"]
mod client_checks;
#[path = "daemon_checks/mod.rs"]
mod daemon_checks;
#[path = "filled/mod.rs"]
mod filled;
#[path = "../fuzz/replay.rs"]
mod replay;
#[path = "text_checks/mod.rs"]
mod text_checks;

use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// One at a time: the allocator counts for all threads.
static ALONE: Mutex<()> = Mutex::new(());

macro_rules! replay {
    ($target:literal, $check:path) => {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        replay::replay(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/", $target), $check);
    };
}

#[test]
fn the_corpus_of_client_holds() {
    replay!("client", client_checks::check);
}

#[test]
fn the_corpus_of_daemon_holds() {
    replay!("daemon", daemon_checks::check);
}

#[test]
fn the_corpus_of_uri_holds() {
    replay!("uri", text_checks::uri);
}

#[test]
fn the_corpus_of_libvirt_conf_holds() {
    replay!("libvirt_conf", text_checks::libvirt_conf);
}

#[test]
fn the_corpus_of_network_xml_holds() {
    replay!("network_xml", text_checks::network_xml);
}
