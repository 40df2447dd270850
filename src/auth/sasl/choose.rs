//! Which mechanism is used: the strongest that the server offers, on a way that it is fit for.

use super::scram::Hash;
use crate::error::{Error, ErrorKind, Result};

/// Those that this side can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    #[cfg(feature = "gssapi")]
    Gssapi,
    Scram(Hash),
    DigestMd5,
    Plain,
    External,
    Anonymous,
}

/// The strongest first. ANONYMOUS proves nothing: it must be demanded.
const PREFERRED: &[Known] = &[
    #[cfg(feature = "gssapi")]
    Known::Gssapi,
    Known::Scram(Hash::Sha512),
    Known::Scram(Hash::Sha256),
    Known::Scram(Hash::Sha1),
    Known::DigestMd5,
    Known::Plain,
    Known::External,
];

impl Known {
    pub(super) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "gssapi")]
            Self::Gssapi => "GSSAPI",
            Self::Scram(Hash::Sha512) => "SCRAM-SHA-512",
            Self::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Hash::Sha1) => "SCRAM-SHA-1",
            Self::DigestMd5 => "DIGEST-MD5",
            Self::Plain => "PLAIN",
            Self::External => "EXTERNAL",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    pub(super) fn wants_credentials(self) -> bool {
        matches!(self, Self::Scram(_) | Self::DigestMd5 | Self::Plain)
    }

    /// Whether all that follows is encrypted by the mechanism itself.
    fn has_layer(self) -> bool {
        match self {
            #[cfg(feature = "gssapi")]
            Self::Gssapi => true,
            Self::DigestMd5 => true,
            _ => false,
        }
    }
}

/// Chooses among those that the server offers. On a way that others may read, only a mechanism with a layer of its own
/// will do, whatever is demanded.
pub(super) fn choose(list: &[u8], demanded: Option<&str>, is_private: bool) -> Result<Known> {
    let offered = names(list);
    found(&offered, demanded, is_private, |_| true).ok_or_else(|| unfit(&offered, demanded, is_private))
}

/// The same for one who has no ticket of Kerberos, and demands nothing.
#[cfg(feature = "gssapi")]
pub(super) fn choose_without_ticket(list: &[u8], is_private: bool) -> Option<Known> {
    found(&names(list), None, is_private, |known| known != Known::Gssapi)
}

fn found(
    offered: &[&str],
    demanded: Option<&str>,
    is_private: bool,
    is_possible: impl Fn(Known) -> bool,
) -> Option<Known> {
    let is_offered = |known: &Known| offered.iter().any(|name| name.eq_ignore_ascii_case(known.name()));
    let is_fit = |known: &Known| is_possible(*known) && (is_private || known.has_layer());
    let preferred = PREFERRED.iter().copied();
    match demanded {
        None => preferred.filter(is_offered).find(is_fit),
        Some(name) => {
            let mut all = preferred.chain([Known::Anonymous]);
            let known = all.find(|known| known.name().eq_ignore_ascii_case(name));
            known.filter(is_offered).filter(is_fit)
        }
    }
}

/// The names in a list, of which anything may have been sent: only what can be a name is kept (RFC 4422, section 3.1).
fn names(list: &[u8]) -> Vec<&str> {
    let is_name = |name: &&str| {
        (1..=20).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let parts = list.split(|byte| matches!(byte, b',' | b' ')).take(64);
    parts.filter_map(|part| std::str::from_utf8(part).ok()).filter(is_name).collect()
}

/// Why none serves, and what would.
fn unfit(offered: &[&str], demanded: Option<&str>, is_private: bool) -> Error {
    let has = |name: &str| offered.iter().any(|offered| offered.eq_ignore_ascii_case(name));
    let is_meant =
        |name: &str| has(name) && demanded.is_none_or(|demanded| demanded.eq_ignore_ascii_case(name));
    let (why, advice) = if cfg!(not(feature = "gssapi")) && is_meant("GSSAPI") {
        (
            "this virtwire is built without Kerberos (the feature gssapi)",
            "go by qemu+ssh:// or qemu+tls://, or let the host offer a mechanism with passwords: see docs/sasl.md",
        )
    } else if demanded.is_some_and(|demanded| !has(demanded)) {
        (
            "that one is not among them",
            "leave it out of 'auth=', or put it into mech_list of the host's sasl2/libvirt.conf",
        )
    } else if !is_private {
        (
            "plain TCP wants one that encrypts: GSSAPI (Kerberos) or DIGEST-MD5",
            "go by qemu+tls:// or qemu+ssh://, or put digest-md5 into mech_list of the host's sasl2/libvirt.conf",
        )
    } else {
        ("virtwire knows none of them", "put scram-sha-256 into mech_list of the host's sasl2/libvirt.conf")
    };
    let list = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    let demanded =
        demanded.map(|name| format!(", the URI demands {}", name.escape_debug())).unwrap_or_default();
    let what = format!("the server offers these SASL mechanisms: {list}{demanded}; {why}");
    Error::way(ErrorKind::Denied, what, Some(advice.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[u8] =
        b"ANONYMOUS,PLAIN,DIGEST-MD5,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-512,SCRAM-SHA-256-PLUS,EXTERNAL";

    fn chosen(list: &[u8], demanded: Option<&str>, is_private: bool) -> &'static str {
        choose(list, demanded, is_private).unwrap().name()
    }

    #[test]
    fn the_strongest_that_is_offered_is_chosen() {
        assert_eq!(chosen(ALL, None, true), "SCRAM-SHA-512");
        assert_eq!(chosen(b"SCRAM-SHA-1,SCRAM-SHA-256", None, true), "SCRAM-SHA-256");
        assert_eq!(chosen(b"PLAIN,DIGEST-MD5", None, true), "DIGEST-MD5");
        assert_eq!(chosen(b"EXTERNAL PLAIN", None, true), "PLAIN");
        assert_eq!(chosen(b"EXTERNAL,ANONYMOUS", None, true), "EXTERNAL");
    }

    #[test]
    fn on_a_way_that_others_read_only_what_encrypts_is_chosen() {
        assert_eq!(chosen(ALL, None, false), "DIGEST-MD5");
        for name in ["PLAIN", "SCRAM-SHA-512", "ANONYMOUS", "EXTERNAL"] {
            assert_eq!(choose(ALL, Some(name), false).unwrap_err().kind(), ErrorKind::Denied, "{name}");
        }
    }

    #[cfg(feature = "gssapi")]
    #[test]
    fn kerberos_is_chosen_before_all_passwords_on_every_way() {
        for is_private in [true, false] {
            assert_eq!(chosen(b"SCRAM-SHA-512,gssapi,DIGEST-MD5", None, is_private), "GSSAPI");
            assert_eq!(chosen(b"GSSAPI,DIGEST-MD5", Some("DIGEST-MD5"), is_private), "DIGEST-MD5");
            let other = choose_without_ticket(b"GSSAPI,DIGEST-MD5", is_private);
            assert_eq!(other, Some(Known::DigestMd5));
            assert_eq!(choose_without_ticket(b"GSSAPI", is_private), None);
        }
    }

    #[test]
    fn what_is_demanded_is_chosen_or_nothing() {
        assert_eq!(chosen(ALL, Some("scram-sha-1"), true), "SCRAM-SHA-1");
        assert_eq!(chosen(ALL, Some("ANONYMOUS"), true), "ANONYMOUS");
        for (list, demanded) in
            [(&b"PLAIN"[..], "SCRAM-SHA-256"), (ALL, "SCRAM-SHA-256-PLUS"), (ALL, "SCRAM")]
        {
            assert_eq!(
                choose(list, Some(demanded), true).unwrap_err().kind(),
                ErrorKind::Denied,
                "{demanded}"
            );
        }
    }

    #[test]
    fn anonymous_and_channel_binding_are_never_chosen_undemanded() {
        let error = choose(b"ANONYMOUS,SCRAM-SHA-256-PLUS", None, true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
    }

    #[test]
    fn a_refusal_names_what_was_offered_and_why_none_serves() {
        let told =
            |list: &[u8], demanded, is_private| choose(list, demanded, is_private).unwrap_err().to_string();
        let offers = "the server offers these SASL mechanisms: ";
        assert_eq!(
            told(b"SCRAM-SHA-256,PLAIN", None, false),
            format!(
                "{offers}SCRAM-SHA-256, PLAIN; plain TCP wants one that encrypts: GSSAPI (Kerberos) or DIGEST-MD5"
            )
        );
        #[cfg(not(feature = "gssapi"))]
        assert_eq!(
            told(b"GSSAPI", None, true),
            format!("{offers}GSSAPI; this virtwire is built without Kerberos (the feature gssapi)")
        );
        assert_eq!(
            told(b"PLAIN", Some("x\u{1b}"), true),
            format!("{offers}PLAIN, the URI demands x\\u{{1b}}; that one is not among them")
        );
    }

    #[test]
    fn what_cannot_be_a_name_is_not_believed_nor_shown() {
        let garbage = b"\xff\xfe,,\x1b[31m, ,AVERYLONGNAMETHATNOBODYEVERSAW,PL\0AIN";
        let error = choose(garbage, None, true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server offers these SASL mechanisms: none; virtwire knows none of them"
        );
    }
}
