//! One command on several hosts, side by side.

#![cfg(all(unix, feature = "cli", feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

#[path = "../cli/mod.rs"]
mod cli;
mod interrupted;
mod list;
mod many;
#[path = "../lab/mod.rs"]
mod lab;
mod memory;
mod real;
mod stream;
