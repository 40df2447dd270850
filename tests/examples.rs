//! Each example runs against the built-in hypervisor and prints what it says it prints.

#![cfg(all(feature = "evidence", feature = "testdaemon"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Where cargo puts examples: beside the folder of this program.
fn example(name: &str) -> PathBuf {
    let program = env::current_exe().unwrap();
    let path = program.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not built: 'cargo test --test' does not build it, 'cargo test' does",
        path.display()
    );
    path
}

/// What the example prints, run with nothing of the caller's environment.
fn printed(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(example(name)).args(arguments).env_clear().env("HOME", "/").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{name}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn disable_a_network() {
    let expected = "Autostart(false): AlreadySo\nStop: Done\n\
        default is disabled; to undo: [Enable { autostart: false }]\n";
    assert_eq!(printed("disable_a_network", &[]), expected);
    let absent = printed("disable_a_network", &["test:///default", "nope"]);
    assert_eq!(absent, "there is no network nope; there are [\"default\"]\n");
}

#[test]
fn watch_events() {
    let expected = "default is active\nlab: Defined\nlab: Started\nlab: Stopped\nlab: Undefined\n\
        that was all\n";
    assert_eq!(printed("watch_events", &[]), expected);
}

#[test]
fn dhcp_leases() {
    assert_eq!(printed("dhcp_leases", &[]), "default: 0 leases\n");
}

#[test]
fn many_calls() {
    let said = printed("many_calls", &[]);
    assert!(said.starts_with("100 networks, ") && said.ends_with(" bytes of XML\n"), "{said}");
    assert!(printed("many_calls", &["test:///default"]).starts_with("1 networks, "));
}

#[cfg(feature = "blocking")]
#[test]
fn blocking() {
    let expected = "default (5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122) is active: true\n\
        default: Stopped\ndefault: Started\n";
    assert_eq!(printed("blocking", &[]), expected);
}

#[test]
fn an_example_that_fails_says_why() {
    for name in ["disable_a_network", "watch_events", "dhcp_leases", "many_calls"] {
        let output =
            Command::new(example(name)).arg("nonsense:///").env_clear().env("HOME", "/").output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("Error: "), "{name}: {output:?}");
    }
}
