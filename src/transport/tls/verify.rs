//! Judges a server's certificate: by whom it was signed, when it counts, what it is for, whose it is. It must not let pass
//! what one of these refuses, unless `no_verify` says so.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, PeerMisbehaved, SignatureScheme,
};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, RevocationOptions, RevocationOptionsBuilder,
    UnknownStatusPolicy, VerifiedPath,
};

use super::certificate::Certificate;
use super::names;
use super::refusal::Refusal;
use super::usage;

/// What a server's certificate is judged by.
pub(super) struct Verifier {
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    pub(super) crls: Vec<CertRevocationList<'static>>,
    /// The host as the URI names it.
    pub(super) host: String,
    /// The file that the anchors are from, for people.
    pub(super) ca: String,
    /// False: any certificate will do, as the user said.
    pub(super) is_strict: bool,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    /// Those of the algorithms that a handshake may be signed by.
    pub(super) schemes: Vec<SignatureScheme>,
    /// What was accepted, and yet should be told.
    pub(super) warnings: Mutex<Vec<String>>,
    /// Bits that each RSA key in the chain must have.
    pub(super) rsa_bits: usize,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("host", &self.host).field("ca", &self.ca).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_strict {
            self.judge(end_entity, intermediates, server_name, now).map_err(|refusal| {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
            })?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_scheme(dss)?;
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_scheme(dss)?;
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

impl Verifier {
    fn check_scheme(&self, dss: &DigitallySignedStruct) -> Result<(), Error> {
        if self.schemes.contains(&dss.scheme) {
            Ok(())
        } else {
            Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
        }
    }

    fn judge(
        &self,
        der: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let details = Certificate::read(der).map_err(|error| Refusal::unreadable(&error))?;
        let refused = |error| Refusal::of(error, &details, &self.ca);
        let certificate = EndEntityCert::try_from(der).map_err(refused)?;
        let crls: Vec<_> = self.crls.iter().collect();
        let path = certificate
            .verify_for_usage(
                self.algorithms.all,
                &self.anchors,
                intermediates,
                now,
                usage::ForServers,
                revocation(&crls),
                None,
            )
            .map_err(refused)?;
        let between = path.intermediate_certificates().map(|ca| ca.subject_public_key_info().to_vec());
        let anchor = webpki::spki_for_anchor(path.anchor()).to_vec();
        let keys = between.chain([certificate.subject_public_key_info().to_vec(), anchor]);
        if let Some(bits) = keys.filter_map(|key| usage::rsa_bits(&key)).find(|bits| *bits < self.rsa_bits) {
            return Err(Refusal::short_key(bits, self.rsa_bits));
        }
        if !usage::may_sign(&details) {
            return Err(Refusal::no_signing());
        }
        match certificate.verify_is_valid_for_subject_name(server_name) {
            Ok(()) => Ok(()),
            // Nothing else than the name may be wrong from here on.
            Err(webpki::Error::CertNotValidForName(_)) => self.judge_name(&details, &path),
            Err(error) => Err(refused(error)),
        }
    }

    fn judge_name(&self, details: &Certificate<'_>, path: &VerifiedPath<'_>) -> Result<(), Refusal> {
        if !names::is_common_name(details, &self.host) {
            return Err(Refusal::other_name(&self.host, &names::all(details)));
        }
        // What a CA may name has been asked of alternative names only.
        let mut between = path.intermediate_certificates();
        if path.anchor().name_constraints.is_some() || between.any(|ca| names::are_constrained(&ca.der())) {
            return Err(Refusal::constrained_name(&self.host));
        }
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(only_common_name(&self.host));
        Ok(())
    }

    /// What was to be told so far.
    pub(super) fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Certificates that no list speaks of count. A list that should have been replaced by a newer one is better than none,
/// as it is for GnuTLS; the user is told.
fn revocation<'a>(crls: &'a [&'a CertRevocationList<'a>]) -> Option<RevocationOptions<'a>> {
    let options = RevocationOptionsBuilder::new(crls).ok()?;
    Some(
        options
            .with_status_policy(UnknownStatusPolicy::Allow)
            .with_expiration_policy(ExpirationPolicy::Ignore)
            .build(),
    )
}

fn only_common_name(host: &str) -> String {
    format!(
        "the certificate of '{host}' names it in its common name alone, which few clients still accept: reissue it with the \
         line 'dns_name = \"{host}\"' in certtool's template"
    )
}
