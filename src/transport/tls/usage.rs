//! What a certificate may be used for, by its own words. Judges neither who signed it nor whose it is.

use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use webpki::{ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, RequiredEkuNotFoundContext};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

const CLIENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// The purpose of servers, and any, as certificates have them: numbers of 1.3.6.1.5.5.7.3.1 and of 2.5.29.37.0.
const SERVER_DER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const ANY_DER: &[u8] = &[0x55, 0x1d, 0x25, 0];
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// For servers: certificates that name no purpose, that of servers, or any (RFC 5280, section 4.2.1.12).
pub(super) struct ForServers;

impl ExtendedKeyUsageValidator for ForServers {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut present = Vec::new();
        for purpose in purposes {
            let purpose = purpose?;
            if [KeyPurposeId::new(SERVER_DER), KeyPurposeId::new(ANY_DER)].contains(&purpose) {
                return Ok(());
            }
            present.push(purpose.to_decoded_oid());
        }
        if present.is_empty() {
            return Ok(());
        }
        let required = webpki::KeyUsage::server_auth();
        Err(webpki::Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required, present }))
    }
}

/// Whether its key may sign handshakes. Where the extension is not critical it is a hint, as libvirt reads it.
pub(super) fn may_sign(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate.get::<KeyUsage>() {
        Ok(Some((true, usage))) => usage.digital_signature(),
        _ => true,
    }
}

/// Whether libvirt 9.0.0 minds its usage: it wants key encipherment of keys that can only sign, too.
pub(super) fn lacks_encipherment(certificate: &Certificate) -> bool {
    matches!(certificate.tbs_certificate.get::<KeyUsage>(), Ok(Some((true, usage))) if !usage.key_encipherment())
}

/// Whether its key may sign certificates; read as [`may_sign`] does.
pub(super) fn may_sign_certificates(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate.get::<KeyUsage>() {
        Ok(Some((true, usage))) => usage.key_cert_sign(),
        _ => true,
    }
}

/// Whether it is a CA's.
pub(super) fn is_ca(certificate: &Certificate) -> bool {
    matches!(certificate.tbs_certificate.get::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca)
}

/// How many bits an RSA key has, as SubjectPublicKeyInfo; nothing for others.
pub(super) fn rsa_bits(key: &[u8]) -> Option<usize> {
    let key = rsa::RsaPublicKey::from_public_key_der(key).ok()?;
    Some(key.n().bits())
}

/// Whether clients may use it; read as [`may_sign`] does.
pub(super) fn is_for_clients(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate.get::<ExtendedKeyUsage>() {
        Ok(Some((true, purposes))) => purposes.0.iter().any(|purpose| [CLIENT, ANY].contains(purpose)),
        _ => true,
    }
}
