//! The namespaces of a lab, and who removes them. Must not know what runs in them.

use super::rootfs::Rootfs;
use super::run::DEADLINE;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

/// The script that makes them, and removes them.
pub(super) const KEEPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/keeper.sh");

/// Makes the namespaces; returns who removes them when its stdin closes, and the pid to enter them by.
pub(super) fn keep(name: &str, dir: &Path, rootfs: Option<&Rootfs>) -> (Child, u32) {
    let mut command = Command::new("sh");
    command.args([KEEPER, "up", name]).arg(dir);
    if let Some(rootfs) = rootfs {
        // An example, which uses this as well, has no files of its own.
        let files = option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from);
        command.arg(rootfs.path()).arg(files);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    // A group of its own: an interrupt typed at the tests must not reach the one who cleans up after them.
    let mut keeper = command.process_group(0).spawn().expect("sh runs");
    let stdout = keeper.stdout.take().expect("stdout is piped");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    let line = receiver.recv_timeout(DEADLINE).expect("the namespaces are made in time");
    let holder = line.trim().parse().unwrap_or_else(|_| panic!("no namespaces for {name}: {line:?}"));
    (keeper, holder)
}

/// A command that will run inside the namespaces of `holder`, to be given its program and arguments.
pub(super) fn inside(holder: u32) -> Command {
    let mut command = Command::new("nsenter");
    command.args(["--target", &holder.to_string(), "--net", "--mount", "--wd=.", "--"]);
    command
}
