//! TLS: real daemons with real certificates, each way in which it can fail, and servers that only look like a daemon.

#![allow(clippy::expect_used, clippy::panic, reason = "a test's helper fails the test")]

mod cpu;
mod docs;
mod fake;
mod keys;
#[path = "../lab/mod.rs"]
mod lab;
mod names;
mod own;
mod pki;
mod places;
mod refused;
mod server;

use lab::run::{DEADLINE, Output, run};
use lab::{Lab, virtwire_path};
use pki::Pair;
use server::{CONFIG, daemon, daemon_with, uri, usual};

/// Starts the daemon again with another certificate.
fn change_server(lab: &mut Lab, server: &Pair) {
    pki::copy(&server.cert, &lab.dir().join("etc/tls/servercert.pem"));
    pki::copy(&server.key, &lab.dir().join("etc/tls/serverkey.pem"));
    lab.restart();
}

/// A client inside the lab.
fn client(lab: &Lab, program: &str, uri: &str) -> Output {
    run(lab.client_inside(program).args(["-c", uri, "net-list", "--all"]), DEADLINE)
}

fn virtwire(lab: &Lab, uri: &str) -> Output {
    client(lab, &virtwire_path(), uri)
}

/// The same to virtwire and to virsh: both list the networks, and say the same.
#[track_caller]
fn both_list(lab: &Lab, uri: &str) -> Output {
    let ours = virtwire(lab, uri).expect_ok();
    let theirs = client(lab, "virsh", uri).expect_ok();
    assert_eq!(ours.out(), theirs.out(), "{uri}");
    ours
}

/// Neither virtwire nor virsh gets in; returns the exit code, and what virtwire says in its second line.
#[track_caller]
fn neither_lists(lab: &Lab, uri: &str) -> (Option<i32>, String) {
    let theirs = client(lab, "virsh", uri);
    assert_eq!((theirs.code, theirs.out()), (Some(1), String::new()), "virsh, {uri}: {}", theirs.err());
    said(&virtwire(lab, uri))
}

/// The exit code, and the second line of two.
#[track_caller]
fn said(output: &Output) -> (Option<i32>, String) {
    let err = output.err();
    let Some(("error: failed to connect to the hypervisor", why)) = err.trim_end().split_once('\n') else {
        panic!("exit {:?}\nstdout: {}\nstderr: {err}", output.code, output.out());
    };
    assert_eq!((output.out().as_str(), why.lines().count()), ("", 1), "{err}");
    (output.code, why.trim_start_matches("error: ").to_owned())
}

#[test]
fn the_networks_of_a_daemon_are_listed_over_tls() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(lab) = daemon(&ca, &server).start() else { return };
    lab.bring(lab::state::State::One);
    for host in ["localhost", "127.0.0.1:16514", ""] {
        assert_eq!(both_list(&lab, &uri(host, &folder)).err(), "", "{host}");
    }
    // TLS is what is meant where a host is named, and no transport.
    assert_eq!(both_list(&lab, &uri("localhost", &folder).replace("+tls", "")).err(), "");
    // virsh asks for no address of IPv6 where there is none but this.
    assert_eq!(virtwire(&lab, &uri("[::1]", &folder)).expect_ok().err(), "");
}

#[test]
fn versions_and_ciphers_are_those_that_either_side_allows() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let ours = |words: &str| format!("{}&tls_priority={words}", uri("localhost", &folder));
    for theirs in ["NORMAL", "NORMAL:-VERS-TLS1.3", "NORMAL:-VERS-ALL:%2BVERS-TLS1.3"] {
        let theirs = theirs.replace("%2B", "+");
        let config = format!("tls_priority = \"{theirs}\"");
        let Some(lab) = daemon(&ca, &server).config(&config).start() else { return };
        both_list(&lab, &uri("localhost", &folder));
        let all =
            ["NORMAL", "SECURE128", "PFS", "NORMAL:-AES-256-GCM:-AES-128-GCM", "NORMAL:-CHACHA20-POLY1305"];
        for words in all {
            both_list(&lab, &ours(words));
        }
        // These want RSA keys of 3072 bits.
        for words in ["SECURE192", "SECURE256", "NORMAL:%25PROFILE_HIGH"] {
            let (code, why) = neither_lists(&lab, &ours(words));
            assert_eq!(code, Some(4), "{why}");
            assert!(why.contains(" has an RSA key of 2048 bits, and tls_priority wants 3072; "), "{why}");
        }
        both_list(&lab, &ours("SECURE192:%25PROFILE_MEDIUM"));
        if theirs.contains("-VERS-TLS1.3") {
            // virsh has versions that are older still.
            let (code, why) = said(&virtwire(&lab, &ours("NORMAL:-VERS-TLS1.2")));
            assert_eq!(code, Some(1), "{why}");
            assert!(
                why.starts_with("localhost port 16514 and this client have no way of TLS in common ("),
                "{why}"
            );
        } else {
            both_list(&lab, &ours("NORMAL:-VERS-ALL:%2BVERS-TLS1.3"));
            both_list(
                &lab,
                &ours("NONE:%2BVERS-TLS1.3:%2BAES-128-GCM:%2BAEAD:%2BGROUP-SECP384R1:%2BSIGN-ALL"),
            );
        }
    }
}

#[test]
fn words_of_gnutls_that_cannot_be_kept_are_named() {
    let at = |words: &str| {
        let uri =
            format!("qemu+tls://localhost:1/system?tls_priority={words}&no_verify=1&pkipath=/nonexistent");
        said(&run(std::process::Command::new(virtwire_path()).args(["-c", &uri, "net-list"]), DEADLINE))
    };
    let (code, why) = at("NORMAL:%2B3DES-CBC");
    assert_eq!(code, Some(1));
    assert!(
        why.starts_with(
            "tls_priority 'NORMAL:+3DES-CBC': '+3DES-CBC' cannot be kept: virtwire does not have it; "
        ),
        "{why}"
    );
    let (code, why) = at("NORMAL:-VERS-TLS1.2:-VERS-TLS1.3");
    assert_eq!(code, Some(2));
    assert!(
        why.starts_with("tls_priority 'NORMAL:-VERS-TLS1.2:-VERS-TLS1.3' leaves no version of TLS"),
        "{why}"
    );
}
