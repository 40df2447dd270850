//! Peers that are no daemon, or a broken one.

use super::lab::relay::read_frame;
use super::lab::run::{DEADLINE, Output, run, wait};
use super::peer::{KEEPALIVE, MESSAGE, Peer, REMOTE, frame, open};
use super::{assert_broken_off, assert_not_connected};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// Lists networks with deadlines of half a second; fails the test if it takes more than all of them together.
fn list(peer: &Peer) -> Output {
    let begun = Instant::now();
    let output = run(peer.client("0.5").args(["net-list", "--all"]), DEADLINE);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    output
}

/// Reads until the client goes away.
fn drain(mut stream: UnixStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_silent_peer_is_waited_for_no_longer_than_the_deadline() {
    let peer = Peer::start(drain);
    let output = list(&peer);
    assert_not_connected(&output, 4);
    assert!(output.err().contains("0.5 seconds"), "{}", output.err());
}

#[test]
fn a_peer_that_falls_silent_after_opening_is_waited_for_no_longer_than_the_deadline() {
    let peer = Peer::start(|mut stream| {
        if open(&mut stream) {
            drain(stream);
        }
    });
    assert_broken_off(&list(&peer), 4);
}

#[test]
fn a_waiting_program_has_one_thread() {
    let peer = Peer::start(drain);
    let mut command = peer.client("3");
    command.arg("net-list").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("virtwire runs");
    let socket_is_open = || {
        let entries = fs::read_dir(format!("/proc/{}/fd", child.id()));
        let mut targets =
            entries.into_iter().flatten().flatten().filter_map(|e| fs::read_link(e.path()).ok());
        targets.any(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let end = Instant::now() + DEADLINE;
    while !socket_is_open() {
        assert!(Instant::now() < end, "no connection is made");
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(200));
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).map(Iterator::count);
    assert_eq!(threads.ok(), Some(1));
    assert_eq!(wait(&mut child, DEADLINE), Some(Some(4)), "it still waited when its threads were counted");
}

#[test]
fn garbage_is_no_daemon() {
    let garbage: [&[u8]; 6] = [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        &[0; 64],
        &[0xff; 64],
        // A frame of the right length and a wrong program, version, type, status.
        &[0, 0, 0, 28, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6],
        // Longer than any frame may be.
        &[2, 0, 0, 5],
    ];
    for bytes in garbage {
        let peer = Peer::start(move |mut stream| {
            let _ = stream.write_all(bytes);
            drain(stream);
        });
        let output = list(&peer);
        // What could be a frame of something unknown is passed over; then it is silence that is not answered.
        let code = if bytes.first_chunk() == Some(&28u32.to_be_bytes()) { 4 } else { 1 };
        assert_not_connected(&output, code);
    }
}

#[test]
fn a_peer_that_never_finishes_its_frame_is_waited_for_no_longer_than_the_deadline() {
    let peer = Peer::start(|mut stream| {
        // Thirty-two megabytes are announced and come a byte at a time.
        let _ = stream.write_all(&0x0200_0004u32.to_be_bytes());
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_not_connected(&list(&peer), 4);
}

/// Floods a client that has said something with copies of `bytes`, and never answers.
fn flood(bytes: &[u8]) -> Peer {
    let chunk = bytes.repeat(1 + 65536 / bytes.len());
    Peer::start(move |mut stream| {
        let reader = stream.try_clone().expect("there are descriptors left");
        thread::spawn(move || drain(reader));
        while stream.write_all(&chunk).is_ok() {}
    })
}

#[test]
fn floods_do_not_outlast_the_deadline_nor_fill_the_memory() {
    let event = frame(REMOTE, 315, MESSAGE, 0, &[0; 64]);
    let ping = frame(KEEPALIVE, 1, MESSAGE, 0, &[]);
    let unknown = frame(REMOTE, 9999, MESSAGE, 0, &[0; 1024]);
    for bytes in [event, ping, unknown] {
        let peer = flood(&bytes);
        let begun = Instant::now();
        let mut command = peer.client("2");
        command.arg("net-list").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("virtwire runs");
        thread::sleep(Duration::from_millis(700));
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: u64 = peak
            .and_then(|text| text.trim().strip_suffix(" kB"))
            .and_then(|number| number.parse().ok())
            .expect("it still runs");
        assert!(peak < 40_000, "{peak} kB");
        assert_eq!(wait(&mut child, DEADLINE), Some(Some(4)));
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_peer_that_pings_and_reads_no_pong_is_waited_for_no_longer_than_the_deadline() {
    let pings = frame(KEEPALIVE, 1, MESSAGE, 0, &[]).repeat(1000);
    let peer = Peer::start(move |mut stream| while stream.write_all(&pings).is_ok() {});
    assert_not_connected(&list(&peer), 4);
}

#[test]
fn a_peer_that_stops_reading_is_waited_for_no_longer_than_the_deadline() {
    let peer = Peer::start(|mut stream| {
        if open(&mut stream) {
            // The client's words fill the socket, and then nothing moves until the test ends.
            thread::sleep(DEADLINE);
        }
    });
    let folder = super::peer::Folder::new();
    let file = folder.path().join("big.xml");
    let name = "n".repeat(3_000_000);
    fs::write(&file, format!("<network><name>{name}</name></network>")).expect("the folder is ours");
    let mut command = peer.client("0.5");
    command.args(["net-define", &file.display().to_string()]);
    let begun = Instant::now();
    let output = run(&mut command, DEADLINE);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // Part of it was sent: what the peer makes of that is not known.
    assert_broken_off(&output, 8);
}

#[test]
fn a_peer_that_hangs_up_at_once_is_unreachable() {
    let at_once = Peer::start(drop);
    assert_not_connected(&list(&at_once), 4);
    let after_the_first_call = Peer::start(|mut stream| {
        let _ = read_frame(&mut stream);
    });
    assert_not_connected(&list(&after_the_first_call), 4);
    let after_opening = Peer::start(|mut stream| {
        open(&mut stream);
    });
    assert_broken_off(&list(&after_opening), 4);
}
