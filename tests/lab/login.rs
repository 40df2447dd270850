//! What a lab needs for being logged in to by ssh: an sshd's settings, keys, and root's home in the lab. Starts nothing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::run::{DEADLINE, run};

const SSHD: &str = "
HostKey DIR/ssh/host
AuthorizedKeysFile DIR/ssh/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH=DIR/bin
";

/// The settings of an sshd whose keys are in this folder, with more lines of its own.
pub(crate) fn sshd(folder: &Path, more: &str) -> String {
    format!("{more}{}", SSHD.replace("DIR", &folder.display().to_string()))
}

/// The users of this machine, with root at home in this folder: ssh and sshd ask /etc/passwd where that is, not the
/// environment.
pub(crate) fn users(home: &Path) -> String {
    let users = fs::read_to_string("/etc/passwd").expect("every system has it");
    let others = users.lines().filter(|line| !line.starts_with("root:"));
    let root = format!("root:x:0:0::{}:/bin/sh", home.display());
    others.fold(root, |all, line| all + "\n" + line) + "\n"
}

/// Makes a key, whose public part is beside it.
pub(crate) fn key(file: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    run(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file), DEADLINE).expect_ok();
}

/// Puts a program of this machine into a folder of programs.
pub(crate) fn install(program: &str, folder: &Path) {
    let found = run(Command::new("which").arg(program), DEADLINE).expect_ok().out();
    symlink(found.trim(), folder.join(program)).expect("the folder is the lab's");
}
