//! How bytes reach a server: each transport yields one byte stream. What the bytes mean is none of its concern.

#[cfg(feature = "testdaemon")]
mod memory;
mod unix;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Config;
#[cfg(not(feature = "testdaemon"))]
use crate::error::Error;
use crate::error::Result;
use crate::uri::{Transport, Uri};

/// Any byte stream that a connection can run over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// A stream that leads to a server.
pub(crate) struct Link {
    pub(crate) stream: Box<dyn ByteStream>,
    /// The process at the other end, where that is one of this host.
    pub(crate) daemon: Option<i32>,
}

/// Connects to the server of a URI.
pub(crate) async fn connect(uri: &Uri, config: &Config, read_only: bool) -> Result<Link> {
    match uri.transport()? {
        Transport::Unix => {
            let stream = unix::connect(unix::candidates(uri, config, read_only)?).await?;
            let daemon = stream.peer_cred().ok().and_then(|peer| peer.pid());
            Ok(Link { stream: Box::new(stream), daemon })
        }
        #[cfg(feature = "testdaemon")]
        Transport::Memory => Ok(Link { stream: Box::new(memory::connect(uri)?), daemon: None }),
        #[cfg(not(feature = "testdaemon"))]
        Transport::Memory => {
            Err(Error::unsupported(format!("'{uri}' needs virtwire built with the feature testdaemon")))
        }
    }
}
