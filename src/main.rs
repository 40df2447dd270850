//! The program: see [`cli`]. What libvirt is asked, and how, is the library's.

mod cli;

use std::process::ExitCode;

/// musl's own would ask the kernel for each few pages, and give them back at once.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    cli::main()
}
