//! Why a server's certificate was refused, and what to do about it: in words. Decides nothing.

use std::time::Duration;

use sec1::der::DateTime;
use tokio_rustls::rustls::pki_types::UnixTime;

use super::certificate::Certificate;
use super::priority::RSA;

/// A server's certificate that does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(super) struct Refusal {
    /// What is wrong: the end of the sentence "the certificate of HOST ...".
    pub(super) what: String,
    pub(super) advice: String,
}

impl Refusal {
    fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into() }
    }

    /// What the chain of a certificate lacks; `ca` is the file of those that are trusted.
    pub(super) fn of(error: webpki::Error, certificate: &Certificate<'_>, ca: &str) -> Self {
        use webpki::Error as E;
        match error {
            E::UnknownIssuer => Self::new(
                format!(
                    "was signed by {}, and that is no CA in {ca}",
                    shown(&certificate.issuer.distinguished())
                ),
                format!("if that CA is to be trusted, add its certificate to {ca}"),
            ),
            E::CertExpired { not_after, .. } => Self::new(
                format!("expired at {}", date(not_after)),
                "have it reissued, and the daemon there restarted; if it is not so late, set this host's clock",
            ),
            E::CertNotValidYet { not_before, .. } => Self::new(
                format!("is not valid before {}", date(not_before)),
                "set the clock of this host, or of the one that made the certificate, and have it reissued",
            ),
            E::CertRevoked => Self::new(
                "was revoked",
                "the CA's revocation list (cacrl.pem) names it: the server needs a new certificate and a new key",
            ),
            E::CaUsedAsEndEntity => Self::new(
                "is that of a CA, not of a server",
                "make one for the server, signed by the CA: 'certtool --generate-certificate' with tls_www_server",
            ),
            E::RequiredEkuNotFoundContext(_) => Self::new(
                "is not meant for servers",
                "reissue it with the line 'tls_www_server' in certtool's template",
            ),
            E::InvalidSignatureForPublicKey => Self::new(
                format!("does not bear the signature of the CA in {ca} whose name it bears"),
                "was the CA made anew with the same name? Then put its present certificate there; if its RSA key has less than \
                 2048 bits, it needs a longer one",
            ),
            E::UnsupportedSignatureAlgorithmContext(_)
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::new(
                "is signed in a way that is unknown or no longer safe",
                "reissue it with RSA, ECDSA or Ed25519 keys and SHA-256 or better",
            ),
            E::NameConstraintViolation => Self::new(
                "has a name that a CA above it may not give",
                "have it signed by another CA, or for names that this one may give (its name constraints)",
            ),
            E::UnsupportedCrlSignatureAlgorithmContext(_)
            | E::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_)
            | E::InvalidCrlSignatureForPublicKey
            | E::IssuerNotCrlSigner => Self::new(
                "cannot be looked up in the CA's revocation list, whose own signature does not count",
                format!(
                    "get the list (cacrl.pem) anew from the CA of {ca}; its template needs the line 'crl_signing_key'"
                ),
            ),
            other => Self::new(
                format!("cannot be accepted: {other}"),
                "have it reissued by certtool; '?no_verify=1' in the URI trusts any server, and so anyone on the way",
            ),
        }
    }

    /// It is no certificate that can be read to its end.
    pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Self {
        Self::new(format!("cannot be read to its end: {error}"), "have it reissued by certtool")
    }

    /// Its key is not for signing, which handshakes need.
    pub(super) fn no_signing() -> Self {
        Self::new(
            "may not be used to sign handshakes",
            "reissue it with the line 'signing_key' in certtool's template",
        )
    }

    /// A key of its chain is shorter than this side wants.
    pub(super) fn short_key(bits: usize, wanted: usize) -> Self {
        let longer = format!("make longer keys ('certtool --bits {wanted}'), or keys of ECDSA");
        if wanted == RSA {
            return Self::new(
                format!("or of its CA has an RSA key of {bits} bits; {RSA} are the least"),
                longer,
            );
        }
        Self::new(
            format!("or of its CA has an RSA key of {bits} bits, and tls_priority wants {wanted}"),
            format!("{longer}, or leave out SECURE192, SECURE256 and %PROFILE_HIGH"),
        )
    }

    /// Its name is a common name, which does not count below a CA that may not give every name.
    pub(super) fn constrained_name(host: &str) -> Self {
        Self::new(
            "has a common name alone, which does not count below a CA that may not give every name (name constraints)",
            format!("reissue it with the line 'dns_name = \"{host}\"' in certtool's template"),
        )
    }

    /// It is another host's.
    pub(super) fn other_name(host: &str, names: &[String]) -> Self {
        let key = if host.parse::<std::net::IpAddr>().is_ok() { "ip_address" } else { "dns_name" };
        let whose = match names {
            [] => "names no host".to_owned(),
            // An address that is written as a name, or one common name of several.
            names if names.iter().any(|name| name.eq_ignore_ascii_case(host)) => {
                format!("has '{host}' where it does not count, not as its {key}")
            }
            names => format!("is for {}, not for '{host}'", listed(names)),
        };
        Self::new(
            whose,
            format!(
                "connect by a name that it has, or reissue it with the line '{key} = \"{host}\"' in certtool's template"
            ),
        )
    }
}

/// A name that somebody else chose, fit to be shown.
pub(super) fn shown(name: &str) -> String {
    const LENGTH: usize = 200;
    let cut = if name.chars().nth(LENGTH).is_some() { "..." } else { "" };
    let begin: String = name.chars().take(LENGTH).collect();
    format!("'{}{cut}'", begin.escape_debug())
}

/// A few names, fit to be shown.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| shown(name)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", shown.join(", "))
}

/// A time, in UTC.
pub(super) fn date(time: UnixTime) -> String {
    let date = DateTime::from_unix_duration(Duration::from_secs(time.as_secs()));
    date.map_or_else(|_| format!("second {} of 1970", time.as_secs()), |date| date.to_string())
}
