//! Signing with a private key, to prove that a certificate is ours.

use std::sync::Arc;

use p256::ecdsa::signature::{RandomizedSigner as _, Signer as _};
use p256::pkcs8::Document;
use rand_core::OsRng;
use rsa::sha2::digest::{Digest, DynDigest};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use tokio_rustls::rustls::pki_types::SubjectPublicKeyInfoDer;
use tokio_rustls::rustls::sign::{Signer, SigningKey};
use tokio_rustls::rustls::{Error, SignatureAlgorithm, SignatureScheme};
use zeroize::Zeroizing;

use super::key::{KeyError, Private};
use super::suites;

/// A private key that signs.
#[derive(Debug)]
pub(super) struct Key {
    private: Arc<Private>,
    public: Document,
}

impl Key {
    pub(super) fn new(private: Private) -> Result<Self, KeyError> {
        Ok(Self { public: private.public()?, private: Arc::new(private) })
    }

    fn schemes(&self) -> &'static [SignatureScheme] {
        match *self.private {
            Private::Rsa(_) => suites::RSA,
            Private::P256(_) => &[SignatureScheme::ECDSA_NISTP256_SHA256],
            Private::P384(_) => &[SignatureScheme::ECDSA_NISTP384_SHA384],
            Private::P521(_) => &[SignatureScheme::ECDSA_NISTP521_SHA512],
            Private::Ed25519(_) => &[SignatureScheme::ED25519],
        }
    }
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let scheme = *self.schemes().iter().find(|scheme| offered.contains(scheme))?;
        Some(Box::new(Signing { private: Arc::clone(&self.private), scheme }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match *self.private {
            Private::Rsa(_) => SignatureAlgorithm::RSA,
            Private::P256(_) | Private::P384(_) | Private::P521(_) => SignatureAlgorithm::ECDSA,
            Private::Ed25519(_) => SignatureAlgorithm::ED25519,
        }
    }
}

#[derive(Debug)]
struct Signing {
    private: Arc<Private>,
    scheme: SignatureScheme,
}

impl Signer for Signing {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = match &*self.private {
            Private::Rsa(key) => rsa(key, self.scheme, message),
            Private::P256(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from(key).sign(message);
                Some(signature.to_der().as_bytes().to_vec())
            }
            Private::P384(key) => {
                let signature: p384::ecdsa::Signature = p384::ecdsa::SigningKey::from(key).sign(message);
                Some(signature.to_der().as_bytes().to_vec())
            }
            Private::P521(key) => {
                let bytes = Zeroizing::new(key.to_bytes());
                p521::ecdsa::SigningKey::from_bytes(&bytes).ok().map(|key| {
                    let signature: p521::ecdsa::Signature = key.sign_with_rng(&mut OsRng, message);
                    signature.to_der().as_bytes().to_vec()
                })
            }
            Private::Ed25519(key) => Some(key.sign(message).to_bytes().to_vec()),
        };
        signed.ok_or_else(|| Error::General("the private key does not sign".to_owned()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

/// Blinded by random numbers, so that the time it takes tells nothing of the key.
fn rsa(key: &RsaPrivateKey, scheme: SignatureScheme, message: &[u8]) -> Option<Vec<u8>> {
    match scheme {
        SignatureScheme::RSA_PSS_SHA256 => pss::<Sha256>(key, message),
        SignatureScheme::RSA_PSS_SHA384 => pss::<Sha384>(key, message),
        SignatureScheme::RSA_PSS_SHA512 => pss::<Sha512>(key, message),
        SignatureScheme::RSA_PKCS1_SHA256 => {
            key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).ok()
        }
        SignatureScheme::RSA_PKCS1_SHA384 => {
            key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message)).ok()
        }
        SignatureScheme::RSA_PKCS1_SHA512 => {
            key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message)).ok()
        }
        _ => None,
    }
}

fn pss<D>(key: &RsaPrivateKey, message: &[u8]) -> Option<Vec<u8>>
where
    D: Digest + DynDigest + Send + Sync + 'static,
{
    key.sign_with_rng(&mut OsRng, Pss::new_blinded::<D>(), &D::digest(message)).ok()
}
