//! Servers whose certificate does not count, and servers that do not let a client in.

use std::fs;

use crate::names::{FUTURE, PAST};
use crate::pki::{self, SERVER};
use crate::{both_list, change_server, client, daemon, daemon_with, neither_lists, said, uri, virtwire};

#[test]
fn each_fault_of_a_servers_certificate_is_told_from_the_others() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("judge", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    let stranger = pki::self_signed("stranger", &pki::CA.replace("virtwire's tests", "a stranger"));
    let namesake = pki::self_signed("namesake", pki::CA);
    let cases = [
        (pki::signed("old", &ca, pki::RSA, &format!("{SERVER}{PAST}")), "expired at 2021-01-01T"),
        (
            pki::signed("early", &ca, pki::RSA, &format!("{SERVER}{FUTURE}")),
            "is not valid before 2090-01-01T",
        ),
        (
            pki::signed("strange", &stranger, pki::RSA, SERVER),
            "was signed by 'CN=a stranger', and that is no CA in ",
        ),
        (pki::signed("namesakes", &namesake, pki::RSA, SERVER), "does not bear the signature of the CA in "),
        (
            pki::signed("other", &ca, pki::RSA, &SERVER.replace("localhost", "elsewhere")),
            "is for 'elsewhere', '127.0.0.1', '::1', not for 'localhost'; ",
        ),
    ];
    for (server, what) in cases {
        change_server(&mut lab, &server);
        let (code, why) = neither_lists(&lab, &uri("localhost", &folder));
        assert_eq!(code, Some(4), "{why}");
        assert!(why.starts_with(&format!("the certificate of localhost port 16514 {what}")), "{what}: {why}");
        assert!(why.contains("; "), "there is something to do about it: {why}");
        // Who trusts any server gets in.
        both_list(&lab, &format!("{}&no_verify=1", uri("localhost", &folder)));
    }
}

/// What virsh lets pass: GnuTLS's level is lower, and libvirt's clients only warn of what a server's key is for.
#[test]
fn a_certificate_for_clients_alone_and_a_short_rsa_key_serve_no_server() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(mut lab) = daemon(&ca, &server).start() else { return };
    let for_clients = SERVER.replace("tls_www_server", "tls_www_client");
    let no_signing = SERVER.replace("signing_key\n", "");
    let cases = [
        (
            pki::signed("for-clients", &ca, pki::RSA, &for_clients),
            "is not meant for servers; reissue it with the line 'tls_www_server' in certtool's template",
        ),
        (
            pki::signed("short-rsa", &ca, pki::SHORT_RSA, SERVER),
            "or of its CA has an RSA key of 1024 bits; 2048 are the least; make longer keys ('certtool --bits 2048'), or keys \
             of ECDSA",
        ),
    ];
    for (server, what) in cases {
        change_server(&mut lab, &server);
        let (code, why) = said(&virtwire(&lab, &uri("localhost", &folder)));
        assert_eq!((code, why), (Some(4), format!("the certificate of localhost port 16514 {what}")));
    }
    // Such a key signs no handshake either, even for who trusts any server.
    let (code, why) = said(&virtwire(&lab, &format!("{}&no_verify=1", uri("localhost", &folder))));
    assert_eq!(code, Some(4), "{why}");
    let told = "localhost port 16514 did not sign the TLS handshake with the key of its certificate; ";
    assert!(why.starts_with(told), "{why}");
    let any = "subjectAltName = DNS:localhost\nextendedKeyUsage = anyExtendedKeyUsage\n";
    change_server(&mut lab, &pki::signed_for_all("for-any", &ca, pki::RSA, any));
    assert_eq!(both_list(&lab, &uri("localhost", &folder)).err(), "");
    // GnuTLS makes no use of a key of RSA that may not sign: it never comes to a judgement.
    change_server(&mut lab, &pki::signed("no-signing-server", &ca, pki::RSA, &no_signing));
    assert_eq!(neither_lists(&lab, &uri("localhost", &folder)).0, Some(4));
}

#[test]
fn a_revocation_list_that_its_ca_did_not_sign_is_told_of() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let folder = pki::client_folder("forged-list", &ca, Some(&me));
    let namesake = pki::self_signed("namesake", pki::CA);
    pki::copy(&pki::revocations("forged", &namesake, &me, ""), &folder.join("cacrl.pem"));
    let (code, why) = said(&virtwire(&lab, &uri("localhost", &folder)));
    assert_eq!(code, Some(4), "{why}");
    let told = "the certificate of localhost port 16514 cannot be looked up in the CA's revocation list, whose own signature \
                does not count; ";
    assert!(why.starts_with(told), "{why}");
}

#[test]
fn a_revoked_certificate_is_refused_and_a_list_that_is_out_of_date_is_told_of() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let folder = pki::client_folder("revoked", &ca, Some(&me));
    let put = |list: &std::path::Path| pki::copy(list, &folder.join("cacrl.pem"));
    put(&pki::revocations("of-server", &ca, &server, ""));
    let (code, why) = neither_lists(&lab, &uri("localhost", &folder));
    assert_eq!(code, Some(4));
    assert!(why.starts_with("the certificate of localhost port 16514 was revoked; "), "{why}");
    // Another's: the list is good, and the server's certificate is not on it.
    put(&pki::revocations("of-client", &ca, &me, ""));
    assert_eq!(both_list(&lab, &uri("localhost", &folder)).err(), "");
    put(&pki::revocations(
        "late",
        &ca,
        &me,
        "crl_this_update_date = \"2020-01-01 00:00:00\"\ncrl_next_update_date = \"2020-02-01 00:00:00\"\n",
    ));
    let told = both_list(&lab, &uri("localhost", &folder)).err();
    let list = folder.join("cacrl.pem");
    let warning =
        format!("warning: the revocation list {} was to be replaced by 2020-02-01T", list.display());
    assert!(told.starts_with(&warning), "{told}");
    fs::write(folder.join("cacrl.pem"), "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
        .expect("the folder is ours");
    let (code, why) = neither_lists(&lab, &uri("localhost", &folder));
    assert_eq!(code, Some(2));
    assert!(why.contains("cacrl.pem cannot be used: "), "{why}");
}

#[test]
fn who_shows_no_certificate_where_one_is_wanted_is_told_which_file_was_not_there() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("none", &ca, None);
    let half = pki::client_folder("half", &ca, Some(&me));
    fs::remove_file(half.join("clientkey.pem")).expect("it was put there");
    let Some(lab) = daemon(&ca, &server).start() else { return };
    for words in ["NORMAL:-VERS-TLS1.2", "NORMAL:-VERS-TLS1.3"] {
        let (code, why) = neither_lists(&lab, &format!("{}&tls_priority={words}", uri("localhost", &folder)));
        assert_eq!(code, Some(5), "{why}");
        assert!(
            why.starts_with("localhost port 16514 wants a client certificate, and there is none to show"),
            "{why}"
        );
        assert!(why.contains("client-none/clientcert.pem: No such file or directory"), "{why}");
    }
    let (code, why) = neither_lists(&lab, &uri("localhost", &half));
    assert_eq!(code, Some(5), "{why}");
    assert!(why.contains("client-half/clientkey.pem: No such file or directory"), "{why}");

    // A daemon that wants none takes none.
    let Some(lab) = daemon(&ca, &server).config("tls_no_verify_certificate = 1").start() else { return };
    assert_eq!(both_list(&lab, &uri("localhost", &folder)).err(), "");
}

#[test]
fn a_server_that_refuses_this_clients_certificate_says_so_in_our_words() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let refused = "localhost port 16514 refused this client's certificate";
    let list = |allowed: &str| format!("tls_allowed_dn_list = [ \"{allowed}\" ]");
    let Some(lab) = daemon(&ca, &server).config(&list("O=somebody else,CN=*")).start() else { return };
    for words in ["NORMAL:-VERS-TLS1.2", "NORMAL:-VERS-TLS1.3"] {
        let (code, why) = neither_lists(&lab, &format!("{}&tls_priority={words}", uri("localhost", &folder)));
        assert_eq!(code, Some(5), "{why}");
        assert!(why.starts_with(refused), "{why}");
        assert!(
            why.contains("; the daemon's log says why; ") && why.contains("client-good/clientcert.pem"),
            "{why}"
        );
        assert!(why.ends_with(" must have 'O=virtwire,CN=a client'"), "{why}");
    }
    let Some(lab) = daemon(&ca, &server).config(&list("O=virtwire,CN=a client")).start() else { return };
    assert_eq!(both_list(&lab, &uri("localhost", &folder)).err(), "");

    // The same where the daemon does not know the client's CA.
    let stranger = pki::self_signed("stranger", &pki::CA.replace("virtwire's tests", "a stranger"));
    let theirs = pki::signed("strangers", &stranger, pki::RSA, pki::CLIENT);
    let folder = pki::client_folder("strangers", &ca, Some(&theirs));
    let (code, why) = neither_lists(&lab, &format!("{}&no_sanity=1", uri("localhost", &folder)));
    assert_eq!(code, Some(5), "{why}");
    assert!(why.starts_with(refused), "{why}");
}

/// libvirt 9.0.0 wants a usage that keys of elliptic curves do not have; virsh does not even try.
#[test]
fn a_client_certificate_whose_usage_an_old_daemon_minds_is_told_of() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, _) = crate::usual();
    let me = pki::signed("client-by-certtool", &ca, pki::P256, pki::CLIENT);
    let folder = pki::client_folder("by-certtool", &ca, Some(&me));
    let Some(lab) = daemon(&ca, &server).start() else { return };
    if client(&lab, "virsh", &uri("localhost", &folder)).ok() {
        // A newer libvirt, which does not mind.
        assert_eq!(virtwire(&lab, &uri("localhost", &folder)).expect_ok().err(), "");
        return;
    }
    let (code, why) = said(&virtwire(&lab, &uri("localhost", &folder)));
    assert_eq!(code, Some(5), "{why}");
    assert!(why.contains("key encipherment"), "{why}");
}

#[test]
fn a_port_of_plain_tcp_is_told_from_one_of_tls() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let config = crate::CONFIG.replace("listen_tcp = 0", "listen_tcp = 1\nauth_tcp = \"none\"");
    let Some(lab) = daemon_with(&config, &ca, &server).start() else { return };
    let (code, why) = neither_lists(&lab, &uri("localhost:16509", &folder));
    assert_eq!(code, Some(4), "{why}");
    assert!(
        why.starts_with("localhost port 16509 closed the connection in the middle of the TLS handshake; "),
        "{why}"
    );
    assert!(why.contains("qemu+tcp://"), "{why}");
}
