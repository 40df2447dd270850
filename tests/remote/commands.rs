//! Commands of the user's own that lead to a server, and what becomes of them. The tests of ssh rest on the same.

#![allow(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use virtwire::{Connection, Error, ErrorKind, Options, Timeouts};

use crate::lab::run::{DEADLINE, run};
use crate::lab::state::State;
use crate::lab::{Lab, virtwire_path};

/// A script that first writes down its process's number.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("virtwire-{name}-{}", std::process::id()));
        fs::write(&path, format!("#!/bin/sh\necho $$ >\"$0.pid\"\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn uri(&self, scheme: &str) -> String {
        format!("{scheme}?command={}", self.0.display())
    }

    async fn opened(&self, within: Duration) -> Error {
        let options = Options::new().timeouts(Timeouts::all(within));
        options.open(&self.uri("qemu+ext:///system")).await.unwrap_err()
    }

    /// Neither runs, nor waits for somebody to hear of its end.
    async fn is_gone(&self) {
        let pid = fs::read_to_string(self.0.with_extension("pid")).unwrap();
        let process = Path::new("/proc").join(pid.trim());
        let gone = async {
            while process.exists() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(5), gone).await.unwrap();
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_file(self.0.with_extension("pid"));
    }
}

#[test]
fn a_command_leads_to_a_daemon_as_it_does_for_virsh() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let script = Script::new("ext", &format!("exec nc -U {}", lab.socket().display()));
    let uri = script.uri("qemu+ext:///system");
    let list = |program: &str| {
        run(lab.client(program).args(["-c", &uri, "net-list", "--all"]), DEADLINE).expect_ok().out()
    };
    assert_eq!(list(&virtwire_path()), list("virsh"));
}

#[tokio::test]
async fn a_command_that_ends_is_told_with_its_last_words() {
    for (text, said) in [
        ("echo first >&2; echo 'the last' >&2; exit 3", "the last"),
        ("exit 3", "it ended with exit code 3"),
        ("kill -9 $$", "it was ended by signal 9"),
        // More than a pipe holds: nobody is held up.
        ("yes much | head -c 1000000 >&2; echo end >&2", "end"),
        // Others still hold its stderr.
        ("sleep 3 >/dev/null </dev/null & echo early >&2; exit 1", "early"),
    ] {
        let script = Script::new("ends", text);
        let error = script.opened(Duration::from_secs(10)).await;
        let said = format!("the command '{}' failed: {said}", script.0.display());
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Unreachable, said));
        script.is_gone().await;
    }
}

#[tokio::test]
async fn a_command_does_not_outlive_an_opening_that_failed() {
    for text in ["exec sleep 100", "exec <&- >&-; exec sleep 100", "printf garbage-garbage; exec sleep 100"] {
        let script = Script::new("hangs", text);
        script.opened(Duration::from_millis(500)).await;
        script.is_gone().await;
    }
}

#[tokio::test]
async fn a_command_that_leads_nowhere_ends_by_the_deadline_of_opening() {
    let script = Script::new("nowhere", "exec sleep 100");
    let error = script.opened(Duration::from_millis(200)).await;
    assert_eq!(error.to_string(), "asking how to authenticate took longer than 0.2 seconds");
}

#[tokio::test]
async fn a_login_that_nobody_can_be_asked_in_ends_by_the_deadline_of_opening() {
    let script = Script::new("login", "exec sleep 100");
    let uri = script.uri("qemu+ssh://host/system") + "&no_tty=1";
    let options = Options::new().timeouts(Timeouts::all(Duration::from_millis(200)));
    let error = options.open(&uri).await.unwrap_err();
    assert_eq!(error.to_string(), "reaching the daemon on host by ssh took longer than 0.2 seconds");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    script.is_gone().await;
}

#[tokio::test]
async fn a_command_that_is_not_there_or_not_named_is_an_error_of_its_own() {
    let error = Connection::open("qemu+ext:///system?command=/nonexistent/command").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(
        error.to_string(),
        "cannot run '/nonexistent/command': No such file or directory (os error 2)"
    );
    let error = Connection::open("qemu+ext:///system").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let said =
        "remote_open: for 'ext' transport, command is required: '?command=PROGRAM' in the URI names it";
    assert_eq!(error.to_string(), said);
}
