//! GnuTLS's words for what a connection may use (`tls_priority`), as far as they can be kept here: a word that cannot be
//! kept is an error, none is passed over. It decides what is allowed, and sets nothing up.
//!
//! Source: GnuTLS's manual, "Priority strings".

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::{
    CipherSuite, NamedGroup, SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion, version,
};

use super::files::wrong;
use crate::error::{Error, ErrorKind, Result};

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Tls12,
    Tls13,
    Aes256,
    Aes128,
    ChaCha20,
    /// Ciphers that tell of changes by themselves: all that are here.
    Aead,
    /// Server keys of RSA, in TLS 1.2.
    EcdheRsa,
    /// Server keys of elliptic curves, in TLS 1.2.
    EcdheEcdsa,
    Group(NamedGroup),
    Sign(SignatureScheme),
}

/// Signatures, in GnuTLS's words and in ours.
const SIGNATURES: [(&str, SignatureScheme); 13] = [
    ("RSA-SHA256", SignatureScheme::RSA_PKCS1_SHA256),
    ("RSA-SHA384", SignatureScheme::RSA_PKCS1_SHA384),
    ("RSA-SHA512", SignatureScheme::RSA_PKCS1_SHA512),
    ("RSA-PSS-RSAE-SHA256", SignatureScheme::RSA_PSS_SHA256),
    ("RSA-PSS-RSAE-SHA384", SignatureScheme::RSA_PSS_SHA384),
    ("RSA-PSS-RSAE-SHA512", SignatureScheme::RSA_PSS_SHA512),
    ("ECDSA-SHA256", SignatureScheme::ECDSA_NISTP256_SHA256),
    ("ECDSA-SHA384", SignatureScheme::ECDSA_NISTP384_SHA384),
    ("ECDSA-SHA512", SignatureScheme::ECDSA_NISTP521_SHA512),
    ("ECDSA-SECP256R1-SHA256", SignatureScheme::ECDSA_NISTP256_SHA256),
    ("ECDSA-SECP384R1-SHA384", SignatureScheme::ECDSA_NISTP384_SHA384),
    ("ECDSA-SECP521R1-SHA512", SignatureScheme::ECDSA_NISTP521_SHA512),
    ("EDDSA-ED25519", SignatureScheme::ED25519),
];

const GROUPS: [(&str, NamedGroup); 3] = [
    ("X25519", NamedGroup::X25519),
    ("SECP256R1", NamedGroup::secp256r1),
    ("SECP384R1", NamedGroup::secp384r1),
];

const VERSIONS: [(&str, Item); 2] = [("TLS1.3", Item::Tls13), ("TLS1.2", Item::Tls12)];
const CIPHERS: [(&str, Item); 3] =
    [("AES-256-GCM", Item::Aes256), ("CHACHA20-POLY1305", Item::ChaCha20), ("AES-128-GCM", Item::Aes128)];
const EXCHANGES: [(&str, Item); 2] = [("ECDHE-RSA", Item::EcdheRsa), ("ECDHE-ECDSA", Item::EcdheEcdsa)];

/// What GnuTLS has and we have not, and therefore never use: they may be taken away, and not be added.
const LACKING: [&str; 63] = [
    "VERS-TLS1.1",
    "VERS-TLS1.0",
    "VERS-SSL3.0",
    "VERS-DTLS-ALL",
    "VERS-DTLS1.2",
    "VERS-DTLS1.0",
    "VERS-DTLS0.9",
    "AES-128-CBC",
    "AES-192-CBC",
    "AES-256-CBC",
    "AES-128-CCM",
    "AES-256-CCM",
    "AES-128-CCM-8",
    "AES-256-CCM-8",
    "CAMELLIA-128-CBC",
    "CAMELLIA-192-CBC",
    "CAMELLIA-256-CBC",
    "CAMELLIA-128-GCM",
    "CAMELLIA-256-GCM",
    "3DES-CBC",
    "ARCFOUR-128",
    "ARCFOUR",
    "DES-CBC",
    "NULL",
    "RSA",
    "DHE-RSA",
    "DHE-DSS",
    "DHE-PSK",
    "ECDHE-PSK",
    "PSK",
    "RSA-PSK",
    "ANON-DH",
    "ANON-ECDH",
    "SRP",
    "SRP-RSA",
    "SRP-DSS",
    "RSA-EXPORT",
    "SHA1",
    "SHA256",
    "SHA384",
    "MD5",
    "UMAC-96",
    "UMAC-128",
    "SIGN-RSA-SHA1",
    "SIGN-RSA-SHA224",
    "SIGN-RSA-MD5",
    "SIGN-ECDSA-SHA1",
    "SIGN-ECDSA-SHA224",
    "SIGN-DSA-SHA1",
    "SIGN-DSA-SHA256",
    "SIGN-EDDSA-ED448",
    "GROUP-X448",
    "GROUP-SECP521R1",
    "GROUP-SECP192R1",
    "GROUP-DH-ALL",
    "GROUP-FFDHE2048",
    "GROUP-FFDHE3072",
    "GROUP-FFDHE4096",
    "GROUP-FFDHE6144",
    "GROUP-FFDHE8192",
    "SIGN-RSA-PSS-SHA256",
    "SIGN-RSA-PSS-SHA384",
    "SIGN-RSA-PSS-SHA512",
];

/// What is so in any case: `%` and its words that change nothing here, and kinds of certificates and of compression.
const KEPT: [&str; 14] = [
    "%SERVER_PRECEDENCE",
    "%COMPAT",
    "%NO_TICKETS",
    "%NO_TICKETS_TLS12",
    "%SAFE_RENEGOTIATION",
    "%PARTIAL_RENEGOTIATION",
    "%FORCE_ETM",
    "%NO_ETM",
    "+CTYPE-ALL",
    "+CTYPE-X509",
    "+CTYPE-X.509",
    "+COMP-ALL",
    "+COMP-NULL",
    "-CTYPE-OPENPGP",
];

/// What a connection may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priority {
    allowed: Vec<Item>,
    /// Bits that each RSA key of a server and its CAs must have.
    pub(super) rsa_bits: usize,
}

/// Bits of RSA keys that always count, and that GnuTLS's level HIGH asks for.
pub(super) const RSA: usize = 2048;
const RSA_HIGH: usize = 3072;

impl Default for Priority {
    /// All that there is.
    fn default() -> Self {
        Self { allowed: everything(), rsa_bits: RSA }
    }
}

impl Priority {
    /// Reads a priority string.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut words = text.split(':').map(str::trim);
        let first = words.next().unwrap_or_default();
        // Names in the system's own file are for GnuTLS; here they mean all that there is.
        let allowed = if first.starts_with('@') { Some(everything()) } else { level(first) };
        let allowed = allowed.ok_or_else(|| refused(text, first, "it is none of the words to begin with"))?;
        let is_high = ["SECURE192", "SECURE256"].iter().any(|high| first.eq_ignore_ascii_case(high));
        let mut priority = Self { allowed, rsa_bits: if is_high { RSA_HIGH } else { RSA } };
        for word in words {
            priority.apply(word).map_err(|why| refused(text, word, why))?;
        }
        priority.check(text)?;
        Ok(priority)
    }

    fn apply(&mut self, word: &str) -> std::result::Result<(), &'static str> {
        let upper = word.to_ascii_uppercase();
        if let Some(profile) = upper.strip_prefix("%PROFILE_") {
            self.rsa_bits = match profile {
                "VERY_WEAK" | "LOW" | "LEGACY" | "MEDIUM" => RSA,
                "HIGH" => RSA_HIGH,
                _ => return Err("it is not known here"),
            };
            return Ok(());
        }
        if KEPT.contains(&upper.as_str()) {
            return Ok(());
        }
        let (is_added, name) = match upper.split_at_checked(1) {
            Some(("+", name)) => (true, name),
            Some(("-" | "!", name)) => (false, name),
            _ => return Err("it is not known here"),
        };
        let Some(items) = items(name) else {
            let is_lacking = LACKING.contains(&name);
            return match (is_added, is_lacking) {
                (false, true) => Ok(()),
                (true, true) => Err("virtwire does not have it"),
                _ => Err("it is not known here"),
            };
        };
        self.allowed.retain(|item| !items.contains(item));
        if is_added {
            self.allowed.extend(items);
        }
        Ok(())
    }

    /// Whether there is a way left to connect at all.
    fn check(&self, text: &str) -> Result<()> {
        let provider = self.narrowed(super::provider::provider());
        let versions = self.versions();
        let has_suite = |version| provider.cipher_suites.iter().any(|suite| suite.version() == version);
        let lacks = if versions.is_empty() {
            "no version of TLS that virtwire has (1.2 and 1.3)"
        } else if !versions.iter().any(|version| has_suite(*version)) {
            "no cipher that virtwire has"
        } else if provider.kx_groups.is_empty() {
            "no group that virtwire has"
        } else if !self.allowed.iter().any(|item| matches!(item, Item::Sign(_))) {
            "no signature that virtwire has"
        } else {
            return Ok(());
        };
        Err(wrong(ErrorKind::Invalid, format!("tls_priority '{text}' leaves {lacks}"), ADVICE))
    }

    /// The versions of TLS, newest first.
    pub(super) fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let known = [(Item::Tls13, &version::TLS13), (Item::Tls12, &version::TLS12)];
        known.into_iter().filter(|(item, _)| self.has(*item)).map(|(_, version)| version).collect()
    }

    /// A provider that can do no more than this.
    pub(super) fn narrowed(&self, mut provider: CryptoProvider) -> CryptoProvider {
        provider.cipher_suites.retain(|suite| self.has_suite(suite));
        provider.kx_groups.retain(|group| self.has(Item::Group(group.name())));
        provider
    }

    /// Those of the signatures that are allowed.
    pub(super) fn signatures(&self, all: Vec<SignatureScheme>) -> Vec<SignatureScheme> {
        all.into_iter().filter(|scheme| self.has(Item::Sign(*scheme))).collect()
    }

    fn has(&self, item: Item) -> bool {
        self.allowed.contains(&item)
    }

    fn has_suite(&self, suite: &SupportedCipherSuite) -> bool {
        use CipherSuite as S;
        let (cipher, exchange) = match suite.suite() {
            S::TLS13_AES_256_GCM_SHA384 => (Item::Aes256, None),
            S::TLS13_AES_128_GCM_SHA256 => (Item::Aes128, None),
            S::TLS13_CHACHA20_POLY1305_SHA256 => (Item::ChaCha20, None),
            S::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => (Item::Aes256, Some(Item::EcdheEcdsa)),
            S::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => (Item::Aes128, Some(Item::EcdheEcdsa)),
            S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => (Item::ChaCha20, Some(Item::EcdheEcdsa)),
            S::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => (Item::Aes256, Some(Item::EcdheRsa)),
            S::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => (Item::Aes128, Some(Item::EcdheRsa)),
            S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => (Item::ChaCha20, Some(Item::EcdheRsa)),
            _ => return false,
        };
        self.has(Item::Aead) && self.has(cipher) && exchange.is_none_or(|exchange| self.has(exchange))
    }
}

fn everything() -> Vec<Item> {
    let named = VERSIONS.iter().chain(&CIPHERS).chain(&EXCHANGES).map(|(_, item)| *item);
    let groups = GROUPS.iter().map(|(_, group)| Item::Group(*group));
    let signatures = SIGNATURES.iter().map(|(_, scheme)| Item::Sign(*scheme));
    named.chain([Item::Aead]).chain(groups).chain(signatures).collect()
}

/// The words that a string may begin with.
fn level(word: &str) -> Option<Vec<Item>> {
    use SignatureScheme as S;
    let without = |gone: &[Item]| everything().into_iter().filter(|item| !gone.contains(item)).collect();
    let group = Item::Group;
    let small = [Item::Aes128, group(NamedGroup::X25519), group(NamedGroup::secp256r1)];
    let short =
        [S::RSA_PKCS1_SHA256, S::RSA_PSS_SHA256, S::ECDSA_NISTP256_SHA256, S::ED25519].map(Item::Sign);
    Some(match word.to_ascii_uppercase().as_str() {
        "NORMAL" | "PERFORMANCE" | "SECURE128" | "PFS" | "LEGACY" => everything(),
        "SECURE192" | "SECURE256" => without(&[small.as_slice(), &short].concat()),
        "NONE" => Vec::new(),
        _ => return None,
    })
}

/// What a word behind `+` or `-` stands for; nothing where it is none of ours.
fn items(name: &str) -> Option<Vec<Item>> {
    let of = |list: &[(&str, Item)]| list.iter().map(|(_, item)| *item).collect::<Vec<_>>();
    match name {
        "VERS-ALL" | "VERS-TLS-ALL" => return Some(of(&VERSIONS)),
        "CIPHER-ALL" => return Some(of(&CIPHERS)),
        "KX-ALL" => return Some(of(&EXCHANGES)),
        "AEAD" | "MAC-ALL" => return Some(vec![Item::Aead]),
        "SIGN-ALL" => return Some(SIGNATURES.map(|(_, scheme)| Item::Sign(scheme)).to_vec()),
        "GROUP-ALL" | "CURVE-ALL" | "GROUP-EC-ALL" => {
            return Some(GROUPS.map(|(_, group)| Item::Group(group)).to_vec());
        }
        _ => {}
    }
    let find = |name: &str, list: &[(&str, Item)]| {
        list.iter().find(|(known, _)| *known == name).map(|(_, item)| *item)
    };
    let version = name.strip_prefix("VERS-").and_then(|name| find(name, &VERSIONS));
    let group = name.strip_prefix("GROUP-").or_else(|| name.strip_prefix("CURVE-"));
    let group = group.and_then(|name| GROUPS.iter().find(|(known, _)| *known == name));
    let signature = name.strip_prefix("SIGN-");
    let signature = signature.and_then(|name| SIGNATURES.iter().find(|(known, _)| *known == name));
    version
        .or_else(|| find(name, &CIPHERS))
        .or_else(|| find(name, &EXCHANGES))
        .or_else(|| group.map(|(_, group)| Item::Group(*group)))
        .or_else(|| signature.map(|(_, scheme)| Item::Sign(*scheme)))
        .map(|item| vec![item])
}

const ADVICE: &str = "of GnuTLS's words virtwire keeps NORMAL, SECURE128, SECURE192, SECURE256, PFS, NONE, @SYSTEM, and + or - \
     before a version, cipher, key exchange, group or signature of TLS 1.2 or 1.3: see docs/tls.md";

fn refused(text: &str, word: &str, why: &str) -> Error {
    wrong(ErrorKind::Unsupported, format!("tls_priority '{text}': '{word}' cannot be kept: {why}"), ADVICE)
}

#[cfg(test)]
mod tests;
