//! One command on several hosts, side by side.

#![cfg(all(
    unix,
    feature = "cli",
    feature = "edit",
    feature = "exports",
    feature = "json",
    feature = "man",
    feature = "net-event",
    feature = "several",
    feature = "testdaemon"
))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

#[path = "../cli/mod.rs"]
mod cli;
mod interrupted;
#[path = "../lab/mod.rs"]
mod lab;
mod list;
mod many;
mod memory;
mod real;
mod stream;
