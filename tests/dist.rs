//! What dist/run makes: the same bytes from the same commit, and packages that need nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = env!("CARGO_MANIFEST_DIR");

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A release of this commit, made in a folder of its own; removed by the caller.
fn released(commit: &str, name: &str) -> (PathBuf, String) {
    let folder = std::env::temp_dir().join(format!("virtwire-dist-{}-{name}", std::process::id()));
    run(Command::new("git").args(["clone", "--quiet", "--no-checkout", SOURCE]).arg(&folder));
    run(Command::new("git").arg("-C").arg(&folder).args(["checkout", "--quiet", "--detach", commit]));
    // What was installed for an earlier release serves again.
    let tools = Path::new(SOURCE).join("target/tools/bin").into_os_string().into_string().unwrap();
    let path = format!("{tools}:{}", std::env::var("PATH").unwrap());
    let sums = run(Command::new(folder.join("dist/run")).env("PATH", path).env_remove("CARGO_TARGET_DIR"));
    (folder, sums)
}

#[test]
#[ignore = "long: builds a release twice"]
fn a_release_is_the_same_bytes_in_whatever_folder_and_its_package_needs_nothing() {
    // Somebody may commit meanwhile.
    let commit = run(Command::new("git").args(["-C", SOURCE, "rev-parse", "HEAD"]));
    let (one, sums) = released(commit.trim(), "one");
    let (other, again) = released(commit.trim(), "a-folder-of-another-name");
    assert_eq!(sums.lines().count(), 4, "{sums}");
    assert_eq!(sums, again);

    let package = |end| {
        let mut files = sums.lines().filter_map(|line| line.split(' ').next_back());
        one.join("target/dist").join(files.find(|file| file.ends_with(end)).unwrap())
    };
    let required = run(Command::new("rpm").args(["-qp", "--requires"]).arg(package(".rpm")));
    assert!(required.lines().all(|line| line.starts_with("rpmlib(")), "{required}");
    let inside = run(Command::new("rpm").args(["-qp", "--list"]).arg(package(".rpm")));
    for file in ["/usr/bin/virtwire", "/usr/share/man/man1/virtwire-net-disable.1"] {
        assert!(inside.lines().any(|line| line == file), "{file}: {inside}");
    }

    let package = package(".deb");
    let depends = run(Command::new("dpkg-deb").arg("--field").arg(&package).arg("Depends"));
    assert_eq!(depends.trim(), "");
    let root = one.join("root");
    run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(&root));
    let shown = run(Command::new(root.join("usr/bin/virtwire")).args([
        "-c",
        "test:///default",
        "net-list",
        "--name",
    ]));
    assert_eq!(shown, "default\n\n");
    for file in [
        "man/man1/virtwire-net-disable.1.gz",
        "bash-completion/completions/virtwire",
        "doc/virtwire/copyright",
    ] {
        assert!(root.join("usr/share").join(file).exists(), "{file}");
    }
    for folder in [one, other] {
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
#[ignore = "long: builds both binaries"]
fn the_collection_is_the_same_bytes_again_and_is_whole() {
    let folder = std::env::temp_dir().join(format!("virtwire-collection-{}", std::process::id()));
    let made = |name: &str, locale: &str| {
        let mut build = Command::new(Path::new(SOURCE).join("ansible/build"));
        let path = run(build.env("LC_ALL", locale).arg(folder.join(name)));
        fs::read(path.trim()).map(|bytes| (path, bytes)).unwrap()
    };
    let ((path, one), (_, other)) = (made("one", "C"), made("other", "C.UTF-8"));
    assert!(one == other, "{path} differs from what is made again");
    let listed = run(Command::new("tar").args(["--list", "--gzip", "--file"]).arg(path.trim()));
    for file in
        ["MANIFEST.json", "files/virtwire-x86_64", "files/virtwire-aarch64", "plugins/action/network.py"]
    {
        assert!(listed.lines().any(|line| line == file), "{file}: {listed}");
    }
    fs::remove_dir_all(folder).unwrap();
}
