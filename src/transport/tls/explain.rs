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
    /// The client's own certificate; else why there is none to show.
    pub(super) own: Result<Own, &'a str>,
}

/// The client's own certificate, as far as servers mind it.
pub(super) struct Own {
    pub(super) file: String,
    /// As `tls_allowed_dn_list` has it.
    pub(super) subject: String,
    /// It has no usage that older daemons want.
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
            Some(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => wrong(
                ErrorKind::Unreachable,
                format!("{server} did not sign the TLS handshake with the key of its certificate"),
                "who answers may have another's certificate and be no daemon of yours; or its RSA key has less than 2048 bits: \
                 then have it reissued for a longer one",
            ),
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
        let own = match &self.own {
            Ok(own) => own,
            Err(absence) => {
                return wrong(
                    ErrorKind::Denied,
                    format!("{server} wants a client certificate, and there is none to show{how}: {absence}"),
                    "clientcert.pem and clientkey.pem must be there and readable, or in the folder that the URI names: \
                     '?pkipath=FOLDER'",
                );
            }
        };
        let Own { file, subject, lacks_encipherment } = own;
        let advice = if *lacks_encipherment {
            format!(
                "older daemons (libvirt 9.0.0) want key encipherment among the usages of {file}, which certtool gives to RSA \
                 keys alone ('encryption_key'): reissue it for an RSA key; else the daemon's log says why"
            )
        } else {
            format!(
                "the daemon's log says why; it must trust the CA that signed {file}, and its tls_allowed_dn_list, if it has \
                 one, must have {subject}"
            )
        };
        wrong(ErrorKind::Denied, format!("{server} refused this client's certificate{how}"), advice)
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
