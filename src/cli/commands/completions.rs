//! `completions`: what a shell reads once.

use crate::cli::args::Completions;
use crate::cli::output::document::Outcome;
use crate::cli::report::{Report, Text};

pub(super) fn run(args: &Completions) -> Outcome {
    let text = String::from_utf8_lossy(&args.shell.script()).into_owned();
    Report::Text(Text { text }).into()
}
