//! The in-memory hypervisor, reached through the real protocol over a pipe in memory.

use std::sync::LazyLock;

use tokio::io::DuplexStream;

use crate::error::{Error, Result};
use crate::testdaemon::Hypervisor;
use crate::uri::Uri;

/// Bytes that either side may be ahead of the other.
const PIPE: usize = 64 * 1024;

/// What it holds lives as long as the process.
static HYPERVISOR: LazyLock<Hypervisor> = LazyLock::new(Hypervisor::default);

/// Connects to a hypervisor of this process's own.
pub(super) fn connect(uri: &Uri) -> Result<DuplexStream> {
    if uri.server_name() != "test:///default" {
        return Err(Error::invalid(format!("'{uri}': the built-in hypervisor is test:///default")));
    }
    let (client, server) = tokio::io::duplex(PIPE);
    tokio::spawn(async move { HYPERVISOR.serve(server).await });
    Ok(client)
}
