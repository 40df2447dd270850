//! The security layer at work: long replies, long calls, many at once, and nothing secret in any trace.

use std::fs;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use virtwire::{Credentials, Definition, Options};

use crate::lab::run::{DEADLINE, run};
use crate::lab::{Lab, virtwire_path};
use crate::server::{both, both_agree, tcp};

const URI: &str = "qemu+tcp://localhost/system";

/// Networks that are no more than their names.
fn define(lab: &Lab, count: usize) {
    let folder = lab.dir().join("many");
    fs::create_dir(&folder).expect("the lab's folder is ours");
    let commands: Vec<_> = (0..count)
        .map(|i| {
            let path = folder.join(format!("{i}.xml"));
            let xml = format!("<network><name>n{i:04}</name><bridge name='many{i}'/></network>");
            fs::write(&path, xml).expect("the lab's folder is ours");
            format!("net-define {}", path.display())
        })
        .collect();
    lab.virsh(&[&commands.join("; ")]).expect_ok();
}

/// A network `long`, of 80 bytes for each host that it names.
fn named_hosts(count: u32) -> String {
    let host = |i| {
        let [_, b, c, d] = u32::to_be_bytes(0x0a00_0100 + i);
        format!("<host ip='10.{b}.{c}.{d}'><hostname>host-{i}.long.example.org</hostname></host>")
    };
    let hosts: String = (0..count).map(host).collect();
    format!("<network><name>long</name><bridge name='long0'/><dns>{hosts}</dns></network>")
}

#[test]
fn a_list_of_a_thousand_networks_comes_through() {
    let Some(lab) = tcp("digest-md5") else { return };
    define(&lab, 1000);
    let list = both_agree(&lab, URI, &["net-list", "--all"]);
    assert_eq!(list.lines().filter(|line| line.starts_with(" n")).count(), 1000);
}

#[test]
fn a_megabyte_of_xml_goes_through_in_both_directions() {
    let Some(lab) = tcp("digest-md5") else { return };
    let path = lab.dir().join("long.xml");
    let xml = named_hosts(16_000);
    assert!(xml.len() > 1024 * 1024);
    fs::write(&path, xml).expect("the lab's folder is ours");
    let define = ["net-define", path.to_str().expect("the path is UTF-8")];
    run(lab.client_inside(&virtwire_path()).args(["-c", URI]).args(define), DEADLINE).expect_ok();
    let xml = both_agree(&lab, URI, &["net-dumpxml", "long"]);
    assert!(xml.len() > 1024 * 1024 && xml.contains("host-15999.long.example.org"));
}

#[tokio::test]
async fn a_thousand_calls_at_once_are_all_answered() {
    let Some(lab) = tcp("digest-md5") else { return };
    let options = Options::new().credentials(|_| Ok(Some(Credentials::new("alice", "sesame"))));
    let opened = options.open_over(lab.stream_over_tcp(), "qemu:///system").await;
    let connection = opened.expect("alice may log in");
    let xml = named_hosts(100);
    connection.define_network(&xml, false).await.expect("a network is defined");
    let mut calls = JoinSet::new();
    for _ in 0..1000 {
        let connection = connection.clone();
        calls.spawn(async move {
            connection.lookup_network_by_name("long").await?.xml_desc(Definition::Current).await
        });
    }
    let all = async {
        let mut answered = 0;
        while let Some(done) = calls.join_next().await {
            let xml = done.expect("the call ends").expect("the daemon answers");
            assert!(xml.as_bytes().len() > 5000);
            answered += 1;
        }
        answered
    };
    assert_eq!(timeout(Duration::from_secs(60), all).await.expect("all in time"), 1000);
    connection.close().await.expect("the daemon says goodbye");
}

#[test]
fn nothing_secret_is_traced_or_said() {
    let Some(lab) = tcp("digest-md5") else { return };
    for (uri, code) in [(URI, 0), ("qemu+tcp://localhost/system?auth=sasl.SCRAM-SHA-256", 5)] {
        let mut command = lab.client_inside(&virtwire_path());
        let said = run(command.args(["--trace", "-c", uri, "net-list"]), DEADLINE);
        assert_eq!(said.code, Some(code), "{}", said.err());
        let all = said.out() + &said.err();
        assert!(all.contains("auth_sasl_init"), "{all}");
        for secret in ["sesame", "rspauth", "cnonce", "response="] {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
}

#[test]
fn on_plain_tcp_what_does_not_encrypt_is_refused_by_both() {
    let Some(lab) = tcp("digest-md5 scram-sha-256 plain") else { return };
    for mechanism in ["SCRAM-SHA-256", "PLAIN"] {
        let [virsh, virtwire] = both(&lab, &format!("{URI}?auth=sasl.{mechanism}"), &["net-list"]);
        assert_eq!((virsh.code, virtwire.code), (Some(1), Some(5)), "{mechanism}: {}", virtwire.err());
        assert!(virtwire.err().contains("DIGEST-MD5"), "{}", virtwire.err());
    }
}
