//! `testd`: the in-memory hypervisor on a socket, so that any client can be pointed at it.

use std::io;

use virtwire::testdaemon::Hypervisor;

use crate::cli::args::Testd;
use crate::cli::failure::Failure;

/// Serves until the program is ended: what it hands back is always a failure.
pub(super) async fn run(args: &Testd) -> Failure {
    let what = format!("Failed to listen at {}", args.listen.display());
    match Hypervisor::default().listen(&args.listen).await {
        Err(error) => Failure::io(what, &error),
        Ok(()) => Failure::io(what, &io::Error::other("the socket was closed")),
    }
}
