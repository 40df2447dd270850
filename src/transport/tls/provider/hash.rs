//! Hashes, and HMAC over them.

use std::marker::PhantomData;

use hmac::SimpleHmac;
use hmac::digest::block_api::BlockSizeUser;
use hmac::digest::{Digest, KeyInit, Mac};
use tokio_rustls::rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use tokio_rustls::rustls::crypto::hmac::{Hmac, Key, Tag};

/// A hash of TLS: SHA-256 or SHA-384.
pub(super) trait Sha: Digest + BlockSizeUser + Clone + Send + Sync + 'static {
    const NAME: HashAlgorithm;
}

impl Sha for sha2::Sha256 {
    const NAME: HashAlgorithm = HashAlgorithm::SHA256;
}

impl Sha for sha2::Sha384 {
    const NAME: HashAlgorithm = HashAlgorithm::SHA384;
}

/// Hashes by `D`.
pub(super) struct By<D>(PhantomData<fn() -> D>);

impl<D: 'static> By<D> {
    pub(super) const HERE: &'static Self = &Self(PhantomData);
}

impl<D: Sha> Hash for By<D> {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(D::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&D::digest(data))
    }

    fn output_len(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn algorithm(&self) -> HashAlgorithm {
        D::NAME
    }
}

struct Running<D>(D);

impl<D: Sha> Context for Running<D> {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Running(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

impl<D: Sha> Hmac for By<D> {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        #[expect(
            clippy::expect_used,
            reason = "the trait knows no failure, and RFC 2104 no key that is none"
        )]
        let keyed = SimpleHmac::<D>::new_from_slice(key).expect("HMAC takes keys of every length");
        Box::new(Keyed(keyed))
    }

    fn hash_output_len(&self) -> usize {
        <D as Digest>::output_size()
    }
}

struct Keyed<D: Sha>(SimpleHmac<D>);

impl<D: Sha> Key for Keyed<D> {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut hmac = self.0.clone();
        hmac.update(first);
        middle.iter().for_each(|part| hmac.update(part));
        hmac.update(last);
        Tag::new(&hmac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        <D as Digest>::output_size()
    }
}
