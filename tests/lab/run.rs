//! Runs one command under a deadline and keeps all it said. Must not know what a lab is.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long any command of a test may take before it is killed and the test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// What a finished command left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// All of stdout, as bytes.
    pub(crate) stdout: Vec<u8>,
    /// All of stderr, as bytes.
    pub(crate) stderr: Vec<u8>,
}

impl Output {
    /// Exit code 0?
    pub(crate) fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// stdout as text, lossy.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// stderr as text, lossy.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The first line of stderr, without its newline.
    pub(crate) fn first_error(&self) -> String {
        self.err().lines().next().unwrap_or_default().to_owned()
    }

    /// This output, or a failed test that shows it.
    #[track_caller]
    pub(crate) fn expect_ok(self) -> Self {
        assert!(self.ok(), "exit {:?}\nstdout: {}\nstderr: {}", self.code, self.out(), self.err());
        self
    }
}

/// Runs `command` with stdin empty; kills it and fails the test once `deadline` is over.
#[track_caller]
pub(crate) fn run(command: &mut Command, deadline: Duration) -> Output {
    run_into(command, deadline, Stdio::piped())
}

/// Like [`run`], with a stdout of the caller's; what goes there is not in the output.
#[track_caller]
pub(crate) fn run_into(command: &mut Command, deadline: Duration, stdout: impl Into<Stdio>) -> Output {
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let code = wait(&mut child, deadline);
    let timed_out = code.is_none();
    if timed_out {
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(!timed_out, "not finished after {deadline:?}, killed: {command:?}");
    let joined = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        reader.map_or_else(Vec::new, |r| r.join().expect("the reader thread does not panic"))
    };
    Output { code: code.flatten(), stdout: joined(stdout), stderr: joined(stderr) }
}

/// Waits for `child` until `deadline`: `None` if it still runs, else its exit code (`Some(None)`: a signal ended it).
pub(crate) fn wait(child: &mut Child, deadline: Duration) -> Option<Option<i32>> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours can be waited for") {
            return Some(status.code());
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe never stalls the command.
fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}
