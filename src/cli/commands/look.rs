//! `look`: looks at this host for a virtwire at the other end of ssh.

use tokio::io::{stdin, stdout};
use virtwire::evidence;

use crate::cli::failure::Failure;
use crate::cli::output::document::Outcome;

/// Answers until standard input ends.
pub(super) async fn run() -> Outcome {
    match evidence::looks(stdin(), stdout()).await {
        Ok(()) => Outcome::default(),
        Err(error) => Failure::io("Failed to tell what was seen", &error).into(),
    }
}
