//! Verifying signatures: of certificates, of revocation lists, and of handshakes.

use std::fmt;

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::der::Decode;
use rsa::sha2::digest::const_oid::AssociatedOid;
use rsa::sha2::digest::{Digest, DynDigest};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::crypto::WebPkiSupportedAlgorithms;
use tokio_rustls::rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

/// Bits that an RSA key may have.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=16384;

/// All algorithms, and by which names TLS knows them: of TLS 1.3, the first of each list counts.
pub(super) const ALL: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        P256_SHA256,
        P256_SHA384,
        P256_SHA512,
        P384_SHA256,
        P384_SHA384,
        P384_SHA512,
        P521_SHA256,
        P521_SHA384,
        P521_SHA512,
        ED25519,
        PSS_SHA256,
        PSS_SHA384,
        PSS_SHA512,
        PKCS1_SHA256,
        PKCS1_SHA384,
        PKCS1_SHA512,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[P256_SHA256, P384_SHA256, P521_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[P384_SHA384, P256_SHA384, P521_SHA384]),
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[P521_SHA512, P384_SHA512, P256_SHA512]),
        (SignatureScheme::ED25519, &[ED25519]),
        (SignatureScheme::RSA_PSS_SHA256, &[PSS_SHA256]),
        (SignatureScheme::RSA_PSS_SHA384, &[PSS_SHA384]),
        (SignatureScheme::RSA_PSS_SHA512, &[PSS_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[PKCS1_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[PKCS1_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[PKCS1_SHA512]),
    ],
};

/// Whether a signature fits: the public key as a certificate has it, the message, the signature. Nothing: it does not.
type Check = fn(&[u8], &[u8], &[u8]) -> Option<()>;

/// One algorithm, of a key and of a signature by it.
struct Algorithm {
    name: &'static str,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    check: Check,
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        (self.check)(key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

macro_rules! algorithms {
    ($($name:ident: $key:ident, $signature:ident, $check:expr;)*) => {$(
        const $name: &dyn SignatureVerificationAlgorithm = &Algorithm {
            name: stringify!($name),
            key: alg_id::$key,
            signature: alg_id::$signature,
            check: $check,
        };
    )*};
}

algorithms! {
    P256_SHA256: ECDSA_P256, ECDSA_SHA256, p256::<Sha256>;
    P256_SHA384: ECDSA_P256, ECDSA_SHA384, p256::<Sha384>;
    P256_SHA512: ECDSA_P256, ECDSA_SHA512, p256::<Sha512>;
    P384_SHA256: ECDSA_P384, ECDSA_SHA256, p384::<Sha256>;
    P384_SHA384: ECDSA_P384, ECDSA_SHA384, p384::<Sha384>;
    P384_SHA512: ECDSA_P384, ECDSA_SHA512, p384::<Sha512>;
    P521_SHA256: ECDSA_P521, ECDSA_SHA256, p521::<Sha256>;
    P521_SHA384: ECDSA_P521, ECDSA_SHA384, p521::<Sha384>;
    P521_SHA512: ECDSA_P521, ECDSA_SHA512, p521::<Sha512>;
    ED25519: ED25519, ED25519, ed25519;
    PSS_SHA256: RSA_ENCRYPTION, RSA_PSS_SHA256, pss::<Sha256>;
    PSS_SHA384: RSA_ENCRYPTION, RSA_PSS_SHA384, pss::<Sha384>;
    PSS_SHA512: RSA_ENCRYPTION, RSA_PSS_SHA512, pss::<Sha512>;
    PKCS1_SHA256: RSA_ENCRYPTION, RSA_PKCS1_SHA256, pkcs1::<Sha256>;
    PKCS1_SHA384: RSA_ENCRYPTION, RSA_PKCS1_SHA384, pkcs1::<Sha384>;
    PKCS1_SHA512: RSA_ENCRYPTION, RSA_PKCS1_SHA512, pkcs1::<Sha512>;
}

fn p256<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(&D::digest(message), &signature).ok()
}

fn p384<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(&D::digest(message), &signature).ok()
}

/// Of a hash that is shorter than the curve's numbers, all bits count (FIPS 186-5, section 6.4.1); it gets zeros in front,
/// since the curve's crate refuses short ones.
fn p521<D: Digest>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = p521::ecdsa::Signature::from_der(signature).ok()?;
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let mut number = [0; 66];
    number.iter_mut().rev().zip(D::digest(message).iter().rev()).for_each(|(to, from)| *to = *from);
    key.verify_prehash(&number, &signature).ok()
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    key.verify(message, &signature).ok()
}

fn pss<D>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()>
where
    D: Digest + DynDigest + Send + Sync + 'static,
{
    rsa(key)?.verify(Pss::new::<D>(), &D::digest(message), signature).ok()
}

fn pkcs1<D: Digest + AssociatedOid>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    rsa(key)?.verify(Pkcs1v15Sign::new::<D>(), &D::digest(message), signature).ok()
}

fn rsa(key: &[u8]) -> Option<RsaPublicKey> {
    let key = rsa::pkcs1::RsaPublicKey::from_der(key).ok()?;
    let modulus = BigUint::from_bytes_be(key.modulus.as_bytes());
    let exponent = BigUint::from_bytes_be(key.public_exponent.as_bytes());
    if !RSA_BITS.contains(&modulus.bits()) {
        return None;
    }
    RsaPublicKey::new_with_max_size(modulus, exponent, *RSA_BITS.end()).ok()
}
