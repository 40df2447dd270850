//! `-o jsonl` and `--fail-fast`: what comes when, and what does not begin.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::server::{self, DESTROY};
use crate::cli::{Folder, Said, say, virtwire};
use crate::interrupted::interrupt;
use crate::memory::{hosts, words};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn on(uris: &[String], before: &[&str], behind: &[&str]) -> Said {
    say(&mut virtwire(&words(before, uris, behind)))
}

#[test]
fn each_host_has_its_line_as_soon_as_it_is_done() {
    let (folders, mut uris) = hosts("lines", 2);
    uris.insert(0, server::silent(&folders[0], b""));
    let begin = Instant::now();
    let mut command =
        virtwire(&words(&["-o", "jsonl", "--host-timeout", "4"], &uris, &["net-uuid", "default"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut early = String::new();
    for _ in 0..2 {
        out.read_line(&mut early).unwrap();
    }
    assert!(begin.elapsed() < Duration::from_secs(3), "nobody waits for the host that hangs");
    let mut named: Vec<_> =
        lines(&early).iter().map(|line| line["uri"].as_str().unwrap().to_owned()).collect();
    named.sort();
    assert_eq!(named, {
        let mut both = uris[1..].to_vec();
        both.sort();
        both
    });
    let mut late = String::new();
    out.read_to_string(&mut late).unwrap();
    let late = lines(&late);
    assert_eq!(
        (late.len(), &late[0]["uri"], &late[0]["error"]["kind"]),
        (1, &json!(uris[0]), &json!("timeout"))
    );
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

#[test]
fn a_line_is_the_hosts_own_document_with_the_time_and_errors_are_on_stderr_too() {
    let (folders, mut uris) = hosts("line", 1);
    uris.push(server::dead(&folders[0]));
    let said = on(&uris, &["-o", "jsonl", "--parallel", "1"], &["net-uuid", "default"]);
    let mut told = lines(&said.out);
    assert_eq!((said.code(), told.len()), (4, 2));
    for line in &mut told {
        let time = line.as_object_mut().unwrap().remove("time").unwrap();
        let time = time.as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    }
    let alone = say(&mut virtwire(&["-o", "json", "-c", &uris[0], "net-uuid", "default"])).json();
    assert_eq!(told[0], alone);
    assert_eq!(told[1]["error"]["kind"], "unreachable");
    assert!(said.err.starts_with(&format!("{}: error: failed to connect", uris[1])), "{said:?}");
    assert!(said.err.ends_with(&format!("error: Failed on 1 of 2 hosts\nerror: {}\n", uris[1])));
}

#[test]
fn one_host_and_wrong_usage_have_their_lines_too() {
    let (_folders, uris) = hosts("one-line", 1);
    let said = on(&uris, &["-o", "jsonl"], &["net-list"]);
    assert_eq!((said.code(), &said.json()["command"]), (0, &json!("net-list")));
    assert!(said.json()["time"].is_string());
    let said = say(&mut virtwire(&["-o", "jsonl", "net-info"]));
    assert_eq!((said.code(), &said.json()["error"]["kind"]), (2, &json!("usage")));
}

#[test]
fn after_the_first_failure_no_other_host_is_begun_and_none_of_them_has_failed() {
    let (folders, mut uris) = hosts("fast", 4);
    uris.insert(1, server::dead(&folders[0]));
    let fast = ["--fail-fast", "--parallel", "1"];
    let said = on(&uris, &[&fast[..], &["-o", "json"]].concat(), &["net-destroy", "default"]);
    let document = said.json();
    let begun: Vec<_> = (0..5).map(|at| document["hosts"][at].get("not_begun").is_none()).collect();
    assert_eq!((said.code(), begun), (4, vec![true, true, false, false, false]));
    let third =
        json!({"version": 1, "command": "net-destroy", "host": null, "uri": uris[2], "not_begun": true});
    assert_eq!(document["hosts"][2], third);
    assert_eq!(document["error"]["what"], "Failed on 1 of 5 hosts");
    let note = format!("note: 3 hosts were not begun: {}, {}, {}\n", uris[2], uris[3], uris[4]);
    assert!(said.err.ends_with(&note), "{said:?}");

    let said = on(&uris, &[&fast[..], &["-o", "jsonl"]].concat(), &["net-list"]);
    let begun: Vec<_> = lines(&said.out).iter().map(|line| line.get("not_begun").is_none()).collect();
    assert_eq!((said.code(), begun), (4, vec![true, true, false, false, false]));

    let said = on(&uris, &fast, &["net-list", "--name"]);
    assert_eq!(said.out, format!("{}:\n\n{}:\n", uris[0], uris[1]), "of the others there is nothing to show");
    assert!(said.err.ends_with(&note));
    // Those that were not begun were not touched: the first alone was stopped above.
    let running = on(&uris[2..], &["-q"], &["net-list", "--name"]);
    assert_eq!(running.out.matches("default\n").count(), 3);
}

#[test]
fn hosts_that_are_worked_at_when_another_fails_are_done_with() {
    let (folders, uris) = hosts("worked-at", 1);
    let slow = Folder::new("worked-at-slow");
    let uris = [server::silent(&slow, b""), server::dead(&folders[0]), uris[0].clone()];
    let said =
        on(&uris, &["--fail-fast", "--parallel", "2", "--host-timeout", "1", "-o", "json"], &["net-list"]);
    let document = said.json();
    assert_eq!(document["hosts"][0]["error"]["kind"], "timeout");
    assert_eq!(document["hosts"][1]["error"]["kind"], "unreachable");
    assert_eq!(document["hosts"][2]["not_begun"], true);
}

#[test]
fn a_reader_that_goes_away_ends_it_before_the_other_hosts_begin() {
    let (_folders, uris) = hosts("gone-reader", 12);
    let mut command =
        virtwire(&words(&["-o", "jsonl", "--parallel", "1"], &uris, &["net-destroy", "default"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("note: 11 hosts were not begun: "), "{told}");
    let still = on(&uris, &["-q"], &["net-list", "--name"]);
    assert_eq!(still.out.matches("default\n").count(), 11);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_reader_that_does_not_read_can_be_interrupted() {
    let folder = Folder::new("stuck-reader");
    let (_folders, uris) = hosts("stuck-reader-host", 200);
    let list = folder.file("hosts", uris.join("\n").as_bytes());
    // A pipe holds 64 KiB: 200 lines of a network's description are more.
    let mut command = virtwire(&["-o", "jsonl", "--hosts", &list, "net-dumpxml", "default"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    assert!(child.try_wait().unwrap().is_none(), "it waits for its reader");
    interrupt(child.id());
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn ctrl_c_ends_a_stream_with_a_line_for_each_host() {
    let folder = Folder::new("stream-interrupted");
    let (_folders, mut uris) = hosts("stream-interrupted-host", 2);
    uris.insert(1, server::mute_from(&folder, DESTROY));
    let before = ["-o", "jsonl", "--parallel", "1", "--timeout", "15"];
    let mut command = virtwire(&words(&before, &uris, &["net-destroy", "default"]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(1500));
        interrupt(child.id());
    }
    let output = child.wait_with_output().unwrap();
    let told = lines(&String::from_utf8(output.stdout).unwrap());
    let kinds: Vec<_> = told.iter().map(|line| line["error"]["kind"].as_str()).collect();
    assert_eq!(kinds, [None, Some("outcome-unknown"), Some("interrupted")]);
    assert_eq!(output.status.code(), Some(8));
}
