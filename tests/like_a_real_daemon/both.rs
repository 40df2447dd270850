//! Two daemons that get the same commands: a real one in its lab, and the in-memory one on a socket.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use virtwire::testdaemon::Hypervisor;

use crate::lab::Lab;
use crate::lab::run::{DEADLINE, run};

/// A real daemon and ours, both without networks.
pub(crate) struct Both {
    lab: Lab,
    /// The real libvirt's.
    pub(crate) version: [u32; 3],
    uri: String,
    files: u32,
}

impl Both {
    pub(crate) fn start() -> Option<Self> {
        let lab = Lab::start()?;
        let socket = lab.dir().join("testd-sock");
        let path = socket.clone();
        // The thread ends with the test's process; the socket is in the lab's folder, which goes with the lab.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(Hypervisor::empty().listen(path))
        });
        let end = Instant::now() + DEADLINE;
        while !socket.exists() {
            assert!(Instant::now() < end, "nobody listens at {}", socket.display());
            thread::sleep(Duration::from_millis(5));
        }
        let uri = format!("test+unix:///default?socket={}", socket.display());
        let version = lab.version();
        Some(Self { lab, version, uri, files: 0 })
    }

    /// Runs the same virsh command on both; returns what it printed.
    #[track_caller]
    pub(crate) fn same(&self, arguments: &[&str]) -> String {
        let real = self.lab.virsh(arguments);
        let mut command = self.lab.client("virsh");
        let ours = run(command.args(["-c", &self.uri]).args(arguments), DEADLINE);
        assert_eq!(
            (ours.code, as_of(self.version, &ours.out()), self.reason(&as_of(self.version, &ours.err()))),
            (real.code, real.out(), self.reason(&real.err())),
            "ours is not as the real one: {arguments:?}"
        );
        real.out() + &real.err()
    }

    /// What of an error is compared: 7.0.0 gives many a reason in other words, so there it is only what has failed.
    fn reason(&self, error: &str) -> String {
        let lines = if self.version < [9, 0, 0] { 1 } else { usize::MAX };
        error.lines().take(lines).collect::<Vec<_>>().join("\n")
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) {
        let printed = self.same(arguments);
        assert!(!printed.contains("error:"), "{arguments:?}: {printed}");
    }

    /// A file with this content, for commands that read one.
    pub(crate) fn file(&mut self, content: &str) -> String {
        self.files += 1;
        let path = self.lab.dir().join(format!("{}.xml", self.files));
        fs::write(&path, content).expect("the folder is ours");
        path.display().to_string()
    }

    /// Defines the network on both.
    #[track_caller]
    pub(crate) fn define(&mut self, content: &str) {
        let file = self.file(content);
        self.done(&["net-define", &file]);
    }
}

/// What libvirt 12.8.0 prints, as a libvirt of this version does.
fn as_of(version: [u32; 3], text: &str) -> String {
    let mut text = text.to_owned();
    if version < [11, 0, 0] {
        text = text.replace("only allowed in open, route,", "only allowed in route,");
    }
    if version < [12, 0, 0] {
        // Its XML library is older, too.
        text = text.replace("\"é'\"", "\"&#xE9;'\"");
        let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix("/>\n") {
            Some(ip) if line.starts_with("  <ip ") => format!("{ip}>\n  </ip>\n"),
            _ => line.to_owned(),
        });
        text = lines.collect();
    }
    text
}

/// A network that leaves nothing to chance.
pub(crate) fn network(name: &str, number: u8, content: &str) -> String {
    format!(
        "<network><name>{name}</name><uuid>11111111-2222-4333-8444-0000000000{number:02}</uuid>\
         <mac address='52:54:00:00:00:{number:02}'/>{content}</network>"
    )
}

/// A network without a bridge of libvirt's own, and so without a MAC address.
pub(crate) fn foreign(name: &str, number: u8, content: &str) -> String {
    network(name, number, content).replace(&format!("<mac address='52:54:00:00:00:{number:02}'/>"), "")
}
