//! A host with another processor than the controller's: it says so itself, and is sent the binary that fits it. Where
//! `VIRTWIRE_AARCH64_BIN` names that for 64-bit ARM, the module runs as such, in an emulator.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::controller::{Recap, recap};
use crate::fleet::{Fleet, can_log_in, facts};
use crate::lab::run::{DEADLINE, run};
use crate::lab::virtwire_path;

fn write_program(path: &Path, script: &str) {
    let _ = fs::remove_file(path);
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("the folder is the lab's");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is the lab's");
}

/// What stands for the other processor's binary: that itself in an emulator, or this processor's under its name.
fn other() -> String {
    let emulator = run(Command::new("which").arg("qemu-aarch64"), DEADLINE);
    match env::var("VIRTWIRE_AARCH64_BIN") {
        Ok(binary) if emulator.ok() => format!("exec {} {binary} \"$@\"", emulator.out().trim()),
        _ => format!("exec {} \"$@\"", virtwire_path()),
    }
}

#[test]
fn a_host_is_sent_the_binary_of_its_own_processor() {
    if !can_log_in() {
        return;
    }
    let Some(fleet) = Fleet::start(2) else { return };
    let (own, another) = match env::consts::ARCH {
        "aarch64" => ("aarch64", "x86_64"),
        _ => ("x86_64", "aarch64"),
    };
    let [before, _] = [0, 1].map(|at| facts(&fleet.labs[at]));
    let says = |machine| format!("[ \"$1\" = -m ] && echo {machine}");
    write_program(&fleet.labs[1].dir().join("bin/uname"), &says(another));
    let ran = fleet.path("ran");
    // It runs there alone, and tells of it.
    let only_there = format!("[ \"$(uname -m)\" = {another} ] || exit 9");
    write_program(
        &fleet.path(&format!("binaries/virtwire-{another}")),
        &format!("{only_there}; echo >{}; {}", ran.display(), other()),
    );
    let off = fleet
        .play("virtwire.libvirt.network_off", &["-l", "!down", "-e", "virtwire_serial=100%"])
        .expect_ok();
    for (host, processor) in [("host0", own), ("host1", another)] {
        let changed = Some(Recap { ok: 2, changed: 1, ..Recap::default() });
        assert_eq!(recap(&off, host), changed, "{processor}: {}", off.out());
    }
    assert!(ran.exists(), "the other processor's binary was never called");
    let after = facts(&fleet.labs[0]);
    assert_ne!(after, before);
    assert_eq!(facts(&fleet.labs[1]), after);

    write_program(&fleet.labs[1].dir().join("bin/uname"), &says("riscv64"));
    let none = fleet.play("virtwire.libvirt.network_on", &["-l", "host1"]);
    let why = "the host has a processor 'riscv64', for which there is no binary: aarch64, x86_64";
    assert!(none.out().contains(why), "{}", none.out());
    assert_eq!(facts(&fleet.labs[1]), after);
}
