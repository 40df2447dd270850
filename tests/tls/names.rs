//! Whose a server's certificate is: names in their place, in the common name alone, and in neither.

use crate::pki::{self, NAMELESS};
use crate::{both_list, change_server, daemon, neither_lists, said, uri, virtwire};

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
    let told = [format!("not for '{host}'; "), format!(" has '{host}' where it does not count, not as its ")];
    assert!(told.iter().any(|told| why.contains(told)) || why.contains(" names no host; "), "{why}");
    assert!(!why.contains(&format!("is for '{host}'")), "{why}");
}

/// What a CA may name holds for every name that is used, wherever it stands.
#[test]
fn a_name_counts_nowhere_below_a_ca_that_may_not_give_it() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    let text = pki::CA.replace("virtwire's tests", "example.test only");
    let only = pki::signed("only", &ca, pki::P256, &format!("{text}nc_permit_dns = example.test\n"));
    let cases = [
        ("cn = localhost\ndns_name = localhost", "localhost", "has a name that a CA above it may not give; "),
        ("cn = localhost", "localhost", "has a common name alone, which does not count below a CA that "),
        // virsh would know that this one is allowed.
        (
            "cn = a.example.test",
            "a.example.test",
            "has a common name alone, which does not count below a CA that ",
        ),
    ];
    for (number, (lines, host, what)) in cases.into_iter().enumerate() {
        let text = format!("{lines}\n{NAMELESS}");
        change_server(&mut lab, &pki::chained(&format!("constrained-{number}"), &only, &text));
        let uri = uri(host, &folder);
        let (code, why) =
            if host == "localhost" { neither_lists(&lab, &uri) } else { said(&virtwire(&lab, &uri)) };
        assert_eq!(code, Some(4), "{why}");
        assert!(why.starts_with(&format!("the certificate of {host} port 16514 {what}")), "{what}: {why}");
    }
    let text = format!("cn = a\ndns_name = a.example.test\n{NAMELESS}");
    change_server(&mut lab, &pki::chained("constrained-good", &only, &text));
    assert_eq!(both_list(&lab, &uri("a.example.test", &folder)).err(), "");
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
            "is not valid before 2090-01-01T",
        ),
        (
            pki::signed("cn-strange", &stranger, pki::RSA, &only_name),
            "was signed by 'CN=a stranger', and that is no CA in ",
        ),
        (
            pki::signed(
                "cn-ca",
                &ca,
                pki::RSA,
                "cn = localhost\nca\ncert_signing_key\nsigning_key\nencryption_key\n",
            ),
            "is that of a CA",
        ),
        (pki::self_signed("cn-own", &only_name), "was signed by 'CN=localhost', and that is no CA in "),
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
