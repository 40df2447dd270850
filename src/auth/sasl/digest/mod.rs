//! DIGEST-MD5 (RFC 2831), with its security layer: on plain TCP libvirt takes it and Kerberos, and nothing else. It is
//! weak by today's measure (RFC 6331 retires it), so it is chosen where nothing stronger is offered.

mod challenge;
mod cipher;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod layer;
#[cfg(test)]
mod tests;

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use self::challenge::{Challenge, Directives, quoted};
use self::cipher::Cipher;
use self::layer::{Confidential, MAXBUF, OVERHEAD};
use super::mechanism::{Mechanism, breach, impostor};
use super::nonce::nonce;
use crate::auth::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::SecurityLayer;

type Hash = Zeroizing<[u8; 16]>;

/// This is the first message to this nonce, and the only one.
const COUNT: &str = "00000001";

/// A client's side of DIGEST-MD5.
pub(super) struct DigestMd5 {
    login: Credentials,
    service: &'static str,
    host: String,
    nonce: String,
    /// Whether all that follows is to be encrypted; else nothing is.
    is_confidential: bool,
    state: State,
}

enum State {
    /// The server's challenge is to come.
    First,
    /// The server's proof is to come.
    Proof {
        proof: String,
        layer: Option<Confidential>,
    },
    Done {
        layer: Option<Confidential>,
    },
}

impl DigestMd5 {
    pub(super) fn new(login: &Credentials, host: &str, is_confidential: bool) -> Result<Self> {
        Ok(Self {
            login: login.clone(),
            service: "libvirt",
            host: host.to_owned(),
            nonce: nonce()?,
            is_confidential,
            state: State::First,
        })
    }

    fn respond(&self, challenge: &Challenge) -> Result<(State, Vec<u8>)> {
        let (qop, cipher) = self.protection(challenge)?;
        let realm = self.realm(challenge);
        let session = self.session(&realm, &challenge.nonce);
        let uri = format!("{}/{}", self.service, self.host);
        let keyed =
            Keyed { session: &session, server: &challenge.nonce, client: &self.nonce, qop, uri: &uri };
        let mut response = Vec::new();
        let mut put = |name: &str, value: &[u8]| {
            let comma: &[u8] = if response.is_empty() { b"" } else { b"," };
            response.extend_from_slice(&[comma, name.as_bytes(), b"=", value].concat());
        };
        put("username", &quoted(self.login.authname.as_bytes()));
        put("realm", &quoted(&realm));
        put("nonce", &quoted(&challenge.nonce));
        put("cnonce", &quoted(self.nonce.as_bytes()));
        put("nc", COUNT.as_bytes());
        put("qop", qop.as_bytes());
        if let Some(cipher) = cipher {
            put("cipher", cipher.name().as_bytes());
            put("maxbuf", MAXBUF.to_string().as_bytes());
        }
        if challenge.is_utf8 {
            put("charset", b"utf-8");
        }
        put("digest-uri", &quoted(uri.as_bytes()));
        put("response", keyed.proof("AUTHENTICATE").as_bytes());
        let layer = cipher.map(|cipher| Confidential::new(cipher, &session, challenge.maxbuf));
        Ok((State::Proof { proof: keyed.proof(""), layer }, response))
    }

    /// What is agreed on: the strongest cipher that both have, or no layer where the way is private already.
    fn protection(&self, challenge: &Challenge) -> Result<(&'static str, Option<Cipher>)> {
        if !self.is_confidential {
            let unfit = || breach("it wants DIGEST-MD5 with a layer where none is needed");
            return if challenge.has_auth { Ok(("auth", None)) } else { Err(unfit()) };
        }
        let cipher = challenge.ciphers.iter().min().filter(|_| challenge.has_conf);
        let cipher = cipher.ok_or_else(|| {
            let what =
                "the server offers DIGEST-MD5 without a cipher of 56 bits or more, which plain TCP wants";
            let advice = "go by qemu+tls:// or qemu+ssh://, or let the host's libsasl offer rc4 or 3des";
            Error::way(ErrorKind::Denied, what, Some(advice.to_owned()))
        })?;
        if challenge.maxbuf <= OVERHEAD {
            return Err(breach(&format!("it takes pieces of {} bytes only", challenge.maxbuf)));
        }
        Ok(("auth-conf", Some(*cipher)))
    }

    /// A server that has one realm decides; of several the user's choice counts, if it is one of them, else the first;
    /// where there is none, the user's choice, else the host.
    fn realm(&self, challenge: &Challenge) -> Vec<u8> {
        let own = self.login.realm.as_ref().map(String::as_bytes);
        let offered = &challenge.realms;
        let chosen = offered.iter().find(|realm| Some(realm.as_slice()) == own).or(offered.first());
        chosen.cloned().unwrap_or_else(|| own.unwrap_or(self.host.as_bytes()).to_vec())
    }

    /// `H(A1)`.
    fn session(&self, realm: &[u8], nonce: &[u8]) -> Hash {
        let (name, password) = (self.login.authname.as_bytes(), self.login.password.as_bytes());
        let secret = hash(&[&latin(name), b":", &latin(realm), b":", &latin(password)]);
        hash(&[&*secret, b":", nonce, b":", self.nonce.as_bytes()])
    }
}

impl Mechanism for DigestMd5 {
    fn start(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    fn step(&mut self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match &mut self.state {
            State::First => {
                let (state, response) = self.respond(&Challenge::read(message)?)?;
                self.state = state;
                Ok(Zeroizing::new(response))
            }
            State::Proof { proof, layer } => {
                if Directives::read(message)?.one("rspauth")? != Some(proof.as_bytes()) {
                    return Err(impostor());
                }
                let layer = layer.take();
                self.state = State::Done { layer };
                Ok(Zeroizing::default())
            }
            State::Done { .. } => Err(breach("it goes on after its proof")),
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.state, State::Done { .. })
    }

    fn layer(self: Box<Self>) -> Option<Box<dyn SecurityLayer>> {
        match self.state {
            State::Done { layer: Some(layer) } => Some(Box::new(layer)),
            _ => None,
        }
    }
}

/// A server's end, for tests that play the server.
#[cfg(test)]
pub(super) struct ServerEnd {
    pub(super) rspauth: String,
    pub(super) layer: Box<dyn SecurityLayer>,
}

#[cfg(test)]
impl ServerEnd {
    pub(super) const CHALLENGE: &str =
        "nonce=\"abc\",realm=\"r\",qop=\"auth-conf\",cipher=\"rc4\",charset=utf-8,algorithm=md5-sess";

    /// What a server answers to a response to its challenge, and its layer from then on.
    pub(super) fn answering(response: &[u8], authname: &str, password: &str) -> Self {
        let directives = Directives::read(response).unwrap();
        let said = |name| String::from_utf8(directives.one(name).unwrap().unwrap().to_vec()).unwrap();
        assert_eq!((said("username").as_str(), said("digest-uri").as_str()), (authname, "libvirt/localhost"));
        let login = Credentials::new(authname, password);
        let client = DigestMd5::new(&login, "localhost", true).unwrap();
        let session = DigestMd5 { nonce: said("cnonce"), ..client }.session(b"r", b"abc");
        let (client, uri) = (said("cnonce"), "libvirt/localhost");
        let keyed = Keyed { session: &session, server: b"abc", client: &client, qop: "auth-conf", uri };
        assert_eq!(said("response"), keyed.proof("AUTHENTICATE"));
        let rspauth = format!("rspauth={}", keyed.proof(""));
        Self { rspauth, layer: Box::new(Confidential::of_server(Cipher::Rc4, &session, MAXBUF)) }
    }
}

/// What both sides' proofs are made of.
struct Keyed<'a> {
    session: &'a Hash,
    server: &'a [u8],
    client: &'a str,
    qop: &'a str,
    uri: &'a str,
}

impl Keyed<'_> {
    /// The client's proof is of the method `AUTHENTICATE`, the server's of none.
    fn proof(&self, method: &str) -> String {
        let Self { session, server, client, qop, uri } = self;
        let body = if *qop == "auth" { String::new() } else { format!(":{}", "0".repeat(32)) };
        let what = hex(&hash(&[format!("{method}:{uri}{body}").as_bytes()]));
        let said = format!(":{COUNT}:{client}:{qop}:{what}");
        hex(&hash(&[hex(session).as_bytes(), b":", server, said.as_bytes()]))
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let md5 = parts.iter().fold(Md5::new(), Md5::chain_update);
    Zeroizing::new(md5.finalize().into())
}

fn hex(bytes: &Hash) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text is hashed in ISO 8859-1 where that has all its characters, else in UTF-8 (RFC 2831, section 2.1.2.1).
fn latin(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let narrow = std::str::from_utf8(text).ok().and_then(|text| {
        text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect::<Option<Vec<u8>>>()
    });
    Zeroizing::new(narrow.unwrap_or_else(|| text.to_vec()))
}
