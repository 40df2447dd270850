//! The static binary on hosts that have next to nothing: no libc, no shell, no /etc, no /proc, no /dev.
//!
//! `VIRTWIRE_BIN` names the binary, as `build.sh` builds it. Without one, or with one that is not static, these tests say
//! that they did not run.

#![cfg(feature = "cli")]
#![allow(clippy::expect_used, clippy::panic, reason = "a failed expectation fails the test")]

mod elf;
mod empty;
#[path = "../lab/mod.rs"]
mod lab;
mod machines;
mod memory;
mod names;
mod panics;
mod poor;
mod root;
mod without_c;
