//! Every way to a daemon, every cipher, every place of a ticket.

use std::fs;

use crate::lab::Lab;
use crate::lab::state::State;
use crate::pki;
use crate::realm::{CIPHERS, DEFAULT, Realm};
use crate::tls;

const URI: &str = "qemu+tcp://localhost/system";

#[test]
fn on_plain_tcp_every_cipher_of_a_ticket_serves() {
    let Some(realm) = Realm::tcp() else { return };
    realm.lab.bring(State::One);
    let cache = realm.kinit("alice.cc", &[]);
    for (host, cipher) in CIPHERS {
        let list = realm.both_agree(&cache, &format!("qemu+tcp://{host}/system"), &["net-list", "--all"]);
        assert_eq!(list.lines().count(), 4, "{cipher}: {list}");
    }
    let log = fs::read_to_string(realm.file("kdc.log")).expect("the KDC logs");
    for (host, cipher) in CIPHERS {
        let is_given =
            |line: &&str| line.contains("TGS_REQ") && line.contains(&format!("for libvirt/{host}@"));
        let line = log.lines().find(is_given).expect("a ticket was given");
        assert!(line.contains(&format!("ses={cipher}(")), "{line}");
    }
}

#[test]
fn a_ticket_in_the_cache_serves_without_a_kdc_and_one_from_a_kdc_is_not_kept() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &[]);
    realm.virtwire(&cache, URI, &["net-list"]).expect_ok();
    assert_eq!(realm.services(&cache), ["krbtgt/LAB.TEST@LAB.TEST"]);
    realm.client("virsh", &cache, URI, &["net-list"]).expect_ok();
    assert_eq!(realm.services(&cache), ["krbtgt/LAB.TEST@LAB.TEST", "libvirt/localhost@"]);
    let pid = fs::read_to_string(realm.file("kdc.pid")).expect("the KDC said who it is");
    realm.lab.exec(&["kill", "-9", pid.trim()]).expect_ok();
    realm.both_agree(&cache, URI, &["net-list", "--all"]);
    let said = realm.both_refused(&cache, "qemu+tcp://a.example.test/system", 4);
    assert!(said.contains("no KDC of the Kerberos realm LAB.TEST answers: 127.0.0.1:88: "), "{said}");
}

#[test]
fn a_megabyte_goes_through_the_layer_in_both_directions() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &[]);
    let host = |i: u32| {
        let [_, b, c, d] = u32::to_be_bytes(0x0a00_0100 + i);
        format!("<host ip='10.{b}.{c}.{d}'><hostname>host-{i}.long.example.org</hostname></host>")
    };
    let hosts: String = (0..16_000).map(host).collect();
    for (host, cipher) in CIPHERS {
        let xml = format!(
            "<network><name>{cipher}</name><bridge name='{}'/><dns>{hosts}</dns></network>",
            &host[..1]
        );
        assert!(xml.len() > 1024 * 1024);
        let path = realm.file("long.xml");
        fs::write(&path, xml).expect("the lab's folder is ours");
        let uri = format!("qemu+tcp://{host}/system");
        realm.virtwire(&cache, &uri, &["net-define", &path.display().to_string()]).expect_ok();
        let xml = realm.both_agree(&cache, &uri, &["net-dumpxml", cipher]);
        assert!(xml.len() > 1024 * 1024 && xml.contains("host-15999.long.example.org"), "{cipher}");
    }
}

#[test]
fn within_tls_a_ticket_serves_without_a_layer() {
    if pki::is_lacking() {
        return;
    }
    let (ca, server, client) = tls::usual();
    let builder = tls::daemon(&ca, &server).config("auth_tls = \"sasl\"");
    let Some(realm) = Realm::around(builder, DEFAULT) else { return };
    realm.lab.bring(State::One);
    let cache = realm.kinit("alice.cc", &[]);
    let uri = tls::uri("localhost", &pki::client_folder("gssapi", &ca, Some(&client)));
    realm.both_agree(&cache, &uri, &["net-list", "--all"]);
}

#[test]
fn on_a_unix_socket_a_ticket_for_localhost_serves() {
    let builder = Lab::builder().config("auth_unix_ro = \"sasl\"");
    let Some(realm) = Realm::around(builder, DEFAULT) else { return };
    realm.lab.bring(State::One);
    let cache = realm.kinit("alice.cc", &[]);
    realm.both_agree(&cache, "qemu:///system", &["-r", "net-list", "--all"]);
}

#[test]
fn tickets_may_lie_in_a_folder() {
    let Some(realm) = Realm::tcp() else { return };
    let folder = realm.file("tickets");
    fs::create_dir(&folder).expect("the lab's folder is ours");
    let file = realm.kinit("tickets/tkt1", &[]);
    fs::write(folder.join("primary"), "tkt1\n").expect("the lab's folder is ours");
    assert!(file.starts_with("FILE:"));
    realm.both_agree(&format!("DIR:{}", folder.display()), URI, &["net-list", "--all"]);
    realm.both_agree(&format!("DIR::{}/tkt1", folder.display()), URI, &["net-list", "--all"]);
}

#[test]
fn a_host_of_another_realm_that_trusts_the_users_is_reached() {
    let Some(realm) = Realm::tcp() else { return };
    let cache = realm.kinit("alice.cc", &[]);
    realm.both_agree(&cache, "qemu+tcp://far.example.test/system", &["net-list", "--all"]);
}
