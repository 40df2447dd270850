//! Kerberos' messages as DER, no more of them than a client with a ticket needs. Judges nothing.
//!
//! Source: RFC 4120, sections 5.2 to 5.9.

use std::fmt;

use der::asn1::{Any, Application, BitString, GeneralizedTime, OctetString};
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Sequence, SliceReader, Tag,
    TagMode, TagNumber, Writer,
};
use zeroize::Zeroizing;

use super::crypto::{BLOCK, Key, Usage};
use crate::auth::sasl::nonce::random;
use crate::error::{Error, Result};

/// Kerberos 5.
pub(super) const VERSION: u8 = 5;

/// Numbers of messages, which are their tags as well.
pub(super) mod number {
    pub(in super::super) const AUTHENTICATOR: u8 = 2;
    pub(in super::super) const TGS_REQ: u8 = 12;
    pub(in super::super) const TGS_REP: u8 = 13;
    pub(in super::super) const AP_REQ: u8 = 14;
    pub(in super::super) const AP_REP: u8 = 15;
    pub(in super::super) const ENC_AS_REP_PART: u8 = 25;
    pub(in super::super) const ENC_TGS_REP_PART: u8 = 26;
    pub(in super::super) const ENC_AP_REP_PART: u8 = 27;
    pub(in super::super) const ERROR: u8 = 30;
}

/// The message with its tag around it.
pub(super) fn tagged<T: EncodeValue + FixedTag>(number: u8, value: T) -> Result<Vec<u8>> {
    let message = Application { tag_number: TagNumber(number.into()), tag_mode: TagMode::Explicit, value };
    plain(&message)
}

/// A value by itself.
pub(super) fn plain<T: Encode>(value: &T) -> Result<Vec<u8>> {
    value.to_der().map_err(unwritable)
}

/// Bytes as a message has them.
pub(super) fn octets(bytes: impl Into<Box<[u8]>>) -> Result<OctetString> {
    OctetString::new(bytes).map_err(unwritable)
}

/// Content of any kind.
pub(super) fn any(tag: Tag, content: Vec<u8>) -> Result<Any> {
    Any::new(tag, content).map_err(unwritable)
}

/// Flags as a message has them.
pub(super) fn bits(bytes: [u8; 4]) -> Result<BitString> {
    BitString::from_bytes(&bytes).map_err(unwritable)
}

fn unwritable(error: der::Error) -> Error {
    Error::invalid(format!("a Kerberos message cannot be written: {error}"))
}

/// The message of this number, if that is what the bytes are, and nothing else.
pub(super) fn untagged<T: for<'a> Decode<'a>>(number: u8, bytes: &[u8]) -> Option<T> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let message = Application::<T>::decode_explicit(&mut reader, TagNumber(number.into())).ok()??;
    reader.is_finished().then_some(message.value)
}

/// A name, as Kerberos writes it: bytes, mostly of ASCII.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) Vec<u8>);

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl FixedTag for Text {
    const TAG: Tag = Tag::GeneralString;
}

impl<'a> DecodeValue<'a> for Text {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_vec(header.length()).map(Self)
    }
}

impl EncodeValue for Text {
    fn value_len(&self) -> der::Result<Length> {
        self.0.len().try_into()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(&self.0)
    }
}

/// Bytes that are wiped from memory.
pub(super) struct Secret(pub(super) Zeroizing<Vec<u8>>);

impl FixedTag for Secret {
    const TAG: Tag = Tag::OctetString;
}

impl<'a> DecodeValue<'a> for Secret {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_vec(header.length()).map(|bytes| Self(Zeroizing::new(bytes)))
    }
}

impl EncodeValue for Secret {
    fn value_len(&self) -> der::Result<Length> {
        self.0.len().try_into()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(&self.0)
    }
}

/// As a message may show it.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.0).escape_debug())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Who somebody is within a realm.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Name {
    #[asn1(context_specific = "0")]
    pub(super) kind: i32,
    #[asn1(context_specific = "1")]
    pub(super) parts: Vec<Text>,
}

#[derive(Clone, Debug, Sequence)]
pub(super) struct Encrypted {
    #[asn1(context_specific = "0")]
    pub(super) etype: i32,
    #[asn1(context_specific = "1", optional = "true")]
    pub(super) version: Option<i64>,
    #[asn1(context_specific = "2")]
    pub(super) sealed: OctetString,
}

impl Encrypted {
    /// Encrypts with a random block that was never used before.
    pub(super) fn by(key: &Key, usage: u32, plain: &[u8]) -> Result<Self> {
        let sealed = key.at(usage).encrypt(&random::<BLOCK>()?, &[plain]);
        Ok(Self { etype: key.etype().number(), version: None, sealed: octets(sealed)? })
    }

    /// What was encrypted, where it was by this key for this usage.
    pub(super) fn opened(&self, key: &Key, usage: u32) -> Option<Zeroizing<Vec<u8>>> {
        (self.etype == key.etype().number())
            .then(|| Usage::decrypt(&key.at(usage), self.sealed.as_bytes()))?
    }
}

#[derive(Sequence)]
pub(super) struct EncryptionKey {
    #[asn1(context_specific = "0")]
    pub(super) etype: i32,
    #[asn1(context_specific = "1")]
    pub(super) bytes: Secret,
}

impl EncryptionKey {
    pub(super) fn of(key: &Key) -> Self {
        Self { etype: key.etype().number(), bytes: Secret(Zeroizing::new(key.bytes().to_vec())) }
    }

    pub(super) fn key(self) -> Result<Key> {
        Key::new(self.etype, self.bytes.0)
    }
}

#[derive(Sequence)]
pub(super) struct Checksum {
    #[asn1(context_specific = "0")]
    pub(super) kind: i32,
    #[asn1(context_specific = "1")]
    pub(super) sum: OctetString,
}

#[derive(Sequence)]
pub(super) struct PaData {
    #[asn1(context_specific = "1")]
    pub(super) kind: i32,
    #[asn1(context_specific = "2")]
    pub(super) value: OctetString,
}

#[derive(Sequence)]
pub(super) struct KdcReq {
    #[asn1(context_specific = "1")]
    pub(super) version: u8,
    #[asn1(context_specific = "2")]
    pub(super) number: u8,
    #[asn1(context_specific = "3")]
    pub(super) padata: Vec<PaData>,
    #[asn1(context_specific = "4")]
    pub(super) body: KdcReqBody,
}

#[derive(Sequence)]
pub(super) struct KdcReqBody {
    #[asn1(context_specific = "0")]
    pub(super) options: BitString,
    #[asn1(context_specific = "2")]
    pub(super) realm: Text,
    #[asn1(context_specific = "3")]
    pub(super) server: Name,
    #[asn1(context_specific = "5")]
    pub(super) till: GeneralizedTime,
    #[asn1(context_specific = "7")]
    pub(super) nonce: u32,
    #[asn1(context_specific = "8")]
    pub(super) etypes: Vec<i32>,
}

#[derive(Sequence)]
pub(super) struct KdcRep {
    #[asn1(context_specific = "0")]
    pub(super) version: u8,
    #[asn1(context_specific = "1")]
    pub(super) number: u8,
    #[asn1(context_specific = "2", optional = "true")]
    pub(super) padata: Option<Any>,
    #[asn1(context_specific = "3")]
    pub(super) client_realm: Text,
    #[asn1(context_specific = "4")]
    pub(super) client: Name,
    #[asn1(context_specific = "5")]
    pub(super) ticket: Any,
    #[asn1(context_specific = "6")]
    pub(super) part: Encrypted,
}

/// What only the one who asked can read of an answer.
#[derive(Sequence)]
pub(super) struct EncKdcRepPart {
    #[asn1(context_specific = "0")]
    pub(super) key: EncryptionKey,
    #[asn1(context_specific = "1")]
    pub(super) last_requests: Any,
    #[asn1(context_specific = "2")]
    pub(super) nonce: i64,
    #[asn1(context_specific = "3", optional = "true")]
    pub(super) key_expiration: Option<GeneralizedTime>,
    #[asn1(context_specific = "4")]
    pub(super) flags: BitString,
    #[asn1(context_specific = "5")]
    pub(super) authenticated: GeneralizedTime,
    #[asn1(context_specific = "6", optional = "true")]
    pub(super) start: Option<GeneralizedTime>,
    #[asn1(context_specific = "7")]
    pub(super) end: GeneralizedTime,
    #[asn1(context_specific = "8", optional = "true")]
    pub(super) renew_till: Option<GeneralizedTime>,
    #[asn1(context_specific = "9")]
    pub(super) server_realm: Text,
    #[asn1(context_specific = "10")]
    pub(super) server: Name,
    #[asn1(context_specific = "11", optional = "true")]
    pub(super) addresses: Option<Any>,
    #[asn1(context_specific = "12", optional = "true")]
    pub(super) encrypted_padata: Option<Any>,
}

#[derive(Sequence)]
pub(super) struct ApReq {
    #[asn1(context_specific = "0")]
    pub(super) version: u8,
    #[asn1(context_specific = "1")]
    pub(super) number: u8,
    #[asn1(context_specific = "2")]
    pub(super) options: BitString,
    #[asn1(context_specific = "3")]
    pub(super) ticket: Any,
    #[asn1(context_specific = "4")]
    pub(super) authenticator: Encrypted,
}

/// Proof that the one who sends a ticket has its key.
#[derive(Sequence)]
pub(super) struct Authenticator {
    #[asn1(context_specific = "0")]
    pub(super) version: u8,
    #[asn1(context_specific = "1")]
    pub(super) realm: Text,
    #[asn1(context_specific = "2")]
    pub(super) client: Name,
    #[asn1(context_specific = "3", optional = "true")]
    pub(super) checksum: Option<Checksum>,
    #[asn1(context_specific = "4")]
    pub(super) micros: u32,
    #[asn1(context_specific = "5")]
    pub(super) time: GeneralizedTime,
    #[asn1(context_specific = "6", optional = "true")]
    pub(super) subkey: Option<EncryptionKey>,
    #[asn1(context_specific = "7", optional = "true")]
    pub(super) number: Option<u32>,
}

#[derive(Sequence)]
pub(super) struct ApRep {
    #[asn1(context_specific = "0")]
    pub(super) version: u8,
    #[asn1(context_specific = "1")]
    pub(super) number: u8,
    #[asn1(context_specific = "2")]
    pub(super) part: Encrypted,
}

#[derive(Sequence)]
pub(super) struct EncApRepPart {
    #[asn1(context_specific = "0")]
    pub(super) time: GeneralizedTime,
    #[asn1(context_specific = "1")]
    pub(super) micros: u32,
    #[asn1(context_specific = "2", optional = "true")]
    pub(super) subkey: Option<EncryptionKey>,
    #[asn1(context_specific = "3", optional = "true")]
    pub(super) number: Option<i64>,
}

#[derive(Debug, Sequence)]
pub(super) struct KrbError {
    #[asn1(context_specific = "0")]
    pub(super) version: u8,
    #[asn1(context_specific = "1")]
    pub(super) number: u8,
    #[asn1(context_specific = "2", optional = "true")]
    pub(super) client_time: Option<GeneralizedTime>,
    #[asn1(context_specific = "3", optional = "true")]
    pub(super) client_micros: Option<u32>,
    #[asn1(context_specific = "4")]
    pub(super) time: GeneralizedTime,
    #[asn1(context_specific = "5")]
    pub(super) micros: u32,
    #[asn1(context_specific = "6")]
    pub(super) code: i32,
    #[asn1(context_specific = "7", optional = "true")]
    pub(super) client_realm: Option<Text>,
    #[asn1(context_specific = "8", optional = "true")]
    pub(super) client: Option<Name>,
    #[asn1(context_specific = "9")]
    pub(super) realm: Text,
    #[asn1(context_specific = "10")]
    pub(super) server: Name,
    #[asn1(context_specific = "11", optional = "true")]
    pub(super) text: Option<Text>,
    #[asn1(context_specific = "12", optional = "true")]
    pub(super) data: Option<Any>,
}
