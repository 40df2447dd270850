//! The ciphers of DIGEST-MD5 (RFC 2831, section 2.4), as libsasl does them: one long stream, or one long chain of blocks,
//! over all pieces. Only those that libvirt takes on plain TCP: 56 bits and more, which leaves out `des` (55) and `rc4-40`.

use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use des::TdesEde2;
use rc4::Rc4;
use zeroize::Zeroizing;

/// A block of DES.
const BLOCK: usize = 8;

/// The ciphers, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cipher {
    Rc4,
    TripleDes,
    Rc4Of56,
}

impl Cipher {
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        [Self::Rc4, Self::TripleDes, Self::Rc4Of56]
            .into_iter()
            .find(|cipher| name.eq_ignore_ascii_case(cipher.name().as_bytes()))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rc4 => "rc4",
            Self::TripleDes => "3des",
            Self::Rc4Of56 => "rc4-56",
        }
    }

    /// How many bytes of the session's hash its key is made of.
    pub(super) fn key_bytes(self) -> usize {
        if self == Self::Rc4Of56 { 7 } else { 16 }
    }

    /// How long a piece is to be a multiple of.
    pub(super) fn block(self) -> usize {
        if self == Self::TripleDes { BLOCK } else { 1 }
    }

    pub(super) fn sealing(self, key: &[u8; 16]) -> Box<dyn Crypt> {
        match self {
            Self::Rc4 | Self::Rc4Of56 => Box::new(stream(key)),
            Self::TripleDes => {
                let (key, iv) = schedule(key);
                Box::new(cbc::Encryptor::<TdesEde2>::new((&*key).into(), (&iv).into()))
            }
        }
    }

    pub(super) fn opening(self, key: &[u8; 16]) -> Box<dyn Crypt> {
        match self {
            Self::Rc4 | Self::Rc4Of56 => Box::new(stream(key)),
            Self::TripleDes => {
                let (key, iv) = schedule(key);
                Box::new(cbc::Decryptor::<TdesEde2>::new((&*key).into(), (&iv).into()))
            }
        }
    }
}

/// A cipher in one direction, with all that it has seen so far.
pub(super) trait Crypt: Send {
    /// Works in place on a whole number of blocks; what is left over stays as it is.
    fn apply(&mut self, bytes: &mut [u8]);
}

impl Crypt for Rc4 {
    fn apply(&mut self, bytes: &mut [u8]) {
        self.apply_keystream(bytes);
    }
}

impl Crypt for cbc::Encryptor<TdesEde2> {
    fn apply(&mut self, bytes: &mut [u8]) {
        for block in bytes.chunks_exact_mut(BLOCK).flat_map(TryInto::try_into) {
            self.encrypt_block(block);
        }
    }
}

impl Crypt for cbc::Decryptor<TdesEde2> {
    fn apply(&mut self, bytes: &mut [u8]) {
        for block in bytes.chunks_exact_mut(BLOCK).flat_map(TryInto::try_into) {
            self.decrypt_block(block);
        }
    }
}

/// RC4 goes round its key: twice the key is the same key, and has the length that its type wants.
fn stream(key: &[u8; 16]) -> Rc4 {
    let mut twice = Zeroizing::new([0; 32]);
    twice.iter_mut().zip(key.iter().cycle()).for_each(|(to, from)| *to = *from);
    Rc4::new((&*twice).into())
}

/// Two keys of 56 bits with room for parity, and the first vector: the last 8 bytes, which the keys use as well.
fn schedule(key: &[u8; 16]) -> (Zeroizing<[u8; 16]>, [u8; BLOCK]) {
    let number = u128::from_be_bytes(*key);
    let mut keys = Zeroizing::new([0; 16]);
    for (at, byte) in keys.iter_mut().enumerate() {
        // Seven bits each, from the highest on, and the parity bit is of no account.
        let [.., bits] = (number >> (120 - 7 * at)).to_be_bytes();
        *byte = bits & 0xfe;
    }
    let [.., a, b, c, d, e, f, g, h] = *key;
    (keys, [a, b, c, d, e, f, g, h])
}
