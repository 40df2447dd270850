//! An empty root in a lab: the binary, its daemon's sockets, and what a test puts beside them. Must not be seen outside
//! of the lab.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::elf::Elf;
use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::{Lab, LabBuilder};

/// Makes the root `$1`, which nobody can write to; then runs the binary `$2` in it as the user `$3`, once what `$4` says
/// is done. The root lives as long as the binary does.
const ENTER: &str = r#"
    set -eu
    root=$1 program=$2 user=$3 before=$4 files=$5
    shift 5
    mkdir -p "$root"
    mount -t tmpfs -o mode=755 tmpfs "$root"
    cp "$program" "$root/virtwire"
    mkdir -p "$root/run/libvirt"
    for socket in libvirt-sock libvirt-sock-ro; do
        : >"$root/run/libvirt/$socket"
        mount --bind "/run/libvirt/$socket" "$root/run/libvirt/$socket"
    done
    [ ! -e "$files" ] || cp -R "$files/." "$root"
    mount -o remount,ro "$root"
    eval "$before"
    exec env -i /usr/sbin/chroot --userspec="$user" --groups= "$root" /virtwire "$@"
"#;

/// Nobody in particular, to whom no file here belongs.
pub(crate) const NOBODY: &str = "65534:65534";

/// The binary under test, if it is static; else a loud word on stderr.
pub(crate) fn program() -> Option<String> {
    let given = std::env::var("VIRTWIRE_BIN").ok();
    let given = given.filter(|path| Elf::read(path).is_some_and(|elf| elf.is_static()));
    if given.is_none() {
        skipped("VIRTWIRE_BIN names no static binary: dist/build.sh builds one");
    }
    given
}

/// Says that this test does not run.
pub(crate) fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not eprintln!: the harness would swallow it, and a skipped test must not look like one that ran.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {test}: {why}\n");
}

/// A lab whose daemon the binary can be given to in an empty root.
pub(crate) struct Root {
    pub(crate) lab: Lab,
    program: String,
}

impl Root {
    pub(crate) fn start() -> Option<Self> {
        Self::beside(Lab::builder())
    }

    pub(crate) fn beside(lab: LabBuilder) -> Option<Self> {
        let program = program()?;
        Some(Self { lab: lab.start()?, program })
    }

    /// How large the binary is, in KiB.
    pub(crate) fn size(&self) -> u64 {
        std::fs::metadata(&self.program).expect("it is there").len().div_ceil(1024)
    }

    /// Runs the binary in the empty root, as root, with nothing in its environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_as("0:0", "", arguments)
    }

    /// Like [`Root::run`], as another user, once the shell has done something to itself. What is in the lab's folder
    /// `files` is in the root as well.
    pub(crate) fn run_as(&self, user: &str, before: &str, arguments: &[&str]) -> Output {
        run(self.command(user, before).args(arguments), DEADLINE)
    }

    fn command(&self, user: &str, before: &str) -> Command {
        let mut command = self.lab.client_inside("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER, "enter"]);
        let [root, files] = ["empty", "files"].map(|name| self.lab.dir().join(name));
        command.arg(root).arg(Path::new(&self.program)).args([user, before]).arg(files);
        command
    }
}
