//! What becomes of a panic in a program that is built as the static binary is: `panics/` is one.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::lab::run::{DEADLINE, Output, run};
use crate::root;

const SOURCE: &str = env!("CARGO_MANIFEST_DIR");

/// Standard library and program are compiled, where they were not before.
const BUILDING: Duration = Duration::from_secs(600);

/// Builds the program, and has it panic in this way; nothing where only other binaries can be built.
fn panics(way: &str) -> Option<Output> {
    root::program()?;
    let mut build = Command::new(format!("{SOURCE}/dist/build.sh"));
    build.args(["x86_64-unknown-linux-musl", "--manifest-path", "tests/minimal/panics/Cargo.toml"]);
    build.env("CARGO_TARGET_DIR", PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("panics"));
    let program = run(&mut build, BUILDING).expect_ok().out();
    Some(run(Command::new(program.trim()).arg(way), DEADLINE))
}

#[test]
fn a_panic_unwinds_frame_by_frame_and_says_where_it_was() {
    let Some(caught) = panics("caught") else { return };
    let left = "the formatter is left\na frame is left\na frame is left\n";
    assert_eq!((caught.code, caught.out()), (Some(0), format!("{left}survived: false\n")));
    let said = caught.err();
    assert!(said.contains("panicked at main.rs:") && said.contains("\na formatter fails\n"), "{said}");
}

#[test]
fn a_panic_of_a_thread_is_its_own() {
    let Some(joined) = panics("thread") else { return };
    let left = "the formatter is left\na frame is left\n";
    assert_eq!((joined.code, joined.out()), (Some(0), format!("{left}survived: false\n")));
}

#[test]
fn a_panic_in_a_destructor_is_reported_and_ends_the_program() {
    let Some(ended) = panics("destructor") else { return };
    assert_eq!((ended.code, ended.out()), (None, "the failing one is left\n".to_owned()));
    assert!(ended.err().contains("\na destructor fails\n"), "{}", ended.err());
}
