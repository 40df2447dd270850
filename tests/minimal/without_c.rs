//! The compilers that `no-c/` puts before C's own, when the static binary is built: what they let pass.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::lab::run::{DEADLINE, Output, run};

const GUARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/minimal/no-c");

/// What becomes of a compiler's command line: real compilers are far behind, and say what they are told.
fn compile(compiler: &str, arguments: &[&str]) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("said-{compiler}"));
    fs::create_dir_all(&folder).expect("the folder is ours");
    let real = folder.join(compiler);
    if !real.exists() {
        std::os::unix::fs::symlink("/bin/echo", &real).expect("the folder is ours");
    }
    let path = format!("{GUARD}:{}:/usr/bin:/bin", folder.display());
    run(Command::new(format!("{GUARD}/{compiler}")).args(arguments).env("PATH", path), DEADLINE)
}

#[test]
fn a_compilation_of_c_fails_loudly_whatever_the_compiler_is_called() {
    for compiler in ["cc", "gcc", "c++", "g++", "clang", "clang++", "musl-gcc"] {
        let output = compile(compiler, &["-O2", "-o", "x.o", "-c", "x.c"]);
        let said = format!("the static binary is to be made without C, but: {compiler} -O2 -o x.o -c x.c\n");
        assert_eq!((output.code, output.err()), (Some(1), said));
    }
}

#[test]
fn assembly_and_preprocessing_fail_too_and_so_does_linking_for_the_target() {
    for arguments in [&["x.S"][..], &["-E", "-"], &["-xc", "-"], &["x.o", "-L/x86_64-unknown-linux-musl/lib"]]
    {
        assert_eq!(compile("cc", arguments).code, Some(1), "{arguments:?}");
    }
}

#[test]
fn linking_for_this_machine_is_left_to_the_real_compiler() {
    let output = compile("cc", &["-m64", "a.o", "libstd.rlib", "-o", "build-script"]).expect_ok();
    assert_eq!(output.out(), "-m64 a.o libstd.rlib -o build-script\n");
}
