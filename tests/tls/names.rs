//! Whose a server's certificate is: names in their place, in the common name alone, and in neither.

use crate::pki::{self, NAMELESS};
use crate::{both_list, change_server, daemon, neither_lists, uri};

/// What is to be thought of a certificate with these lines, at this host.
enum Judgement {
    Good,
    /// Accepted, and told about.
    Outdated,
    Refused,
}

use Judgement::{Good, Outdated, Refused};

#[test]
fn a_name_counts_in_the_common_name_only_where_there_is_no_other() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    let cases: [(&str, &[(&str, Judgement)]); 10] = [
        ("cn = localhost", &[("localhost", Outdated), ("LOCALHOST", Outdated), ("127.0.0.1", Refused)]),
        ("cn = 127.0.0.1", &[("127.0.0.1", Refused), ("localhost", Refused)]),
        (
            "cn = \"*.example.test\"",
            &[("a.example.test", Outdated), ("b.a.example.test", Refused), ("example.test", Refused)],
        ),
        ("cn = \"*.test\"", &[("example.test", Refused)]),
        ("cn = localhost\ndns_name = a.example.test", &[("localhost", Refused), ("a.example.test", Good)]),
        ("cn = localhost\nip_address = 127.0.0.1", &[("localhost", Refused), ("127.0.0.1", Good)]),
        ("cn = a\ndns_name = 127.0.0.1", &[("127.0.0.1", Refused), ("localhost", Refused)]),
        ("dn = \"cn=localhost,cn=example.test\"", &[("localhost", Refused), ("example.test", Refused)]),
        ("cn = a\ndns_name = \"*.example.test\"", &[("a.example.test", Good), ("b.a.example.test", Refused)]),
        ("organization = nobody", &[("localhost", Refused)]),
    ];
    for (number, (lines, hosts)) in cases.iter().enumerate() {
        let server = pki::signed(&format!("named-{number}"), &ca, pki::RSA, &format!("{lines}\n{NAMELESS}"));
        change_server(&mut lab, &server);
        for (host, judgement) in *hosts {
            let uri = uri(host, &folder);
            match judgement {
                Good => assert_eq!(both_list(&lab, &uri).err(), "", "{lines}, {host}"),
                Outdated => {
                    let said = both_list(&lab, &uri).err();
                    assert!(
                        said.starts_with(&format!(
                            "warning: the certificate of '{host}' names it in its common name alone, "
                        )),
                        "{said}"
                    );
                    assert!(said.contains(&format!("= \"{host}\"' in certtool's template\n")), "{said}");
                    assert_eq!(said.lines().count(), 1, "{said}");
                }
                Refused => is_refused(neither_lists(&lab, &uri), host),
            }
        }
    }
}

fn is_refused((code, why): (Option<i32>, String), host: &str) {
    assert_eq!(code, Some(4), "{why}");
    assert!(why.starts_with(&format!("the certificate of {host} port 16514 ")), "{why}");
    assert!(why.contains(&format!("not for '{host}'; ")) || why.contains(" names no host; "), "{why}");
}

/// A common name that fits is no excuse for anything else.
#[test]
fn a_common_name_makes_up_for_nothing() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    let stranger = pki::self_signed("stranger", &pki::CA.replace("virtwire's tests", "a stranger"));
    let only_name = format!("cn = localhost\n{NAMELESS}");
    let revoked = pki::signed("cn-revoked", &ca, pki::RSA, &only_name);
    let cases = [
        (pki::signed("cn-old", &ca, pki::RSA, &format!("{only_name}{PAST}")), "expired at 2021-01-01T"),
        (
            pki::signed("cn-early", &ca, pki::RSA, &format!("{only_name}{FUTURE}")),
            "does not count before 2090-01-01T",
        ),
        (pki::signed("cn-strange", &stranger, pki::RSA, &only_name), "was not signed by a CA that "),
        (
            pki::signed(
                "cn-ca",
                &ca,
                pki::RSA,
                "cn = localhost\nca\ncert_signing_key\nsigning_key\nencryption_key\n",
            ),
            "is that of a CA",
        ),
        (pki::self_signed("cn-own", &only_name), "was not signed by a CA that "),
        (revoked.clone(), "was revoked"),
    ];
    let list = pki::revocations("cn", &ca, &revoked, "");
    pki::copy(&list, &folder.join("cacrl.pem"));
    for (server, what) in cases {
        change_server(&mut lab, &server);
        let (code, why) = neither_lists(&lab, &uri("localhost", &folder));
        assert_eq!(code, Some(4), "{why}");
        assert!(why.starts_with(&format!("the certificate of localhost port 16514 {what}")), "{what}: {why}");
    }
}

pub(crate) const PAST: &str =
    "activation_date = \"2020-01-01 00:00:00\"\nexpiration_date = \"2021-01-01 00:00:00\"\n";
pub(crate) const FUTURE: &str =
    "activation_date = \"2090-01-01 00:00:00\"\nexpiration_date = \"2091-01-01 00:00:00\"\n";
