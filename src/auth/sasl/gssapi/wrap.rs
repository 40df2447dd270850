//! Wrapped messages (RFC 4121, section 4.2): signed or encrypted, each with its number; and the security layer made of them.

use std::fmt;

use bytes::{BufMut, BytesMut};
use zeroize::Zeroizing;

use super::crypto::{self, BLOCK, Bytes, Key, Usage};
use crate::auth::sasl::nonce::random;
use crate::error::Result;
use crate::transport::SecurityLayer;

/// How long a protected piece may be that the server sends.
pub(super) const MAXBUF: u32 = 65_536;

/// What stands before each message: its kind, flags, a filler, two counts, its number.
const HEADER: usize = 16;
const KIND: [u8; 2] = [5, 4];
const FILLER: u8 = 0xff;

/// What encryption adds to a piece, at most.
pub(super) const OVERHEAD: usize = 2 * HEADER + crypto::OVERHEAD;

/// Flags.
const BY_ACCEPTOR: u8 = 1;
const SEALED: u8 = 2;
const ACCEPTORS_KEY: u8 = 4;

/// What a key is used for (RFC 4121, section 2): to wrap, by either side.
const ACCEPTOR_SEALS: u32 = 22;
const INITIATOR_SEALS: u32 = 24;

/// Both directions of a context.
pub(super) struct Wrapping {
    sent: Direction,
    received: Direction,
}

struct Direction {
    usage: Usage,
    flags: u8,
    number: u64,
}

impl Direction {
    fn header(&self, sealed: u8, extra: u16, turned: u16) -> [u8; HEADER] {
        let [[e, x], [t, u]] = [extra.to_be_bytes(), turned.to_be_bytes()];
        let [n1, n2, n3, n4, n5, n6, n7, n8] = self.number.to_be_bytes();
        let [k1, k2] = KIND;
        [k1, k2, self.flags | sealed, FILLER, e, x, t, u, n1, n2, n3, n4, n5, n6, n7, n8]
    }
}

impl Wrapping {
    /// What a client wraps by, and how it numbers its own messages and those of the server.
    pub(super) fn new(key: &Key, is_acceptors: bool, own: u32, theirs: u32) -> Self {
        let flags = if is_acceptors { ACCEPTORS_KEY } else { 0 };
        let direction =
            |usage, flags, number: u32| Direction { usage: key.at(usage), flags, number: number.into() };
        Self {
            sent: direction(INITIATOR_SEALS, flags, own),
            received: direction(ACCEPTOR_SEALS, flags | BY_ACCEPTOR, theirs),
        }
    }

    /// The other end of the same.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of_server(key: &Key, is_acceptors: bool, own: u32, theirs: u32) -> Self {
        let Self { sent, received } = Self::new(key, is_acceptors, theirs, own);
        Self { sent: received, received: sent }
    }

    /// Signs a message that may be read.
    pub(super) fn sign(&mut self, plain: &[u8]) -> Vec<u8> {
        let signature = self.sent.usage.sign(&[plain, &self.sent.header(0, 0, 0)]);
        let extra = u16::try_from(signature.len()).unwrap_or_default();
        let token = [&self.sent.header(0, extra, 0), plain, &signature].concat();
        self.sent.number = self.sent.number.wrapping_add(1);
        token
    }

    /// Encrypts a message.
    pub(super) fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        let header = self.sent.header(SEALED, 0, 0);
        let sealed = self.sent.usage.encrypt(&random::<BLOCK>()?, &[plain, &header]);
        self.sent.number = self.sent.number.wrapping_add(1);
        Ok([&header[..], &sealed].concat())
    }

    /// Checks and opens the server's next message: what it says, and whether it was encrypted.
    pub(super) fn open(&mut self, token: &[u8]) -> Option<(Bytes, bool)> {
        let (header, body) = token.split_first_chunk::<HEADER>()?;
        let [_, _, flags, _, e, x, t, u, ..] = *header;
        let (extra, turned) = (u16::from_be_bytes([e, x]), u16::from_be_bytes([t, u]));
        let sealed = flags & SEALED;
        if *header != self.received.header(sealed, extra, turned) || body.is_empty() {
            return None;
        }
        let mut body = Zeroizing::new(body.to_vec());
        let count = usize::from(turned) % body.len();
        body.rotate_left(count);
        let extra = usize::from(extra);
        let plain = if sealed == 0 { self.signed(&body, extra) } else { self.sealed(&body, extra) }?;
        self.received.number = self.received.number.wrapping_add(1);
        Some((plain, sealed != 0))
    }

    fn signed(&self, body: &[u8], extra: usize) -> Option<Bytes> {
        let usage = &self.received.usage;
        let (plain, signature) = body.split_at_checked(body.len().checked_sub(usage.signature_bytes())?)?;
        let is_true = usage.is_signed(&[plain, &self.received.header(0, 0, 0)], signature);
        (is_true && extra == signature.len()).then(|| Zeroizing::new(plain.to_vec()))
    }

    /// Inside stand the message, filling of `extra` bytes, and the header again.
    fn sealed(&self, body: &[u8], extra: usize) -> Option<Bytes> {
        let mut plain = self.received.usage.decrypt(body)?;
        let end = plain.len().checked_sub(HEADER)?;
        let header = plain.split_off(end);
        let extra_word = u16::try_from(extra).ok()?;
        if header != self.received.header(SEALED, extra_word, 0) {
            return None;
        }
        let length = plain.len().checked_sub(extra)?;
        plain.truncate(length);
        Some(plain)
    }
}

/// Not the keys.
impl fmt::Debug for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrapping {{ next: {} sent, {} received }}", self.sent.number, self.received.number)
    }
}

/// Encryption of everything, with a server that takes pieces of some length.
#[derive(Debug)]
pub(super) struct Confidential {
    pub(super) wrapping: Wrapping,
    /// Most bytes that the server takes as one piece.
    pub(super) maxbuf: usize,
}

impl SecurityLayer for Confidential {
    fn plain_max(&self) -> usize {
        self.maxbuf.min(MAXBUF as usize).saturating_sub(OVERHEAD)
    }

    fn protected_max(&self) -> usize {
        MAXBUF as usize
    }

    fn protect(&mut self, plain: &[u8], out: &mut BytesMut) {
        // A kernel without random numbers: a piece of nothing is sent, which ends the connection.
        if let Ok(sealed) = self.wrapping.seal(plain) {
            out.put_slice(&sealed);
        }
    }

    fn open(&mut self, piece: &mut BytesMut) -> Option<()> {
        let (plain, is_sealed) = self.wrapping.open(piece)?;
        piece.clear();
        piece.put_slice(&plain);
        is_sealed.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::sasl::gssapi::crypto::Etype;

    fn pair(etype: Etype) -> [Wrapping; 2] {
        let key = Key::new(etype.number(), Zeroizing::new(vec![3; etype.key_bytes()])).unwrap();
        [Wrapping::new(&key, true, 5, u32::MAX), Wrapping::of_server(&key, true, u32::MAX, 5)]
    }

    #[test]
    fn messages_come_through_in_both_directions_signed_or_sealed() {
        for etype in Etype::ALL {
            let [mut client, mut server] = pair(etype);
            for _ in 0..3 {
                let signed = client.sign(b"one");
                assert!(signed.windows(3).any(|window| window == b"one"));
                assert_eq!(server.open(&signed), Some((Zeroizing::new(b"one".to_vec()), false)), "{etype:?}");
                let sealed = server.seal(b"two").unwrap();
                assert!(!sealed.windows(3).any(|window| window == b"two"));
                assert_eq!(client.open(&sealed), Some((Zeroizing::new(b"two".to_vec()), true)), "{etype:?}");
            }
        }
    }

    #[test]
    fn what_is_altered_cut_repeated_or_sent_back_is_not_opened() {
        for etype in Etype::ALL {
            for is_sealed in [false, true] {
                let [mut client, mut server] = pair(etype);
                let token = if is_sealed { server.seal(b"hello").unwrap() } else { server.sign(b"hello") };
                for at in 0..token.len() {
                    let mut wrong = token.clone();
                    wrong[at] ^= 0x40;
                    assert!(client.open(&wrong).is_none(), "{etype:?} {at}");
                    assert!(client.open(&token[..at]).is_none(), "{etype:?} {at}");
                }
                assert!(server.open(&token).is_none(), "its own");
                assert!(client.open(&token).is_some());
                assert!(client.open(&token).is_none(), "twice");
                let lost = server.seal(b"lost").unwrap();
                let next = server.seal(b"next").unwrap();
                assert!(client.open(&next).is_none(), "too early");
                assert!(client.open(&lost).is_some() && client.open(&next).is_some());
            }
        }
    }

    #[test]
    fn a_message_may_be_turned_and_filled() {
        let [mut client, mut server] = pair(Etype::Aes128Sha1);
        let signature = server.sent.usage.sign(&[b"hello", &server.sent.header(0, 0, 0)]);
        let mut body = [b"hello", &signature[..]].concat();
        let turned = 28 % body.len();
        body.rotate_right(turned);
        let token = [&server.sent.header(0, 12, 28)[..], &body].concat();
        assert_eq!(**client.open(&token).unwrap().0, *b"hello");
        server.sent.number += 1;
        let header = server.sent.header(SEALED, 3, 0);
        let mut body = server.sent.usage.encrypt(&[1; BLOCK], &[b"hello", b"xxx", &header]);
        body.rotate_right(5);
        let token = [&server.sent.header(SEALED, 3, 5)[..], &body].concat();
        assert_eq!(**client.open(&token).unwrap().0, *b"hello");
        server.sent.number += 1;
        // More filling than there is.
        let header = server.sent.header(SEALED, 9, 0);
        let body = server.sent.usage.encrypt(&[1; BLOCK], &[b"hello", &header]);
        assert!(client.open(&[&header[..], &body].concat()).is_none());
    }

    #[test]
    fn a_layer_takes_what_is_sealed_alone_and_no_piece_is_longer_than_the_server_takes() {
        for etype in Etype::ALL {
            let [wrapping, mut server] = pair(etype);
            let mut layer = Confidential { wrapping, maxbuf: 1000 };
            let mut out = BytesMut::new();
            layer.protect(&vec![9; layer.plain_max()], &mut out);
            assert!((980..=1000).contains(&out.len()), "{etype:?}: {}", out.len());
            assert_eq!(server.open(&out).unwrap().0.len(), layer.plain_max());
            let mut signed = BytesMut::from(&server.sign(b"readable")[..]);
            assert!(layer.open(&mut signed).is_none());
        }
    }
}
