//! Servers that speak TLS and are no daemon: the client neither hangs nor takes them for one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::lab::run::{DEADLINE, run};
use crate::{pki, said, uri, virtwire_path};

pub(crate) struct Fake {
    process: Child,
    pub(crate) port: u16,
}

impl Fake {
    pub(crate) fn start(how: &str) -> Self {
        let (_, server, _) = crate::usual();
        let mut command = Command::new("python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/fake.py"));
        command.arg(&server.cert).arg(&server.key).arg(how).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("python3 runs");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says its port");
        Self { process, port: line.trim().parse().expect("a port is a number") }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn servers_that_are_no_daemons_are_told_apart_and_none_makes_the_client_hang() {
    if pki::is_lacking() {
        return;
    }
    let (ca, _, me) = crate::usual();
    let folder = pki::client_folder("good", &ca, Some(&me));
    let cases = [
        ("mute", 4, "the TLS handshake with 127.0.0.1 port PORT took longer than 2 seconds"),
        ("plain", 1, "127.0.0.1 port PORT does not speak TLS; "),
        ("cut", 4, "127.0.0.1 port PORT closed the connection in the middle of the TLS handshake; "),
        ("silent", 4, "waiting for 127.0.0.1 port PORT to let this client in took longer than 2 seconds"),
        ("zero", 1, "127.0.0.1 port PORT sent 0x00 in place of 0x01 after the TLS handshake; "),
        ("garbage", 1, "127.0.0.1 port PORT sent 0x48 in place of 0x01 after the TLS handshake; "),
        ("close", 5, "127.0.0.1 port PORT refused this client's certificate; "),
        ("drop", 5, "127.0.0.1 port PORT refused this client's certificate; "),
        ("break", 1, "the TLS handshake with 127.0.0.1 port PORT failed: "),
    ];
    for (how, code, told) in cases {
        let fake = Fake::start(how);
        let began = Instant::now();
        let uri = uri(&format!("127.0.0.1:{}", fake.port), &folder);
        let output =
            run(Command::new(virtwire_path()).args(["-c", &uri, "--timeout", "2", "net-list"]), DEADLINE);
        let (ended, why) = said(&output);
        assert_eq!(ended, Some(code), "{how}: {why}");
        let told = told.replace("PORT", &fake.port.to_string());
        assert!(why.starts_with(&told), "{how}: {why}");
        assert!(began.elapsed().as_secs() < 20, "{how}");
    }
}
