//! The collection for Ansible: its modules called as Ansible calls them, and real Ansible over real ssh on hosts that have
//! no Python, each of them namespaces with a daemon and an sshd of their own.

#![cfg(all(feature = "cli", feature = "ansible"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a failed expectation fails the test")]

mod becoming;
mod controller;
mod fleet;
mod hosts;
#[path = "../lab/mod.rs"]
mod lab;
mod modules;
mod processor;
mod quality;
mod race;
