//! What answers at an address, and is no libvirt daemon.

#![allow(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use virtwire::{Connection, Error, ErrorKind, Options, Timeouts};

use crate::lab::run::{DEADLINE, run};
use crate::lab::virtwire_path;

/// What a service that answers a first call so, and then closes, leaves of opening a connection.
async fn opened_at(answer: &'static [u8]) -> (Error, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut call = [0; 28];
        stream.read_exact(&mut call).await.unwrap();
        stream.write_all(answer).await.unwrap();
    };
    let uri = format!("qemu+tcp://127.0.0.1:{port}/system");
    let (opened, ()) = tokio::join!(Connection::open(&uri), service);
    (opened.unwrap_err(), port)
}

#[tokio::test]
async fn a_port_of_another_service_is_told_by_what_it_says() {
    for (answer, speaks) in [
        (b"\x15\x03\x01\x00\x02\x02\x46".as_slice(), "speaks TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH, not libvirt's protocol"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP, not libvirt's protocol"),
    ] {
        let (error, port) = opened_at(answer).await;
        let said = format!("what answers at 127.0.0.1:{port} {speaks}");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Protocol, said));
    }
}

#[tokio::test]
async fn a_port_that_speaks_tls_is_told_with_the_uri_that_does() {
    let (error, port) = opened_at(b"\x15\x03\x03\x00\x02\x02\x28").await;
    let advice = format!("qemu+tls://127.0.0.1:{port}/... reaches it, with certificates");
    assert_eq!(error.advice(), Some(advice.as_str()));
}

#[tokio::test]
async fn what_is_unknown_is_not_guessed_at() {
    let (error, _) = opened_at(b"220 mail.example\r\n").await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(error.to_string(), "the server does not speak libvirt's protocol");
}

#[tokio::test]
async fn a_port_that_closes_at_once_may_be_one_for_tls() {
    let (error, port) = opened_at(b"").await;
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(
        error.to_string(),
        format!("127.0.0.1:{port}: the server closed the connection before it was open")
    );
    assert!(error.advice().unwrap().contains(&format!("qemu+tls://127.0.0.1:{port}/...")), "{error:?}");
}

#[tokio::test]
async fn a_service_that_says_nothing_ends_by_the_deadline_of_the_step_that_waits_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("qemu+tcp://{}/system", listener.local_addr().unwrap());
    let options = Options::new().timeouts(Timeouts::all(Duration::from_millis(200)));
    let error = options.open(&uri).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "asking how to authenticate took longer than 0.2 seconds");
}

#[test]
fn a_password_in_a_uri_is_in_no_output() {
    let [good, bad] = ["qemu+tls://me:secret@host/system", "qemu+tls://me:sec ret@host/system"];
    for uri in [good, bad] {
        for options in
            [vec![], vec!["-o", "json"], vec!["--trace"], vec!["-c", "qemu+tls://me:secret@other/system"]]
        {
            let mut command = Command::new(virtwire_path());
            let output =
                run(command.args(["-c", uri]).args(&options).args(["net-disable", "default"]), DEADLINE);
            let all = output.out() + &output.err();
            assert_eq!(output.code, Some(2), "{all}");
            assert!(!all.contains("secret") && !all.contains("ret@"), "{options:?}: {all}");
        }
        let mut command = Command::new(virtwire_path());
        let output = run(command.env("LIBVIRT_DEFAULT_URI", uri).args(["-o", "json", "net-list"]), DEADLINE);
        assert!(output.out().contains(r#""uri":"qemu+tls://me:***@host/system""#), "{}", output.out());
    }
}
