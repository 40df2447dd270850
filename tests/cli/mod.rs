//! Running the program with nothing of the caller's environment, and servers for it to talk to.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test's helper fails the test")]

pub(crate) mod server;

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// No test here waits for anything as long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) const TEST: [&str; 2] = ["-c", "test:///default"];

/// What the program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) status: ExitStatus,
}

impl Said {
    pub(crate) fn code(&self) -> i32 {
        self.status.code().expect("it was not killed by a signal")
    }

    pub(crate) fn first_error(&self) -> &str {
        self.err.lines().next().unwrap_or_default()
    }

    /// Its one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.out.matches('\n').count(), 1, "{self:?}");
        serde_json::from_str(&self.out).expect("stdout is one JSON document")
    }
}

/// The program, with an environment of its own.
pub(crate) fn virtwire(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_virtwire"));
    command.args(args).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// Runs the program against the hypervisor in its own memory.
pub(crate) fn test(args: &[&str]) -> Said {
    say(&mut virtwire(&[&TEST, args].concat()))
}

/// Runs a command to its end, or fails the test after [`DEADLINE`].
pub(crate) fn say(command: &mut Command) -> Said {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut out = child.stdout.take().expect("stdout is piped");
    let mut err = child.stderr.take().expect("stderr is piped");
    let (sender, receiver) = mpsc::channel();
    let pid = child.id();
    thread::spawn(move || {
        let mut said = (Vec::new(), Vec::new());
        let read = out.read_to_end(&mut said.0).and(err.read_to_end(&mut said.1));
        let _ = sender.send(read.map(|_| said).and_then(|said| Ok((said, child.wait()?))));
    });
    let Ok(ended) = receiver.recv_timeout(DEADLINE) else {
        let _ = Command::new("kill").arg(pid.to_string()).status();
        panic!("{command:?} takes too long");
    };
    let ((out, err), status) = ended.expect("its output can be read");
    Said {
        out: String::from_utf8(out).expect("stdout is UTF-8"),
        err: String::from_utf8(err).expect("stderr is UTF-8"),
        status,
    }
}

/// A file with this content, in a folder that is removed with the value.
#[derive(Debug)]
pub(crate) struct Folder(std::path::PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("virtwire-cli-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and returns its path.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        let mut file = std::fs::File::create(&path).expect("the folder is ours");
        file.write_all(content).expect("the folder is ours");
        path.to_str().expect("the path is UTF-8").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
