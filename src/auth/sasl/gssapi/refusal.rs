//! What keeps a client from its ticket, in words, with what to do about it.

use std::time::Duration;

use super::ccache::Cache;
use super::messages::KrbError;
use super::ticket::{Principal, Ticket};
use crate::error::{Error, ErrorKind};

/// Numbers of errors (RFC 4120, section 7.5.9).
const NO_SUCH_SERVICE: i32 = 7;
const POLICY: i32 = 12;
const NO_SUCH_CIPHER: i32 = 14;
const CLIENT_REVOKED: i32 = 18;
const TICKET_REVOKED: i32 = 20;
const WRONG_KEY: [i32; 3] = [31, 41, 44];
const EXPIRED: i32 = 32;
const NOT_YET_VALID: i32 = 33;
const SKEW: i32 = 37;

/// The realm does not do as Kerberos has it.
pub(super) fn nonsense(how: &str) -> Error {
    let what = format!("the Kerberos server does not answer as it should: {how}");
    let advice = "is what krb5.conf names as 'kdc' really one? Nothing that it said is believed";
    Error::way(ErrorKind::Protocol, what, Some(advice.to_owned()))
}

/// There is no ticket for tickets, or there was.
pub(super) fn expired(cache: &Cache, granting: Option<&Ticket>, now: u64) -> Error {
    let (owner, path) = (&cache.owner, cache.path.display());
    let what = match granting {
        Some(ticket) => {
            let ago = now.saturating_sub(ticket.end);
            format!("the Kerberos ticket of {owner} in {path} expired {} ago", period(ago))
        }
        None => format!("{path} has no Kerberos ticket of {owner} with encryption by AES to get others with"),
    };
    let advice = format!("kinit {owner}");
    Error::way(ErrorKind::Denied, what, Some(advice))
}

fn period(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86400),
    }
}

/// The realm gives no ticket for a service, and says why.
pub(super) fn refused(error: &KrbError, wanted: &Principal, now: Duration) -> Error {
    let (realm, service) = (&wanted.realm, wanted.to_string());
    let name = service.split('@').next().unwrap_or_default();
    let (why, advice) = match error.code {
        NO_SUCH_SERVICE => (
            format!("the Kerberos realm {realm} knows no service {service}"),
            format!(
                "is the URI's host the full name that the realm has for it? Where it has none, on the KDC: kadmin.local \
                 addprinc -randkey {name}, then ktadd -k krb5.tab {name}; that file is the host's /etc/libvirt/krb5.tab"
            ),
        ),
        SKEW | NOT_YET_VALID => {
            let there = error.time.to_unix_duration();
            let (by, than) = if there > now { (there - now, "slow") } else { (now - there, "fast") };
            (
                format!(
                    "the clock here is {} {than}, by that of the Kerberos realm {realm}, which allows no more than some minutes",
                    period(by.as_secs())
                ),
                "set the clock (chronyc makestep), then kinit".to_owned(),
            )
        }
        EXPIRED | TICKET_REVOKED => {
            (format!("the Kerberos realm {realm} takes the user's ticket no more"), "kinit".to_owned())
        }
        code if WRONG_KEY.contains(&code) => (
            format!(
                "the Kerberos realm {realm} cannot read the user's ticket: its keys have changed since, or it is another one"
            ),
            "kinit".to_owned(),
        ),
        NO_SUCH_CIPHER => (
            format!("the Kerberos realm {realm} has no key of AES for {service}"),
            format!("on the KDC: kadmin.local cpw -randkey -e aes256-cts:normal {name}, then ktadd"),
        ),
        POLICY | CLIENT_REVOKED => (
            format!("the Kerberos realm {realm} lets this user have no ticket for {service}"),
            "its policy is the realm's administrators' affair".to_owned(),
        ),
        code => {
            let text = error.text.as_ref().filter(|text| !text.0.is_empty());
            let text = text.map(|text| format!(" ({text})")).unwrap_or_default();
            (
                format!("the Kerberos realm {realm} gives no ticket for {service}: error {code}{text}"),
                format!("'kvno {name}' asks the same, and the KDC's log may say more"),
            )
        }
    };
    Error::way(ErrorKind::Denied, why, Some(advice))
}

#[cfg(test)]
mod tests {
    use der::asn1::GeneralizedTime;

    use super::super::messages::{Name, Text, VERSION, number};
    use super::*;

    fn error(code: i32, text: Option<&str>) -> Error {
        let time = GeneralizedTime::from_unix_duration(Duration::from_secs(10_000)).unwrap();
        let error = KrbError {
            version: VERSION,
            number: number::ERROR,
            client_time: None,
            client_micros: None,
            time,
            micros: 0,
            code,
            client_realm: None,
            client: None,
            realm: Text::new("R"),
            server: Name { kind: 2, parts: Vec::new() },
            text: text.map(Text::new),
            data: None,
        };
        let wanted = Principal::service("libvirt", "host", &Text::new("R"));
        refused(&error, &wanted, Duration::from_secs(9_000))
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let told = [
            (NO_SUCH_SERVICE, "the Kerberos realm R knows no service libvirt/host@R"),
            (POLICY, "the Kerberos realm R lets this user have no ticket for libvirt/host@R"),
            (NO_SUCH_CIPHER, "the Kerberos realm R has no key of AES for libvirt/host@R"),
            (EXPIRED, "the Kerberos realm R takes the user's ticket no more"),
            (
                SKEW,
                "the clock here is 16 minutes slow, by that of the Kerberos realm R, which allows no more than some minutes",
            ),
            (
                31,
                "the Kerberos realm R cannot read the user's ticket: its keys have changed since, or it is another one",
            ),
            (60, "the Kerberos realm R gives no ticket for libvirt/host@R: error 60"),
        ];
        for (code, what) in told {
            let error = error(code, None);
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Denied, what));
            assert!(error.advice().is_some(), "{code}");
        }
    }

    #[test]
    fn what_a_kdc_says_of_itself_is_shown_without_harm() {
        let shown = error(60, Some("\u{1b}[31mred")).to_string();
        assert!(shown.ends_with("error 60 (\\u{1b}[31mred)"), "{shown}");
    }

    #[test]
    fn times_are_said_in_words() {
        let said = [(1, "1 seconds"), (600, "10 minutes"), (7200, "2 hours"), (345_600, "4 days")];
        for (seconds, words) in said {
            assert_eq!(period(seconds), words);
        }
    }
}
