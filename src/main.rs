//! The program: see [`cli`]. What libvirt is asked, and how, is the library's.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
