//! Private keys: reading them, and their public halves. They are wiped from memory when they are dropped, and shown to
//! nobody.

use std::fmt;

use ed25519_dalek::SigningKey as Ed25519;
use p256::NistP256;
use p256::elliptic_curve::{Curve, FieldBytes, SecretKey};
use p256::pkcs8::{
    AssociatedOid, DecodePrivateKey, Document, EncodePublicKey, ObjectIdentifier, PrivateKeyInfo,
};
use p384::NistP384;
use p521::NistP521;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use sec1::der::Decode;
use sec1::{EcParameters, EcPrivateKey};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use zeroize::Zeroize;

/// A private key of a kind that TLS knows.
pub(super) enum Private {
    Rsa(Box<RsaPrivateKey>),
    P256(SecretKey<NistP256>),
    P384(SecretKey<NistP384>),
    P521(SecretKey<NistP521>),
    Ed25519(Box<Ed25519>),
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum KeyError {
    #[error("it is no key of RSA, ECDSA (P-256, P-384, P-521) or Ed25519")]
    Unknown,
    #[error("it is damaged")]
    Damaged,
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a private key")
    }
}

impl Private {
    /// Reads PKCS#8, PKCS#1 (RSA) or SEC1 (elliptic curves).
    pub(super) fn read(der: &PrivateKeyDer<'_>) -> Result<Self, KeyError> {
        match der {
            PrivateKeyDer::Pkcs1(der) => RsaPrivateKey::from_pkcs1_der(der.secret_pkcs1_der())
                .map(|key| Self::Rsa(Box::new(key)))
                .map_err(|_| KeyError::Damaged),
            PrivateKeyDer::Sec1(der) => Self::elliptic(der.secret_sec1_der(), None),
            PrivateKeyDer::Pkcs8(der) => Self::pkcs8(der.secret_pkcs8_der()),
            _ => Err(KeyError::Unknown),
        }
    }

    fn pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfo::from_der(der).map_err(|_| KeyError::Damaged)?;
        if info.algorithm.oid == rsa::pkcs1::ALGORITHM_OID {
            let key = RsaPrivateKey::from_pkcs8_der(der).map_err(|_| KeyError::Damaged)?;
            return Ok(Self::Rsa(Box::new(key)));
        }
        if info.algorithm.oid == ed25519_dalek::pkcs8::ALGORITHM_OID {
            let key = Ed25519::from_pkcs8_der(der).map_err(|_| KeyError::Damaged)?;
            return Ok(Self::Ed25519(Box::new(key)));
        }
        if info.algorithm.oid == p256::elliptic_curve::ALGORITHM_OID {
            return Self::elliptic(info.private_key, info.algorithm.parameters_oid().ok());
        }
        Err(KeyError::Unknown)
    }

    /// SEC1, inside PKCS#8 or by itself; a curve that is named inside counts.
    fn elliptic(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Self, KeyError> {
        let key = EcPrivateKey::from_der(der).map_err(|_| KeyError::Damaged)?;
        let curve = key.parameters.and_then(EcParameters::named_curve).or(curve);
        match curve {
            Some(NistP256::OID) => secret(key.private_key).map(Self::P256),
            Some(NistP384::OID) => secret(key.private_key).map(Self::P384),
            Some(NistP521::OID) => secret(key.private_key).map(Self::P521),
            _ => Err(KeyError::Unknown),
        }
    }

    /// The public half as certificates have it (RFC 5280, SubjectPublicKeyInfo).
    pub(super) fn public(&self) -> Result<Document, KeyError> {
        match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.public_key().to_public_key_der(),
            Self::P384(key) => key.public_key().to_public_key_der(),
            Self::P521(key) => key.public_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
        }
        .map_err(|_| KeyError::Damaged)
    }
}

/// A secret number. certtool puts a zero before those whose first bit is set, and none before those that begin with
/// zeros; RFC 5915 wants as many bytes as the curve has.
fn secret<C: Curve>(number: &[u8]) -> Result<SecretKey<C>, KeyError> {
    let mut bytes = FieldBytes::<C>::default();
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..).unwrap_or_default();
    let start = bytes.len().checked_sub(number.len()).ok_or(KeyError::Damaged)?;
    bytes.iter_mut().skip(start).zip(number).for_each(|(to, from)| *to = *from);
    let secret = SecretKey::from_bytes(&bytes).map_err(|_| KeyError::Damaged);
    bytes.zeroize();
    secret
}
