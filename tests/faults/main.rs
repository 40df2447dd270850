//! A proxy that does to a conversation with a daemon what networks and broken peers do. Whatever that is, each call ends in
//! time, what is said to be done is done, and what is said not to be done is not: the daemon is asked itself, by another way.
//!
//! The daemon is a real libvirtd where a test says so; what needs thousands of conversations that change something runs on
//! the in-memory one at every landing, and on a real one as a long test.

#![cfg(all(feature = "cli", feature = "json", feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails where it should"
)]

mod conversation;
mod crowd;
mod cuts;
mod desk;
mod flips;
mod frames;
#[path = "../lab/mod.rs"]
mod lab;
mod program;
mod proxy;
mod replaced;
mod switching;
