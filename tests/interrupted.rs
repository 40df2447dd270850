//! Ctrl-C while a network is being switched: what was sent is waited for, and told.
#![cfg(all(feature = "cli", feature = "testdaemon"))]
#![allow(clippy::expect_used, reason = "a test's helper fails the test")]

mod cli;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use cli::{Folder, server, virtwire};

const DESTROY: u32 = 42;

fn interrupt(pid: u32) {
    let sent = Command::new("kill").args(["-INT", &pid.to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// Waits until the process catches interruptions (proc(5), `SigCgt`).
fn wait_until_heeded(pid: u32) {
    for _ in 0..1000 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
        if u64::from_str_radix(caught.trim(), 16).expect("hexadecimal") & 0b10 != 0 {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    assert_eq!(pid, 0, "it does not heed interruptions");
}

#[test]
fn the_first_interruption_waits_and_the_second_says_what_is_not_known() {
    let folder = Folder::new("interrupted");
    let uri = server::mute_from(&folder, DESTROY);
    let mut command = virtwire(&["-c", &uri, "--timeout", "15", "net-disable", "default", "another"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    wait_until_heeded(child.id());
    interrupt(child.id());
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
    let first = stderr.next().expect("a line").expect("UTF-8");
    assert_eq!(first, "interrupted: waiting for the change under way; once more gives it up");
    assert!(child.try_wait().expect("it can be waited for").is_none(), "it still waits");
    interrupt(child.id());
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(8), "{stdout}");
    let verdicts: Vec<&str> = stdout.lines().filter(|line| line.starts_with("verdict: ")).collect();
    assert_eq!(
        verdicts,
        [
            "verdict: unknown: whether it is disabled could not be looked at",
            "verdict: not tried; nothing was changed"
        ]
    );
}

#[test]
fn what_was_to_be_ignored_is_ignored() {
    let folder = Folder::new("ignored");
    let uri = server::mute_from(&folder, DESTROY);
    let program = env!("CARGO_BIN_EXE_virtwire");
    let script = format!("trap '' INT; exec {program} -c '{uri}' --timeout 2 net-disable default");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell is there");
    sleep(Duration::from_millis(700));
    interrupt(child.id());
    interrupt(child.id());
    sleep(Duration::from_millis(200));
    assert!(child.try_wait().expect("it can be waited for").is_none(), "it goes on");
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("interrupted"), "{stderr}");
}
