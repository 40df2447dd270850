//! `--trace`: what it shows of a conversation, and that nothing a peer sends breaks it.

#![cfg(all(feature = "cli", feature = "json", feature = "testdaemon", feature = "trace"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod cli;

use std::process::Command;

use cli::{Folder, Said, say, server, test, virtwire};

const NET: &str = "net={name=\"default\" uuid=5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122}";

/// The lines of the trace without their times, which are checked to be times; and the other lines of stderr.
fn trace(said: &Said) -> (Vec<&str>, Vec<&str>) {
    let (mut frames, mut others, mut latest) = (Vec::new(), Vec::new(), 0.0);
    for line in said.err.lines() {
        let Some((time, frame)) = line.split_once(" ms ") else {
            others.push(line);
            continue;
        };
        let milliseconds: f64 = time.trim_start().parse().unwrap();
        assert!(time.len() >= 9 && time.as_bytes()[time.len() - 4] == b'.', "microseconds: '{line}'");
        assert!((latest..60_000.0).contains(&milliseconds), "after {latest}: '{line}'");
        latest = milliseconds;
        frames.push(frame);
    }
    (frames, others)
}

#[test]
fn each_frame_is_a_line_on_stderr() {
    let said = test(&["--trace", "net-autostart", "default"]);
    assert_eq!(said.out, "Network default marked as autostarted\n\n");
    let expected = [
        "-> auth_list #1 call ok, 28 bytes",
        "<- auth_list #1 reply ok, 36 bytes: types=[None]",
        "-> connect_open #2 call ok, 56 bytes: name=\"test:///default\" flags=0",
        "<- connect_open #2 reply ok, 28 bytes",
        "-> connect_supports_feature #3 call ok, 32 bytes: feature=10",
        "-> network_lookup_by_name #4 call ok, 40 bytes: name=\"default\"",
        "<- connect_supports_feature #3 reply ok, 32 bytes: supported=1",
        &format!("<- network_lookup_by_name #4 reply ok, 56 bytes: {NET}"),
        &format!("-> network_set_autostart #5 call ok, 60 bytes: {NET} autostart=1"),
        "<- network_set_autostart #5 reply ok, 28 bytes",
        "-> connect_close #6 call ok, 28 bytes",
        "<- connect_close #6 reply ok, 28 bytes",
    ];
    assert_eq!(trace(&said), (expected.to_vec(), vec![]));
}

#[test]
fn errors_of_the_server_are_shown_with_code_domain_and_message() {
    let said = test(&["--trace", "-r", "net-info", "a\u{9b}b"]);
    let (frames, others) = trace(&said);
    assert!(frames.contains(&r#"-> connect_open #2 call ok, 56 bytes: name="test:///default" flags=1"#));
    assert!(
        frames.contains(&r#"-> network_lookup_by_name #4 call ok, 36 bytes: name="a\u{9b}b""#),
        "{frames:?}"
    );
    let message = r#"message="Network not found: no network with matching name 'a\u{9b}b'""#;
    let error = format!("<- network_lookup_by_name #4 reply error, 200 bytes: code=43 domain=19 {message}");
    assert!(frames.contains(&error.as_str()), "{frames:?}");
    assert_eq!((said.code(), others.len()), (3, 2), "{others:?}");
}

#[test]
fn without_the_option_nothing_is_shown() {
    assert_eq!(test(&["net-list"]).err, "");
}

#[test]
fn stdout_is_the_same_with_a_trace() {
    for args in [&["net-list", "--all"][..], &["-o", "json", "net-info", "default"]] {
        assert_eq!(test(args).out, test(&[&["--trace"], args].concat()).out);
    }
}

#[test]
fn a_trace_that_cannot_be_written_stops_nothing() {
    let program = env!("CARGO_BIN_EXE_virtwire");
    for stderr in ["2>&-", "2>/dev/full"] {
        let script = format!("exec {program} -c test:///default --trace net-uuid default {stderr}");
        let said = say(Command::new("sh").args(["-c", &script]));
        assert_eq!(
            (said.code(), said.out.as_str()),
            (0, "5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122\n\n"),
            "{stderr}"
        );
    }
}

/// A frame of this header (program, version, procedure, type, serial, status).
fn frame(header: [u32; 6], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(28 + payload.len()).unwrap();
    let words = [length].into_iter().chain(header).flat_map(u32::to_be_bytes);
    words.chain(payload.iter().copied()).collect()
}

#[test]
fn what_a_hostile_server_sends_is_shown_harmlessly() {
    const REMOTE: u32 = 0x2000_8086;
    let text = [&[0, 0, 0, 9][..], b"\x1b]0;x\x07\n->\0\0\0"].concat();
    let greeting = [
        frame([REMOTE, 1, 46, 1, 77, 0], &text),
        frame([REMOTE, 1, 315, 2, 1, 0], &[0xff; 9]),
        frame([REMOTE, 1, 341, 1, 5, 0], &[0, 0, 0xff, 0xff]),
        frame([0xdead_beef, 9, u32::MAX, 77, u32::MAX, 88], &[7; 5]),
        frame([0x6b65_6570, 1, 1, 2, 0, 0], &[]),
        b"HTTP/1.1 400 Bad Request\r\n".to_vec(),
    ];
    let folder = Folder::new("hostile-trace");
    let uri = server::silent(&folder, greeting.concat().leak());
    let said = say(&mut virtwire(&["-c", &uri, "--trace", "--timeout", "5", "net-list"]));
    let (frames, others) = trace(&said);
    let says = "more bytes were announced than the";
    let expected = [
        "-> auth_list #1 call ok, 28 bytes",
        r#"<- network_lookup_by_name #77 reply ok, 44 bytes: net={name="\u{1b}]0;x\u{7}\n->" uuid=<malformed at"#,
        "<- network_event_lifecycle #1 message ok, 37 bytes: callback_id=-1 net={name=<malformed at byte 8: length",
        &format!(
            "<- network_get_dhcp_leases #5 reply ok, 32 bytes: leases=[{{iface=<malformed at byte 4: 4 {says} 0"
        ),
        "<- program 0xdeadbeef version 9 procedure -1 #4294967295 type 77 status 88, 33 bytes: (5 bytes)",
        "<- keepalive.ping #0 message ok, 28 bytes",
        "-> keepalive.pong #0 message ok, 28 bytes",
    ];
    assert_eq!(frames.len(), expected.len(), "{frames:#?}");
    for (frame, expected) in frames.iter().zip(expected) {
        assert!(frame.starts_with(expected), "{frame}");
    }
    assert_eq!((said.code(), others.len()), (1, 2), "{others:?}");
    assert!(!said.err.contains('\u{1b}'), "{}", said.err);
}
