//! How bytes reach a server: each transport yields one byte stream. What the bytes mean is none of its concern.

#[cfg(feature = "tls")]
mod framewise;
#[cfg(feature = "testdaemon")]
mod memory;
#[cfg(feature = "ssh")]
mod ssh;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod unix;

#[cfg(feature = "ssh")]
pub(crate) use self::ssh::Shell;
#[cfg(all(feature = "evidence", feature = "ssh"))]
pub(crate) use self::ssh::{Said, Terminal};

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use virtwire_protocol::frame::FrameError;

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
            Ok(Link { daemon, ..Link::private(stream) })
        }
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
        #[cfg(not(all(feature = "tls", feature = "ssh", feature = "testdaemon")))]
        other => Err(Error::unsupported(format!(
            "'{}' needs virtwire built with the feature {}",
            route.uri,
            other.feature()
        ))),
    }
}

/// What went wrong while a connection was opened over plain TCP, where it shows that the port is another service's, or over
/// ssh, where a login prints.
pub(crate) fn explained(uri: &Uri, error: Error) -> Error {
    match uri.transport() {
        Transport::Tcp => explained_by_tcp(uri, error),
        #[cfg(feature = "ssh")]
        Transport::Ssh => explained_by_ssh(uri, error),
        _ => error,
    }
}

#[cfg(feature = "ssh")]
fn explained_by_ssh(uri: &Uri, error: Error) -> Error {
    let is_text =
        |begin: &u32| begin.to_be_bytes().iter().all(|byte| matches!(byte, b'\t'..=b'\r' | b' '..=b'~'));
    let Some(begin) = frame_length(&error).filter(is_text) else { return error };
    let begin = String::from_utf8_lossy(&begin.to_be_bytes()).escape_default().to_string();
    Error::way(
        ErrorKind::Unreachable,
        format!("what came from {} by ssh begins with '{begin}', which no daemon says", uri.host()),
        Some(format!(
            "a login that prints something (~/.bashrc, say) is in the way: '{} true' by hand must print nothing",
            ssh::by_hand(uri)
        )),
    )
}

fn explained_by_tcp(uri: &Uri, error: Error) -> Error {
    let place = tcp::place(uri.host(), uri.port().unwrap_or(tcp::PORT));
    match (error.kind(), frame_length(&error).and_then(other_service)) {
        (_, Some("TLS")) => Error::way(
            ErrorKind::Protocol,
            format!("what answers at {place} speaks TLS"),
            Some(format!("{} reaches it, with certificates", over_tls(uri))),
        ),
        (_, Some(other)) => Error::way(
            ErrorKind::Protocol,
            format!("what answers at {place} speaks {other}, not libvirt's protocol"),
            Some(format!("libvirt's own port for TCP is {}", tcp::PORT)),
        ),
        (ErrorKind::Closed, None) => Error::way(
            ErrorKind::Closed,
            format!("{place}: {error} before it was open"),
            Some(format!(
                "a port for TLS does this (then {} reaches it), and a daemon that has too many clients",
                over_tls(uri)
            )),
        ),
        _ => error,
    }
}

/// The same daemon's URI over TLS, at the same port where that is named.
fn over_tls(uri: &Uri) -> String {
    let host = uri.host();
    let place = match uri.port() {
        Some(port) => tcp::place(host, port),
        None if host.contains(':') => format!("[{host}]"),
        None => host.to_owned(),
    };
    format!("{}+tls://{place}/...", uri.driver())
}

/// The length that a frame announced, where that is none.
fn frame_length(error: &Error) -> Option<u32> {
    match std::error::Error::source(error)?.downcast_ref()? {
        FrameError::Length(length) => Some(*length),
        _ => None,
    }
}

/// Who begins with these four bytes.
fn other_service(begin: u32) -> Option<&'static str> {
    match &begin.to_be_bytes() {
        // An alert or a handshake, of any version (RFC 8446, section 5.1).
        [0x15 | 0x16, 3, ..] => Some("TLS"),
        b"SSH-" => Some("SSH"),
        b"HTTP" => Some("HTTP"),
        _ => None,
    }
}
