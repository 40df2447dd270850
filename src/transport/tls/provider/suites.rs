//! Cipher suites: those of TLS 1.3, and of TLS 1.2 those that are not broken.

use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use sha2::{Sha256, Sha384};
use tokio_rustls::rustls::crypto::tls12::PrfUsingHmac;
use tokio_rustls::rustls::crypto::tls13::HkdfUsingHmac;
use tokio_rustls::rustls::crypto::{CipherSuiteCommon, KeyExchangeAlgorithm};
use tokio_rustls::rustls::{
    CipherSuite, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::aead::{Tls12, Tls13};
use super::hash::By;

/// Records that AES-GCM may seal with one key (RFC 8446, section 5.5).
const AES: u64 = 1 << 24;
/// The same for ChaCha20: more than a connection can have.
const CHACHA: u64 = u64::MAX;

macro_rules! tls13 {
    ($suite:ident, $sha:ident, $cipher:ident, $limit:ident) => {
        SupportedCipherSuite::Tls13(&Tls13CipherSuite {
            common: CipherSuiteCommon {
                suite: CipherSuite::$suite,
                hash_provider: By::<$sha>::HERE,
                confidentiality_limit: $limit,
            },
            hkdf_provider: &HkdfUsingHmac(By::<$sha>::HERE),
            aead_alg: Tls13::<$cipher>::HERE,
            quic: None,
        })
    };
}

macro_rules! tls12 {
    ($suite:ident, $sign:ident, $sha:ident, $cipher:ident, $is_explicit:literal, $limit:ident) => {
        SupportedCipherSuite::Tls12(&Tls12CipherSuite {
            common: CipherSuiteCommon {
                suite: CipherSuite::$suite,
                hash_provider: By::<$sha>::HERE,
                confidentiality_limit: $limit,
            },
            prf_provider: &PrfUsingHmac(By::<$sha>::HERE),
            kx: KeyExchangeAlgorithm::ECDHE,
            sign: $sign,
            aead_alg: Tls12::<$cipher, $is_explicit>::HERE,
        })
    };
}

/// All suites, best first.
pub(super) const ALL: &[SupportedCipherSuite] = &[
    tls13!(TLS13_AES_256_GCM_SHA384, Sha384, Aes256Gcm, AES),
    tls13!(TLS13_AES_128_GCM_SHA256, Sha256, Aes128Gcm, AES),
    tls13!(TLS13_CHACHA20_POLY1305_SHA256, Sha256, ChaCha20Poly1305, CHACHA),
    tls12!(TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ECDSA, Sha384, Aes256Gcm, true, AES),
    tls12!(TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ECDSA, Sha256, Aes128Gcm, true, AES),
    tls12!(TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ECDSA, Sha256, ChaCha20Poly1305, false, CHACHA),
    tls12!(TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, RSA, Sha384, Aes256Gcm, true, AES),
    tls12!(TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, RSA, Sha256, Aes128Gcm, true, AES),
    tls12!(TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, RSA, Sha256, ChaCha20Poly1305, false, CHACHA),
];

/// Signatures with elliptic curves.
pub(super) const ECDSA: &[SignatureScheme] = &[
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
];

/// Signatures with RSA.
pub(super) const RSA: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];
