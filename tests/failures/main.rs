//! What can go wrong on the way to a daemon, and what a conversation costs: exact exit codes, and never a hang, a
//! signal or a flood of words.

#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod calls;
mod cost;
#[path = "../lab/mod.rs"]
mod lab;
mod peer;
mod peers;
mod recorded;
mod sockets;

use lab::run::Output;

/// No connection could be made, and it said so in two lines on stderr; stdout is empty.
#[track_caller]
fn assert_not_connected(output: &Output, code: i32) {
    assert_eq!(output.out(), "", "{output:?}");
    assert_eq!(output.first_error(), "error: failed to connect to the hypervisor");
    assert_failed(output, code);
}

/// The command failed with `code` once connected, and said so in two lines on stderr; stdout has the empty line that
/// ends every command.
#[track_caller]
fn assert_broken_off(output: &Output, code: i32) {
    assert_eq!(output.out(), "\n", "{output:?}");
    assert_failed(output, code);
}

#[track_caller]
fn assert_failed(output: &Output, code: i32) {
    let err = output.err();
    assert_eq!(output.code, Some(code), "{err}");
    let lines: Vec<_> = err.lines().collect();
    assert_eq!(lines.len(), 2, "{err}");
    assert!(lines.iter().all(|line| line.starts_with("error: ") && line.len() < 1000), "{err}");
}
