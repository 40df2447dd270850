//! The cryptography of TLS for rustls, in Rust alone: algorithms are RustCrypto's, this wires them to rustls's traits. It
//! must not implement an algorithm, and knows no libvirt.

mod aead;
mod agree;
mod hash;
mod key;
mod sign;
mod suites;
mod verify;

pub(super) use self::key::KeyError;

use std::sync::Arc;

use rand_core::{OsRng, RngCore};
use tokio_rustls::rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::sign::SigningKey;
use tokio_rustls::rustls::{Error, OtherError};

/// All that this provider can do, best first.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: suites::ALL.to_vec(),
        kx_groups: agree::ALL.to_vec(),
        signature_verification_algorithms: verify::ALL,
        secure_random: &Kernel,
        key_provider: &Keys,
    }
}

/// The kernel's random numbers.
#[derive(Debug)]
struct Kernel;

impl SecureRandom for Kernel {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        OsRng.try_fill_bytes(bytes).map_err(|_| GetRandomFailed)
    }
}

/// A private key that signs.
pub(super) fn signing_key(der: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, KeyError> {
    Ok(Arc::new(sign::Key::new(key::Private::read(der)?)?))
}

/// Private keys in each encoding that PEM files have.
#[derive(Debug)]
struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(&self, der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        signing_key(&der).map_err(|error| Error::Other(OtherError(Arc::new(error))))
    }
}
