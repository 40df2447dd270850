//! Key exchange: X25519, P-256 and P-384.

use std::fmt;
use std::marker::PhantomData;

use p256::NistP256;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ModulusSize, ToEncodedPoint};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey, SecretKey};
use p384::NistP384;
use tokio_rustls::rustls::crypto::{ActiveKeyExchange, SecureRandom, SharedSecret, SupportedKxGroup};
use tokio_rustls::rustls::{Error, NamedGroup, PeerMisbehaved};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use super::Kernel;

/// All groups, best first.
pub(super) const ALL: &[&dyn SupportedKxGroup] = &[
    &X25519,
    &Nist::<NistP256> { name: NamedGroup::secp256r1, curve: PhantomData },
    &Nist::<NistP384> { name: NamedGroup::secp384r1, curve: PhantomData },
];

#[derive(Debug)]
struct X25519;

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut random = Zeroizing::new([0; 32]);
        Kernel.fill(random.as_mut())?;
        let secret = StaticSecret::from(*random);
        Ok(Box::new(X25519Begun { public: x25519_dalek::PublicKey::from(&secret), secret }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

struct X25519Begun {
    secret: StaticSecret,
    public: x25519_dalek::PublicKey,
}

impl ActiveKeyExchange for X25519Begun {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer: [u8; 32] = peer.try_into().map_err(|_| PeerMisbehaved::InvalidKeyShare)?;
        let shared = self.secret.diffie_hellman(&peer.into());
        // A peer must not be able to choose the secret alone (RFC 7748, section 6.1).
        if !shared.was_contributory() {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        Ok(SharedSecret::from(shared.as_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// A curve of NIST's.
struct Nist<C> {
    name: NamedGroup,
    curve: PhantomData<fn() -> C>,
}

impl<C> fmt::Debug for Nist<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

impl<C> SupportedKxGroup for Nist<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = secret::<C>()?;
        let public = secret.public_key().to_encoded_point(false).as_bytes().to_vec();
        Ok(Box::new(NistBegun { name: self.name, secret, public }))
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

/// A number that the curve has. The curves' own crates panic where the kernel gives no random numbers.
fn secret<C: CurveArithmetic>() -> Result<SecretKey<C>, Error> {
    let mut random = Zeroizing::new(FieldBytes::<C>::default());
    loop {
        Kernel.fill(random.as_mut())?;
        // One of 2^32 numbers is zero or too large for P-256, far fewer for P-384.
        if let Ok(secret) = SecretKey::from_bytes(&random) {
            return Ok(secret);
        }
    }
}

struct NistBegun<C: CurveArithmetic> {
    name: NamedGroup,
    secret: SecretKey<C>,
    public: Vec<u8>,
}

impl<C> ActiveKeyExchange for NistBegun<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // TLS knows no compressed points (RFC 8446, section 4.2.8.2).
        let point = Some(peer).filter(|peer| peer.len() == self.public.len());
        let point = point.and_then(|point| PublicKey::<C>::from_sec1_bytes(point).ok());
        let point = point.ok_or(PeerMisbehaved::InvalidKeyShare)?;
        let shared = diffie_hellman(self.secret.to_nonzero_scalar(), point.as_affine());
        Ok(SharedSecret::from(&shared.raw_secret_bytes()[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_each_group_come_to_the_same_secret() {
        for group in ALL {
            let (one, other) = (group.start().unwrap(), group.start().unwrap());
            let (to_one, to_other) = (other.pub_key().to_vec(), one.pub_key().to_vec());
            assert_ne!(to_one, to_other, "{group:?}");
            let (one, other) = (one.complete(&to_one).unwrap(), other.complete(&to_other).unwrap());
            assert_eq!(one.secret_bytes(), other.secret_bytes(), "{group:?}");
        }
    }

    #[test]
    fn a_peers_share_that_is_none_is_refused() {
        for group in ALL {
            let good = group.start().unwrap().pub_key().to_vec();
            let zeros = vec![0; good.len()];
            let mut off_the_curve = good.clone();
            *off_the_curve.last_mut().unwrap() ^= 1;
            let compressed = [&[2], &good[1..1 + good.len() / 2]].concat();
            let mut wrong = vec![zeros, good[1..].to_vec(), [&good[..], &[0]].concat(), Vec::new()];
            // Of X25519, every number is a point.
            if group.name() != NamedGroup::X25519 {
                wrong.extend([off_the_curve, compressed]);
            }
            for share in wrong {
                assert!(group.start().unwrap().complete(&share).is_err(), "{group:?}: {share:?}");
            }
        }
    }
}
