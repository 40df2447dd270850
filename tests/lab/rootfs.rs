//! The root of a Debian suite, whose libvirtd and virsh a lab runs in place of this machine's. Must not make one, nor
//! write to it: `rootfs.sh` does.

use super::run::{DEADLINE, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The suite that `VIRTWIRE_TEST_LIBVIRT` names; `None` is the libvirt of this machine, or the modular one.
pub(super) fn wanted() -> Option<String> {
    let suite = std::env::var("VIRTWIRE_TEST_LIBVIRT").ok();
    suite.filter(|suite| !suite.is_empty() && !super::daemons::is_modular_wanted())
}

/// A suite's root, which may not be there.
#[derive(Debug)]
pub(crate) struct Rootfs {
    suite: String,
    path: PathBuf,
}

impl Rootfs {
    /// Where the root of this suite is kept.
    pub(super) fn of(suite: &str) -> Self {
        let given = std::env::var_os("VIRTWIRE_ROOTFS").map(PathBuf::from);
        let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rootfs"));
        Self { suite: suite.to_owned(), path: folder.join(suite) }
    }

    /// The root's folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Why it cannot be used.
    pub(super) fn missing(&self) -> Option<String> {
        let there = self.path.join("usr/sbin/libvirtd").is_file();
        (!there).then(|| format!("no root of {0} as {1:?}: tests/lab/rootfs.sh {0}", self.suite, self.path))
    }

    /// The words before a program, inside a lab's mount namespace, that run it in this root.
    pub(super) fn enter(&self) -> [String; 2] {
        ["chroot".to_owned(), self.path.display().to_string()]
    }

    /// Like [`client`](super::client), of a program of this root; it sees the folders of labs by their usual names,
    /// can be run in one, and uses the host's network.
    pub(super) fn client(&self, program: &str, holder: u32, home: &Path) -> Command {
        let mut command = super::client("sh", home);
        command.args(["-c", CLIENT, &holder.to_string()]).arg(&self.path).arg(program);
        command
    }
}

/// Mounts a file or folder over another, where programs of another root see it, too, if they have the other.
pub(super) fn mount(holder: u32, rootfs: Option<&Rootfs>, from: &Path, over: &str) {
    let in_root = rootfs.map(|rootfs| rootfs.path().join(over.trim_start_matches('/')));
    for over in [PathBuf::from(over)].into_iter().chain(in_root.filter(|over| over.exists())) {
        run(super::inside(holder).args(["mount", "--bind"]).arg(from).arg(over), DEADLINE).expect_ok();
    }
}

/// Keeps the folder that it is run in, where the root has that.
const CLIENT: &str = r#"
    root=$1 dir=/
    shift
    case $PWD in "${HOME%/*}"/*) dir=$PWD ;; esac
    exec nsenter --target "$0" --mount -- unshare --root="$root" --wd="$dir" -- "$@"
"#;
