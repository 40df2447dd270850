//! The security layer of DIGEST-MD5 (RFC 2831, section 2.4): each piece is encrypted with a MAC of its own and of its number.

use std::fmt;

use bytes::{BufMut, BytesMut};
use hmac::Hmac;
use hmac::digest::{Key, KeyInit, Mac};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::cipher::{Cipher, Crypt};
use crate::transport::SecurityLayer;

/// How long a piece may be that the server sends: what libvirt's own client says.
pub(super) const MAXBUF: usize = 65_536;

/// The MAC's bytes that are sent.
const MAC: usize = 10;
/// Behind each piece: version and number.
const TRAILER: usize = 6;
const VERSION: u16 = 1;
/// What protection adds to a piece, at most, as libsasl reckons: padding, MAC, version and number, and one.
pub(super) const OVERHEAD: usize = 8 + MAC + TRAILER + 1;

const CLIENT_SEALS: &[u8] = b"Digest H(A1) to client-to-server sealing key magic constant";
const SERVER_SEALS: &[u8] = b"Digest H(A1) to server-to-client sealing key magic constant";
const CLIENT_SIGNS: &[u8] = b"Digest session key to client-to-server signing key magic constant";
const SERVER_SIGNS: &[u8] = b"Digest session key to server-to-client signing key magic constant";

/// Encryption with a MAC, in both directions.
pub(super) struct Confidential {
    block: usize,
    plain_max: usize,
    sent: Direction,
    received: Direction,
}

/// One direction: its keys, and how many pieces went there.
struct Direction {
    crypt: Box<dyn Crypt>,
    signing: Zeroizing<[u8; 16]>,
    number: u32,
}

impl Confidential {
    /// The layer of a session (`H(A1)`), with a server that takes pieces of `maxbuf` bytes.
    pub(super) fn new(cipher: Cipher, session: &[u8; 16], maxbuf: usize) -> Self {
        Self::with(cipher, session, maxbuf, [CLIENT_SEALS, CLIENT_SIGNS, SERVER_SEALS, SERVER_SIGNS])
    }

    /// The other end of the same.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of_server(cipher: Cipher, session: &[u8; 16], maxbuf: usize) -> Self {
        Self::with(cipher, session, maxbuf, [SERVER_SEALS, SERVER_SIGNS, CLIENT_SEALS, CLIENT_SIGNS])
    }

    fn with(cipher: Cipher, session: &[u8; 16], maxbuf: usize, words: [&[u8]; 4]) -> Self {
        let [sealing, signing, opening, checking] = words;
        let seed = session.get(..cipher.key_bytes()).unwrap_or(session);
        let direction = |crypt, word| Direction { crypt, signing: key(session, word), number: 0 };
        Self {
            block: cipher.block(),
            plain_max: maxbuf.min(MAXBUF).saturating_sub(OVERHEAD),
            sent: direction(cipher.sealing(&key(seed, sealing)), signing),
            received: direction(cipher.opening(&key(seed, opening)), checking),
        }
    }
}

fn key(seed: &[u8], word: &[u8]) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(Md5::new().chain_update(seed).chain_update(word).finalize().into())
}

impl Direction {
    /// The MAC of a piece, by its number and content.
    fn mac(&self, content: &[u8]) -> Hmac<Md5> {
        let mut padded = Zeroizing::new(Key::<Hmac<Md5>>::default());
        padded.iter_mut().zip(self.signing.iter()).for_each(|(to, from)| *to = *from);
        Hmac::new(&padded).chain_update(self.number.to_be_bytes()).chain_update(content)
    }
}

impl SecurityLayer for Confidential {
    fn plain_max(&self) -> usize {
        self.plain_max
    }

    fn protected_max(&self) -> usize {
        MAXBUF
    }

    fn protect(&mut self, plain: &[u8], out: &mut BytesMut) {
        let mac = self.sent.mac(plain).finalize().into_bytes();
        let start = out.len();
        out.put_slice(plain);
        if self.block > 1 {
            // A whole block where none is needed: the last byte always says how many there are.
            let count = self.block - (plain.len() + MAC) % self.block;
            out.put_bytes(u8::try_from(count).unwrap_or_default(), count);
        }
        out.put_slice(mac.get(..MAC).unwrap_or_default());
        self.sent.crypt.apply(out.get_mut(start..).unwrap_or_default());
        out.put_u16(VERSION);
        out.put_u32(self.sent.number);
        self.sent.number = self.sent.number.wrapping_add(1);
    }

    fn open(&mut self, piece: &mut BytesMut) -> Option<()> {
        let trailer = piece.split_off(piece.len().checked_sub(TRAILER)?);
        let expected = [&VERSION.to_be_bytes()[..], &self.received.number.to_be_bytes()].concat();
        if trailer != expected || piece.len() % self.block != 0 {
            return None;
        }
        self.received.crypt.apply(piece);
        let mac = piece.split_off(piece.len().checked_sub(MAC)?);
        if self.block > 1 {
            let count = usize::from(*piece.last()?);
            let padding = piece.split_off(piece.len().checked_sub(count)?);
            if !(1..=self.block).contains(&count) || padding.iter().any(|byte| usize::from(*byte) != count) {
                return None;
            }
        }
        self.received.mac(piece).verify_truncated_left(&mac).ok()?;
        self.received.number = self.received.number.wrapping_add(1);
        Some(())
    }
}

/// Not the keys.
impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confidential {{ {} sent, {} received }}", self.sent.number, self.received.number)
    }
}
