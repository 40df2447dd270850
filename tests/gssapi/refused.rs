//! What keeps a user out, each with its own words, and virsh beside.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use crate::lab::Lab;
use crate::realm::Realm;

const URI: &str = "qemu+tcp://localhost/system";

#[test]
fn without_a_ticket_both_are_refused_and_ours_says_where_one_was_looked_for() {
    let Some(realm) = Realm::tcp() else { return };
    let said = realm.both_refused("FILE:/nonexistent/cache", URI, 5);
    assert!(said.contains("Kerberos (GSSAPI) wants a ticket, and /nonexistent/cache has none: "), "{said}");
    assert!(said.contains("'kinit' gets one"), "{said}");
    let demanded = realm.both_refused("FILE:/nonexistent/cache", &format!("{URI}?auth=sasl.GSSAPI"), 5);
    assert_eq!(demanded, said);
    fs::write(realm.file("garbage"), b"\x05\x04\0\x0cgarbage").expect("the lab's folder is ours");
    let garbage = format!("FILE:{}", realm.file("garbage").display());
    // virsh crashes.
    let ours = realm.virtwire(&garbage, URI, &["net-list"]);
    assert_eq!(ours.code, Some(5), "{}", ours.err());
    assert!(ours.err().contains("it is no credential cache of version 3 or 4"), "{}", ours.err());
}

#[test]
fn tickets_that_are_not_in_a_file_are_refused_by_name() {
    let Some(realm) = Realm::tcp() else { return };
    for cache in ["KEYRING:persistent:0", "KCM:0", "MEMORY:"] {
        let said = realm.virtwire(cache, URI, &["net-list"]);
        assert_eq!(said.code, Some(1), "{cache}: {}", said.err());
        assert!(said.err().contains(&format!("Kerberos' tickets are in {cache}, and")), "{}", said.err());
        assert!(said.err().contains("export KRB5CCNAME=FILE:"), "{}", said.err());
    }
}

#[test]
fn an_expired_ticket_is_said_to_be_one() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &["-l", "2s"]);
    sleep(Duration::from_secs(3));
    let said = realm.both_refused(&cache, URI, 5);
    assert!(said.contains("the Kerberos ticket of alice@LAB.TEST in "), "{said}");
    assert!(said.contains(" seconds ago") && said.contains("kinit alice@LAB.TEST"), "{said}");
}

#[test]
fn a_service_that_the_realm_does_not_know_is_named() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &[]);
    for host in ["nobody.example.test", "127.0.0.1"] {
        let said = realm.both_refused(&cache, &format!("qemu+tcp://{host}/system"), 5);
        let named = format!("the Kerberos realm LAB.TEST knows no service libvirt/{host}@LAB.TEST");
        assert!(said.contains(&named) && said.contains("addprinc -randkey"), "{said}");
    }
}

#[test]
fn a_daemon_whose_keytab_is_old_lets_nobody_in() {
    let Some(realm) = Realm::tcp() else { return };
    realm.admin("LAB.TEST", "cpw -randkey libvirt/localhost");
    let cache = realm.kinit("alice.cc", &[]);
    let said = realm.both_refused(&cache, URI, 5);
    assert!(said.contains("authentication failed"), "{said}");
    assert!(
        said.contains("is its keytab (/etc/libvirt/krb5.tab) the one that the realm has for it"),
        "{said}"
    );
}

#[test]
fn a_ticket_that_the_kdc_cannot_read_is_refused_with_what_the_kdc_says() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &[]);
    realm.admin("LAB.TEST", "cpw -randkey krbtgt/LAB.TEST");
    let said = realm.both_refused(&cache, URI, 5);
    let gives = "the Kerberos realm LAB.TEST gives no ticket for libvirt/localhost@LAB.TEST: error 60 (";
    assert!(said.contains(gives) && said.contains("kvno libvirt/localhost"), "{said}");
}

#[test]
fn who_has_no_ticket_may_have_a_password() {
    let builder =
        Lab::builder().listen().config("listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"sasl\"\n").file(
            ".config/libvirt/auth.conf",
            "[credentials-x]\nauthname=alice\npassword=sesame\n[auth-libvirt-default]\ncredentials=x\n",
        );
    let sasl =
        "mech_list: gssapi digest-md5\nkeytab: /etc/libvirt/krb5.tab\nsasldb_path: /etc/sasl2/passwd.db\n";
    let Some(realm) = Realm::around(builder, sasl) else { return };
    let database = realm.file("sasl/passwd.db").display().to_string();
    let set = format!("echo sesame | saslpasswd2 -p -c -a libvirt -f {database} alice");
    realm.lab.exec(&["sh", "-c", &set]).expect_ok();
    let traced = |cache: &str, uri: &str| {
        let said = realm.virtwire(cache, uri, &["--trace", "net-list"]).expect_ok().err();
        let start = said.lines().find(|line| line.contains("auth_sasl_start") && line.contains("mech="));
        start.expect("a mechanism was begun").to_owned()
    };
    assert!(traced("FILE:/nonexistent", URI).contains("mech=\"DIGEST-MD5\""));
    let cache = realm.kinit("alice.cc", &[]);
    let begun = traced(&cache, URI);
    assert!(begun.contains("mech=\"GSSAPI\"") && begun.contains("secret"), "{begun}");
    assert!(traced(&cache, &format!("{URI}?auth=sasl.DIGEST-MD5")).contains("mech=\"DIGEST-MD5\""));
    let demanded = realm.virtwire("FILE:/nonexistent", &format!("{URI}?auth=sasl.GSSAPI"), &["net-list"]);
    assert_eq!(demanded.code, Some(5), "{}", demanded.err());
}
