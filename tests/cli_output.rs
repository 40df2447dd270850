//! What goes to stdout, and what happens where it cannot go.

#![cfg(all(feature = "cli", feature = "json", feature = "testdaemon"))]

mod cli;

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cli::server;
use cli::{DEADLINE, Folder, TEST, say, test, virtwire};
use virtwire::testdaemon::Hypervisor;

const UUID: &str = "5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122";

#[test]
fn the_table_is_virshs() {
    let header = " Name      State    Autostart   Persistent\n--------------------------------------------\n";
    let row = " default   active   no          yes\n\n";
    assert_eq!(test(&["net-list", "--all"]).out, format!("{header}{row}"));
    assert_eq!(test(&["-q", "net-list"]).out, " default   active   no   yes\n");
    let empty = " Name   State   Autostart   Persistent\n----------------------------------------\n\n";
    assert_eq!(test(&["net-list", "--inactive"]).out, empty);
    assert_eq!(test(&["net-list", "--uuid"]).out, format!("{UUID}\n\n"));
}

#[test]
fn the_info_is_virshs() {
    let info = format!(
        "Name:           default\nUUID:           {UUID}\nActive:         yes\nPersistent:     yes\n\
         Autostart:      no\nBridge:         virbr0\n\n"
    );
    assert_eq!(test(&["net-info", "default"]).out, info);
    assert_eq!(test(&["net-info", &UUID.to_uppercase()]).out, info);
    assert_eq!(test(&["net-name", UUID]).out, "default\n\n");
    assert_eq!(test(&["net-uuid", "--network=default"]).out, format!("{UUID}\n\n"));
}

#[test]
fn json_tells_all_that_the_table_shows() {
    let json = test(&["-o", "json", "net-list"]).json();
    let networks = serde_json::json!([
        {"name": "default", "uuid": UUID, "active": true, "persistent": true, "autostart": false}
    ]);
    assert_eq!(json["version"], 1);
    assert_eq!(json["command"], "net-list");
    assert_eq!(json["uri"], "test:///default");
    assert_eq!(json["result"]["type"], "network-list");
    assert_eq!(json["result"]["networks"], networks);
    let named = test(&["-o", "json", "net-list", "--name"]).json();
    assert_eq!(named["result"]["networks"], serde_json::json!([{"name": "default", "uuid": UUID}]));
}

#[test]
fn changes_last_as_long_as_the_server() {
    let folder = Folder::new("changes");
    let uri = server::hypervisor(&folder, Hypervisor::empty(), "qemu:///system");
    let xml = folder.file("lab.xml", b"<network><name>a b</name><bridge name='vw0'/></network>\0 garbage");
    let run = |args: &[&str]| {
        let said = say(&mut virtwire(&[&["-c", &uri], args].concat()));
        assert_eq!((said.code(), said.err.as_str()), (0, ""), "{args:?}");
        said.out
    };
    assert_eq!(run(&["net-define", &xml]), format!("Network a b defined from {xml}\n\n"));
    assert_eq!(run(&["net-start", "a b"]), "Network a b started\n\n");
    assert_eq!(run(&["net-autostart", "a b"]), "Network a b marked as autostarted\n\n");
    assert_eq!(run(&["-q", "net-list"]), " a b   active   yes   yes\n");
    assert_eq!(run(&["net-autostart", "a b", "--disable"]), "Network a b unmarked as autostarted\n\n");
    assert_eq!(run(&["net-undefine", "a b"]), "Network a b has been undefined\n\n");
    assert_eq!(run(&["-q", "net-list", "--transient"]), " a b   active   no   no\n");
    assert_eq!(run(&["net-destroy", "a b"]), "Network a b destroyed\n\n");
    assert_eq!(run(&["net-create", "--file", &xml]), format!("Network a b created from {xml}\n\n"));
    assert_eq!(run(&["net-dumpxml", "a b"]).matches("<name>a b</name>").count(), 1);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for args in [&["net-list"][..], &["-o", "json", "net-list"], &["net-dumpxml", "default"], &["--help"]] {
        let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().expect("there is true");
        let writer = reader.stdin.take().expect("its stdin is piped");
        reader.wait().expect("it ends");
        let mut child = virtwire(&[&TEST, args].concat())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{args:?}");
        let err = std::io::read_to_string(child.stderr.take().expect("stderr is piped"));
        assert_eq!(err.ok().as_deref(), Some(""), "{args:?}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    for args in [&["net-list"][..], &["-o", "json", "net-start", "default"], &["--version"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("there is /dev/full");
        let child = virtwire(&[&TEST, args].concat()).stdout(full).stderr(Stdio::piped()).spawn();
        let output = child.and_then(std::process::Child::wait_with_output).expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("error: Failed to write the output\nerror: No space left on device"), "{err}");
    }
}

#[test]
fn closed_streams_are_no_error() {
    let program = env!("CARGO_BIN_EXE_virtwire");
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!("exec {program} -c test:///default net-list {closed}");
        let said = say(Command::new("sh").args(["-c", &script]));
        assert_eq!(said.code(), 0, "{closed}");
    }
}

/// DEL and the C1 controls are allowed in XML, so a network's name may hold them; virsh shows them raw but in tables.
#[test]
fn a_terminal_is_not_controlled_by_names() {
    let folder = Folder::new("terminal");
    let uri = server::hypervisor(&folder, Hypervisor::empty(), "qemu:///system");
    let xml = folder.file("lab.xml", "<network><name>a\u{9b}31mb\u{7f}</name></network>".as_bytes());
    let said = say(&mut virtwire(&["-c", &uri, "net-define", &xml]));
    assert_eq!(said.out, format!("Network a\u{9b}31mb\u{7f} defined from {xml}\n\n"));
    let to_pipe = say(&mut virtwire(&["-c", &uri, "-q", "net-list", "--all", "--name"]));
    assert_eq!(to_pipe.out, "a\u{9b}31mb\u{7f}\n");
    let json = say(&mut virtwire(&["-c", &uri, "-o", "json", "net-list", "--all"]));
    assert!(json.out.contains(r"a\u009b31mb\u007f"), "{json:?}");

    let on_terminal = |args: &str| {
        let command = format!("{} -c '{uri}' {args}", env!("CARGO_BIN_EXE_virtwire"));
        let mut script = Command::new("script");
        say(script.args(["-qec", &command, "/dev/null"]).stdin(Stdio::null())).out
    };
    assert_eq!(on_terminal("-q net-list --all --name"), "a\\xc2\\x9b31mb\\x7f\r\n");
    let failed = on_terminal("net-info nope");
    assert!(failed.contains("are 'a\\xc2\\x9b31mb\\x7f'"), "{failed}");
    let json = on_terminal("-o json net-list --all");
    assert!(json.contains(r"a\u009b31mb\u007f"), "{json}");
}

#[test]
fn one_thread_does_everything() {
    let folder = Folder::new("thread");
    let uri = server::silent(&folder, b"");
    let mut child = virtwire(&["-c", &uri, "--timeout", "5", "net-list"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let tasks = format!("/proc/{}/task", child.id());
    let fds = format!("/proc/{}/fd", child.id());
    let connected = || {
        let fds = fs::read_dir(&fds).into_iter().flatten().flatten();
        let mut targets = fds.filter_map(|fd| fs::read_link(fd.path()).ok());
        targets.any(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let begin = Instant::now();
    while !connected() {
        assert!(begin.elapsed() < DEADLINE, "it does not connect");
        thread::sleep(Duration::from_millis(5));
    }
    let threads = fs::read_dir(tasks).into_iter().flatten().count();
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(threads, 1);
}

#[test]
fn help_goes_to_stdout() {
    for args in [&["--help"][..], &["-h"], &["net-list", "--help"], &["help", "net-info"]] {
        let said = say(&mut virtwire(args));
        assert_eq!((said.code(), said.err.as_str()), (0, ""), "{args:?}");
        assert!(said.out.contains("Usage: virtwire"), "{said:?}");
        assert!(said.out.lines().count() < 85, "{args:?} tells too much");
    }
    assert_eq!(say(&mut virtwire(&["-V"])).out, concat!("virtwire ", env!("CARGO_PKG_VERSION"), "\n"));
}
