//! Whether the certificates of this side can serve at all, asked before anything is sent. Judges no server's.

use std::path::Path;

use tokio_rustls::rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::certificate::{Certificate, next_update};
use super::files::{Files, wrong};
use super::locations::Locations;
use super::provider;
use super::refusal::date;
use super::usage;
use crate::error::{Error, ErrorKind, Result};

/// The CAs that servers may be judged by: all, each of which must be fit; or, where looking at them is not wanted, those
/// that are fit, and one at least.
pub(super) fn usable_cas<'a>(
    files: &'a Files,
    at: &Locations,
    now: UnixTime,
    is_thorough: bool,
) -> Result<Vec<&'a CertificateDer<'static>>> {
    let (mut usable, mut unfit) = (Vec::new(), None);
    for der in &files.cas {
        // What this cannot read, what judges servers reads by itself.
        let fault = Certificate::read(der).map_or(Ok(()), |ca| check_ca(&ca, &at.ca, now, is_thorough));
        match fault {
            Ok(()) => usable.push(der),
            Err(error) if is_thorough => return Err(error),
            Err(error) => unfit = unfit.or(Some(error)),
        }
    }
    match unfit {
        Some(error) if usable.is_empty() => Err(error),
        _ => Ok(usable),
    }
}

fn dates(certificate: &Certificate<'_>, whose: &str, path: &Path, now: UnixTime) -> Result<()> {
    let (begin, end) = (certificate.not_before, certificate.not_after);
    let path = path.display();
    if now > end {
        return Err(unfit(
            format!("the {whose} certificate {path} expired at {}", date(end)),
            "have it reissued; if it is not so late, set this host's clock",
        ));
    }
    if now < begin {
        return Err(unfit(
            format!("the {whose} certificate {path} is not valid before {}", date(begin)),
            "set this host's clock, or that of the host that made it",
        ));
    }
    Ok(())
}

/// Warnings of revocation lists that should have been replaced by newer ones.
pub(super) fn outdated_lists(files: &Files, at: &Locations, now: UnixTime) -> Vec<String> {
    let late = files.crls.iter().filter_map(|list| next_update(list)).filter(|end| now > *end);
    late.map(|end| {
        let path = at.crl.display();
        format!("the revocation list {path} was to be replaced by {}: get the CA's newest", date(end))
    })
    .collect()
}

/// CAs of X.509's first version cannot say that they are CAs: they count where `is_thorough` is false, as for libvirt.
fn check_ca(ca: &Certificate<'_>, path: &Path, now: UnixTime, is_thorough: bool) -> Result<()> {
    dates(ca, "CA", path, now)?;
    let path = path.display();
    let is_old = !is_thorough && ca.is_first_version;
    if !is_old && !usage::is_ca(ca) {
        return Err(unfit(
            format!("the certificate in {path} is not that of a CA"),
            "put the certificate of the CA there that signed the server's, not the server's own",
        ));
    }
    if !usage::may_sign_certificates(ca) {
        return Err(unfit(
            format!("the CA certificate {path} may not be used to sign certificates"),
            "make it anew with the line 'cert_signing_key' in certtool's template",
        ));
    }
    Ok(())
}

/// Looks at the client's own certificate, if there is one.
pub(super) fn check_own(
    files: &Files,
    anchors: &[TrustAnchor<'_>],
    at: &Locations,
    now: UnixTime,
) -> Result<()> {
    let own = files.own.as_ref().ok().and_then(|own| own.cert.split_first());
    let Some((der, intermediates)) = own else { return Ok(()) };
    let path = at.cert.display();
    let damaged = |error: &dyn std::fmt::Display| {
        unfit(format!("the client certificate {path} is damaged: {error}"), "get it from the CA again")
    };
    let certificate = Certificate::read(der).map_err(|error| damaged(&error))?;
    dates(&certificate, "client", &at.cert, now)?;
    if usage::is_ca(&certificate) {
        return Err(unfit(
            format!("the client certificate {path} is that of a CA"),
            "make one for this client, signed by the CA: 'certtool --generate-certificate' with tls_www_client",
        ));
    }
    if !usage::may_sign(&certificate) {
        return Err(unfit(
            format!("the client certificate {path} may not be used to sign handshakes"),
            "reissue it with the line 'signing_key' in certtool's template",
        ));
    }
    if !usage::is_for_clients(&certificate) {
        return Err(unfit(
            format!("the client certificate {path} is not meant for clients"),
            "reissue it with the line 'tls_www_client' in certtool's template",
        ));
    }
    let algorithms = provider::provider().signature_verification_algorithms;
    let end_entity = EndEntityCert::try_from(der).map_err(|error| damaged(&error))?;
    let signed = end_entity.verify_for_usage(
        algorithms.all,
        anchors,
        intermediates,
        now,
        KeyUsage::client_auth(),
        None,
        None,
    );
    match signed {
        // What it is for has been asked above, by libvirt's milder rules.
        Ok(_) | Err(webpki::Error::RequiredEkuNotFoundContext(_)) => Ok(()),
        Err(error) => Err(unfit(
            format!(
                "the client certificate {path} was not signed by the CA of {}{}",
                at.ca.display(),
                why(&error)
            ),
            "the server will hardly trust it: use the pair that this CA made; '?no_sanity=1' in the URI tries all the same",
        )),
    }
}

/// Why a chain does not lead to a CA, where that says more.
fn why(error: &webpki::Error) -> String {
    match error {
        webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => String::new(),
        other => format!(" in a way that counts ({other})"),
    }
}

fn unfit(what: String, advice: &str) -> Error {
    wrong(ErrorKind::Invalid, what, advice)
}
