//! Every kind of key, in every form that PEM files have, on both sides.

use std::fs;
use std::process::Command;

use crate::lab::run::{DEADLINE, run};
use crate::pki::{self, Pair};
use crate::{both_list, change_server, daemon, uri, virtwire};

const KINDS: [(&str, &[&str]); 5] = [
    ("rsa", pki::RSA),
    ("p256", pki::P256),
    ("p384", pki::P384),
    ("p521", pki::P521),
    ("ed25519", pki::ED25519),
];

#[test]
fn every_kind_of_key_serves_on_both_sides() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, _) = crate::usual();
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    for (kind, how) in KINDS {
        let names = "subjectAltName = DNS:localhost\nextendedKeyUsage = serverAuth\n";
        let server = pki::signed_for_all(&format!("server-{kind}"), &ca, how, names);
        let me = pki::signed_for_all(&format!("client-{kind}"), &ca, how, "extendedKeyUsage = clientAuth\n");
        let folder = pki::client_folder(kind, &ca, Some(&me));
        change_server(&mut lab, &server);
        for words in ["NORMAL:-VERS-TLS1.2", "NORMAL:-VERS-TLS1.3"] {
            let uri = format!("{}&tls_priority={words}", uri("localhost", &folder));
            assert_eq!(virtwire(&lab, &uri).expect_ok().err(), "", "{kind}, {words}");
            // GnuTLS 3.7 shows no certificate of Ed25519 to a server of its own kind.
            if kind != "ed25519" {
                both_list(&lab, &uri);
            }
        }
    }
}

#[test]
fn a_cas_signature_may_be_of_any_kind() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    for (kind, how) in KINDS {
        let other = pki::signed(&format!("ca-{kind}"), &ca, how, pki::CA);
        let server = pki::signed(&format!("server-of-{kind}"), &other, pki::RSA, pki::SERVER);
        change_server(&mut lab, &server);
        let folder = pki::client_folder(&format!("ca-{kind}"), &other, Some(&me));
        // The client's own is signed by another CA, which only looking for sanity would mind.
        let uri = format!("{}&no_sanity=1", uri("localhost", &folder));
        assert_eq!(both_list(&lab, &uri).err(), "", "{kind}");
    }
}

#[test]
fn keys_are_read_in_pkcs8_pkcs1_and_sec1() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, rsa) = crate::usual();
    let p384 = pki::signed_for_all("client-p384", &ca, pki::P384, "extendedKeyUsage = clientAuth\n");
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let forms: [(&Pair, &str, &[&str]); 4] = [
        (&rsa, "BEGIN PRIVATE KEY", &["pkcs8", "-topk8", "-nocrypt"]),
        (&rsa, "BEGIN RSA PRIVATE KEY", &["rsa", "-traditional"]),
        (&p384, "BEGIN PRIVATE KEY", &["pkcs8", "-topk8", "-nocrypt"]),
        (&p384, "BEGIN EC PRIVATE KEY", &["ec"]),
    ];
    for (me, begin, how) in forms {
        let folder = pki::client_folder("form", &ca, Some(me));
        let to = folder.join("clientkey.pem");
        run(Command::new("openssl").args(how).arg("-in").arg(&me.key).arg("-out").arg(&to), DEADLINE)
            .expect_ok();
        assert!(fs::read_to_string(&to).expect("openssl wrote it").contains(begin), "{begin}");
        assert_eq!(both_list(&lab, &uri("localhost", &folder)).err(), "", "{begin}");
    }
}

/// certtool writes one zero byte more for half of all keys of elliptic curves, and leaves leading ones out.
#[test]
fn each_of_many_keys_that_certtool_makes_is_read() {
    if pki::is_lacking() {
        return;
    }
    let ca = pki::ca();
    for number in 0..8 {
        let me = pki::signed(&format!("many-{number}"), &ca, pki::P256, pki::CLIENT);
        let folder = pki::client_folder("many", &ca, Some(&me));
        let uri = uri("localhost:1", &folder);
        let said = run(Command::new(crate::virtwire_path()).args(["-c", &uri, "net-list"]), DEADLINE);
        assert!(said.err().contains("Connection refused"), "{}", said.err());
    }
}

#[test]
fn chains_with_a_ca_in_between_are_followed_on_both_sides() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, _) = crate::usual();
    let between = pki::signed("between", &ca, pki::P256, &pki::CA.replace("virtwire's tests", "between"));
    let far = pki::chained("far-server", &between, pki::SERVER);
    let me = pki::chained("far-client", &between, pki::CLIENT);
    let folder = pki::client_folder("chain", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    change_server(&mut lab, &far);
    // virsh looks for sanity at the first certificate of a chain alone, and would refuse its own.
    assert_eq!(virtwire(&lab, &uri("localhost", &folder)).expect_ok().err(), "");
    assert_eq!(both_list(&lab, &format!("{}&no_sanity=1", uri("localhost", &folder))).err(), "");
}
