//! TCP to a server's host, whatever runs over it: all addresses of a name, and which of them answers.

use tokio::net::TcpStream;

use super::Route;
use crate::error::{Error, Result};

/// libvirt's port for TCP.
const PORT: u16 = 16509;

/// Connects to the host of a URI, for libvirt's own protocol without more.
pub(super) async fn connect(route: &Route<'_>) -> Result<TcpStream> {
    connect_to(route, PORT).await
}

/// Connects to the host of a URI, at this port unless the URI names one.
pub(super) async fn connect_to(route: &Route<'_>, port: u16) -> Result<TcpStream> {
    let port = route.uri.port().unwrap_or(port);
    let host = route.uri.host();
    let what = format!("connecting to {host} port {port}");
    let work = async {
        let stream = TcpStream::connect((host, port)).await.map_err(|error| {
            Error::way(crate::ErrorKind::Unreachable, format!("{what} failed: {error}"), None)
        })?;
        // Calls are small, and each is waited for.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    };
    crate::step::step(&what, route.within, work).await
}
