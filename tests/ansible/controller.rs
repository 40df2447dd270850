//! Real Ansible, from PyPI, in a virtual environment under target/.

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::lab::run::{Output, run};

/// What is installed: the same for everybody who runs these tests.
const CORE: &str = "ansible-core==2.19.14";

/// Installing, and playing on several hosts.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

fn target() -> PathBuf {
    let given = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"))
}

/// The folder of programs of a virtual environment that has these packages. `None`: it cannot be had, and the test is to
/// return.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = target().join(format!("ansible-{name}"));
    let done = folder.join("packages");
    let wanted = packages.join(" ");
    if fs::read_to_string(&done).is_ok_and(|has| has == wanted) {
        return Some(folder.join("bin"));
    }
    let python = |args: &[&str]| run(Command::new("python3").args(args).arg(&folder), PATIENCE);
    let made = python(&["-m", "venv", "--clear", "--system-site-packages"]);
    let mut pip = Command::new(folder.join("bin/python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    let installed = if made.ok() { run(&mut pip, PATIENCE) } else { made };
    if !installed.ok() {
        let demanded = env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
        assert!(!demanded, "VIRTWIRE_TEST_REAL=1, but {wanted} cannot be installed: {}", installed.err());
        let why = installed.err();
        let _ =
            writeln!(std::io::stderr(), "\nSKIPPED a test of Ansible: {wanted} cannot be installed: {why}\n");
        return None;
    }
    fs::write(done, wanted).expect("the folder is ours");
    Some(folder.join("bin"))
}

/// Ansible's programs; installed once, by whichever test comes first.
pub(crate) fn ansible() -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    environment("core", &[CORE])
}

/// A folder in which the collection is where Ansible looks for collections.
pub(crate) fn collections(folder: &Path) -> PathBuf {
    let namespace = folder.join("collections/ansible_collections/virtwire");
    fs::create_dir_all(&namespace).expect("the folder is ours");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible");
    let _ = std::os::unix::fs::symlink(source, namespace.join("libvirt"));
    folder.join("collections")
}

/// What became of one host, as the recap counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recap {
    pub(crate) ok: u32,
    pub(crate) changed: u32,
    pub(crate) unreachable: u32,
    pub(crate) failed: u32,
}

/// The recap's line of a host; `None` where the play did not come to it.
pub(crate) fn recap(output: &Output, host: &str) -> Option<Recap> {
    let text = output.out();
    let line =
        text.lines().rfind(|line| line.split_whitespace().next() == Some(host) && line.contains("ok="))?;
    let count = |name: &str| {
        let word = line.split_whitespace().find_map(|word| word.strip_prefix(&format!("{name}=")));
        word.and_then(|count| count.parse().ok()).unwrap_or_default()
    };
    let (ok, changed) = (count("ok"), count("changed"));
    Some(Recap { ok, changed, unreachable: count("unreachable"), failed: count("failed") })
}
