//! The daemons of a lab: libvirtd or, in its place, libvirt's modular ones as `modular.sh` builds them. Must not build
//! them, nor make namespaces.

use super::rootfs::Rootfs;
use super::run::{self, DEADLINE};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What `VIRTWIRE_TEST_LIBVIRT` says for [`MODULAR`].
const WANTED: &str = "modular";

/// The one daemon of old, which alone has libvirt's test driver.
pub(crate) const LIBVIRTD: [&str; 1] = ["libvirtd"];

/// The modular daemons that networks are reached by. The first has libvirtd's socket, and asks the others; the last keeps
/// the networks.
pub(crate) const MODULAR: [&str; 3] = ["virtproxyd", "virtqemud", "virtnetworkd"];

/// What programs a lab runs, where no test says it.
pub(super) fn usual() -> &'static [&'static str] {
    if is_modular_wanted() { &MODULAR } else { &LIBVIRTD }
}

/// Whether all labs are to run modular daemons.
pub(super) fn is_modular_wanted() -> bool {
    std::env::var("VIRTWIRE_TEST_LIBVIRT").is_ok_and(|value| value == WANTED)
}

/// Why these cannot be run.
pub(super) fn missing(programs: &[&str]) -> Option<String> {
    let missing =
        programs.iter().map(|program| path(program)).find(|path| path.is_absolute() && !path.is_file());
    missing.map(|path| format!("no {}: tests/lab/modular.sh builds it", path.display()))
}

/// libvirtd is found in PATH.
fn path(program: &str) -> PathBuf {
    if LIBVIRTD.contains(&program) {
        return PathBuf::from(program);
    }
    let given = std::env::var_os("VIRTWIRE_MODULAR").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/modular"));
    folder.join("build/src").join(program)
}

/// The read-write socket of this daemon in a lab's folder.
pub(super) fn socket(program: &str, dir: &Path) -> PathBuf {
    let name = if ["libvirtd", "virtproxyd"].contains(&program) { "libvirt" } else { program };
    dir.join("run").join(format!("{name}-sock"))
}

/// The read-only socket of this daemon in a lab's folder.
pub(super) fn socket_ro(program: &str, dir: &Path) -> PathBuf {
    let mut path = socket(program, dir).into_os_string();
    path.push("-ro");
    path.into()
}

/// The daemons of one lab, which run or were killed.
#[derive(Debug)]
pub(super) struct Daemons {
    programs: &'static [&'static str],
    listens: bool,
    children: Vec<Child>,
}

impl Daemons {
    /// Starts them in the namespaces of `holder`. What listens to the network is the one that clients of old speak to.
    pub(super) fn start(
        programs: &'static [&'static str],
        listens: bool,
        holder: u32,
        dir: &Path,
        rootfs: Option<&Rootfs>,
    ) -> Self {
        // virtproxyd needs to be told in its configuration alone.
        let option = |program: &str| (listens && LIBVIRTD.contains(&program)).then_some("--listen");
        let start = |program: &&str| spawn(program, option(program), holder, dir, rootfs);
        // Those that are asked come first.
        Self { programs, listens, children: programs.iter().rev().map(start).collect() }
    }

    /// The one that clients speak to.
    pub(super) fn first(&self) -> &'static str {
        self.programs.first().expect("a lab has a daemon")
    }

    /// The one that all others ask.
    pub(super) fn last(&self) -> &'static str {
        self.programs.last().expect("a lab has a daemon")
    }

    /// The pid of [`Daemons::first`].
    pub(super) fn pid(&self) -> u32 {
        self.children.last().expect("a lab has a daemon").id()
    }

    /// Whether each has its socket.
    pub(super) fn listen(&self, dir: &Path) -> bool {
        self.programs.iter().all(|program| socket(program, dir).exists())
    }

    /// Whether none has ended.
    pub(super) fn run(&mut self) -> bool {
        self.children.iter_mut().all(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends all by SIGKILL.
    pub(super) fn kill9(&mut self) {
        for child in &mut self.children {
            // Not to be told twice where one is dead: this is for a drop, too.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends all a signal, by its name.
    pub(super) fn signal(&self, name: &str) {
        self.children.iter().for_each(|child| signal(child, name));
    }

    /// Ends them as systemd would, unless they are dead already, and starts them again.
    pub(super) fn again(&mut self, holder: u32, dir: &Path, rootfs: Option<&Rootfs>) -> Self {
        for child in &mut self.children {
            if child.try_wait().expect("a child of ours can be waited for").is_none() {
                signal(child, "TERM");
            }
        }
        for child in &mut self.children {
            assert!(run::wait(child, DEADLINE).is_some(), "a daemon does not end");
        }
        for program in self.programs {
            for socket in [socket(program, dir), socket_ro(program, dir)] {
                let _ = fs::remove_file(socket);
            }
        }
        Self::start(self.programs, self.listens, holder, dir, rootfs)
    }
}

fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    run::run(Command::new("sh").args(["-c", &script]), DEADLINE).expect_ok();
}

/// Starts one in the foreground: the pid is the daemon's, since nsenter replaces itself.
fn spawn(program: &str, option: Option<&str>, holder: u32, dir: &Path, rootfs: Option<&Rootfs>) -> Child {
    let said = fs::OpenOptions::new().create(true).append(true).open(dir.join("log/console"));
    let said = said.expect("the folder is ours");
    let mut command = super::inside(holder);
    command.args(rootfs.into_iter().flat_map(Rootfs::enter)).arg(path(program));
    command
        .arg("--pid-file")
        .arg(format!("/run/libvirt/{program}.pid"))
        .args(option)
        .env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).process_group(0);
    command.spawn().expect("nsenter runs")
}
