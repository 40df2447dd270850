//! `net-event` on servers that end, hang or flood, for readers that are slow or gone, and in JSON.
#![cfg(all(feature = "cli", feature = "json", feature = "net-event", feature = "testdaemon"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails where it should"
)]

mod cli;

use std::io::{BufRead, BufReader, Lines, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cli::{DEADLINE, Folder, say, server, virtwire};
use serde_json::Value;
use virtwire::testdaemon::Hypervisor;

/// A server, and the program that waits for its events.
struct Waiting {
    uri: String,
    child: Child,
}

impl Waiting {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let uri = server::hypervisor(folder, Hypervisor::default(), "qemu:///system");
        let mut command = virtwire(&[&["-c", &uri], args].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        Self { uri, child }
    }

    /// Stops the network; returns what the program tells of it, and the lines to come.
    fn first_line(&mut self) -> (String, Lines<BufReader<ChildStdout>>) {
        let mut lines = BufReader::new(self.child.stdout.take().expect("stdout is piped")).lines();
        wait_until_heeded(self.child.id());
        self.change("net-destroy");
        (lines.next().expect("a line").expect("UTF-8"), lines)
    }

    fn change(&self, command: &str) {
        let said = say(&mut virtwire(&["-c", &self.uri, command, "default"]));
        assert_eq!(said.code(), 0, "{said:?}");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// The exit code and stderr.
    fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            if Instant::now() >= end {
                let _ = self.child.kill();
                panic!("it does not end");
            }
            sleep(Duration::from_millis(5));
        };
        let mut err = String::new();
        let read = self.child.stderr.take().expect("stderr is piped").read_to_string(&mut err);
        read.expect("UTF-8");
        (status.code(), err)
    }
}

/// Waits until the process catches interruptions (proc(5), `SigCgt`): then it is registered.
fn wait_until_heeded(pid: u32) {
    let end = Instant::now() + DEADLINE;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
        if u64::from_str_radix(caught.trim(), 16).expect("hexadecimal") & 0b10 != 0 {
            return;
        }
        assert!(Instant::now() < end, "it does not heed interruptions");
        sleep(Duration::from_millis(10));
    }
}

fn result(line: &str) -> Value {
    let document: Value = serde_json::from_str(line).expect("a line is a document");
    assert_eq!((&document["version"], &document["command"]), (&1.into(), &"net-event".into()));
    document["result"].clone()
}

#[test]
fn json_is_one_document_a_line_and_comes_at_once() {
    let folder = Folder::new("event-json");
    let mut waiting = Waiting::start(&folder, &["-o", "json", "net-event", "--event", "lifecycle", "--loop"]);
    let (first, mut lines) = waiting.first_line();
    let event = result(&first);
    assert_eq!((&event["type"], &event["event"]), (&"network-event".into(), &"lifecycle".into()));
    assert_eq!((&event["name"], &event["change"]), (&"default".into(), &"stopped".into()));
    let time = event["time"].as_str().expect("a time");
    assert!(time.len() == 24 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    waiting.change("net-start");
    let second = result(&lines.next().expect("a line").expect("UTF-8"));
    assert_eq!(second["change"], "started");
    waiting.signal("TERM");
    let last = result(&lines.next().expect("a line").expect("UTF-8"));
    let expected = serde_json::json!({"type": "network-events-end", "reason": "interrupted", "received": 2});
    assert_eq!(last, expected);
    assert!(lines.next().is_none());
    assert_eq!(waiting.end(), (Some(0), String::new()));
}

#[test]
fn json_says_that_nothing_came() {
    let folder = Folder::new("event-none");
    let uri = server::hypervisor(&folder, Hypervisor::default(), "qemu:///system");
    let args = ["-c", &uri, "-o", "json", "net-event", "metadata-change", "--network=default", "--timeout=1"];
    let said = say(&mut virtwire(&args));
    let document = said.json();
    assert_eq!(document["result"]["reason"], "timed-out");
    assert_eq!(document["error"]["kind"], "no-event");
    assert_eq!((said.code(), said.err.as_str()), (1, ""));
    let said = say(&mut virtwire(&["-c", &uri, "-o", "json", "net-event", "--list"]));
    assert_eq!(said.json()["result"]["events"], serde_json::json!(["lifecycle", "metadata-change"]));
}

#[test]
fn a_network_that_is_not_there_is_not_waited_for() {
    let folder = Folder::new("event-absent");
    let uri = server::hypervisor(&folder, Hypervisor::default(), "qemu:///system");
    let said = say(&mut virtwire(&["-c", &uri, "net-event", "--event", "lifecycle", "defualt"]));
    assert_eq!((said.code(), said.out.as_str()), (3, "\n"));
    assert_eq!(said.first_error(), "error: failed to get network 'defualt'");
}

#[test]
fn changes_of_metadata_are_told() {
    let folder = Folder::new("event-metadata");
    let args = ["net-event", "--event", "metadata-change"];
    let mut waiting = Waiting::start(&folder, &args);
    wait_until_heeded(waiting.child.id());
    // A lifecycle event is none.
    waiting.change("net-destroy");
    let uri = waiting.uri.clone();
    let changed = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let connection = virtwire::Connection::open(&uri).await?;
            let network = connection.lookup_network_by_name("default").await?;
            network.set_metadata(virtwire::Metadata::Title, Some("a title"), virtwire::Affect::Current).await
        })
    });
    changed.join().expect("no panic").expect("the title is set");
    let mut out = String::new();
    let read = waiting.child.stdout.take().expect("stdout is piped").read_to_string(&mut out);
    read.expect("UTF-8");
    assert_eq!(
        out,
        "event 'metadata-change' for network default: type title, uri <null>\nevents received: 1\n\n"
    );
    assert_eq!(waiting.end(), (Some(0), String::new()));
}

/// A server that is a process of its own, and listens.
fn daemon(folder: &Folder) -> (Child, String) {
    let socket = folder.path("socket");
    let mut daemon = virtwire(&["testd", "--listen", &format!("unix:{}", socket.display())]);
    let daemon = daemon.spawn().expect("it starts");
    let end = Instant::now() + DEADLINE;
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(Instant::now() < end, "the server does not listen");
        sleep(Duration::from_millis(10));
    }
    (daemon, server::uri("qemu:///system", &socket))
}

#[test]
fn a_server_that_goes_is_reported() {
    let folder = Folder::new("event-lost");
    let (mut daemon, uri) = daemon(&folder);
    let mut command = virtwire(&["-c", &uri, "net-event", "--event", "lifecycle", "--loop"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut waiting = Waiting { uri, child };
    let (first, mut lines) = waiting.first_line();
    assert_eq!(first, "event 'lifecycle' for network default: Stopped");
    daemon.kill().expect("a child of ours");
    daemon.wait().expect("a child of ours");
    let rest: Vec<_> = (&mut lines).map(|line| line.expect("UTF-8")).collect();
    assert_eq!(rest, ["events received: 1", ""]);
    let (code, err) = waiting.end();
    assert_eq!(code, Some(4), "{err}");
    let lines: Vec<_> = err.lines().collect();
    assert_eq!(lines.first(), Some(&"error: Failed to wait for network events"));
    assert!(
        lines.get(1).is_some_and(|line| line.starts_with("error: the server closed the connection")),
        "{err}"
    );
}

#[test]
fn a_reader_that_went_away_has_seen_enough() {
    let folder = Folder::new("event-pipe");
    let mut waiting = Waiting::start(&folder, &["net-event", "--event", "lifecycle", "--loop"]);
    let (first, lines) = waiting.first_line();
    assert_eq!(first, "event 'lifecycle' for network default: Stopped");
    drop(lines);
    waiting.change("net-start");
    assert_eq!(waiting.end(), (Some(0), String::new()));
}

#[test]
fn a_reader_that_does_not_read_stalls_nothing_and_is_told_what_it_missed() {
    let folder = Folder::new("event-slow");
    let mut waiting = Waiting::start(&folder, &["-o", "json", "net-event", "--event", "lifecycle", "--loop"]);
    wait_until_heeded(waiting.child.id());
    // More than a pipe and the queue hold.
    change_often(&waiting.uri, 3000);
    let mut lines = BufReader::new(waiting.child.stdout.take().expect("stdout is piped")).lines();
    let (mut told, mut lost) = (0, 0);
    while told + lost < 6000 {
        let event = result(&lines.next().expect("a line").expect("UTF-8"));
        match event["lost"].as_u64() {
            Some(more) => lost += more,
            // What is lost is counted where it is missing.
            None => {
                let change = if (told + lost) % 2 == 0 { "stopped" } else { "started" };
                assert_eq!(event["change"], change, "{told} told, {lost} lost");
                told += 1;
            }
        }
    }
    assert!(lost > 1000, "{lost}");
    waiting.signal("INT");
    let end = result(&lines.next().expect("a line").expect("UTF-8"));
    assert_eq!((&end["reason"], &end["received"]), (&"interrupted".into(), &told.into()));
    let (code, err) = waiting.end();
    assert_eq!(code, Some(0));
    assert!(err.ends_with(" events came faster than they were read, and are not told here\n"), "{err}");
}

/// Stops and starts the network so many times.
fn change_often(uri: &str, times: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let changed: virtwire::Result<()> = runtime.block_on(async {
        let connection = virtwire::Connection::open(uri).await?;
        let network = connection.lookup_network_by_name("default").await?;
        for _ in 0..times {
            network.destroy().await?;
            network.create().await?;
        }
        connection.close().await
    });
    changed.expect("the network can be switched");
}

#[test]
fn output_that_nobody_reads_does_not_keep_it_from_ending() {
    let folder = Folder::new("event-stuck");
    let waiting = Waiting::start(&folder, &["net-event", "--event", "lifecycle", "--loop"]);
    wait_until_heeded(waiting.child.id());
    change_often(&waiting.uri, 3000);
    waiting.signal("TERM");
    let (code, err) = waiting.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn a_server_that_hangs_is_reported() {
    let folder = Folder::new("event-hangs");
    let (mut daemon, uri) = daemon(&folder);
    let args = ["-c", &uri, "-k", "1", "-K", "1", "net-event", "--event", "lifecycle"];
    let child = virtwire(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let waiting = Waiting { uri: uri.clone(), child };
    wait_until_heeded(waiting.child.id());
    let stop = Command::new("kill").args(["-STOP", &daemon.id().to_string()]).status();
    assert!(stop.expect("kill is there").success());
    let (code, err) = waiting.end();
    daemon.kill().expect("a child of ours");
    daemon.wait().expect("a child of ours");
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("the server gave no sign of life for 2 seconds"), "{err}");
}

/// A server of its own process, so that it can be lost.
fn serve(folder: &Folder) -> Child {
    let path = folder.path("lost");
    let _ = std::fs::remove_file(&path);
    let listen = format!("unix:{}", path.display());
    let child = virtwire(&["testd", "--listen", &listen]).spawn().expect("it starts");
    let end = Instant::now() + DEADLINE;
    while std::os::unix::net::UnixStream::connect(&path).is_err() {
        assert!(Instant::now() < end, "it does not listen");
        sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_lost_server_is_connected_to_again_where_that_is_asked_for_and_the_gap_is_told() {
    let folder = Folder::new("reconnect");
    let mut served = serve(&folder);
    let uri = server::uri("qemu:///system", &folder.path("lost"));
    let args = ["-c", &uri, "-o", "json", "net-event", "--event", "lifecycle", "--loop", "--reconnect"];
    let mut command = virtwire(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut waiting = Waiting { uri, child };
    let (first, mut lines) = waiting.first_line();
    assert!(first.contains("\"change\":\"stopped\""), "{first}");
    served.kill().and_then(|()| served.wait()).expect("a child of ours can be killed");
    let mut served = serve(&folder);
    let gap: Value = serde_json::from_str(&lines.next().expect("a line").expect("UTF-8")).expect("JSON");
    assert_eq!(gap["result"]["type"], "network-events-gap");
    assert_eq!(gap["result"]["cause"], "the server closed the connection");
    waiting.change("net-destroy");
    let next = lines.next().expect("a line").expect("UTF-8");
    assert!(next.contains("\"change\":\"stopped\""), "{next}");
    waiting.signal("INT");
    let (code, err) = waiting.end();
    served.kill().and_then(|()| served.wait()).expect("a child of ours can be killed");
    assert_eq!(code, Some(0));
    let note = "note: the server closed the connection; it was connected again, and what happened meanwhile is not told here\n";
    assert_eq!(err, note);
}
