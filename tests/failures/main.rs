//! What can go wrong on the way to a daemon, and what a conversation costs: exact exit codes, and never a hang, a
//! signal or a flood of words.

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

/// It failed with `code`, and said so in one or two lines (and in a third what to do), on stderr alone.
#[track_caller]
fn assert_failed(output: &Output, code: i32) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert_eq!(output.stdout, b"", "{output:?}");
    let err = output.err();
    let lines: Vec<_> = err.lines().collect();
    assert!((1..=3).contains(&lines.len()), "{err}");
    assert!(lines.iter().all(|line| line.len() < 1000), "{err}");
    assert!(err.starts_with("error: "), "{err}");
}
