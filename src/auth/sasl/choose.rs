//! Which mechanism is used: the strongest that the server offers, on a way that it is fit for.

use super::scram::Hash;
use crate::auth::Peer;
use crate::error::{Error, ErrorKind, Result};

/// What is known of the way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Nobody can read along: a unix socket, ssh, TLS.
    Private,
    /// Nobody can read along, but the user takes any server: whoever is on the way may be it.
    ToAnyone,
    /// Plain TCP: others may read, and change what they read.
    Open,
}

impl Way {
    pub(super) fn to(peer: &Peer<'_>) -> Self {
        match (peer.is_private, peer.is_anyone()) {
            (false, _) => Self::Open,
            (true, true) => Self::ToAnyone,
            (true, false) => Self::Private,
        }
    }
}

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

    fn named(name: &str) -> Option<Self> {
        let mut all = PREFERRED.iter().copied().chain([Self::Anonymous]);
        all.find(|known| known.name().eq_ignore_ascii_case(name))
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
/// will do, whatever is demanded; and nobody is shown a password undemanded who need not prove who they are.
pub(super) fn choose(list: &[u8], demanded: Option<&str>, way: Way) -> Result<Known> {
    let offered = names(list);
    found(&offered, demanded, way).ok_or_else(|| unfit(&offered, demanded, way))
}

/// The same for one who has no ticket of Kerberos, and demands nothing.
#[cfg(feature = "gssapi")]
pub(super) fn choose_without_ticket(list: &[u8], way: Way) -> Option<Known> {
    let mut offered = names(list);
    offered.retain(|name| !name.eq_ignore_ascii_case(Known::Gssapi.name()));
    found(&offered, None, way)
}

fn found(offered: &[&str], demanded: Option<&str>, way: Way) -> Option<Known> {
    let is_offered = |known: &Known| has(offered, known.name());
    let is_fit = |known: &Known| way != Way::Open || known.has_layer();
    let shows_too_much = |known: &Known| way == Way::ToAnyone && *known == Known::Plain;
    let mut preferred = PREFERRED.iter().copied().filter(is_offered).filter(is_fit);
    match demanded {
        None => preferred.find(|known| !shows_too_much(known)),
        Some(name) => Known::named(name).filter(is_offered).filter(is_fit),
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
fn unfit(offered: &[&str], demanded: Option<&str>, way: Way) -> Error {
    let (why, advice) = match demanded {
        Some(demanded) => why_not(demanded, way),
        None => why_none(offered, way),
    };
    let list = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    let demanded =
        demanded.map(|name| format!(", and the URI demands {}", name.escape_debug())).unwrap_or_default();
    let what = format!("the server offers these SASL mechanisms: {list}{demanded}; {why}");
    Error::way(ErrorKind::Denied, what, Some(advice.to_owned()))
}

fn has(offered: &[&str], name: &str) -> bool {
    offered.iter().any(|offered| offered.eq_ignore_ascii_case(name))
}

const KERBEROS: &str = "this virtwire is built without Kerberos (the feature gssapi)";
#[cfg(not(feature = "gssapi"))]
const ENCRYPTS: &str = "plain TCP wants one that encrypts, and of those virtwire knows DIGEST-MD5 alone";
#[cfg(feature = "gssapi")]
const ENCRYPTS: &str = "plain TCP wants one that encrypts: GSSAPI (Kerberos) or DIGEST-MD5";

fn why_not(demanded: &str, way: Way) -> (&'static str, &'static str) {
    let is_unfit = Known::named(demanded).is_some_and(|known| way == Way::Open && !known.has_layer());
    if cfg!(not(feature = "gssapi")) && demanded.eq_ignore_ascii_case("GSSAPI") {
        return (KERBEROS, "leave it out of 'auth='");
    }
    if Known::named(demanded).is_none() {
        return ("virtwire does not know that one", "leave it out of 'auth='");
    }
    if is_unfit {
        // Nor does libvirt's daemon offer it there, whatever its configuration says.
        return (ENCRYPTS, "go by qemu+tls:// or qemu+ssh://, or leave it out of 'auth='");
    }
    let advice = "leave it out of 'auth=', or put it into mech_list of the host's sasl2/libvirt.conf";
    ("that one is not among them", advice)
}

fn why_none(offered: &[&str], way: Way) -> (&'static str, &'static str) {
    if cfg!(not(feature = "gssapi")) && has(offered, "GSSAPI") {
        let advice = "go by qemu+ssh:// or qemu+tls://, or let the host offer a mechanism with passwords: see \
                      docs/sasl.md";
        return (KERBEROS, advice);
    }
    if way == Way::Open {
        let advice = "go by qemu+tls:// or qemu+ssh://, or put digest-md5 into mech_list of the host's \
                      sasl2/libvirt.conf";
        return (ENCRYPTS, advice);
    }
    if way == Way::ToAnyone && has(offered, "PLAIN") {
        return (
            "by PLAIN any server would see the password, and 'no_verify' takes any server",
            "leave out no_verify=1, or demand it by 'auth=sasl.PLAIN'",
        );
    }
    if has(offered, "ANONYMOUS") {
        let why = "ANONYMOUS proves nothing, and is done only where it is demanded";
        return (why, "'auth=sasl.ANONYMOUS' in the URI demands it");
    }
    ("virtwire knows none of them", "put scram-sha-256 into mech_list of the host's sasl2/libvirt.conf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Way::{Open, Private, ToAnyone};

    const ALL: &[u8] =
        b"ANONYMOUS,PLAIN,DIGEST-MD5,SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-512,SCRAM-SHA-256-PLUS,EXTERNAL";

    fn chosen(list: &[u8], demanded: Option<&str>, way: Way) -> &'static str {
        choose(list, demanded, way).unwrap().name()
    }

    #[test]
    fn the_strongest_that_is_offered_is_chosen() {
        assert_eq!(chosen(ALL, None, Private), "SCRAM-SHA-512");
        assert_eq!(chosen(b"SCRAM-SHA-1,SCRAM-SHA-256", None, Private), "SCRAM-SHA-256");
        assert_eq!(chosen(b"PLAIN,DIGEST-MD5", None, Private), "DIGEST-MD5");
        assert_eq!(chosen(b"EXTERNAL PLAIN", None, Private), "PLAIN");
        assert_eq!(chosen(b"EXTERNAL,ANONYMOUS", None, Private), "EXTERNAL");
    }

    #[test]
    fn on_a_way_that_others_read_only_what_encrypts_is_chosen() {
        assert_eq!(chosen(ALL, None, Open), "DIGEST-MD5");
        for name in ["PLAIN", "SCRAM-SHA-512", "ANONYMOUS", "EXTERNAL"] {
            assert_eq!(choose(ALL, Some(name), Open).unwrap_err().kind(), ErrorKind::Denied, "{name}");
        }
    }

    #[cfg(feature = "gssapi")]
    #[test]
    fn kerberos_is_chosen_before_all_passwords_on_every_way() {
        for way in [Private, ToAnyone, Open] {
            assert_eq!(chosen(b"SCRAM-SHA-512,gssapi,DIGEST-MD5", None, way), "GSSAPI");
            assert_eq!(chosen(b"GSSAPI,DIGEST-MD5", Some("DIGEST-MD5"), way), "DIGEST-MD5");
            let other = choose_without_ticket(b"gssapi,PLAIN,DIGEST-MD5", way);
            assert_eq!(other, Some(Known::DigestMd5));
            assert_eq!(choose_without_ticket(b"GSSAPI", way), None);
        }
    }

    #[test]
    fn what_is_demanded_is_chosen_or_nothing() {
        assert_eq!(chosen(ALL, Some("scram-sha-1"), Private), "SCRAM-SHA-1");
        assert_eq!(chosen(ALL, Some("ANONYMOUS"), Private), "ANONYMOUS");
        for (list, demanded) in
            [(&b"PLAIN"[..], "SCRAM-SHA-256"), (ALL, "SCRAM-SHA-256-PLUS"), (ALL, "SCRAM")]
        {
            assert_eq!(
                choose(list, Some(demanded), Private).unwrap_err().kind(),
                ErrorKind::Denied,
                "{demanded}"
            );
        }
    }

    #[test]
    fn anonymous_and_channel_binding_are_never_chosen_undemanded() {
        let error = choose(b"ANONYMOUS,SCRAM-SHA-256-PLUS", None, Private).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
    }

    #[test]
    fn a_refusal_names_what_was_offered_and_why_none_serves() {
        let told = |list: &[u8], demanded, way| choose(list, demanded, way).unwrap_err().to_string();
        let offers = "the server offers these SASL mechanisms: ";
        assert_eq!(
            told(b"SCRAM-SHA-256,PLAIN", None, Open),
            format!("{offers}SCRAM-SHA-256, PLAIN; {ENCRYPTS}")
        );
        #[cfg(not(feature = "gssapi"))]
        assert_eq!(told(b"GSSAPI", None, Private), format!("{offers}GSSAPI; {KERBEROS}"));
        assert_eq!(
            told(b"PLAIN", Some("x\u{1b}"), Private),
            format!("{offers}PLAIN, and the URI demands x\\u{{1b}}; virtwire does not know that one")
        );
    }

    #[test]
    fn a_mechanism_that_is_never_offered_on_plain_tcp_is_not_said_to_lack_in_the_list() {
        let error = choose(b"DIGEST-MD5", Some("SCRAM-SHA-256"), Open).unwrap_err();
        assert!(error.to_string().contains("plain TCP wants one that encrypts"), "{error}");
        assert_eq!(error.advice(), Some("go by qemu+tls:// or qemu+ssh://, or leave it out of 'auth='"));
    }

    #[test]
    fn nobody_who_need_not_prove_who_they_are_is_shown_the_password_undemanded() {
        assert_eq!(chosen(b"PLAIN", None, Private), "PLAIN");
        assert_eq!(chosen(b"PLAIN,SCRAM-SHA-1", None, ToAnyone), "SCRAM-SHA-1");
        assert_eq!(chosen(b"PLAIN", Some("PLAIN"), ToAnyone), "PLAIN");
        let error = choose(b"PLAIN", None, ToAnyone).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
        assert_eq!(error.advice(), Some("leave out no_verify=1, or demand it by 'auth=sasl.PLAIN'"));
    }

    #[test]
    fn what_is_known_and_not_done_is_told_from_what_is_not_known() {
        let why = |list: &[u8], demanded| choose(list, demanded, Private).unwrap_err().to_string();
        assert!(why(b"ANONYMOUS", None).ends_with("is done only where it is demanded"));
        assert!(why(b"CRAM-MD5", Some("CRAM-MD5")).ends_with("virtwire does not know that one"));
        assert!(why(b"CRAM-MD5", None).ends_with("virtwire knows none of them"));
    }

    #[test]
    fn what_cannot_be_a_name_is_not_believed_nor_shown() {
        let garbage = b"\xff\xfe,,\x1b[31m, ,AVERYLONGNAMETHATNOBODYEVERSAW,PL\0AIN";
        let error = choose(garbage, None, Private).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server offers these SASL mechanisms: none; virtwire knows none of them"
        );
    }
}
