//! A host that is logged in to by ssh: a real sshd in a lab's namespaces, with keys of its own, and a PATH in which there is
//! what a test puts there. The machine's own sshd, keys and known hosts are not touched.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, reason = "a test's helper fails the test")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::{Lab, login, virtwire_path};

/// Where sshd listens in the lab.
pub(crate) const PORT: u16 = 2222;

const LISTENING: &str = "Port 2222\nListenAddress 127.0.0.1\n";

pub(crate) struct Host {
    pub(crate) lab: Lab,
}

impl Host {
    /// A host that knows root's key, whose own key root knows, and that has all programs. It is of this machine's libvirt,
    /// whose helper is the only one here.
    pub(crate) fn start() -> Option<Self> {
        let needed = ["/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/virt-ssh-helper"];
        let missing = needed.iter().find(|program| !Path::new(program).exists());
        let is_of_another = std::env::var("VIRTWIRE_TEST_LIBVIRT").is_ok_and(|suite| !suite.is_empty());
        if is_of_another || missing.is_some() {
            let demanded = std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
            assert!(is_of_another || !demanded, "VIRTWIRE_TEST_REAL=1, but there is no {missing:?}");
            let _ = writeln!(
                std::io::stderr(),
                "\nSKIPPED a test of ssh: it needs this machine's libvirt and sshd\n"
            );
            return None;
        }
        let host = Self { lab: Lab::start()? };
        for folder in ["ssh", ".ssh", "bin"] {
            fs::create_dir(host.path(folder)).expect("the folder is the lab's");
        }
        for program in ["sh", "grep", "which", "nc", "virt-ssh-helper"] {
            host.install(program);
        }
        host.write("passwd", &login::users(host.lab.dir()));
        host.exec(&["mount", "--bind", &host.name("passwd"), "/etc/passwd"]);
        host.write("ssh/config", &login::sshd(host.lab.dir(), LISTENING));
        host.key("ssh/host");
        host.key(".ssh/id_ed25519");
        fs::copy(host.path(".ssh/id_ed25519.pub"), host.path("ssh/authorized")).expect("the key is there");
        host.know_the_host("ssh/host.pub");
        host.exec(&["mkdir", "-p", "/run/sshd"]);
        host.exec(&["/usr/sbin/sshd", "-f", &host.name("ssh/config")]);
        Some(host)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.lab.dir().join(name)
    }

    pub(crate) fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder is the lab's");
    }

    /// Writes a program, and returns its path.
    pub(crate) fn program(&self, name: &str, text: &str) -> String {
        self.write(name, text);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755))
            .expect("the file is the lab's");
        self.name(name)
    }

    /// Puts a program of this machine into the PATH of those who log in.
    pub(crate) fn install(&self, program: &str) {
        login::install(program, &self.path("bin"));
    }

    pub(crate) fn remove(&self, program: &str) {
        fs::remove_file(self.path("bin").join(program)).expect("it was installed");
    }

    /// Makes a key, whose public part is beside it.
    pub(crate) fn key(&self, name: &str) {
        login::key(&self.path(name));
    }

    /// Makes this public key the only one that root knows the host by.
    pub(crate) fn know_the_host(&self, key: &str) {
        let key = fs::read_to_string(self.path(key)).expect("the key is there");
        self.write(".ssh/known_hosts", &format!("[127.0.0.1]:{PORT} {key}"));
    }

    pub(crate) fn exec(&self, command: &[&str]) {
        self.lab.exec(command).expect_ok();
    }

    /// Lists the networks by ssh, as root of the same host.
    pub(crate) fn list(&self, program: &str, parameters: &str) -> Output {
        let uri = format!("qemu+ssh://root@127.0.0.1:{PORT}/system?{parameters}");
        run(self.lab.client_inside(program).args(["-c", &uri, "net-list", "--all"]), DEADLINE)
    }

    pub(crate) fn virtwire(&self, parameters: &str) -> Output {
        self.list(&virtwire_path(), parameters)
    }

    /// The processes of this name in the lab.
    pub(crate) fn processes(&self, name: &str) -> Vec<String> {
        let pids =
            run(Command::new("ip").args(["netns", "pids", self.lab.name()]), DEADLINE).expect_ok().out();
        let is_it = |pid: &&str| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name)
        };
        pids.lines().filter(is_it).map(str::to_owned).collect()
    }

    /// Fails the test unless every ssh ends within a moment: the kernel needs one for who was killed.
    #[track_caller]
    pub(crate) fn assert_no_ssh_is_left(&self) {
        let is_gone = || self.processes("ssh").is_empty();
        let waits = |_| {
            sleep(Duration::from_millis(20));
            is_gone()
        };
        assert!(is_gone() || (0..50).any(waits), "ssh outlives the connection: {:?}", self.processes("ssh"));
    }
}
