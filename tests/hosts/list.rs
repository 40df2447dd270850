//! `--hosts`: files as people write them, and what of them is refused.

use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use crate::cli::{Folder, Said, say, server, virtwire};
use crate::memory::hosts;

fn listed(file: &str, before: &[&str], behind: &[&str]) -> Said {
    say(&mut virtwire(&[&["--hosts", file], before, behind].concat()))
}

fn uris(said: &Said) -> Vec<String> {
    let document = said.json();
    let hosts = document.get("hosts").and_then(serde_json::Value::as_array).unwrap();
    hosts.iter().map(|host| host.get("uri").and_then(serde_json::Value::as_str).unwrap().to_owned()).collect()
}

#[test]
fn a_file_is_read_as_editors_leave_it_and_who_is_named_twice_is_asked_once() {
    let (folders, known) = hosts("file", 3);
    let [a, b, c] = [&known[0], &known[1], &known[2]];
    let text = format!("\u{feff}# rack 1\r\n{b}\r\n\r\n  {a}\t# the old one \r\n{b}\r\n   # none\r\n{c}   ");
    let file = folders[0].file("hosts", text.as_bytes());
    let said = listed(&file, &["-o", "json"], &["net-uuid", "default"]);
    assert_eq!((said.code(), uris(&said)), (0, vec![b.clone(), a.clone(), c.clone()]));
    // Those of -c come first.
    let said = listed(&file, &["-o", "json", "-c", c], &["net-uuid", "default"]);
    assert_eq!(uris(&said), [c.clone(), b.clone(), a.clone()]);
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let (_folders, known) = hosts("stdin", 2);
    let mut child = virtwire(&["--hosts", "-", "-o", "json", "net-list"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(known.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), document["hosts"].as_array().map(Vec::len)), (Some(0), Some(2)));
}

#[test]
fn a_file_with_one_host_has_the_form_of_a_file_with_many() {
    let (folders, known) = hosts("single", 1);
    let file = folders[0].file("hosts", known[0].as_bytes());
    let said = listed(&file, &["-o", "json"], &["net-list"]);
    assert_eq!((said.code(), uris(&said)), (0, known.clone()));
    assert_eq!(listed(&file, &[], &["net-list", "--name"]).out, format!("{}:\ndefault\n", known[0]));
}

#[test]
fn of_a_list_with_a_slip_in_it_nothing_is_done_and_the_line_is_named() {
    let (folders, known) = hosts("slip", 1);
    let slip = format!("{}\n\n# x\ncmp17\n", known[0]);
    let file = folders[0].file("hosts", slip.as_bytes());
    let said = listed(&file, &[], &["net-destroy", "default"]);
    assert_eq!((said.code(), said.out.as_str()), (2, ""));
    assert!(said.first_error().starts_with(&format!("error: {file}, line 4: ")), "{said:?}");
    let advice = "error: a line is a URI, such as qemu+ssh://root@cmp17/system, or a comment behind '#'";
    assert_eq!(said.err.lines().nth(1), Some(advice));
    let still = say(&mut virtwire(&["-c", &known[0], "net-list", "--name"]));
    assert_eq!(still.out, "default\n\n");

    let binary = folders[0].file("binary", b"qemu:///system\n\xff\xfe\n");
    let said = listed(&binary, &[], &["net-list"]);
    assert_eq!(said.first_error(), format!("error: {binary}, line 2: this is no UTF-8"));
}

#[test]
fn a_file_without_a_host_means_no_host_and_not_this_one() {
    let folder = Folder::new("empty-list");
    for text in ["", "# nothing\n\n  \r\n"] {
        let file = folder.file("hosts", text.as_bytes());
        let said = listed(&file, &["-o", "json"], &["net-list"]);
        assert_eq!((said.code(), said.json()["error"]["kind"].clone()), (2, json!("usage")));
        assert_eq!(said.json()["error"]["message"], format!("there is no host in {file}"));
    }
    let missing = folder.path("missing");
    let said = listed(missing.to_str().unwrap(), &[], &["net-list"]);
    assert_eq!(said.code(), 2);
    assert_eq!(said.first_error(), format!("error: Failed to read the hosts in {}", missing.display()));
}

#[test]
fn what_takes_one_host_takes_no_file() {
    let (folders, known) = hosts("one-host", 1);
    let file = folders[0].file("hosts", known[0].as_bytes());
    let said = listed(&file, &[], &["net-edit", "default"]);
    assert_eq!(said.code(), 2);
    assert_eq!(said.err, "error: command 'net-edit' takes one host\nerror: --hosts names several\n");
}

#[test]
fn an_unreachable_host_of_a_file_is_told_and_the_others_are_asked() {
    let (folders, mut known) = hosts("dead-in-file", 2);
    known.insert(1, server::dead(&folders[0]));
    let file = folders[0].file("hosts", known.join("\n").as_bytes());
    let said = listed(&file, &[], &["net-list", "--name"]);
    assert_eq!(said.code(), 4);
    assert_eq!(said.out, format!("{}:\ndefault\n\n{}:\n\n{}:\ndefault\n", known[0], known[1], known[2]));
    assert!(said.err.ends_with(&format!("error: Failed on 1 of 3 hosts\nerror: {}\n", known[1])));
}
