//! Proving to a server who this is, and having it prove the same: Kerberos' way of GSSAPI (RFC 4121, section 4.1).

use der::asn1::{Any, GeneralizedTime};
use der::{Decode, Tag, TagNumber, Tagged};
use zeroize::Zeroizing;

use super::crypto::Key;
use super::messages::{
    ApRep, ApReq, Authenticator, Checksum, EncApRepPart, Encrypted, EncryptionKey, KrbError, VERSION, any,
    bits, number, octets, plain, tagged, untagged,
};
use super::ticket::{Principal, Ticket};
use super::tickets::{Clock, stamp};
use super::wrap::Wrapping;
use crate::auth::sasl::mechanism::breach;
use crate::auth::sasl::nonce::random;
use crate::error::{Error, ErrorKind, Result};

/// Kerberos' object identifier, 1.2.840.113554.1.2.2, as DER.
const KERBEROS: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];

/// What kind of message a token holds.
pub(super) const AP_REQ: [u8; 2] = [1, 0];
pub(super) const AP_REP: [u8; 2] = [2, 0];
const ERROR: [u8; 2] = [3, 0];

/// What a key is used for (RFC 4120, section 7.5.1).
pub(super) const AUTHENTICATOR: u32 = 11;
pub(super) const ANSWER: u32 = 12;

/// That the server is to prove itself, in the messages' own way.
const MUTUAL_REQUIRED: [u8; 4] = [0x20, 0, 0, 0];
/// The number of the checksum that is none, but says what GSSAPI wants to say.
const CHECKSUM_OF_GSSAPI: i32 = 0x8003;
/// Both prove themselves; what is repeated or out of order is noticed; signatures, encryption.
const FLAGS: u32 = 0x02 | 0x04 | 0x08 | 0x20 | 0x10;

/// A client that has sent its proof.
#[derive(Debug)]
pub(super) struct Initiator {
    server: Principal,
    session: Key,
    own: Key,
    time: GeneralizedTime,
    micros: u32,
    number: u32,
}

impl Initiator {
    /// The proof that this ticket is ours, and what is to be known of it when the server answers.
    pub(super) fn new(ticket: &Ticket, clock: Clock) -> Result<(Self, Vec<u8>)> {
        let (time, micros) = stamp(clock.now())?;
        let session = ticket.key.clone();
        let mut fresh = Zeroizing::new(random::<32>()?.to_vec());
        fresh.truncate(session.etype().key_bytes());
        let own = Key::new(session.etype().number(), fresh)?;
        // Some servers take the highest bit for a sign.
        let number = u32::from_be_bytes(random()?) >> 2;
        let server = ticket.server.clone();
        let initiator = Self { server, session, own, time, micros, number };
        let message = initiator.message(ticket)?;
        Ok((initiator, framed(AP_REQ, &message)?))
    }

    fn message(&self, ticket: &Ticket) -> Result<Vec<u8>> {
        // No channel binding: libvirt sets none.
        let said = [&16u32.to_le_bytes()[..], &[0; 16], &FLAGS.to_le_bytes()].concat();
        let authenticator = Authenticator {
            version: VERSION,
            realm: ticket.client.realm.clone(),
            client: ticket.client.name.clone(),
            checksum: Some(Checksum { kind: CHECKSUM_OF_GSSAPI, sum: octets(said)? }),
            micros: self.micros,
            time: self.time,
            subkey: Some(EncryptionKey::of(&self.own)),
            number: Some(self.number),
        };
        let authenticator = Zeroizing::new(tagged(number::AUTHENTICATOR, authenticator)?);
        let proof = ApReq {
            version: VERSION,
            number: number::AP_REQ,
            options: bits(MUTUAL_REQUIRED)?,
            ticket: ticket.ticket.clone(),
            authenticator: Encrypted::by(&self.session, AUTHENTICATOR, &authenticator)?,
        };
        tagged(number::AP_REQ, proof)
    }

    /// Checks the server's proof; from then on, both can wrap messages.
    pub(super) fn proven(&self, token: &[u8]) -> Result<Wrapping> {
        let (kind, message) = unframed(token).ok_or_else(|| breach("its answer is no token of Kerberos"))?;
        if kind == ERROR {
            return Err(self.refused(untagged(number::ERROR, &message)));
        }
        let answer: Option<ApRep> = untagged(number::AP_REP, &message).filter(|_| kind == AP_REP);
        let answer = answer.filter(|answer| (answer.version, answer.number) == (VERSION, number::AP_REP));
        let answer = answer.ok_or_else(|| breach("its answer is no proof of Kerberos"))?;
        let part = answer.part.opened(&self.session, ANSWER).ok_or_else(|| self.impostor())?;
        let part: EncApRepPart = untagged(number::ENC_AP_REP_PART, &part)
            .ok_or_else(|| breach("its proof cannot be understood"))?;
        if (part.time, part.micros) != (self.time, self.micros) {
            return Err(self.impostor());
        }
        let number = part.number.unwrap_or_default();
        // Some write the number with a sign.
        let number = u32::try_from(number & 0xffff_ffff).unwrap_or_default();
        let theirs = part.subkey.map(EncryptionKey::key).transpose()?;
        Ok(match theirs {
            Some(key) => Wrapping::new(&key, true, self.number, number),
            None => Wrapping::new(&self.own, false, self.number, number),
        })
    }

    fn impostor(&self) -> Error {
        let what = format!("the server could not prove that it is {}", self.server);
        let advice = "it may not be the server that you mean: nothing was said to it but who you are";
        Error::way(ErrorKind::Protocol, what, Some(advice.to_owned()))
    }

    fn refused(&self, error: Option<KrbError>) -> Error {
        let Some(error) = error else { return breach("its error cannot be understood") };
        let text = error.text.map(|text| format!(" ({text})")).unwrap_or_default();
        let what =
            format!("the server does not take the ticket for {}: error {}{text}", self.server, error.code);
        let advice =
            "is its keytab (/etc/libvirt/krb5.tab) the one that the realm has for it, and its clock right?";
        Error::way(ErrorKind::Denied, what, Some(advice.to_owned()))
    }
}

/// A message as a token that says whose it is (RFC 2743, section 3.1).
pub(super) fn framed(kind: [u8; 2], message: &[u8]) -> Result<Vec<u8>> {
    let body = [&KERBEROS[..], &kind, message].concat();
    let tag = Tag::Application { constructed: true, number: TagNumber(0) };
    plain(&any(tag, body)?)
}

pub(super) fn unframed(token: &[u8]) -> Option<([u8; 2], Vec<u8>)> {
    let token = Any::from_der(token).ok()?;
    if token.tag() != (Tag::Application { constructed: true, number: TagNumber(0) }) {
        return None;
    }
    let (kind, message) = token.value().strip_prefix(&KERBEROS)?.split_first_chunk()?;
    Some((*kind, message.to_vec()))
}
