//! The collection as others judge it: its documentation, its artefact, and the tools that a collection is to pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::controller::{PATIENCE, ansible, collections, environment};
use crate::lab::run::{DEADLINE, Output, run};

const LINT: &str = "ansible-lint==26.10.1";

/// Installs pip, and what else is named, into the Python that runs it.
const PIP: &str = "import subprocess, sys\n\
                   subprocess.check_call([sys.executable, '-m', 'ensurepip'], stdout=subprocess.DEVNULL)\n\
                   wanted = [word for word in sys.argv[1:] if not word.startswith('--no-')]\n\
                   subprocess.check_call([sys.executable, '-m', 'pip', 'install', *wanted])\n";

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("virtwire-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tool(programs: &Path, folder: &Path, program: &str) -> Command {
    let mut command = Command::new(programs.join(program));
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    command.env("PATH", path).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command.env("ANSIBLE_COLLECTIONS_PATH", folder.join("collections")).env("NO_COLOR", "1");
    command.current_dir(folder);
    command
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible")
}

/// A copy of the collection where its own tools want it.
fn copied(folder: &Path) -> PathBuf {
    let namespace = folder.join("collections/ansible_collections/virtwire");
    fs::create_dir_all(&namespace).expect("the folder is ours");
    let to = namespace.join("libvirt");
    run(Command::new("cp").arg("-r").args([&source(), &to]), DEADLINE).expect_ok();
    let _ = fs::remove_dir_all(to.join("files"));
    to
}

#[test]
fn each_module_has_its_documentation() {
    let Some(programs) = ansible() else { return };
    let folder = Folder::new("ansible-doc");
    collections(&folder.0);
    for (module, words) in [("network", "allow_attached"), ("network_info", "expect")] {
        let mut doc = tool(&programs, &folder.0, "ansible-doc");
        let told = run(doc.arg(format!("virtwire.libvirt.{module}")), PATIENCE).expect_ok().out();
        for word in [words, "EXAMPLES:", "RETURN VALUES:"] {
            assert!(told.contains(word), "{module}, {word}: {told}");
        }
    }
}

#[test]
fn the_collection_has_the_version_of_the_program() {
    let galaxy = fs::read_to_string(source().join("galaxy.yml")).expect("the file is there");
    let version = concat!("version: ", env!("CARGO_PKG_VERSION"));
    assert!(galaxy.lines().any(|line| line == version), "{galaxy}");
}

fn assert_passes(output: &Output) {
    assert!(output.ok(), "{}\n{}", output.out(), output.err());
}

#[test]
#[ignore = "long: installs ansible-test's own tools"]
fn the_collection_passes_ansibles_own_sanity_tests() {
    let Some(programs) = ansible() else { return };
    let folder = Folder::new("ansible-sanity");
    let collection = copied(&folder.0);
    let mut sanity = tool(&programs, &folder.0, "ansible-test");
    // In the place of a script that it would download from its makers' own server: Python's own pip does.
    let cache = folder.0.join(".ansible/test/cache");
    fs::create_dir_all(&cache).expect("the folder is ours");
    fs::write(cache.join("get_pip_24_2.py"), PIP).expect("the folder is ours");
    let version = "import sys; print('%d.%d' % sys.version_info[:2])";
    let version =
        run(Command::new(programs.join("python3")).args(["-c", version]), DEADLINE).expect_ok().out();
    // The Python that is here, and none that only calls itself so.
    sanity.args(["sanity", "--color", "no", "--python", version.trim()]).current_dir(&collection);
    assert_passes(&run(&mut sanity, 2 * PATIENCE));
}

#[test]
#[ignore = "long: installs ansible-lint"]
fn the_collection_passes_ansible_lint() {
    let Some(programs) = environment("lint", &["ansible-core==2.19.14", LINT]) else { return };
    let folder = Folder::new("ansible-lint");
    let collection = copied(&folder.0);
    let mut lint = tool(&programs, &folder.0, "ansible-lint");
    lint.args(["--offline", "--profile", "production"]).current_dir(&collection);
    assert_passes(&run(&mut lint, PATIENCE));
}
