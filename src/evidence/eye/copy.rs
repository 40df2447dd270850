//! A copy of this program that is sent to another host: the script that takes it there, runs it, and leaves nothing behind.

use std::fs;
use std::io;
use std::path::Path;

/// How the script says that its host is of another kind, or cannot keep the copy.
pub(super) const OTHER_KIND: i32 = 96;
pub(super) const NOT_KEPT: i32 = 95;

/// What is sent behind the copy: without it, it did not come whole.
pub(super) const WHOLE: &str = "whole\n";

/// The program, as it is to be sent.
pub(super) fn read(program: &Path) -> Result<Vec<u8>, String> {
    fs::read(program).map_err(|error: io::Error| format!("{} cannot be read: {error}", program.display()))
}

/// As `uname -sm` says it.
pub(super) fn kind_of_this_program() -> String {
    let system = if cfg!(target_os = "linux") { "Linux" } else { std::env::consts::OS };
    format!("{system} {}", std::env::consts::ARCH)
}

/// Takes a program of so many bytes from standard input, and runs it on what follows. Its file is gone before it runs, so that
/// nothing stays behind however it ends. One line: not every shell knows words of several.
pub(super) fn sender(size: usize) -> String {
    let kind = kind_of_this_program();
    format!(
        "kind=$(uname -sm); if [ \"$kind\" != '{kind}' ]; then echo \"$kind\" >&2; exit {OTHER_KIND}; fi; \
         umask 077; folder=; trap '[ -z \"$folder\" ] || rm -rf \"$folder\"' EXIT; trap 'exit 1' HUP INT TERM PIPE; \
         folder=$(mktemp -d) && head -c {size} >\"$folder/virtwire\" && read -r end && [ \"$end\" = whole ] \
         && chmod 700 \"$folder/virtwire\" && exec 3<\"$folder/virtwire\" || exit {NOT_KEPT}; \
         rm -rf \"$folder\"; exec /proc/self/fd/3 look"
    )
}
