//! What a certificate may be used for, by its own words. Judges neither who signed it nor whose it is.

use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use sec1::der::asn1::{BitStringRef, ObjectIdentifier};
use sec1::der::{Decode, Reader};
use webpki::{ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, RequiredEkuNotFoundContext};

use super::certificate::{Certificate, elements, truth};

/// Purposes: those of clients, and any.
const CLIENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// The purpose of servers, and any, as certificates have them: numbers of 1.3.6.1.5.5.7.3.1 and of 2.5.29.37.0.
const SERVER_DER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const ANY_DER: &[u8] = &[0x55, 0x1d, 0x25, 0];

/// Extensions.
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const PURPOSES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

/// Usages of a key, by the bits that stand for them in the first byte (RFC 5280, section 4.2.1.3).
const DIGITAL_SIGNATURE: u8 = 0x80;
const KEY_ENCIPHERMENT: u8 = 0x20;
const KEY_CERT_SIGN: u8 = 0x04;

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

/// What its key may be used for, where it binds itself to that: where the extension is not critical it is a hint, as libvirt
/// reads it.
fn key_usage(certificate: &Certificate<'_>) -> Option<u8> {
    let usage = certificate.extension(KEY_USAGE).filter(|usage| usage.is_critical)?;
    let bits = BitStringRef::from_der(usage.value).ok()?;
    Some(bits.raw_bytes().first().copied().unwrap_or(0))
}

/// Whether its key may sign handshakes.
pub(super) fn may_sign(certificate: &Certificate<'_>) -> bool {
    key_usage(certificate).is_none_or(|usage| usage & DIGITAL_SIGNATURE != 0)
}

/// Whether libvirt 9.0.0 minds its usage: it wants key encipherment of keys that can only sign, too.
pub(super) fn lacks_encipherment(certificate: &Certificate<'_>) -> bool {
    key_usage(certificate).is_some_and(|usage| usage & KEY_ENCIPHERMENT == 0)
}

/// Whether its key may sign certificates.
pub(super) fn may_sign_certificates(certificate: &Certificate<'_>) -> bool {
    key_usage(certificate).is_none_or(|usage| usage & KEY_CERT_SIGN != 0)
}

/// Whether it is a CA's.
pub(super) fn is_ca(certificate: &Certificate<'_>) -> bool {
    let constraints = certificate.extension(BASIC_CONSTRAINTS);
    let constraints = constraints.and_then(|constraints| elements(constraints.value).ok());
    constraints.is_some_and(|mut constraints| truth(&mut constraints) == Ok(true))
}

/// How many bits an RSA key has, as SubjectPublicKeyInfo; nothing for others.
pub(super) fn rsa_bits(key: &[u8]) -> Option<usize> {
    let key = rsa::RsaPublicKey::from_public_key_der(key).ok()?;
    Some(key.n().bits())
}

/// Whether clients may use it; of several purposes, and where it does not bind itself to them, as libvirt reads them.
pub(super) fn is_for_clients(certificate: &Certificate<'_>) -> bool {
    let purposes = certificate.extension(PURPOSES).filter(|purposes| purposes.is_critical);
    let Some(mut purposes) = purposes.and_then(|purposes| elements(purposes.value).ok()) else {
        return true;
    };
    while !purposes.is_finished() {
        match purposes.decode::<ObjectIdentifier>() {
            Ok(purpose) if [CLIENT, ANY].contains(&purpose) => return true,
            Ok(_) => {}
            Err(_) => return true,
        }
    }
    false
}
