//! SCRAM (RFC 5802, RFC 7677) with SHA-1, SHA-256 and SHA-512, without channel binding: libvirt's servers know none.
//!
//! The password is sent on as it was typed. RFC 5802 wants it prepared by SASLprep; libvirt's servers all use Cyrus SASL,
//! which prepares it on neither side: so a password that preparation changes would be refused.

#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::Hmac;
use hmac::digest::{Digest, Key, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::mechanism::{Mechanism, breach, impostor};
use super::nonce::nonce;
use crate::auth::Credentials;
use crate::error::{Error, ErrorKind, Result};

/// How many rounds of hashing a server may ask for. Fewer (RFC 5802, section 5.1, and libsasl's own number) would let
/// whoever plays the server guess passwords from one proof; most take half a second.
const ROUNDS: RangeInclusive<u32> = 4096..=1_000_000;

/// The longest salt in bytes; libsasl's has 16.
const SALT_MAX: usize = 1024;

/// "No channel binding, no other identity", and the same as base64.
const HEADER: &str = "n,,";
const HEADER_BASE64: &str = "biws";

type Bytes = Zeroizing<Vec<u8>>;

/// The hash that a SCRAM is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn digest(self, data: &[u8]) -> Bytes {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        })
    }

    fn hmac(self, key: &[u8], data: &[u8]) -> Bytes {
        Zeroizing::new(match self {
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, data).finalize().into_bytes().to_vec(),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, data).finalize().into_bytes().to_vec(),
            Self::Sha512 => keyed::<Hmac<Sha512>>(key, data).finalize().into_bytes().to_vec(),
        })
    }

    fn is_hmac(self, key: &[u8], data: &[u8], claimed: &[u8]) -> bool {
        let verdict = match self {
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, data).verify_slice(claimed),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, data).verify_slice(claimed),
            Self::Sha512 => keyed::<Hmac<Sha512>>(key, data).verify_slice(claimed),
        };
        verdict.is_ok()
    }

    /// "Hi" of RFC 5802: PBKDF2 with one block.
    fn salted(self, password: &[u8], salt: &[u8], rounds: u32) -> Bytes {
        let mut salted = self.digest(b"");
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut salted),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut salted),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut salted),
        }
        salted
    }
}

/// HMAC pads a key that is shorter than a block with zeros; all of these are.
fn keyed<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> M {
    let mut padded = Zeroizing::new(Key::<M>::default());
    padded.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = M::new(&padded);
    mac.update(data);
    mac
}

/// A client's side of SCRAM.
pub(super) struct Scram {
    hash: Hash,
    login: Credentials,
    nonce: String,
    state: State,
}

enum State {
    /// The first message was made, and the server's first is to come.
    First {
        bare: String,
    },
    /// The proof was made, and the server's is to come.
    Proof {
        server_key: Bytes,
        signed: String,
    },
    Done,
}

impl Scram {
    pub(super) fn new(hash: Hash, login: &Credentials) -> Result<Self> {
        Ok(Self::with_nonce(hash, login, nonce()?))
    }

    fn with_nonce(hash: Hash, login: &Credentials, nonce: String) -> Self {
        let name = login.authname.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={name},r={nonce}");
        Self { hash, login: login.clone(), nonce, state: State::First { bare } }
    }

    /// Answers the salt by a proof.
    fn prove(&self, bare: &str, message: &str) -> Result<(State, String)> {
        let challenge = Challenge::read(message, &self.nonce)?;
        let hash = self.hash;
        let salted = hash.salted(self.login.password.as_bytes(), &challenge.salt, challenge.rounds);
        let client_key = hash.hmac(&salted, b"Client Key");
        let server_key = hash.hmac(&salted, b"Server Key");
        let without_proof = format!("c={HEADER_BASE64},r={}", challenge.nonce);
        let signed = format!("{bare},{message},{without_proof}");
        let mut proof = hash.hmac(&hash.digest(&client_key), signed.as_bytes());
        proof.iter_mut().zip(client_key.iter()).for_each(|(byte, key)| *byte ^= key);
        let answer = format!("{without_proof},p={}", BASE64.encode(&*proof));
        Ok((State::Proof { server_key, signed }, answer))
    }
}

impl Mechanism for Scram {
    fn start(&mut self) -> Option<Bytes> {
        let State::First { bare } = &self.state else { return None };
        Some(Zeroizing::new(format!("{HEADER}{bare}").into_bytes()))
    }

    fn step(&mut self, message: &[u8]) -> Result<Bytes> {
        let message = std::str::from_utf8(message).map_err(|_| breach("its message is not UTF-8"))?;
        match &self.state {
            State::First { bare } => {
                let (state, answer) = self.prove(bare, message)?;
                self.state = state;
                Ok(Zeroizing::new(answer.into_bytes()))
            }
            State::Proof { server_key, signed } => {
                let signature = signature(message)?;
                if !self.hash.is_hmac(server_key, signed.as_bytes(), &signature) {
                    return Err(impostor());
                }
                self.state = State::Done;
                Ok(Bytes::default())
            }
            State::Done => Err(breach("it goes on after its proof")),
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }
}

/// The server's first message.
struct Challenge<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    rounds: u32,
}

impl<'a> Challenge<'a> {
    fn read(message: &'a str, ours: &str) -> Result<Self> {
        let mut attributes = message.split(',');
        let mut next = |name: &str| {
            let value = attributes.next().and_then(|attribute| attribute.strip_prefix(name));
            value.ok_or_else(|| breach(&format!("its first message lacks '{name}'")))
        };
        let (nonce, salt, rounds) = (next("r=")?, next("s=")?, next("i=")?);
        if nonce.strip_prefix(ours).is_none_or(str::is_empty) {
            return Err(breach("its answer is not to our message"));
        }
        let salt = BASE64.decode(salt).ok().filter(|salt| (1..=SALT_MAX).contains(&salt.len()));
        let salt = salt.ok_or_else(|| breach("its salt is none"))?;
        let rounds: Option<u32> = rounds.parse().ok().filter(|_| !rounds.starts_with('+'));
        let rounds = rounds.ok_or_else(|| breach("its number of rounds is none"))?;
        if !ROUNDS.contains(&rounds) {
            let (least, most) = (ROUNDS.start(), ROUNDS.end());
            return Err(breach(&format!(
                "it asks for {rounds} rounds of hashing; {least} to {most} are done"
            )));
        }
        Ok(Self { nonce, salt, rounds })
    }
}

/// The signature in the server's last message.
fn signature(message: &str) -> Result<Vec<u8>> {
    let first = message.split(',').next().unwrap_or_default();
    if let Some(error) = first.strip_prefix("e=") {
        let what = format!("authentication failed: {}", error.escape_debug());
        return Err(Error::way(ErrorKind::Denied, what, None));
    }
    let signature = first.strip_prefix("v=").and_then(|signature| BASE64.decode(signature).ok());
    signature.ok_or_else(|| breach("its last message has no signature"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "rOprNGfwEbeRWgbNEkqO";

    fn scram(hash: Hash, nonce: &str) -> Scram {
        Scram::with_nonce(hash, &Credentials::new("user", "pencil"), nonce.to_owned())
    }

    /// The exchange of RFC 7677, section 3, as far as the server's first message.
    fn sha256() -> (Scram, String) {
        let scram = scram(Hash::Sha256, CLIENT);
        let nonce = format!("{CLIENT}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        (scram, format!("r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn sha_256_speaks_as_rfc_7677_does() {
        let (mut scram, first) = sha256();
        assert_eq!(text(&scram.start().unwrap()), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let proof = scram.step(first.as_bytes()).unwrap();
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(text(&proof), expected);
        assert!(!scram.is_done());
        scram.step(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
        assert!(scram.is_done());
    }

    #[test]
    fn sha_1_speaks_as_rfc_5802_does() {
        let mut scram = scram(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(text(&scram.start().unwrap()), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let nonce = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
        let proof = scram.step(format!("r={nonce},s=QSXCR+Q6sek8bf92,i=4096").as_bytes()).unwrap();
        assert_eq!(text(&proof), format!("c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
        scram.step(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap();
        assert!(scram.is_done());
    }

    #[test]
    fn a_name_keeps_its_commas_and_equals_signs() {
        let mut scram = Scram::with_nonce(Hash::Sha1, &Credentials::new("a=b,c", "x"), "N".to_owned());
        assert_eq!(text(&scram.start().unwrap()), "n,,n=a=3Db=2Cc,r=N");
    }

    #[test]
    fn a_wrong_signature_is_no_proof() {
        for last in ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=6rriTRBi23WpRR/wtup+mMhUZUk=", "v="]
        {
            let (mut scram, first) = sha256();
            scram.step(first.as_bytes()).unwrap();
            let error = scram.step(last.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{last}");
            assert!(!scram.is_done(), "{last}");
        }
    }

    #[test]
    fn a_servers_own_error_is_a_refusal() {
        let (mut scram, first) = sha256();
        scram.step(first.as_bytes()).unwrap();
        let error = scram.step(b"e=invalid-proof\x1b").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
        assert_eq!(error.to_string(), "authentication failed: invalid-proof\\u{1b}");
    }

    #[test]
    fn a_first_message_that_is_none_is_an_error() {
        let messages = [
            "".to_owned(),
            "r=".to_owned(),
            format!("r={CLIENT},s=QQ==,i=4096"),
            "r=another,s=QQ==,i=4096".to_owned(),
            format!("m=x,r={CLIENT}x,s=QQ==,i=4096"),
            format!("r={CLIENT}x,s=,i=4096"),
            format!("r={CLIENT}x,s=!,i=4096"),
            format!("r={CLIENT}x,s=QQ==,i"),
            format!("r={CLIENT}x,s=QQ==,i=0"),
            format!("r={CLIENT}x,s=QQ==,i=4095"),
            format!("r={CLIENT}x,s=QQ==,i=+4096"),
            format!("r={CLIENT}x,s=QQ==,i=-1"),
            format!("r={CLIENT}x,s=QQ==,i=1000001"),
            format!("r={CLIENT}x,s=QQ==,i=99999999999999999999"),
            format!("r={CLIENT}x,s={},i=4096", BASE64.encode([0; SALT_MAX + 1])),
        ];
        for message in messages {
            let error = scram(Hash::Sha256, CLIENT).step(message.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{message}");
        }
        assert!(scram(Hash::Sha1, CLIENT).step(b"\xff").is_err());
    }
}
