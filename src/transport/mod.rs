//! How bytes reach a server: each transport yields one byte stream. What the bytes mean is none of its concern.

#[cfg(feature = "tls")]
mod framewise;
#[cfg(feature = "sasl")]
mod layer;
#[cfg(feature = "testdaemon")]
mod memory;
mod socket;
#[cfg(feature = "ssh")]
mod ssh;
#[cfg(any(feature = "ssh", feature = "tcp"))]
mod stranger;
#[cfg(feature = "tcp")]
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod unix;

#[cfg(feature = "sasl")]
pub(crate) use self::layer::{Layered, SecurityLayer};
#[cfg(feature = "ssh")]
pub(crate) use self::ssh::Shell;
#[cfg(all(feature = "evidence", feature = "ssh"))]
pub(crate) use self::ssh::{Said, Terminal};
#[cfg(any(feature = "ssh", feature = "tcp"))]
pub(crate) use self::stranger::explained;

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::step::step;
use crate::uri::{Transport, Uri};

/// Any byte stream that a connection can run over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// A stream that leads to a server.
pub(crate) struct Link {
    pub(crate) stream: Box<dyn ByteStream>,
    /// The process at the other end, where that is one of this host.
    pub(crate) daemon: Option<i32>,
    /// Whether nobody on the way can read along: a unix socket, ssh, TLS.
    pub(crate) is_private: bool,
    /// What is no error, and yet should be told to the user.
    pub(crate) warnings: Vec<String>,
    /// What the first answer has to wait for, where that is more than the server.
    pub(crate) login: Option<Login>,
    /// How a script is run on the server's host, where ssh leads there.
    #[cfg(feature = "ssh")]
    #[cfg_attr(not(feature = "evidence"), expect(dead_code))]
    pub(crate) shell: Option<Shell>,
}

/// A login on the way to a server, in which a person may be asked.
pub(crate) struct Login {
    pub(crate) what: String,
    pub(crate) within: Duration,
    /// What to do where it takes too long.
    pub(crate) advice: String,
}

impl Login {
    /// What took too long may be anything on the way, and not the server.
    pub(crate) fn explained(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Timeout => {
                Error::way(ErrorKind::Timeout, error.to_string(), Some(self.advice.clone()))
            }
            _ => error,
        }
    }
}

impl Link {
    /// A stream of which nothing is known.
    pub(crate) fn to_anyone(stream: impl ByteStream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            daemon: None,
            is_private: false,
            warnings: Vec::new(),
            login: None,
            #[cfg(feature = "ssh")]
            shell: None,
        }
    }

    fn private(stream: impl ByteStream + 'static) -> Self {
        Self { is_private: true, ..Self::to_anyone(stream) }
    }
}

/// Where a connection is to lead, and how.
pub(crate) struct Route<'a> {
    pub(crate) uri: &'a Uri,
    pub(crate) config: &'a Config,
    pub(crate) read_only: bool,
    /// How long each step may take, such as connecting to one address, or a handshake.
    pub(crate) within: Duration,
    /// How long a step may take in which a person is asked.
    #[cfg_attr(not(feature = "ssh"), expect(dead_code))]
    pub(crate) person: Duration,
    /// Whether ssh may ask that person.
    #[cfg(feature = "ssh")]
    pub(crate) ssh_may_ask: bool,
}

/// Connects to the server of a URI.
pub(crate) async fn connect(route: &Route<'_>) -> Result<Link> {
    route.uri.check_parameters(route.uri.transport())?;
    match route.uri.transport() {
        Transport::Unix => {
            let socket = unix::connect(unix::candidates(route.uri, route.config, route.read_only)?);
            let stream = step(&format!("connecting to {}", route.uri), route.within, socket).await?;
            let daemon = stream.peer_cred().ok().and_then(|peer| peer.pid());
            let stream = socket::Socket::new(stream).map_err(Error::lost)?;
            Ok(Link { daemon, ..Link::private(stream) })
        }
        #[cfg(feature = "tcp")]
        Transport::Tcp => tcp::connect(route).await.map(Link::to_anyone),
        #[cfg(feature = "tls")]
        Transport::Tls => {
            let (stream, warnings) = tls::connect(route).await?;
            Ok(Link { warnings, ..Link::private(framewise::Framewise::new(stream)) })
        }
        #[cfg(feature = "ssh")]
        Transport::Ssh => ssh::connect(route),
        #[cfg(feature = "ssh")]
        Transport::Ext => ssh::connect_external(route),
        #[cfg(feature = "testdaemon")]
        Transport::Memory => {
            let pipe = async { memory::connect(route.uri) };
            step(&format!("connecting to {}", route.uri), route.within, pipe).await.map(Link::private)
        }
        #[cfg(not(all(feature = "tcp", feature = "tls", feature = "ssh", feature = "testdaemon")))]
        other => Err(Error::unsupported(format!(
            "'{}' needs virtwire built with the feature {}",
            route.uri,
            other.feature()
        ))),
    }
}
