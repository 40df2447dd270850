//! SASL against real daemons with libsasl's own database, with virsh beside, and against servers that cheat.
#![cfg(all(
    feature = "cli",
    feature = "net-event",
    feature = "sasl",
    feature = "several",
    feature = "trace"
))]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails the test"
)]

mod cheats;
#[path = "../lab/mod.rs"]
mod lab;
mod layer;
mod mechanisms;
mod memory;
#[path = "../peer/mod.rs"]
mod peer;
mod prompt;
mod server;
