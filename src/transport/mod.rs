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
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the server of a URI.
pub(crate) async fn connect(uri: &Uri, config: &Config, read_only: bool) -> Result<Box<dyn Stream>> {
    match uri.transport()? {
        Transport::Unix => Ok(Box::new(
            unix::connect(unix::candidates(uri, config, read_only)?).await?,
        )),
        #[cfg(feature = "testdaemon")]
        Transport::Memory => Ok(Box::new(memory::connect(uri)?)),
        #[cfg(not(feature = "testdaemon"))]
        Transport::Memory => Err(Error::unsupported(format!(
            "'{uri}' needs virtwire built with the feature testdaemon"
        ))),
    }
}
