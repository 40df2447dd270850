//! In-memory hosts: what is printed, and how it ends.

use std::time::{Duration, Instant};

use serde_json::json;
use virtwire::testdaemon::Hypervisor;

use crate::cli::server::{self, DESTROY, SET_AUTOSTART};
use crate::cli::{Folder, Said, say, virtwire};

const BASE: &str = "test+unix:///default";

/// Hosts with the network `default` each.
pub(crate) fn hosts(test: &str, count: usize) -> (Vec<Folder>, Vec<String>) {
    let host = |number| {
        let folder = Folder::new(&format!("{test}-{number}"));
        let uri = server::hypervisor(&folder, Hypervisor::default(), BASE);
        (folder, uri)
    };
    (0..count).map(host).unzip()
}

pub(crate) fn words<'a>(before: &[&'a str], uris: &'a [String], behind: &[&'a str]) -> Vec<&'a str> {
    let connect = uris.iter().flat_map(|uri| ["-c", uri.as_str()]);
    before.iter().copied().chain(connect).chain(behind.iter().copied()).collect()
}

fn on(uris: &[String], before: &[&str], behind: &[&str]) -> Said {
    say(&mut virtwire(&words(before, uris, behind)))
}

#[test]
fn text_is_grouped_by_host_in_the_order_given_and_errors_name_theirs() {
    let (folders, mut uris) = hosts("text", 2);
    let dead = server::dead(&folders[0]);
    uris.insert(1, dead.clone());
    let said = on(&uris, &[], &["net-name", "5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122"]);
    assert_eq!(said.out, format!("{}:\ndefault\n\n{dead}:\n\n{}:\ndefault\n", uris[0], uris[2]));
    assert_eq!(said.code(), 4);
    let errors: Vec<_> = said.err.lines().collect();
    assert_eq!(errors.len(), 4, "{said:?}");
    assert_eq!(errors[0], format!("{dead}: error: failed to connect to the hypervisor"));
    assert!(errors[1].starts_with(&format!("{dead}: error: Failed to connect socket to ")));
    assert_eq!(errors[2..], ["error: Failed on 1 of 3 hosts", &format!("error: {dead}")]);
}

#[test]
fn json_is_one_document_with_each_hosts_own() {
    let (folders, mut uris) = hosts("json", 2);
    uris.insert(0, server::dead(&folders[0]));
    let said = on(&uris, &["-o", "json"], &["net-uuid", "default"]);
    let document = said.json();
    assert_eq!((said.code(), &document["error"]["code"]), (4, &json!(4)));
    assert_eq!((&document["version"], &document["command"]), (&json!(1), &json!("net-uuid")));
    let named: Vec<_> = document["hosts"].as_array().unwrap().iter().map(|host| &host["uri"]).collect();
    assert_eq!(named, uris.iter().collect::<Vec<_>>());
    assert_eq!(document["hosts"][0]["error"]["kind"], "unreachable");
    // What it says of one host is what it says of that host alone.
    let alone = say(&mut virtwire(&["-o", "json", "-c", &uris[1], "net-uuid", "default"])).json();
    assert_eq!(document["hosts"][1], alone);
    assert_eq!(document["error"]["kind"], "several");
    assert_eq!(document["error"]["what"], "Failed on 1 of 3 hosts");
}

#[test]
fn the_exit_code_is_shared_or_1_and_an_unknown_outcome_wins() {
    let (folders, uris) = hosts("codes", 2);
    let (dead, mute) = (server::dead(&folders[0]), server::mute_from(&folders[0], DESTROY));
    let code = |uris: &[&String], behind: &[&str]| {
        let uris: Vec<String> = uris.iter().map(|uri| (*uri).clone()).collect();
        on(&uris, &["--timeout", "1"], behind).code()
    };
    assert_eq!(code(&[&uris[0], &uris[1]], &["net-info", "default"]), 0);
    assert_eq!(code(&[&uris[0], &uris[1]], &["net-info", "absent"]), 3);
    assert_eq!(code(&[&uris[0], &dead], &["net-info", "absent"]), 1);
    assert_eq!(code(&[&dead, &mute, &uris[0]], &["net-destroy", "default"]), 8);
    assert_eq!(code(&[&uris[0], &uris[1]], &["net-event", "--list"]), 2);
    assert_eq!(code(&[&uris[0], &uris[1]], &["net-edit", "default"]), 2);
    assert_eq!(code(&[&uris[0], &uris[1]], &["man"]), 2);
    assert_eq!(on(&uris, &["-o", "prometheus"], &["net-inspect"]).code(), 2);
    assert_eq!(on(&uris, &["--parallel", "0"], &["net-list"]).code(), 2);
}

#[test]
fn a_host_that_is_named_twice_is_one_host() {
    let (_folders, uris) = hosts("twice", 1);
    let twice = [uris[0].clone(), uris[0].clone()];
    let said = on(&twice, &["-o", "json"], &["net-destroy", "default"]);
    assert_eq!((said.code(), said.json().get("hosts")), (0, None), "{said:?}");
}

#[test]
fn fifty_hosts_are_switched_off_and_each_has_its_own_way_back() {
    let (_folders, uris) = hosts("fifty", 50);
    let said = on(&uris, &["-o", "json"], &["net-disable", "default"]);
    assert_eq!(said.code(), 0, "{said:?}");
    let document = said.json();
    for (host, uri) in document["hosts"].as_array().unwrap().iter().zip(&uris) {
        assert_eq!(host["uri"], **uri);
        let undo = format!("virtwire -c '{uri}' net-enable default --no-autostart");
        assert_eq!(host["result"]["undo"], json!([undo]));
    }
    let said = on(&uris, &["--parallel", "1"], &["net-list", "--name"]);
    let expected: Vec<_> = uris.iter().map(|uri| format!("{uri}:\n")).collect();
    assert_eq!((said.code(), said.out), (0, expected.join("\n")));
}

#[test]
fn a_host_that_hangs_is_given_up_in_time_and_holds_no_other() {
    let (folders, mut uris) = hosts("hangs", 3);
    uris.insert(0, server::silent(&folders[0], b""));
    let begin = Instant::now();
    // One at a time: the others wait until it is given up.
    let said = on(&uris, &["-o", "json", "--parallel", "1", "--host-timeout", "1"], &["net-list"]);
    assert!((1..8).contains(&begin.elapsed().as_secs()), "opening alone may take ten seconds");
    let document = said.json();
    assert_eq!(document["hosts"][0]["error"]["kind"], "timeout");
    assert_eq!(document["hosts"][0]["error"]["message"], "the host was given up after 1 seconds");
    assert!((1..4).all(|at| document["hosts"][at].get("error").is_none()), "{document}");
    assert_eq!(said.code(), 4);

    let mute = server::mute_from(&folders[1], DESTROY);
    let said =
        on(&[mute, uris[1].clone()], &["-o", "json", "--host-timeout", "1"], &["net-destroy", "default"]);
    let document = said.json();
    assert_eq!(document["hosts"][0]["error"]["kind"], "outcome-unknown", "it may have been sent");
    assert_eq!((said.code(), document["hosts"][1].get("error")), (8, None));
}

#[test]
fn hosts_are_worked_at_side_by_side() {
    let folders: Vec<_> = (0..6).map(|number| Folder::new(&format!("beside-{number}"))).collect();
    let uris: Vec<_> = folders.iter().map(|folder| server::silent(folder, b"")).collect();
    for (parallel, rounds) in [("6", 1), ("3", 2)] {
        let begin = Instant::now();
        let said = on(&uris, &["--parallel", parallel, "--host-timeout", "1"], &["net-list"]);
        assert_eq!(said.code(), 4);
        let took = begin.elapsed();
        assert!(took >= Duration::from_secs(rounds) && took < Duration::from_secs(rounds + 2), "{took:?}");
    }
}

#[test]
fn one_host_has_a_deadline_where_one_is_given() {
    let folder = Folder::new("one");
    let uri = server::silent(&folder, b"");
    let said = say(&mut virtwire(&["-c", &uri, "--host-timeout", "0.5", "net-list"]));
    assert_eq!(said.code(), 4);
    assert!(said.err.starts_with("error: the host was given up after 0.5 seconds\n"), "{said:?}");
}

#[test]
fn what_was_done_before_a_host_was_given_up_is_told_and_the_rest_is_not_claimed() {
    let folder = Folder::new("given-up");
    // net2 is only stopped; net0 is also to start no longer with the host, and that is never answered.
    let uri = server::muted(&folder, Hypervisor::with_networks(5), SET_AUTOSTART);
    let networks = ["net-disable", "net2", "net0", "net4"];
    let said = say(&mut virtwire(&words(
        &["-o", "json", "--host-timeout", "2"],
        std::slice::from_ref(&uri),
        &networks,
    )));
    let document = said.json();
    let verdicts: Vec<_> =
        (0..3).map(|at| document["result"]["networks"][at]["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["done", "unknown", "not-tried"], "{document}");
    let undo = format!("virtwire -c '{uri}' net-enable net2 --no-autostart");
    assert_eq!(document["result"]["undo"], json!([undo]));
    assert_eq!(document["error"]["kind"], "outcome-unknown");
    assert_eq!(document["error"]["message"], "the host was given up after 2 seconds");
    assert_eq!(said.code(), 8);
}

#[test]
fn a_host_that_was_never_reached_was_not_changed() {
    let folder = Folder::new("unreached");
    let uri = server::silent(&folder, b"");
    let said = say(&mut virtwire(&["-c", &uri, "--host-timeout", "0.5", "net-disable", "default"]));
    assert_eq!((said.code(), said.out.as_str()), (4, ""), "{said:?}");
}
