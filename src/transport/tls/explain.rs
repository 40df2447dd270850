//! What went wrong in a handshake, or after it, in words. Decides nothing.

use std::io;

use tokio_rustls::rustls::{self, AlertDescription, CertificateError, OtherError};

use super::files::wrong;
use super::refusal::Refusal;
use crate::error::{Error, ErrorKind};

/// Who was spoken to, and with what.
pub(super) struct Scene<'a> {
    /// Such as `host.example port 16514`.
    pub(super) server: &'a str,
    /// Why no certificate of the client's own was there to show; nothing where one was.
    pub(super) without_own: Option<&'a str>,
    /// The file of the client's own certificate.
    pub(super) own: &'a str,
    /// That certificate has no usage that older daemons want.
    pub(super) lacks_encipherment: bool,
}

impl Scene<'_> {
    /// A handshake failed.
    pub(super) fn handshake(&self, error: &io::Error) -> Error {
        let server = self.server;
        match tls(error) {
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(refusal)))) => {
                match refusal.downcast_ref::<Refusal>() {
                    Some(Refusal { what, advice }) => {
                        wrong(ErrorKind::Unreachable, format!("the certificate of {server} {what}"), advice)
                    }
                    None => self.failed(refusal),
                }
            }
            Some(rustls::Error::InvalidMessage(_)) => wrong(
                ErrorKind::Protocol,
                format!("{server} does not speak TLS"),
                "the port of TLS is 16514 unless the daemon's tls_port says otherwise; plain TCP is 'qemu+tcp://', at port 16509",
            ),
            Some(rustls::Error::AlertReceived(alert)) => self.alert(*alert),
            Some(rustls::Error::PeerIncompatible(why)) => self.nothing_in_common(&format!("{why:?}")),
            Some(other) => self.failed(other),
            None if is_end(error) => wrong(
                ErrorKind::Unreachable,
                format!("{server} closed the connection in the middle of the TLS handshake"),
                "does the daemon speak TLS at this port (16514 unless tls_port says otherwise)? Plain TCP is 'qemu+tcp://', \
                 at port 16509; the daemon's log says more",
            ),
            None => wrong(
                ErrorKind::Unreachable,
                format!("the TLS handshake with {server} failed: {error}"),
                "the connection broke: try again, and see the daemon's log",
            ),
        }
    }

    /// The server says that it goes no further.
    fn alert(&self, alert: AlertDescription) -> Error {
        use AlertDescription as A;
        match alert {
            A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::CertificateRequired => self.refused(&format!(" (TLS alert: {alert:?})")),
            A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity => {
                self.nothing_in_common(&format!("TLS alert: {alert:?}"))
            }
            _ => self.failed(&format!("TLS alert: {alert:?}")),
        }
    }

    fn failed(&self, why: &dyn std::fmt::Display) -> Error {
        wrong(
            ErrorKind::Protocol,
            format!("the TLS handshake with {} failed: {why}", self.server),
            "the daemon's log may say more",
        )
    }

    fn nothing_in_common(&self, why: &str) -> Error {
        wrong(
            ErrorKind::Unsupported,
            format!("{} and this client have no way of TLS in common ({why})", self.server),
            "virtwire has TLS 1.2 and 1.3 with AES-GCM or ChaCha20, and ECDHE: see 'tls_priority' of the URI, of \
             libvirt.conf, and of the daemon's libvirtd.conf",
        )
    }

    /// The server did not let this client in.
    pub(super) fn refused(&self, how: &str) -> Error {
        let server = self.server;
        match self.without_own {
            Some(absence) => wrong(
                ErrorKind::Denied,
                format!("{server} wants a client certificate, and there is none to show{how}"),
                format!(
                    "put clientcert.pem and clientkey.pem where libvirt's clients look, or name their folder: \
                     '?pkipath=FOLDER' in the URI ({absence})"
                ),
            ),
            None if self.lacks_encipherment => wrong(
                ErrorKind::Denied,
                format!("{server} refused this client: its certificate or its address{how}"),
                format!(
                    "older daemons (libvirt 9.0.0) want key encipherment among the usages of {}, which certtool gives to RSA \
                     keys alone ('encryption_key'): reissue it for an RSA key; else the daemon's log says why",
                    self.own
                ),
            ),
            None => wrong(
                ErrorKind::Denied,
                format!("{server} refused this client: its certificate or its address{how}"),
                format!(
                    "the daemon's log says why; it must trust the CA that signed {}, and its tls_allowed_dn_list, if it has \
                     one, must name the certificate's subject ('certtool -i')",
                    self.own
                ),
            ),
        }
    }

    /// The byte by which the server lets a client in did not come, or was another.
    pub(super) fn verdict(&self, read: io::Result<u8>) -> Error {
        match read {
            Ok(other) => wrong(
                ErrorKind::Protocol,
                format!("{} sent {other:#04x} in place of 0x01 after the TLS handshake", self.server),
                "is it a libvirt daemon? HTTPS servers and others speak TLS, too",
            ),
            Err(error) => match tls(&error) {
                Some(rustls::Error::AlertReceived(alert)) => self.alert(*alert),
                Some(other) => self.failed(other),
                None if is_end(&error) => self.refused(""),
                None => self.failed(&error),
            },
        }
    }
}

fn tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::UnexpectedEof | K::ConnectionReset | K::BrokenPipe | K::ConnectionAborted)
}
