//! Other processors than this one, by way of qemu: the oldest x86-64, and 64-bit ARM where its binary was built.

use std::process::Command;

use crate::elf::Elf;
use crate::lab::Lab;
use crate::lab::run::{DEADLINE, run};
use crate::lab::state::State;
use crate::root;

/// A program that runs those of another processor; else a loud word on stderr.
fn emulator(name: &'static str) -> Option<&'static str> {
    let found = run(Command::new("sh").args(["-c", "command -v \"$0\"", name]), DEADLINE).ok();
    if !found {
        root::skipped(&format!("no program `{name}` in PATH"));
    }
    found.then_some(name)
}

/// The binary in hand for this processor lists and inspects, and switches a network off and on.
fn does_its_work(words: &[&str]) {
    let [emulator, before @ ..] = words else { panic!("an emulator") };
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let uri = lab.uri();
    let virtwire = |arguments: &[&str]| {
        let mut command = lab.client_inside(emulator);
        run(command.args(before).args(["-c", &uri]).args(arguments), DEADLINE).expect_ok().out()
    };
    assert_eq!(virtwire(&["net-list", "--all"]), lab.virsh(&["net-list", "--all"]).expect_ok().out());
    assert!(virtwire(&["net-disable", "default"]).contains("verdict: disabled, verified\n"));
    assert!(!lab.bridge_exists("virbr0"));
    assert!(virtwire(&["net-enable", "default"]).contains("verdict: enabled, verified\n"));
    assert!(lab.bridge_exists("virbr0"));
    let memory =
        run(lab.client_inside(emulator).args(before).args(["-c", "test:///default", "net-list"]), DEADLINE);
    assert!(memory.expect_ok().out().contains(" default   active   no          yes\n"));
}

#[test]
fn the_oldest_x86_64_does_all_the_work() {
    let Some(program) = root::program() else { return };
    let Some(emulator) = emulator("qemu-x86_64") else { return };
    // The first that AMD made: SSE2, and nothing later.
    does_its_work(&[emulator, "-cpu", "Opteron_G1", &program]);
}

#[test]
fn an_arm_processor_of_64_bits_does_all_the_work() {
    let Ok(program) = std::env::var("VIRTWIRE_AARCH64_BIN") else {
        root::skipped("VIRTWIRE_AARCH64_BIN names none: dist/build.sh aarch64-unknown-linux-musl builds one");
        return;
    };
    let Some(emulator) = emulator("qemu-aarch64") else { return };
    let elf = Elf::read(&program).expect("an ELF file");
    // Rust makes it static there, but not to be run at any address.
    assert_eq!(elf, Elf { kind: 2, has_interpreter: false, libraries: 0 });
    does_its_work(&[emulator, &program]);
}
