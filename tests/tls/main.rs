//! TLS: real daemons with real certificates, each way in which it can fail, and servers that only look like a daemon.

#[path = "../lab/mod.rs"]
mod lab;
mod pki;

use std::path::Path;

use lab::run::{DEADLINE, Output, run};
use lab::{Lab, LabBuilder, virtwire_path};
use pki::Pair;

/// A daemon that speaks TLS alone, with the files that [`daemon`] gives it, whatever they are worth.
const CONFIG: &str = r#"
listen_tls = 1
listen_tcp = 0
auth_tls = "none"
tls_no_sanity_certificate = 1
ca_file = "/etc/libvirt/tls/cacert.pem"
cert_file = "/etc/libvirt/tls/servercert.pem"
key_file = "/etc/libvirt/tls/serverkey.pem"
crl_file = ""
"#;

/// A daemon with this certificate, which trusts this CA.
fn daemon(ca: &Pair, server: &Pair) -> LabBuilder {
    let read = |path: &Path| std::fs::read(path).expect("certtool made it");
    Lab::builder()
        .listen()
        .config(CONFIG)
        .file("etc/tls/cacert.pem", read(&ca.cert))
        .file("etc/tls/servercert.pem", read(&server.cert))
        .file("etc/tls/serverkey.pem", read(&server.key))
}

/// A client inside the lab.
fn client(lab: &Lab, program: &str, uri: &str, arguments: &[&str]) -> Output {
    run(lab.client_inside(program).args(["-c", uri]).args(arguments), DEADLINE)
}

/// The same to virtwire and to virsh: both list the networks, and say the same.
fn both_list(lab: &Lab, uri: &str) -> Output {
    let list = ["net-list", "--all"];
    let ours = client(lab, &virtwire_path(), uri, &list).expect_ok();
    let theirs = client(lab, "virsh", uri, &list).expect_ok();
    assert_eq!(ours.out(), theirs.out(), "{uri}");
    ours
}

#[test]
fn the_networks_of_a_daemon_are_listed_over_tls() {
    let ca = pki::ca();
    let server = pki::signed("server", &ca, pki::RSA, pki::SERVER);
    let me = pki::signed("client", &ca, pki::RSA, pki::CLIENT);
    let folder = pki::client_folder("good", &ca, Some(&me));
    let Some(lab) = daemon(&ca, &server).start() else { return };
    lab.bring(lab::state::State::One);
    let uri = |host| format!("qemu+tls://{host}/system?pkipath={}", folder.display());
    for host in ["localhost", "127.0.0.1:16514"] {
        assert_eq!(both_list(&lab, &uri(host)).err(), "");
    }
    // virsh asks for no address of IPv6 where there is none but this.
    client(&lab, &virtwire_path(), &uri("[::1]"), &["net-list"]).expect_ok();
}
