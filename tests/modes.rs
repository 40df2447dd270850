//! Which of a host's daemons a URI means, with sockets where each of them would listen: virtwire connects to the one
//! that virsh connects to.

#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod lab;

use lab::daemons::LIBVIRTD;
use lab::relay::{Fate, Relay};
use lab::run::{DEADLINE, run};
use lab::{Lab, virtwire_path};
use std::fs;
use std::path::PathBuf;

/// libvirtd, and the daemons of the drivers for qemu and for networks.
const DAEMONS: [&str; 3] = ["libvirt", "virtqemud", "virtnetworkd"];

/// Which of [`DAEMONS`] listen.
const HOSTS: [[bool; 3]; 8] = [
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, false],
    [true, false, true],
    [false, true, true],
    [true, true, true],
];

/// Arguments, `remote_mode` in libvirt.conf, and the daemons that are meant; the first of them that listens is taken.
const URIS: [(&str, &str, &[&str]); 14] = [
    ("-c qemu:///system", "", &["virtqemud", "libvirt"]),
    ("-c qemu+unix:///system", "", &["virtqemud", "libvirt"]),
    ("-c qemu:///system?mode=auto", "legacy", &["virtqemud", "libvirt"]),
    ("-c qemu:///system?mode=direct", "", &["virtqemud"]),
    ("-c qemu:///system?mode=legacy", "direct", &["libvirt"]),
    ("-c qemu:///system", "direct", &["virtqemud"]),
    ("-c qemu:///system", "legacy", &["libvirt"]),
    ("-r -c qemu:///system", "", &["virtqemud", "libvirt"]),
    ("-r -c qemu:///system?mode=direct", "", &["virtqemud"]),
    ("-c network:///system", "", &["virtnetworkd", "libvirt"]),
    ("-c network+unix:///system?mode=auto", "direct", &["virtnetworkd", "libvirt"]),
    ("-c network:///system?mode=direct", "", &["virtnetworkd"]),
    ("-c network:///system?mode=legacy", "", &["libvirt"]),
    ("-r -c network:///system", "auto", &["virtnetworkd", "libvirt"]),
];

/// Without a URI virsh goes to libvirtd, which chooses a driver, and nowhere where that is forbidden or not there;
/// virtwire means `qemu:///system`. Each with what virtwire means, and what virsh means.
const WITHOUT: [(&str, &[&str], &[&str]); 3] = [
    ("", &["virtqemud", "libvirt"], &["libvirt"]),
    ("legacy", &["libvirt"], &["libvirt"]),
    ("direct", &["virtqemud"], &[]),
];

/// A relay to the lab's daemon, at the path of another daemon or aside.
struct Socket {
    relay: Relay,
    path: PathBuf,
    aside: PathBuf,
}

impl Socket {
    fn of(lab: &Lab, daemon: &str, suffix: &str, server: PathBuf) -> Self {
        let path = lab.socket().with_file_name(format!("{daemon}-{suffix}"));
        let aside = path.with_file_name(format!("aside-{daemon}-{suffix}"));
        let relay = Relay::start(aside.clone(), server, |_| Fate::Pass);
        Self { relay, path, aside }
    }

    fn show(&self, there: bool) {
        let (from, to) = if there { (&self.aside, &self.path) } else { (&self.path, &self.aside) };
        if from.exists() {
            fs::rename(from, to).expect("the folder is ours");
        }
    }
}

/// The sockets of all [`DAEMONS`] with this suffix, all of which speak to the lab's one.
fn sockets(lab: &Lab, suffix: &str) -> [Socket; 3] {
    let real = lab.socket().with_file_name(format!("libvirt-{suffix}"));
    let server = real.with_file_name(format!("real-{suffix}"));
    fs::rename(real, &server).expect("the folder is ours");
    DAEMONS.map(|daemon| Socket::of(lab, daemon, suffix, server.clone()))
}

/// All sockets: those for everything, and those to look only.
struct Host {
    lab: Lab,
    own: [Socket; 3],
    read_only: [Socket; 3],
}

impl Host {
    fn start() -> Option<Self> {
        let lab = Lab::builder().programs(&LIBVIRTD).start()?;
        let (own, read_only) = (sockets(&lab, "sock"), sockets(&lab, "sock-ro"));
        Some(Self { lab, own, read_only })
    }

    fn listen(&self, there: [bool; 3]) {
        for sockets in [&self.own, &self.read_only] {
            sockets.iter().zip(there).for_each(|(socket, there)| socket.show(there));
        }
    }

    /// How much each socket has heard.
    fn heard(&self) -> [usize; 6] {
        let mut counts = self.own.iter().chain(&self.read_only).map(|socket| socket.relay.frames().len());
        std::array::from_fn(|_| counts.next().unwrap_or_default())
    }

    /// Runs a program with the host's configuration; the sockets that it spoke to, and its first line of stderr.
    fn ask(&self, program: &str, args: &str, mode: &str) -> (Vec<String>, String) {
        let line = if mode.is_empty() { String::new() } else { format!("remote_mode = \"{mode}\"\n") };
        fs::write(self.lab.dir().join("etc/libvirt.conf"), line).expect("the folder is ours");
        let before = self.heard();
        let mut command = self.lab.client_inside(program);
        let said = run(command.args(args.split_whitespace()).args(["net-list", "--name"]), DEADLINE);
        let heard = before.iter().zip(self.heard()).map(|(before, after)| *before != after);
        let names =
            ["sock", "sock-ro"].into_iter().flat_map(|suffix| DAEMONS.map(|d| format!("{d}-{suffix}")));
        let spoken: Vec<_> = names.zip(heard).filter(|(_, heard)| *heard).map(|(name, _)| name).collect();
        assert_eq!(said.ok(), !spoken.is_empty(), "{program} {args}: {said:?}");
        (spoken, said.first_error())
    }
}

/// The socket of the first of these daemons that listens.
fn first(meant: &[&str], there: [bool; 3], args: &str) -> Vec<String> {
    let listens = |daemon: &&&str| DAEMONS.iter().zip(there).any(|(d, there)| there && d == *daemon);
    let suffix = if args.starts_with("-r") { "sock-ro" } else { "sock" };
    meant.iter().find(listens).map(|daemon| format!("{daemon}-{suffix}")).into_iter().collect()
}

#[test]
fn a_uri_means_the_daemon_that_virsh_means() {
    let Some(host) = Host::start() else { return };
    for there in HOSTS {
        host.listen(there);
        for (args, mode, meant) in URIS {
            let context = format!("{args}, remote_mode '{mode}', {DAEMONS:?} {there:?}");
            let theirs = host.ask("virsh", args, mode);
            assert_eq!(theirs.0, first(meant, there, args), "{context}");
            assert_eq!(host.ask(&virtwire_path(), args, mode), theirs, "{context}");
        }
    }
}

#[test]
fn without_a_uri_the_daemon_of_qemu_is_meant() {
    let Some(host) = Host::start() else { return };
    for there in HOSTS {
        host.listen(there);
        for (mode, ours, theirs) in WITHOUT {
            let context = format!("remote_mode '{mode}', {DAEMONS:?} {there:?}");
            assert_eq!(host.ask(&virtwire_path(), "", mode).0, first(ours, there, ""), "{context}");
            assert_eq!(host.ask("virsh", "", mode).0, first(theirs, there, ""), "virsh: {context}");
        }
    }
}
