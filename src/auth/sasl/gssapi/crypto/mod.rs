//! Kerberos' ciphers: AES with ciphertext stealing and a MAC, by the keys that RFC 3961 and RFC 8009 derive for each usage.
//! Knows no message.
//!
//! Sources: RFC 3961 (sections 5.1 and 5.3), RFC 3962, RFC 8009.

mod cipher;

use std::fmt;

use hmac::Hmac;
use hmac::digest::{Key as HmacKey, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use self::cipher::{Cipher, n_fold};
use crate::error::{Error, ErrorKind, Result};

/// A block of AES, and the random one that each message begins with.
pub(super) const BLOCK: usize = 16;

/// What encryption adds to a message, at most: the random block and the longest MAC.
pub(super) const OVERHEAD: usize = BLOCK + 24;

pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// The encryption types that are neither broken nor retired (RFC 6649, RFC 8429).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Etype {
    Aes256Sha384,
    Aes256Sha1,
    Aes128Sha256,
    Aes128Sha1,
}

impl Etype {
    /// All of them, the strongest first.
    pub(super) const ALL: [Self; 4] =
        [Self::Aes256Sha384, Self::Aes256Sha1, Self::Aes128Sha256, Self::Aes128Sha1];

    /// The number that Kerberos knows it by.
    pub(super) fn number(self) -> i32 {
        match self {
            Self::Aes128Sha1 => 17,
            Self::Aes256Sha1 => 18,
            Self::Aes128Sha256 => 19,
            Self::Aes256Sha384 => 20,
        }
    }

    /// The number of its checksum.
    pub(super) fn checksum(self) -> i32 {
        match self {
            Self::Aes128Sha1 => 15,
            Self::Aes256Sha1 => 16,
            Self::Aes128Sha256 => 19,
            Self::Aes256Sha384 => 20,
        }
    }

    fn of(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|etype| etype.number() == number)
    }

    /// How long its keys are.
    pub(super) fn key_bytes(self) -> usize {
        if matches!(self, Self::Aes128Sha1 | Self::Aes128Sha256) { 16 } else { 32 }
    }

    /// How much of the hash is sent.
    fn mac_bytes(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes256Sha1 => 12,
            Self::Aes128Sha256 => 16,
            Self::Aes256Sha384 => 24,
        }
    }

    /// How long the key of the MAC is.
    fn mac_key_bytes(self) -> usize {
        if self == Self::Aes256Sha384 { 24 } else { self.key_bytes() }
    }

    /// RFC 8009: the MAC is of what is sent, not of what it means.
    fn is_encrypt_then_mac(self) -> bool {
        matches!(self, Self::Aes128Sha256 | Self::Aes256Sha384)
    }

    fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Bytes {
        Zeroizing::new(match self {
            Self::Aes128Sha1 | Self::Aes256Sha1 => {
                keyed::<Hmac<Sha1>>(key, parts).finalize().into_bytes().to_vec()
            }
            Self::Aes128Sha256 => keyed::<Hmac<Sha256>>(key, parts).finalize().into_bytes().to_vec(),
            Self::Aes256Sha384 => keyed::<Hmac<Sha384>>(key, parts).finalize().into_bytes().to_vec(),
        })
    }

    /// Whether this is the part of the MAC that is sent, in a time that does not tell how much of it is right.
    fn is_hmac(self, key: &[u8], parts: &[&[u8]], claimed: &[u8]) -> bool {
        let verdict = match self {
            Self::Aes128Sha1 | Self::Aes256Sha1 => {
                keyed::<Hmac<Sha1>>(key, parts).verify_truncated_left(claimed)
            }
            Self::Aes128Sha256 => keyed::<Hmac<Sha256>>(key, parts).verify_truncated_left(claimed),
            Self::Aes256Sha384 => keyed::<Hmac<Sha384>>(key, parts).verify_truncated_left(claimed),
        };
        claimed.len() == self.mac_bytes() && verdict.is_ok()
    }
}

/// HMAC pads a key that is shorter than a block with zeros; all of these are.
fn keyed<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> M {
    let mut padded = HmacKey::<M>::default();
    padded.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    parts.iter().fold(<M as KeyInit>::new(&padded), Mac::chain_update)
}

/// A key of one of the known types.
#[derive(Clone)]
pub(super) struct Key {
    etype: Etype,
    bytes: Bytes,
}

impl Key {
    /// A key by the number of its type; a type that is not known is an error that names it.
    pub(super) fn new(number: i32, bytes: Bytes) -> Result<Self> {
        let etype = Etype::of(number).ok_or_else(|| unknown(number))?;
        if bytes.len() != etype.key_bytes() {
            let what = format!("a Kerberos key of type {number} has {} bytes", bytes.len());
            return Err(Error::way(ErrorKind::Protocol, what, None));
        }
        Ok(Self { etype, bytes })
    }

    pub(super) fn etype(&self) -> Etype {
        self.etype
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What encrypts and signs messages of one usage (RFC 4120, section 7.5.1).
    pub(super) fn at(&self, usage: u32) -> Usage {
        let etype = self.etype;
        let derived = |kind, length| self.derived(usage, kind, length);
        Usage {
            etype,
            cipher: Cipher::new(&derived(0xaa, etype.key_bytes())),
            integrity: derived(0x55, etype.mac_key_bytes()),
            checksum: derived(0x99, etype.mac_key_bytes()),
        }
    }

    fn derived(&self, usage: u32, kind: u8, length: usize) -> Bytes {
        let [a, b, c, d] = usage.to_be_bytes();
        let label = [a, b, c, d, kind];
        let mut key = if self.etype.is_encrypt_then_mac() {
            let bits = u32::try_from(length * 8).unwrap_or_default().to_be_bytes();
            self.etype.hmac(&self.bytes, &[&1u32.to_be_bytes(), &label, &[0], &bits])
        } else {
            Cipher::new(&self.bytes).chained(&n_fold(&label, BLOCK), length)
        };
        key.truncate(length);
        key
    }
}

/// Not the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.etype)
    }
}

fn unknown(number: i32) -> Error {
    let name = match number {
        1..=3 => " (single DES)",
        16 => " (triple DES)",
        23 | 24 => " (RC4)",
        25 | 26 => " (Camellia)",
        _ => "",
    };
    let what = format!(
        "Kerberos uses encryption of type {number}{name} here, and virtwire knows AES alone (17 to 20)"
    );
    let advice = "have the realm give the service and its users keys of AES: 'kvno -e aes256-cts SERVICE' shows if it can";
    Error::way(ErrorKind::Unsupported, what, Some(advice.to_owned()))
}

/// A key for one usage in one direction.
pub(super) struct Usage {
    etype: Etype,
    cipher: Cipher,
    integrity: Bytes,
    checksum: Bytes,
}

impl Usage {
    /// Encrypts these parts as one message, which begins with this random block. One part at least is not empty.
    pub(super) fn encrypt(&self, confounder: &[u8; BLOCK], parts: &[&[u8]]) -> Vec<u8> {
        let mut message =
            [&confounder[..]].into_iter().chain(parts.iter().copied()).collect::<Vec<_>>().concat();
        let mut mac = Bytes::default();
        if !self.etype.is_encrypt_then_mac() {
            mac = self.etype.hmac(&self.integrity, &[&message]);
        }
        self.cipher.encrypt(&mut message);
        if self.etype.is_encrypt_then_mac() {
            mac = self.etype.hmac(&self.integrity, &[&[0; BLOCK], &message]);
        }
        mac.truncate(self.etype.mac_bytes());
        message.extend_from_slice(&mac);
        message
    }

    /// Decrypts a message; nothing where it is not one that was encrypted by this key for this usage.
    pub(super) fn decrypt(&self, sealed: &[u8]) -> Option<Bytes> {
        let (message, mac) = sealed.split_at_checked(sealed.len().checked_sub(self.etype.mac_bytes())?)?;
        // Kerberos encrypts nothing that is empty, and a single block is none that can be stolen from.
        if message.len() <= BLOCK {
            return None;
        }
        let is_true = |parts: &[&[u8]]| self.etype.is_hmac(&self.integrity, parts, mac);
        if self.etype.is_encrypt_then_mac() && !is_true(&[&[0; BLOCK], message]) {
            return None;
        }
        let mut message = Zeroizing::new(message.to_vec());
        self.cipher.decrypt(&mut message);
        if !self.etype.is_encrypt_then_mac() && !is_true(&[&message]) {
            return None;
        }
        message.drain(..BLOCK);
        Some(message)
    }

    /// The checksum of these parts as one message.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = self.etype.hmac(&self.checksum, parts);
        mac.truncate(self.etype.mac_bytes());
        std::mem::take(&mut *mac)
    }

    /// Whether this is the checksum of these parts.
    pub(super) fn is_signed(&self, parts: &[&[u8]], claimed: &[u8]) -> bool {
        self.etype.is_hmac(&self.checksum, parts, claimed)
    }

    /// How long a checksum is.
    pub(super) fn signature_bytes(&self) -> usize {
        self.etype.mac_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::cipher::tests::bytes;
    use super::*;

    fn key(number: i32, hex: &str) -> Key {
        Key::new(number, Zeroizing::new(bytes(hex))).unwrap()
    }

    const SHORT: &str = "3705d96080c17728a0e800eab6e0d23c";
    const LONG: &str = "6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52";

    #[test]
    fn keys_are_derived_as_in_rfc_8009() {
        let vectors = [
            (19, SHORT, 0x99, "b31a018a48f54776f403e9a396325dc3"),
            (19, SHORT, 0xaa, "9b197dd1e8c5609d6e67c3e37c62c72e"),
            (19, SHORT, 0x55, "9fda0e56ab2d85e1569a688696c26a6c"),
            (20, LONG, 0x99, "ef5718be86cc84963d8bbb5031e9f5c4ba41f28faf69e73d"),
            (20, LONG, 0xaa, "56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49"),
            (20, LONG, 0x55, "69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f"),
        ];
        for (number, base, kind, derived) in vectors {
            let derived = bytes(derived);
            assert_eq!(*key(number, base).derived(2, kind, derived.len()), derived, "{number} {kind:x}");
        }
    }

    #[test]
    fn messages_are_encrypted_as_in_rfc_8009() {
        let vectors = [
            (
                key(19, SHORT),
                "7bca285e2fd4130fb55b1a5c83bc5b24",
                "84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c",
            ),
            (
                key(20, LONG),
                "b80d3251c1f6471494256ffe712d0b9a",
                "4ed7b37c2bcac8f74f23c1cf07e62bc7b75fb3f637b9f559c7f664f69eab7b6092237526ea0d1f61cb20d69d10f2",
            ),
        ];
        for (key, confounder, sealed) in vectors {
            let confounder = bytes(confounder).try_into().unwrap();
            let plain = [0, 1, 2, 3, 4, 5];
            assert_eq!(key.at(2).encrypt(&confounder, &[&plain[..2], &plain[2..]]), bytes(sealed));
            assert_eq!(*key.at(2).decrypt(&bytes(sealed)).unwrap(), plain);
        }
    }

    #[test]
    fn what_was_changed_cut_or_meant_for_another_usage_is_not_decrypted() {
        for etype in Etype::ALL {
            let key = Key { etype, bytes: Zeroizing::new(vec![7; etype.key_bytes()]) };
            let sealed = key.at(11).encrypt(&[9; BLOCK], &[b"hello"]);
            assert_eq!(**key.at(11).decrypt(&sealed).unwrap(), *b"hello", "{etype:?}");
            assert!(key.at(12).decrypt(&sealed).is_none(), "{etype:?}");
            for at in 0..sealed.len() {
                let mut wrong = sealed.clone();
                wrong[at] ^= 1;
                assert!(key.at(11).decrypt(&wrong).is_none(), "{etype:?} {at}");
                assert!(key.at(11).decrypt(&sealed[..at]).is_none(), "{etype:?} {at}");
            }
        }
    }

    #[test]
    fn a_checksum_is_of_its_message_and_usage_alone() {
        for etype in Etype::ALL {
            let key = Key { etype, bytes: Zeroizing::new(vec![7; etype.key_bytes()]) };
            let signature = key.at(6).sign(&[b"a", b"bc"]);
            assert_eq!(signature.len(), key.at(6).signature_bytes());
            assert!(key.at(6).is_signed(&[b"abc"], &signature), "{etype:?}");
            assert!(!key.at(6).is_signed(&[b"abd"], &signature), "{etype:?}");
            assert!(!key.at(7).is_signed(&[b"abc"], &signature), "{etype:?}");
            assert!(!key.at(6).is_signed(&[b"abc"], &signature[1..]), "{etype:?}");
            assert!(!key.at(6).is_signed(&[b"abc"], b""), "{etype:?}");
        }
    }

    #[test]
    fn types_that_are_not_known_are_refused_by_name() {
        let error = Key::new(23, Zeroizing::new(vec![0; 16])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("type 23 (RC4)"), "{error}");
        assert_eq!(Key::new(18, Zeroizing::new(vec![0; 16])).unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", key(19, SHORT)), "Key(Aes128Sha256)");
    }
}
