//! A server that misbehaves, on a thread of the test. Must not know what the test is after.

use super::lab::relay::{read_frame, uri, word};
use super::lab::{client, virtwire_path};
use std::fs;
use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// A folder of a test's own, removed with the value.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vwpeer-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("the temporary folder is writable");
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The program under test, with this folder as its home.
    pub(crate) fn client(&self) -> Command {
        client(&virtwire_path(), &self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that does the same with every client.
#[derive(Debug)]
pub(crate) struct Peer {
    folder: Folder,
}

impl Peer {
    /// Listens, and calls `behave` with each client, one after the other, until the test's process ends.
    pub(crate) fn start(behave: impl Fn(UnixStream) + Send + 'static) -> Self {
        let folder = Folder::new();
        let listener = UnixListener::bind(folder.path().join("socket")).expect("the folder is ours");
        thread::spawn(move || listener.incoming().flatten().for_each(behave));
        Self { folder }
    }

    /// The program under test, connected to this server, its deadlines set.
    pub(crate) fn client(&self, timeout: &str) -> Command {
        let mut command = self.folder.client();
        command.args(["--timeout", timeout, "-c", &uri(&self.folder.path().join("socket"))]);
        command
    }
}

/// The bytes of a frame without payload, or with one.
pub(crate) fn frame(program: u32, procedure: u32, kind: u32, serial: u32, payload: &[u8]) -> Vec<u8> {
    let length = 28 + u32::try_from(payload.len()).expect("payloads of tests are small");
    let words = [length, program, 1, procedure, kind, serial, 0];
    let head = words.iter().flat_map(|word| word.to_be_bytes());
    head.chain(payload.iter().copied()).collect()
}

/// The program number of libvirt's own procedures.
pub(crate) const REMOTE: u32 = 0x2000_8086;
/// The program number of pings and pongs.
pub(crate) const KEEPALIVE: u32 = 0x6b65_6570;
/// The type of what needs no answer.
pub(crate) const MESSAGE: u32 = 2;
/// The type of an answer.
pub(crate) const REPLY: u32 = 1;

/// Answers AUTH_LIST and OPEN as a daemon does that wants no authentication; false if the client went away.
pub(crate) fn open(stream: &mut UnixStream) -> bool {
    for payload in [&[0, 0, 0, 1, 0, 0, 0, 0][..], &[]] {
        let Ok(call) = read_frame(stream) else {
            return false;
        };
        let reply = frame(REMOTE, word(&call, 3), REPLY, word(&call, 5), payload);
        if stream.write_all(&reply).is_err() {
            return false;
        }
    }
    true
}
