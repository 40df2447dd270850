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
    Scram(Hash),
    DigestMd5,
    Plain,
    External,
    Anonymous,
}

/// The strongest first. ANONYMOUS proves nothing: it must be demanded.
const PREFERRED: [Known; 6] = [
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
        let mut all = PREFERRED.into_iter().chain([Self::Anonymous]);
        all.find(|known| known.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn wants_credentials(self) -> bool {
        !matches!(self, Self::External | Self::Anonymous)
    }

    /// Whether all that follows is encrypted by the mechanism itself.
    fn has_layer(self) -> bool {
        self == Self::DigestMd5
    }
}

/// Chooses among those that the server offers. On a way that others may read, only a mechanism with a layer of its own
/// will do, whatever is demanded; and nobody is shown a password undemanded who need not prove who they are.
pub(super) fn choose(list: &[u8], demanded: Option<&str>, way: Way) -> Result<Known> {
    let offered = names(list);
    let is_offered = |known: &Known| offered.iter().any(|name| name.eq_ignore_ascii_case(known.name()));
    let is_fit = |known: &Known| way != Way::Open || known.has_layer();
    let shows_too_much = |known: &Known| way == Way::ToAnyone && *known == Known::Plain;
    let found = match demanded {
        None => PREFERRED.into_iter().filter(is_offered).filter(is_fit).find(|known| !shows_too_much(known)),
        Some(name) => Known::named(name).filter(is_offered).filter(is_fit),
    };
    found.ok_or_else(|| unfit(&offered, demanded, way))
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

const KERBEROS: &str = "Kerberos (GSSAPI) is what virtwire cannot do";
const ENCRYPTS: &str = "plain TCP wants one that encrypts, and of those virtwire knows DIGEST-MD5 alone";

fn why_not(demanded: &str, way: Way) -> (&'static str, &'static str) {
    let is_unfit = Known::named(demanded).is_some_and(|known| way == Way::Open && !known.has_layer());
    if demanded.eq_ignore_ascii_case("GSSAPI") {
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
    if has(offered, "GSSAPI") {
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
            format!(
                "{offers}SCRAM-SHA-256, PLAIN; plain TCP wants one that encrypts, and of those virtwire knows DIGEST-MD5 alone"
            )
        );
        assert_eq!(
            told(b"GSSAPI", None, Private),
            format!("{offers}GSSAPI; Kerberos (GSSAPI) is what virtwire cannot do")
        );
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
