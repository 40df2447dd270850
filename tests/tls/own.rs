//! This side's own files: each fault with the file that has it, before anything is sent.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::lab::run::{DEADLINE, run};
use crate::names::{FUTURE, PAST};
use crate::pki::{self, CLIENT, Pair};
use crate::{both_list, change_server, daemon, neither_lists, said, uri, virtwire_path};

/// What virtwire says with a folder, where there is no server at all.
fn alone(folder: &Path, more: &str) -> (Option<i32>, String) {
    let uri = format!("{}{more}", uri("localhost:1", folder));
    said(&run(Command::new(virtwire_path()).args(["-c", &uri, "net-list"]), DEADLINE))
}

#[test]
fn each_fault_of_a_file_is_told_with_the_file() {
    if pki::is_lacking() {
        return;
    }
    let (ca, _, me) = crate::usual();
    let good = pki::client_folder("faulty", &ca, Some(&me));
    let put = |name: &str, text: &str| fs::write(good.join(name), text).expect("the folder is ours");
    let reset = || pki::fill(&good, &ca, Some(&me));
    let at = |name: &str| good.join(name).display().to_string();

    put("clientkey.pem", "no key");
    assert!(
        alone(&good, "").1.starts_with(&format!("{} holds no private key in PEM: ", at("clientkey.pem")))
    );
    put("clientkey.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let (code, why) = alone(&good, "");
    assert_eq!(code, Some(1), "{why}");
    assert!(
        why.starts_with(&format!("the private key {} cannot be used: it is damaged; ", at("clientkey.pem"))),
        "{why}"
    );
    let mut locking = Command::new("openssl");
    locking
        .args(["pkcs8", "-topk8", "-passout", "pass:x", "-in"])
        .arg(&me.key)
        .arg("-out")
        .arg(good.join("clientkey.pem"));
    run(&mut locking, DEADLINE).expect_ok();
    let (code, why) = alone(&good, "");
    assert_eq!(code, Some(1), "{why}");
    assert!(
        why.starts_with(&format!("the private key {} is protected by a password; ", at("clientkey.pem"))),
        "{why}"
    );
    let another = pki::signed("another", &ca, pki::RSA, CLIENT);
    pki::copy(&another.key, &good.join("clientkey.pem"));
    let (code, why) = alone(&good, "");
    assert_eq!(code, Some(2), "{why}");
    let told = format!(
        "the private key {} does not fit the certificate {}; ",
        at("clientkey.pem"),
        at("clientcert.pem")
    );
    assert!(why.starts_with(&told), "{why}");

    reset();
    put("clientcert.pem", "");
    assert!(
        alone(&good, "")
            .1
            .starts_with(&format!("{} holds no client certificate in PEM: ", at("clientcert.pem")))
    );
    reset();
    put("cacert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert!(alone(&good, "").1.starts_with(&format!("a certificate in {} is damaged: ", at("cacert.pem"))));
    fs::remove_file(good.join("cacert.pem")).expect("it is there");
    let (code, why) = alone(&good, "");
    assert_eq!(code, Some(2), "{why}");
    assert!(
        why.starts_with(&format!(
            "the CA certificate {} cannot be read: No such file or directory",
            at("cacert.pem")
        )),
        "{why}"
    );
    // Who trusts any server needs no CA: only the missing server is in the way.
    assert!(alone(&good, "&no_verify=1").1.contains("Connection refused"));
}

#[test]
fn own_certificates_are_looked_at_before_anything_is_sent_unless_that_is_not_wanted() {
    if pki::is_lacking() {
        return;
    }
    let (ca, _, me) = crate::usual();
    let stranger = pki::self_signed("stranger", &pki::CA.replace("virtwire's tests", "a stranger"));
    let client = |name: &str, more: &str| pki::signed(name, &ca, pki::RSA, &format!("{CLIENT}{more}"));
    let folder = |name: &str, ca: &Pair, me: &Pair| pki::client_folder(name, ca, Some(me));
    let no_signing = CLIENT.replace("signing_key\n", "");
    let old_ca = pki::self_signed("old-ca", &format!("{}{PAST}", pki::CA));
    let cases = [
        (folder("own-old", &ca, &client("own-old", PAST)), "clientcert.pem expired at 2021-01-01T", true),
        (
            folder("own-early", &ca, &client("own-early", FUTURE)),
            "clientcert.pem is not valid before 2090-01-01T",
            true,
        ),
        (folder("own-strange", &stranger, &me), "clientcert.pem was not signed by the CA of ", true),
        (folder("own-ca", &ca, &ca), "clientcert.pem is that of a CA; ", true),
        // What the CA's file has counts in any case: with these, no server could be trusted.
        (folder("no-ca", &me, &me), "cacert.pem is not that of a CA; ", false),
        (
            folder("no-signing", &ca, &pki::signed("no-signing", &ca, pki::RSA, &no_signing)),
            "clientcert.pem may not be used to sign handshakes; ",
            true,
        ),
        (folder("old-ca", &old_ca, &me), "cacert.pem expired at 2021-01-01T", false),
    ];
    for (folder, what, is_sanity) in cases {
        let (code, why) = alone(&folder, "");
        assert_eq!(code, Some(2), "{why}");
        assert!(why.contains(what), "{what}: {why}");
        let (_, why) = alone(&folder, "&no_sanity=1");
        assert_eq!(why.contains("Connection refused"), is_sanity, "{what}: {why}");
    }
}

/// Not to look at this side's certificates does not make a CA of what is none.
#[test]
fn without_looking_those_cas_that_are_fit_still_are_the_only_ones() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let leaf = pki::signed("leaf", &ca, pki::RSA, &format!("cn = leaf\n{}", pki::NAMELESS));
    let of_leaf = pki::signed("of-leaf", &leaf, pki::RSA, pki::SERVER);
    let Some(mut lab) = daemon(&ca, &of_leaf).start() else { return };
    let folder = pki::client_folder("leaf", &leaf, Some(&me));
    let (code, why) = neither_lists(&lab, &format!("{}&no_sanity=1", uri("localhost", &folder)));
    assert_eq!(code, Some(2), "{why}");
    assert!(why.contains("client-leaf/cacert.pem is not that of a CA; "), "{why}");

    // A CA that is out of date, beside the one that took its place.
    change_server(&mut lab, &server);
    let old = pki::self_signed("old-ca", &format!("{}{PAST}", pki::CA));
    let both = pki::together("old-and-new", &[&old.cert, &ca.cert]);
    pki::copy(&both, &folder.join("cacert.pem"));
    assert_eq!(both_list(&lab, &format!("{}&no_sanity=1", uri("localhost", &folder))).err(), "");
    let (code, why) = neither_lists(&lab, &uri("localhost", &folder));
    assert_eq!(code, Some(2), "{why}");
    assert!(why.contains("client-leaf/cacert.pem expired at 2021-01-01T"), "{why}");
}

#[test]
fn virsh_minds_the_same() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let stranger = pki::self_signed("stranger", &pki::CA.replace("virtwire's tests", "a stranger"));
    let old = pki::signed("own-old", &ca, pki::RSA, &format!("{CLIENT}{PAST}"));
    for (name, ca, me) in
        [("v-old", &ca, &old), ("v-strange", &stranger, &me), ("v-ca", &ca, &ca), ("v-noca", &me, &me)]
    {
        let folder = pki::client_folder(name, ca, Some(me));
        assert_eq!(neither_lists(&lab, &uri("localhost", &folder)).0, Some(2), "{name}");
    }
    let folder = pki::client_folder("good", &ca, Some(&me));
    both_list(&lab, &uri("localhost", &folder));
}

/// What root may read is no test of permissions: another user runs it.
#[test]
fn a_key_that_this_user_may_not_read_is_told_with_the_reason() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, me) = crate::usual();
    let Some(lab) = daemon(&ca, &server).start() else { return };
    let folder = lab.dir().join("unreadable");
    fs::create_dir(&folder).expect("the folder is ours");
    pki::fill(&folder, &ca, Some(&me));
    fs::set_permissions(folder.join("clientcert.pem"), fs::Permissions::from_mode(0o644))
        .expect("it is ours");
    fs::set_permissions(folder.join("clientkey.pem"), fs::Permissions::from_mode(0o600)).expect("it is ours");
    let (code, why) =
        said(&crate::places::as_user(&lab, Path::new("/nonexistent"), &uri("localhost", &folder)));
    assert_eq!(code, Some(5), "{why}");
    let key = folder.join("clientkey.pem");
    assert!(
        why.starts_with(&format!("the private key {} cannot be read: Permission denied", key.display())),
        "{why}"
    );
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let (code, why) =
        said(&crate::places::as_user(&lab, Path::new("/nonexistent"), &uri("localhost", &folder)));
    assert_eq!(code, Some(5), "{why}");
    let ca = folder.join("cacert.pem");
    assert!(
        why.starts_with(&format!("the CA certificate {} cannot be read: Permission denied", ca.display())),
        "{why}"
    );
}
