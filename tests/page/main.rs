//! `report`: what a page is made from, where it goes, and, in a real browser, what it looks like and does.

#![cfg(all(unix, feature = "page", feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

#[path = "../cli/mod.rs"]
mod cli;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use virtwire::testdaemon::Hypervisor;

use crate::cli::{Folder, Said, say, server, virtwire};

/// How long the browser may take for all it looks at.
const BROWSER: Duration = Duration::from_secs(300);

fn report(words: &[&str]) -> Said {
    say(&mut virtwire(words))
}

fn host(folder: &Folder) -> String {
    server::hypervisor(folder, Hypervisor::default(), "test+unix:///default")
}

#[test]
fn hosts_are_asked_and_the_page_says_in_a_sentence_how_they_are() {
    let folder = Folder::new("asked");
    let (up, dead) = (host(&folder), server::dead(&folder));
    let list = folder.file("hosts", format!("{up}\n{dead}\n").as_bytes());
    let page = folder.path("report.html");
    let page = page.to_str().unwrap();
    let sentence = "1 of 2 hosts still runs libvirt's default network; 1 could not be looked at.";
    for words in [["report", "--hosts", &list, "-o", page], ["--hosts", &list, "report", "-o", page]] {
        let said = report(&words);
        assert_eq!((said.code(), said.out), (0, format!("{page}: {sentence}\n")), "whatever the page says");
    }
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains(&format!("<h1>{sentence}</h1>")));
    assert_eq!(html.matches(r#""time":"2"#).count(), 2, "when each was seen, or asked without an answer");
    assert_eq!(
        fs::read_dir(Path::new(page).parent().unwrap()).unwrap().count(),
        4,
        "nothing is left beside it"
    );

    let said = report(&["-o", "json", "report", "--hosts", &list, "-o", page]);
    let expected = json!({"type": "page-written", "page": page, "hosts": 2, "sentence": sentence,
        "states": {"active": 1, "unseen": 1}});
    assert_eq!(said.json()["result"], expected);
    assert_eq!(report(&["-q", "report", "--hosts", &list, "-o", page]).out, "");
}

#[test]
fn without_hosts_it_is_about_this_one_and_goes_where_it_is_told() {
    let folder = Folder::new("this-one");
    let uri = host(&folder);
    let said = report(&["-c", &uri, "report", "-o", "-"]);
    assert_eq!((said.code(), said.err.as_str()), (0, "The host still runs libvirt's default network.\n"));
    assert!(said.out.starts_with("<!doctype html>") && said.out.ends_with("</html>\n"));
    let other = report(&["-c", &uri, "report", "--network", "lab<b>", "-o", "-"]);
    assert!(
        other.out.contains("<h1>The host does not run libvirt's network lab&lt;b&gt;.</h1>"),
        "{}",
        other.err
    );
    let all = report(&["-c", &uri, "report", "--all", "-o", "-"]);
    assert_eq!(all.err, "The host still runs a network of libvirt's.\n");
}

#[test]
fn what_net_inspect_wrote_on_other_days_is_read_and_the_latest_counts() {
    let folder = Folder::new("other-days");
    let uri = host(&folder);
    let streamed = |words: &[&str]| report(&[&["-o", "jsonl", "-c", &uri], words].concat());
    let monday = folder.file("monday", streamed(&["net-inspect"]).out.as_bytes());
    streamed(&["net-disable", "default"]);
    let tuesday = folder.file("tuesday", streamed(&["net-inspect"]).out.as_bytes());
    for days in [[&*monday, &*tuesday], [&*tuesday, &*monday]] {
        let said = report(&[&["report", "-o", "-"], &days[..]].concat());
        assert_eq!(said.err, "The host does not run libvirt's default network.\n");
    }
    let said = report(&["report", "-o", "-", &monday]);
    assert_eq!(said.err, "The host still runs libvirt's default network.\n");
    // One document of several hosts is read as well.
    let list = folder.file("hosts", uri.as_bytes());
    let one = folder.file("one", report(&["--hosts", &list, "-o", "json", "net-inspect"]).out.as_bytes());
    let said = report(&["report", "-o", "-", &one]);
    assert_eq!((said.code(), said.err.as_str()), (0, "The host does not run libvirt's default network.\n"));
}

#[test]
fn what_cannot_be_a_page_is_refused_and_nothing_is_replaced() {
    let folder = Folder::new("refused");
    let uri = host(&folder);
    let line = report(&["-o", "jsonl", "-c", &uri, "net-inspect"]).out;
    let results = folder.file("results", line.as_bytes());
    let said = report(&["report", &results, "-o", &results]);
    let message = format!("error: {results} is what the page is made from; nothing was written");
    assert_eq!((said.code(), said.first_error()), (2, &*message));
    assert_eq!(fs::read_to_string(&results).unwrap(), line);

    let cut = folder.file("cut", &line.as_bytes()[..line.len() / 2]);
    let page = folder.file("page", b"old");
    let said = report(&["report", &results, &cut, "-o", &page]);
    assert!(
        said.first_error().starts_with(&format!("error: {cut}, line 1: this is no whole JSON: ")),
        "{said:?}"
    );
    assert_eq!((said.code(), fs::read_to_string(&page).unwrap().as_str()), (2, "old"));
    let empty = folder.file("empty", b"");
    assert_eq!(report(&["report", &empty, "-o", &page]).code(), 2);
    assert_eq!(report(&["-c", &uri, "report", &results, "-o", &page]).code(), 2, "read or asked: not both");
    assert_eq!(report(&["-o", "json", "report", &results, "-o", "-"]).code(), 2);
    assert_eq!(report(&["report", &results]).code(), 2, "a page has a place");
    let nowhere = folder.path("missing/page");
    let said = report(&["report", &results, "-o", nowhere.to_str().unwrap()]);
    assert_eq!(said.first_error(), format!("error: Failed to write {}", nowhere.display()));
    assert_eq!(said.code(), 1);
}

#[test]
fn a_page_replaces_what_was_there_and_not_what_leads_to_it() {
    let folder = Folder::new("replaced");
    let uri = host(&folder);
    let (old, link) = (folder.path("old.html"), folder.path("link.html"));
    fs::write(&old, "old").unwrap();
    std::os::unix::fs::symlink(&old, &link).unwrap();
    assert_eq!(report(&["-c", &uri, "report", "-o", link.to_str().unwrap()]).code(), 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&old).unwrap().starts_with("<!doctype html>"));
    assert_eq!(report(&["-c", &uri, "report", "-o", "/dev/null"]).code(), 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn in_a_real_browser_a_page_is_what_it_should_be() {
    if Command::new("chromedriver").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the page in a browser: there is no chromedriver");
        return;
    }
    let folder = Folder::new("browser");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/check.py");
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").args([script, env!("CARGO_BIN_EXE_virtwire")]);
    let mut child = command.arg(folder.path("")).spawn().unwrap();
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < BROWSER || child.kill().is_err(), "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "what failed stands above");
}
