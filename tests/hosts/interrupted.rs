//! Ctrl-C while several hosts are worked at: what was done is told.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::cli::server::{self, DESTROY};
use crate::cli::{Folder, virtwire};
use crate::memory::{hosts, words};

pub(crate) fn interrupt(pid: u32) {
    let sent = Command::new("kill").args(["-INT", &pid.to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn what_is_being_changed_is_waited_for_and_nothing_else_is_begun() {
    let folder = Folder::new("interrupted-first");
    let (_folders, mut uris) = hosts("interrupted", 2);
    uris.insert(1, server::mute_from(&folder, DESTROY));
    // The first is done at once; the second hangs; the third has to wait for its turn.
    let before = ["-o", "json", "--parallel", "1", "--timeout", "15"];
    let mut command = virtwire(&words(&before, &uris, &["net-destroy", "default"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(1500));
    interrupt(child.id());
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said =
        "interrupted: waiting for the changes under way, and beginning no other; once more gives them up";
    assert!(stderr.any(|line| line == said));
    sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it still waits");
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds: Vec<_> = (0..3).map(|at| document["hosts"][at]["error"]["kind"].as_str()).collect();
    assert_eq!(kinds, [None, Some("outcome-unknown"), Some("interrupted")]);
}

#[test]
fn questions_are_given_up_at_once() {
    let folder = Folder::new("interrupted-questions");
    let (_folders, mut uris) = hosts("questions", 1);
    uris.push(server::silent(&folder, b""));
    let mut command = virtwire(&words(&["-o", "json"], &uris, &["net-list"]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(1500));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["hosts"][0].get("error"), None);
    assert_eq!(document["hosts"][1]["error"]["kind"], "interrupted");
}
