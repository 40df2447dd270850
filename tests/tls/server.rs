//! A real daemon that speaks TLS, and a client that it knows.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, reason = "a test's helper fails the test")]

use std::path::Path;

use crate::lab::{Lab, LabBuilder};
use crate::pki::{self, Pair};

/// A daemon that speaks TLS alone, with the files that [`daemon`] gives it, whatever they are worth.
pub(crate) const CONFIG: &str = r#"
listen_tls = 1
listen_tcp = 0
auth_tls = "none"
tls_no_sanity_certificate = 1
ca_file = "/etc/libvirt/tls/cacert.pem"
cert_file = "/etc/libvirt/tls/servercert.pem"
key_file = "/etc/libvirt/tls/serverkey.pem"
"#;

/// Names that lead to the lab.
pub(crate) const HOSTS: &str =
    "127.0.0.1 localhost a.example.test b.a.example.test example.test host1.example\n::1 localhost\n";

/// A daemon with this certificate, which trusts this CA.
pub(crate) fn daemon(ca: &Pair, server: &Pair) -> LabBuilder {
    daemon_with(CONFIG, ca, server)
}

pub(crate) fn daemon_with(config: &str, ca: &Pair, server: &Pair) -> LabBuilder {
    let read = |path: &Path| std::fs::read(path).expect("certtool made it");
    Lab::builder()
        .listen()
        .config(config)
        .file("hosts", HOSTS)
        .mount("hosts", "/etc/hosts")
        .file("etc/tls/cacert.pem", read(&ca.cert))
        .file("etc/tls/servercert.pem", read(&server.cert))
        .file("etc/tls/serverkey.pem", read(&server.key))
}

/// The daemon that most tests are about, and its client.
pub(crate) fn usual() -> (Pair, Pair, Pair) {
    let ca = pki::ca();
    let server = pki::signed("server", &ca, pki::RSA, pki::SERVER);
    let client = pki::signed("client", &ca, pki::RSA, pki::CLIENT);
    (ca, server, client)
}

/// `qemu+tls://` with the certificates of a folder.
pub(crate) fn uri(host: &str, folder: &Path) -> String {
    format!("qemu+tls://{host}/system?pkipath={}", folder.display())
}
