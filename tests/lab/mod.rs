//! A real libvirtd, or libvirt's modular daemons, in network and mount namespaces of its own, gone when the value is
//! dropped. Must never touch the host's own daemon, bridges, firewall or files outside its own directory.

#![allow(dead_code, reason = "each test file uses its own part of the lab")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test's helper fails the test")]

pub(crate) mod daemons;
mod gate;
pub(crate) mod login;
pub(crate) mod name_server;
mod namespaces;
pub(crate) mod relay;
mod rootfs;
pub(crate) mod run;
mod stale;
pub(crate) mod state;
mod tcp;

use daemons::Daemons;
use namespaces::{inside, keep};
use rootfs::Rootfs;
use run::{DEADLINE, Output, run};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// What Debian's own libvirtd.conf sets, and a log that a test can read.
const CONFIG: &str = r#"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0770"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"#;

/// Running daemons (or some that were killed on purpose) with their namespaces, directories and sockets.
#[derive(Debug)]
pub(crate) struct Lab {
    name: String,
    dir: PathBuf,
    keeper: Child,
    holder: u32,
    rootfs: Option<Rootfs>,
    daemons: Daemons,
    /// How clients inside reach the daemon, where that is not by its socket.
    way: Option<String>,
}

/// What a lab shall be before it starts.
#[derive(Debug, Default)]
pub(crate) struct LabBuilder {
    config: String,
    hook: Option<String>,
    suite: Option<String>,
    programs: Option<&'static [&'static str]>,
    nftables: bool,
    listens: bool,
    files: Vec<(String, Vec<u8>)>,
    mounts: Vec<(String, String)>,
}

impl LabBuilder {
    /// Has libvirtd, or virtproxyd, listen as [`LabBuilder::config`] says. Only clients inside reach it, at 127.0.0.1 and
    /// ::1.
    pub(crate) fn listen(mut self) -> Self {
        self.listens = true;
        self
    }

    /// Puts a file into the lab's folder before the daemon starts; the folders on its way are made.
    pub(crate) fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    /// Mounts a file or folder of the lab's folder over one of the host, for all inside the lab and nobody else.
    pub(crate) fn mount(mut self, path: &str, over: &str) -> Self {
        self.mounts.push((path.to_owned(), over.to_owned()));
        self
    }

    /// Adds lines to libvirtd.conf, or each modular daemon's; a key given here wins over the lab's own.
    pub(crate) fn config(mut self, lines: &str) -> Self {
        self.config.push_str(lines);
        self.config.push('\n');
        self
    }

    /// Installs `script` as libvirt's network hook (arguments: network, operation, ...; it starts with `#!`).
    pub(crate) fn network_hook(mut self, script: &str) -> Self {
        self.hook = Some(script.to_owned());
        self
    }

    /// Runs the libvirtd and virsh of this Debian suite, whatever `VIRTWIRE_TEST_LIBVIRT` says.
    pub(crate) fn libvirt_of(mut self, suite: &str) -> Self {
        self.suite = Some(suite.to_owned());
        self
    }

    /// Runs these, even where all labs run [`daemons::MODULAR`]: libvirtd for what only it has, or some of them. Clients
    /// speak to the first.
    pub(crate) fn programs(mut self, programs: &'static [&'static str]) -> Self {
        self.programs = Some(programs);
        self
    }

    /// Makes the network driver use `nftables` in place of `iptables`. Only libvirts from 10.4 on can, so only labs with
    /// [`LabBuilder::libvirt_of`]; and there only what mends the checksums of DHCP's replies is left out.
    pub(crate) fn nftables(mut self) -> Self {
        self.nftables = true;
        self
    }

    /// Starts the daemon and waits until it answers. `None`: it cannot run here, and the test is to return.
    pub(crate) fn start(self) -> Option<Lab> {
        let (programs, rootfs) = self.wanted();
        if !gate::open(programs, rootfs.as_ref()) {
            return None;
        }
        stale::sweep_once();
        let (name, dir) = stale::new_name();
        self.write_files(programs, &dir);
        let (keeper, holder) = keep(&name, &dir, rootfs.as_ref());
        for (path, over) in &self.mounts {
            rootfs::mount(holder, rootfs.as_ref(), &dir.join(path), over);
        }
        let daemons = Daemons::start(programs, self.listens, holder, &dir, rootfs.as_ref());
        // From here on dropping the lab cleans up, also if the daemon never answers.
        let lab = Lab { name, dir, keeper, holder, rootfs, daemons, way: None };
        lab.wait_ready();
        Some(lab)
    }

    /// What to run, and from which suite's root.
    fn wanted(&self) -> (&'static [&'static str], Option<Rootfs>) {
        let usual = || if self.suite.is_some() { &daemons::LIBVIRTD[..] } else { daemons::usual() };
        let programs = self.programs.unwrap_or_else(usual);
        let suite = || self.suite.clone().or_else(rootfs::wanted);
        let is_built = programs != daemons::LIBVIRTD;
        (programs, if is_built { None } else { suite().map(|suite| Rootfs::of(&suite)) })
    }

    fn write_files(&self, programs: &[&str], dir: &Path) {
        for folder in ["", "run", "lib", "etc", "etc/hooks", "log", "cache"] {
            let folder = dir.join(folder);
            fs::create_dir(&folder).expect("the temporary folder is writable");
            // Unprivileged clients must get as far as the socket, whatever the umask.
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        }
        for program in programs {
            let path = dir.join("etc").join(program).with_extension("conf");
            fs::write(path, merged(CONFIG, &self.config)).expect("the folder is ours");
        }
        for (path, content) in &self.files {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder is ours");
            fs::write(path, content).expect("the folder is ours");
        }
        if self.nftables {
            let line = "firewall_backend = \"nftables\"\n";
            fs::write(dir.join("etc/network.conf"), line).expect("the folder is ours");
            // It wants act_csum, which not every kernel has, and would start no network without.
            let nothing = dir.join("tc");
            fs::write(&nothing, "#!/bin/sh\n").expect("the folder is ours");
            fs::set_permissions(&nothing, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        }
        if let Some(script) = &self.hook {
            let path = dir.join("etc/hooks/network");
            fs::write(&path, script).expect("the folder is ours");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        }
    }
}

/// `base` without the keys that `extra` sets (libvirt refuses a key given twice), then `extra`.
fn merged(base: &str, extra: &str) -> String {
    let key = |line: &str| line.split('=').next().map(|k| k.trim().to_owned());
    let overridden: Vec<_> = extra.lines().filter_map(key).collect();
    let kept = base.lines().filter(|line| !key(line).is_some_and(|k| overridden.contains(&k)));
    kept.chain(extra.lines()).map(|line| format!("{line}\n")).collect()
}

impl Lab {
    /// A daemon without any network: see [`LabBuilder::start`].
    pub(crate) fn start() -> Option<Self> {
        Self::builder().start()
    }

    /// A lab with options.
    pub(crate) fn builder() -> LabBuilder {
        LabBuilder::default()
    }

    /// The lab's name, which is also that of its network namespace.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A folder of the lab's own, for files that a test needs; removed with the lab.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The daemon's read-write socket, as the host sees it.
    pub(crate) fn socket(&self) -> PathBuf {
        daemons::socket(self.daemons.first(), &self.dir)
    }

    /// The daemon's read-only socket, as the host sees it.
    pub(crate) fn socket_ro(&self) -> PathBuf {
        daemons::socket_ro(self.daemons.first(), &self.dir)
    }

    /// `qemu:///system` through [`Lab::socket`], or `network:///system` where that is virtnetworkd's.
    pub(crate) fn uri(&self) -> String {
        if let Some(way) = &self.way {
            return way.clone();
        }
        let driver = if self.daemons.first() == "virtnetworkd" { "network" } else { "qemu" };
        format!("{driver}:///system?socket={}", self.socket().display())
    }

    /// Has clients use this URI from now on, and run inside, where it leads to the daemon.
    pub(crate) fn reach_by(mut self, uri: impl Into<String>) -> Self {
        self.way = Some(uri.into());
        self
    }

    /// The daemon that keeps the networks.
    pub(crate) fn keeper_of_networks(&self) -> &'static str {
        self.daemons.last()
    }

    /// The pid of the daemon that clients speak to.
    pub(crate) fn pid(&self) -> u32 {
        self.daemons.pid()
    }

    /// The version of this libvirt, as `[9, 0, 0]`.
    pub(crate) fn version(&self) -> [u32; 3] {
        let said = run(self.client("virsh").arg("--version"), DEADLINE).expect_ok().out();
        let parts: Vec<_> = said.trim().split('.').filter_map(|part| part.parse().ok()).collect();
        parts.try_into().expect("virsh says its version")
    }

    /// All the daemon logged so far (warnings and errors, unless configured otherwise).
    pub(crate) fn log(&self) -> String {
        let bytes = fs::read(self.dir.join("log/libvirtd.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether the daemons have not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.daemons.run()
    }

    /// Ends the daemons by SIGKILL; their bridges, dnsmasq and rules stay.
    pub(crate) fn kill9(&mut self) {
        self.daemons.kill9();
    }

    /// Ends the daemons as systemd would (unless they are dead already), starts them again, waits until they answer.
    pub(crate) fn restart(&mut self) {
        self.daemons = self.daemons.again(self.holder, &self.dir, self.rootfs.as_ref());
        self.wait_ready();
    }

    /// Sends the daemons a signal, by its name (`HUP`, `STOP`, `CONT`, ...).
    pub(crate) fn signal(&self, signal: &str) {
        self.daemons.signal(signal);
    }

    /// Real virsh, outside the lab's namespaces, connected to this daemon.
    pub(crate) fn virsh(&self, args: &[&str]) -> Output {
        run(self.client("virsh").args(["-c", &self.uri()]).args(args), DEADLINE)
    }

    /// The binary under test, connected like [`Lab::virsh`].
    pub(crate) fn virtwire(&self, args: &[&str]) -> Output {
        run(self.client(&virtwire_path()).args(["-c", &self.uri()]).args(args), DEADLINE)
    }

    /// A client program outside the lab's namespaces with nothing of the caller's environment: C.UTF-8, no
    /// `LIBVIRT_*`, no configuration of a user. It is not told where to connect. `virsh` is the one beside the daemon.
    pub(crate) fn client(&self, program: &str) -> Command {
        if self.way.is_some() {
            return self.client_inside(program);
        }
        match &self.rootfs {
            Some(rootfs) if program == "virsh" => rootfs.client(program, self.holder, &self.dir),
            _ => client(program, &self.dir),
        }
    }

    /// Like [`Lab::client`], but inside the lab's namespaces: there the daemon is this host's own.
    pub(crate) fn client_inside(&self, program: &str) -> Command {
        let mut command = inside(self.holder);
        command.args(["env", "-i", "LC_ALL=C.UTF-8"]);
        command.arg(format!("HOME={}", self.dir.display()));
        command.arg(format!("PATH={}", std::env::var("PATH").unwrap_or_default()));
        if program == "virsh" {
            command.args(self.rootfs.iter().flat_map(Rootfs::enter));
        }
        command.arg(program);
        command
    }

    /// Runs `command` inside the lab's network and mount namespaces.
    pub(crate) fn exec(&self, command: &[&str]) -> Output {
        run(inside(self.holder).args(command), DEADLINE)
    }

    /// Mounts a file or folder over one of the host, for all inside the lab that start from now on, and nobody else.
    pub(crate) fn mount(&self, from: &Path, over: &str) {
        rootfs::mount(self.holder, self.rootfs.as_ref(), from, over);
    }

    /// The firewall rules that libvirt made: those in its own chains, not the chains nor the jumps to them.
    pub(crate) fn rules(&self) -> Vec<String> {
        let saved = ["iptables-save", "ip6tables-save"].map(|save| self.exec(&[save]).expect_ok().out());
        let lines = saved.iter().flat_map(|text| text.lines());
        lines.filter(|line| line.starts_with("-A LIBVIRT_")).map(str::to_owned).collect()
    }

    /// Is there an interface of this name in the lab's network namespace?
    pub(crate) fn bridge_exists(&self, name: &str) -> bool {
        self.exec(&["ip", "link", "show", "dev", name]).ok()
    }

    /// The dnsmasq processes in the lab's network namespace.
    pub(crate) fn dnsmasq_pids(&self) -> Vec<u32> {
        let pids = run(Command::new("ip").args(["netns", "pids", &self.name]), DEADLINE).expect_ok().out();
        let is_dnsmasq = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == "dnsmasq")
        };
        pids.lines().filter_map(|pid| pid.trim().parse().ok()).filter(is_dnsmasq).collect()
    }

    /// Opens and closes cleanly, so that a daemon's log holds no trace of the waiting.
    fn wait_ready(&self) {
        let end = Instant::now() + DEADLINE;
        while !self.daemons.listen(&self.dir) || !self.virsh(&["uri"]).ok() {
            assert!(Instant::now() < end, "libvirtd does not answer; its log:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
        if self.daemons.first() != self.daemons.last() {
            // While they start, they lose each other once, and log that when all else is done.
            thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if run::wait(&mut self.keeper, DEADLINE).is_none() {
            eprintln!("lab {} is not cleaned up after {DEADLINE:?}", self.name);
        }
        self.daemons.kill9();
    }
}

/// A client program with this home and nothing else of the caller's environment.
pub(crate) fn client(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home).env("LC_ALL", "C.UTF-8");
    command
}

/// What a lab must never change: the host's interfaces and firewall rules.
pub(crate) fn host_sees() -> String {
    let look = "ls /sys/class/net; iptables-save | grep '^-A'; ip6tables-save | grep '^-A'; :";
    run(Command::new("sh").args(["-c", look]), DEADLINE).out()
}

/// The program under test: `VIRTWIRE_BIN`, else the one that cargo built with this test.
pub(crate) fn virtwire_path() -> String {
    let given = std::env::var("VIRTWIRE_BIN").ok();
    given.or_else(|| option_env!("CARGO_BIN_EXE_virtwire").map(str::to_owned)).expect("VIRTWIRE_BIN is set")
}
