//! The system's `ssh`, or a command of the user's own, whose standard input and output lead to a server.

use tokio::net::TcpStream;

use super::Route;
use crate::error::{Error, Result};

pub(super) async fn connect(route: &Route<'_>) -> Result<TcpStream> {
    Err(Error::unsupported(format!("'{}' means a command, which is not there yet", route.uri)))
}
