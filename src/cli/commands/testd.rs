//! `testd`: the in-memory hypervisor on a socket, for other programs' tests.

use virtwire::testdaemon::Hypervisor;

use crate::cli::args::Testd;
use crate::cli::failure::Failure;
use crate::cli::output::document::Outcome;
use crate::cli::output::shown_path;

/// Serves until the process is ended.
pub(super) async fn run(args: &Testd) -> Outcome {
    match Hypervisor::default().listen(args.socket()).await {
        Ok(()) => Outcome::default(),
        Err(error) => Failure::io(format!("Failed to serve on {}", shown_path(args.socket())), &error).into(),
    }
}
