//! Processors without any of the instructions that came after the first of their kind.

use std::process::Command;

use crate::fake::Fake;
use crate::lab::run::{DEADLINE, run};
use crate::{pki, said, uri, virtwire_path};

#[test]
fn the_oldest_x86_64_speaks_tls_too() {
    if pki::is_lacking() || !cfg!(target_arch = "x86_64") {
        return;
    }
    if run(Command::new("sh").args(["-c", "command -v qemu-x86_64"]), DEADLINE).code != Some(0) {
        eprintln!("SKIPPED: no program `qemu-x86_64` in PATH");
        return;
    }
    let (ca, _, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let fake = Fake::start("zero");
    let uri = uri(&format!("127.0.0.1:{}", fake.port), &folder);
    let mut old = Command::new("qemu-x86_64");
    // The first that AMD made: SSE2, and nothing later.
    old.args(["-cpu", "Opteron_G1", &virtwire_path(), "-c", &uri, "net-list"]);
    let (_, why) = said(&run(&mut old, DEADLINE));
    // It got through the handshake, with both certificates.
    assert!(why.contains(" sent 0x00 in place of 0x01 after the TLS handshake; "), "{why}");
}
