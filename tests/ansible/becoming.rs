//! Logging in as somebody who is not root, and becoming root by a password, as `--ask-become-pass` has it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use crate::controller::{Recap, recap};
use crate::fleet::{Fleet, can_log_in, facts};
use crate::lab::Lab;
use crate::lab::login;
use crate::lab::run::{DEADLINE, run};

const USER: &str = "ops";

/// A user of this number that nobody else has.
const NUMBER: u32 = 61_500;

const PASSWORD: &str = "it's $ecret";

/// Lets `ops` log in, who may become root by a password.
fn admit(lab: &Lab) {
    let home = lab.dir().join(USER);
    fs::create_dir(&home).expect("the folder is the lab's");
    chown(&home, Some(NUMBER), Some(NUMBER)).expect("root may give it away");
    let own = format!("{USER}:x:{NUMBER}:{NUMBER}::{}:/bin/sh\n", home.display());
    fs::write(lab.dir().join("passwd"), login::users(lab.dir()) + &own).expect("the folder is the lab's");
    let hash = run(Command::new("openssl").args(["passwd", "-6", PASSWORD]), DEADLINE).expect_ok().out();
    let shadow = format!("root:*:19000:0:99999:7:::\n{USER}:{}:19000:0:99999:7:::\n", hash.trim());
    let path = lab.dir().join("bin");
    let sudoers =
        format!("Defaults secure_path=\"{}\"\nroot ALL=(ALL) ALL\n{USER} ALL=(ALL) ALL\n", path.display());
    for (name, content) in [("shadow", shadow), ("sudoers", sudoers)] {
        let file = lab.dir().join(name);
        fs::write(&file, content).expect("the folder is the lab's");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("the file is the lab's");
        lab.mount(&file, &format!("/etc/{name}"));
    }
    login::install("sudo", &path);
}

#[test]
fn a_user_becomes_root_by_a_password_and_leaves_nothing_on_the_host() {
    if !can_log_in() || !std::path::Path::new("/etc/sudoers").exists() {
        return;
    }
    let Some(fleet) = Fleet::start(1) else { return };
    let host = &fleet.labs[0];
    admit(host);
    fs::write(fleet.path("right"), PASSWORD).expect("the folder is the lab's");
    fs::write(fleet.path("wrong"), "another").expect("the folder is the lab's");
    let up = facts(host);
    let play = |book: &str, password: &str, pipelining: &str| {
        let mut command = fleet.ansible("ansible-playbook");
        command.env("ANSIBLE_PIPELINING", pipelining).arg(format!("virtwire.libvirt.{book}"));
        command.args(["-l", "host0", "-e", "ansible_user=ops", "--become-password-file"]);
        run(command.arg(fleet.path(password)), DEADLINE)
    };
    for pipelining in ["0", "1"] {
        let wrong = play("network_off", "wrong", pipelining);
        assert!(wrong.out().contains("Incorrect sudo password"), "{}", wrong.out());
        assert_eq!(facts(host), up, "pipelining {pipelining}");
        let off = play("network_off", "right", pipelining).expect_ok();
        let changed = Some(Recap { ok: 2, changed: 1, ..Recap::default() });
        assert_eq!(recap(&off, "host0"), changed, "{}", off.out());
        assert_ne!(facts(host), up, "pipelining {pipelining}");
        assert_eq!(recap(&play("network_on", "right", pipelining).expect_ok(), "host0"), changed);
        assert_eq!(facts(host), up, "pipelining {pipelining}");
    }
    let left = fs::read_dir(host.dir().join("ops/.ansible/tmp")).expect("it was logged in there").count();
    assert_eq!(left, 0);
}
