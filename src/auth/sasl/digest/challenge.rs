//! What a server says first in DIGEST-MD5 (RFC 2831, section 2.1.1), and the syntax of all its messages.

use super::cipher::Cipher;
use crate::auth::sasl::mechanism::breach;
use crate::error::Result;

/// The longest message of a server's.
const LONGEST: usize = 2048;

/// How large a piece is that the server takes, unless it says so.
const MAXBUF: usize = 65_536;
/// The largest that it may say.
const MAXBUF_MOST: usize = 0xff_ffff;

/// The server's first message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realms: Vec<Vec<u8>>,
    pub(super) nonce: Vec<u8>,
    pub(super) has_auth: bool,
    pub(super) has_conf: bool,
    pub(super) ciphers: Vec<Cipher>,
    pub(super) maxbuf: usize,
    pub(super) is_utf8: bool,
}

impl Challenge {
    pub(super) fn read(message: &[u8]) -> Result<Self> {
        let directives = Directives::read(message)?;
        if !directives.one("algorithm")?.is_some_and(|name| name.eq_ignore_ascii_case(b"md5-sess")) {
            return Err(breach("its algorithm is not md5-sess"));
        }
        let nonce = directives.one("nonce")?.filter(|nonce| !nonce.is_empty());
        let nonce = nonce.ok_or_else(|| breach("it sends no nonce"))?;
        let charset = directives.one("charset")?;
        if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case(b"utf-8")) {
            return Err(breach("its charset is not utf-8"));
        }
        let qop = directives.one("qop")?.unwrap_or(b"auth");
        let ciphers = directives.one("cipher")?.unwrap_or_default();
        Ok(Self {
            realms: directives.all("realm").map(<[u8]>::to_vec).collect(),
            nonce: nonce.to_vec(),
            has_auth: words(qop).any(|word| word.eq_ignore_ascii_case(b"auth")),
            has_conf: words(qop).any(|word| word.eq_ignore_ascii_case(b"auth-conf")),
            ciphers: words(ciphers).filter_map(Cipher::named).collect(),
            maxbuf: directives.one("maxbuf")?.map_or(Ok(MAXBUF), maxbuf)?,
            is_utf8: charset.is_some(),
        })
    }
}

fn maxbuf(text: &[u8]) -> Result<usize> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number
        .filter(|number| (17..=MAXBUF_MOST).contains(number))
        .ok_or_else(|| breach("its 'maxbuf' is not a number from 17 to 16777215"))
}

/// The words of a list within one value.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|word| !word.is_empty())
}

/// A message: names and values, in the order in which they came.
pub(super) struct Directives(Vec<(Vec<u8>, Vec<u8>)>);

impl Directives {
    pub(super) fn read(message: &[u8]) -> Result<Self> {
        if message.len() > LONGEST {
            return Err(breach(&format!("its message has {} bytes; {LONGEST} are allowed", message.len())));
        }
        let mut rest = message;
        let mut directives = Vec::new();
        loop {
            rest = rest.trim_ascii_start();
            while let Some(behind) = rest.strip_prefix(b",") {
                rest = behind.trim_ascii_start();
            }
            if rest.is_empty() {
                return Ok(Self(directives));
            }
            let (name, value, behind) = directive(rest).ok_or_else(|| breach("its message is garbled"))?;
            directives.push((name.to_ascii_lowercase(), value));
            rest = behind;
        }
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        let named = self.0.iter().filter(move |(key, _)| key == name.as_bytes());
        named.map(|(_, value)| value.as_slice())
    }

    /// The value of what may be said once at most.
    pub(super) fn one(&self, name: &'static str) -> Result<Option<&[u8]>> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(breach(&format!("it says '{name}' twice"))),
            (value, None) => Ok(value),
        }
    }
}

/// The first `name=value`, and what comes behind its comma.
fn directive(text: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    let (name, value) = text.split_at_checked(equals)?;
    let name = name.trim_ascii_end();
    if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)) {
        return None;
    }
    let value = value.get(1..)?.trim_ascii_start();
    let (value, behind) = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted_string(quoted)?,
        None => {
            let end = value.iter().position(|byte| *byte == b',').unwrap_or(value.len());
            let (token, behind) = value.split_at_checked(end)?;
            (token.trim_ascii_end().to_vec(), behind)
        }
    };
    let behind = behind.trim_ascii_start();
    (behind.is_empty() || behind.starts_with(b",")).then_some((name, value, behind))
}

/// What stands before the closing quote, and what behind it.
fn quoted_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, text.get(at + 1..)?)),
            b'\\' => value.push(*bytes.next()?.1),
            other => value.push(*other),
        }
    }
    None
}

/// A value in quotes.
pub(super) fn quoted(value: &[u8]) -> Vec<u8> {
    let escaped = value.iter().flat_map(|byte| {
        let escape = matches!(byte, b'"' | b'\\').then_some(b'\\');
        escape.into_iter().chain([*byte])
    });
    [b'"'].into_iter().chain(escaped).chain([b'"']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real libvirtd sends on plain TCP, but for its nonce.
    const REAL: &[u8] =
        b"nonce=\"kZ0/+x=\",realm=\"host.example.org\",qop=\"auth-conf\",cipher=\"rc4-56,rc4,3des\",\
                          maxbuf=65536,charset=utf-8,algorithm=md5-sess";

    #[test]
    fn a_real_challenge_is_understood() {
        let challenge = Challenge::read(REAL).unwrap();
        let expected = Challenge {
            realms: vec![b"host.example.org".to_vec()],
            nonce: b"kZ0/+x=".to_vec(),
            has_auth: false,
            has_conf: true,
            ciphers: vec![Cipher::Rc4Of56, Cipher::Rc4, Cipher::TripleDes],
            maxbuf: 65_536,
            is_utf8: true,
        };
        assert_eq!(challenge, expected);
    }

    #[test]
    fn blanks_empty_parts_and_unknown_names_are_passed_over() {
        let text = b" , ,REALM = \"a \\\"b\\\\\" , nonce=n ,x-new=\"1,2\",realm=\"\",qop=\" auth , auth-int ,new\",algorithm=MD5-sess,";
        let challenge = Challenge::read(text).unwrap();
        assert_eq!(challenge.realms, [&b"a \"b\\"[..], b""]);
        assert_eq!((challenge.has_auth, challenge.has_conf, challenge.maxbuf), (true, false, 65_536));
    }

    #[test]
    fn what_is_garbled_missing_or_said_twice_is_an_error() {
        let wrong: [&[u8]; 14] = [
            b"",
            b"\xff",
            b"nonce",
            b"=x",
            b"nonce=\"x",
            b"nonce=\"x\\",
            b"nonce=\"x\"y",
            b"nonce=\"x\",algorithm=md5",
            b"nonce=\"\",algorithm=md5-sess",
            b"algorithm=md5-sess",
            b"nonce=x,nonce=y,algorithm=md5-sess",
            b"nonce=x,algorithm=md5-sess,charset=latin1",
            b"nonce=x,algorithm=md5-sess,maxbuf=16",
            b"nonce=x,algorithm=md5-sess,maxbuf=16777216",
        ];
        for text in wrong {
            assert!(Challenge::read(text).is_err(), "{}", text.escape_ascii());
        }
        let long = [&b"nonce=x,algorithm=md5-sess,x="[..], &[b'x'; LONGEST]].concat();
        assert!(Challenge::read(&long).is_err());
    }

    #[test]
    fn what_is_quoted_is_read_back() {
        let quoted = quoted(b"a\"b\\c");
        let (value, behind) = quoted_string(&quoted[1..]).unwrap();
        assert_eq!((value.as_slice(), behind), (&b"a\"b\\c"[..], &b""[..]));
    }
}
