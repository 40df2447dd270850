//! What answers in libvirt's place: another service at the port of plain TCP, a login that prints something over ssh.

use virtwire_protocol::frame::FrameError;

#[cfg(feature = "ssh")]
use super::ssh;
#[cfg(feature = "tcp")]
use super::tcp;
use crate::error::{Error, ErrorKind};
use crate::uri::{Transport, Uri};

/// What went wrong while a connection was opened over plain TCP, where it shows that the port is another service's, or over
/// ssh, where a login prints.
pub(crate) fn explained(uri: &Uri, error: Error) -> Error {
    match uri.transport() {
        #[cfg(feature = "tcp")]
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

#[cfg(feature = "tcp")]
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
#[cfg(feature = "tcp")]
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
#[cfg(feature = "tcp")]
fn other_service(begin: u32) -> Option<&'static str> {
    match &begin.to_be_bytes() {
        // An alert or a handshake, of any version (RFC 8446, section 5.1).
        [0x15 | 0x16, 3, ..] => Some("TLS"),
        b"SSH-" => Some("SSH"),
        b"HTTP" => Some("HTTP"),
        _ => None,
    }
}
