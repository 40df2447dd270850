//! Staying connected: peers that vanish without a word, connections that are opened again, and a thousand calls at once.

#![cfg(all(unix, feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

mod keepalive;
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../peer/mod.rs"]
mod peer;
mod policy;
mod restarted;
mod thousand;
mod vanished;
