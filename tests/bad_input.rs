//! docs/bad-input.md stays true: each row of it is run as it is written, among the files and sockets that the page names.
#![cfg(all(
    feature = "annotations",
    feature = "completions",
    feature = "edit",
    feature = "exports",
    feature = "json",
    feature = "net-event",
    feature = "net-port",
    feature = "several",
    feature = "ssh",
    feature = "testdaemon",
    feature = "tls",
    feature = "xpath"
))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's helper fails the test")]

mod cli;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cli::{Folder, say, server};
use virtwire::testdaemon::Hypervisor;

const PAGE: &str = include_str!("../docs/bad-input.md");

/// What is typed, and what comes of it.
#[derive(Debug)]
struct Row {
    command: String,
    code: i32,
    /// The lines of stderr.
    said: Vec<String>,
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
    // A bar within a cell is written with a backslash.
    let inside = inside.replace("\\|", "\u{0}");
    Some(inside.split(" | ").map(|cell| cell.replace('\u{0}', "|")).collect())
}

fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// The rows of all tables whose first cell is a command.
fn rows() -> Vec<Row> {
    let row = |line: &str| {
        let [command, exit, said] = <[String; 3]>::try_from(cells(line)?).ok()?;
        let command = code(&command).filter(|command| command.contains("virtwire"))?.to_owned();
        let said = said.split("<br>").map(|line| code(line).expect("lines are code").to_owned()).collect();
        Some(Row { command, code: exit.parse().expect("an exit code is a number"), said })
    };
    PAGE.lines().filter_map(row).collect()
}

/// The files that the page tells the content of.
fn files() -> Vec<(String, String)> {
    let file = |line: &str| {
        let [name, content] = <[String; 2]>::try_from(cells(line)?).ok()?;
        let content = code(&content)?.replace("\\n", "\n");
        Some((code(&name)?.to_owned(), content))
    };
    PAGE.lines().filter_map(file).collect()
}

/// What the page tells of in words.
fn others(folder: &Folder) {
    let at = |name: &str| folder.path(name);
    folder.file("unreadable.xml", b"<network/>");
    folder.file("large.xml", &vec![b' '; 10 * 1024 * 1024 + 1]);
    folder.file("deep.xml", "<a>".repeat(1000).as_bytes());
    folder.file("binary.xml", &[0xff, 0xfe, 0, 1, 2]);
    fs::create_dir_all(at("conf/unreadable/libvirt")).unwrap();
    folder.file("conf/unreadable/libvirt/libvirt.conf", b"#");
    fs::create_dir_all(at("conf/folder/libvirt/libvirt.conf")).unwrap();
    for name in ["unreadable.xml", "conf/unreadable/libvirt/libvirt.conf"] {
        fs::set_permissions(at(name), Permissions::from_mode(0o0)).unwrap();
    }
    server::dead(folder);
    server::silent(folder, b"");
    server::greet(&at("closed"), b"", false);
    server::greet(&at("ssh"), b"SSH-2.0-OpenSSH_9.2\r\n", true);
    server::greet(&at("web"), b"HTTP/1.1 400 Bad Request\r\n\r\n", true);
    server::greet(&at("half"), &[2, 0, 0, 4, 0], true);
    server::greet(&at("private"), b"", true);
    server::mute_from(folder, server::DESTROY);
    let hypervisor = Hypervisor::default();
    let uri = server::hypervisor(folder, hypervisor, "test+unix:///default");
    let guest = folder.file("guest.xml", GUEST);
    let short = folder.file("short.xml", SHORT);
    for args in [["net-create", &short].as_slice(), &["net-port-create", "default", &guest]] {
        let said = say(&mut cli::virtwire(&[&["-c", &uri], args].concat()));
        assert_eq!(said.code(), 0, "{said:?}");
    }
    for name in ["dead", "silent", "closed", "ssh", "web", "half", "mute", "hypervisor"] {
        fs::set_permissions(at(name), Permissions::from_mode(0o777)).unwrap();
    }
    fs::set_permissions(at("private"), Permissions::from_mode(0o0)).unwrap();
    fs::set_permissions(at("text.xml"), Permissions::from_mode(0o666)).unwrap();
}

const SHORT: &[u8] = b"<network><name>short</name><uuid>5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a124</uuid>\
    <bridge name='virbr9'/></network>";

const GUEST: &[u8] = b"<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid><owner><name>web</name>\
    <uuid>06578fc1-c686-46fa-bc2c-83893b466a6f</uuid></owner><mac address='52:54:00:7b:35:93'/></networkport>";

/// Runs a row as an ordinary user, whom root's own rights do not help.
fn run(folder: &Path, row: &Row) -> Result<(), String> {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let path = format!("{}:/usr/bin:/bin", folder.display());
    command.args(["-c", &row.command]).current_dir(folder).stdin(std::process::Stdio::null());
    command.env_clear().env("PATH", path).env("HOME", "/nonexistent");
    command.env("VIRSH_DEFAULT_CONNECT_URI", "test:///default");
    let began = Instant::now();
    let said = say(&mut command);
    let lines: Vec<&str> = said.err.lines().collect();
    if said.code() != row.code || lines != row.said {
        let lines = lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("<br>");
        return Err(format!("| `{}` | {} | {lines} |", row.command, said.code()));
    }
    if began.elapsed() > Duration::from_secs(10) {
        return Err(format!("`{}` takes {:?}", row.command, began.elapsed()));
    }
    Ok(())
}

#[test]
fn every_row_of_the_page_is_so() {
    let rows = rows();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    let folder = Folder::new("bad-input");
    fs::set_permissions(folder.path(""), Permissions::from_mode(0o755)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_virtwire"), folder.path("virtwire")).unwrap();
    let files = files();
    assert!(files.len() >= 10, "{files:?}");
    for (name, content) in files {
        fs::create_dir_all(folder.path(&name).parent().unwrap()).unwrap();
        folder.file(&name, content.as_bytes());
    }
    others(&folder);
    let wrong: Vec<String> = rows.iter().filter_map(|row| run(&folder.path(""), row).err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows are to read\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn whatever_fails_says_so_on_a_line_that_begins_with_error() {
    for row in rows() {
        assert_ne!(row.code, 0, "{row:?}");
        assert!(row.said.iter().any(|line| line.contains("error: ")), "{row:?}");
        assert!(row.said.len() <= 4, "{row:?}");
    }
}
