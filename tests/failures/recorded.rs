//! A conversation with a real daemon is recorded once, then played back to the program: a byte at a time, with pings
//! in between, and broken off at every position.

use super::lab::Lab;
use super::lab::relay::{Fate, From, Relay, read_frame};
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::State;
use super::lab::virtwire_path;
use super::peer::{KEEPALIVE, MESSAGE, Peer, frame};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server said, and after how many frames of the client.
#[derive(Debug, Clone)]
struct Said {
    heard: usize,
    procedure: u32,
    bytes: Vec<u8>,
}

/// Records what a daemon answers to a command.
fn record(lab: &Lab, args: &[&str]) -> (Vec<Said>, Output) {
    let relay = Relay::start(lab.dir().join("recorder"), lab.socket(), |frame| {
        // Answers are slow, so that all that the client says without waiting for one stands before it.
        if frame.from == From::Server {
            thread::sleep(Duration::from_millis(50));
        }
        Fate::Pass
    });
    let output =
        run(lab.client(&virtwire_path()).args(["-c", &relay.uri()]).args(args), DEADLINE).expect_ok();
    let mut heard = 0;
    let mut said = Vec::new();
    for frame in relay.frames() {
        match frame.from {
            From::Client => heard += 1,
            From::Server => said.push(Said { heard, procedure: frame.procedure, bytes: frame.bytes }),
        }
    }
    in_one_order(&mut said);
    (said, output)
}

/// Answers to what was asked at once come in any order. In this one, what the client does not wait for comes first, so
/// that it asks nothing while an answer is outstanding.
fn in_one_order(said: &mut [Said]) {
    let after_opening = said.get(2).map_or(0, |answer| answer.heard);
    let features = said.iter_mut().filter(|answer| answer.procedure == SUPPORTS_FEATURE);
    features.for_each(|answer| answer.heard = after_opening);
    said.sort_by_key(|answer| (answer.heard, answer.procedure != SUPPORTS_FEATURE));
}

/// Plays the server's part to one client: each answer once as many frames were heard as were then, written by `write`
/// until that says false.
fn play(said: &[Said], stream: &mut UnixStream, mut write: impl FnMut(&mut UnixStream, &[u8]) -> bool) {
    let mut heard = 0;
    for answer in said {
        while heard < answer.heard {
            match read_frame(stream) {
                // Pongs are no part of what was recorded.
                Ok(frame) if is_keepalive(&frame) => {}
                Ok(_) => heard += 1,
                Err(_) => return,
            }
        }
        if !write(stream, &answer.bytes) {
            return;
        }
    }
}

fn is_keepalive(frame: &[u8]) -> bool {
    super::lab::relay::word(frame, 1) == KEEPALIVE
}

#[test]
fn answers_may_come_a_byte_at_a_time() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let (said, expected) = record(&lab, &["net-list", "--all"]);
    let peer = Peer::start(move |mut stream| {
        play(&said, &mut stream, |stream, bytes| {
            bytes.iter().all(|byte| {
                thread::sleep(Duration::from_millis(1));
                stream.write_all(&[*byte]).is_ok()
            })
        });
    });
    let output = run(peer.client("10").args(["net-list", "--all"]), DEADLINE).expect_ok();
    assert_eq!(output, expected);
}

#[test]
fn every_ping_is_answered() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let (said, expected) = record(&lab, &["net-list", "--all"]);
    let (pings, pongs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (sent, seen) = (Arc::clone(&pings), Arc::clone(&pongs));
    let ping = frame(KEEPALIVE, 1, MESSAGE, 0, &[]);
    let closing = said.last().map(|answer| answer.heard);
    let peer = Peer::start(move |mut stream| {
        for answer in &said {
            // The client is about to go when it gets the last one.
            let number = if Some(answer.heard) == closing { 0 } else { 10 };
            for _ in 0..number {
                let _ = stream.write_all(&ping);
                sent.fetch_add(1, Ordering::SeqCst);
                loop {
                    match read_frame(&mut stream) {
                        Ok(heard) if is_keepalive(&heard) => break,
                        Ok(_) => {}
                        Err(_) => return,
                    }
                }
                seen.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.write_all(&answer.bytes);
        }
        // What it still says is read, so that closing does not take away what was not read yet.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let output = run(peer.client("5").args(["net-list", "--all"]), DEADLINE).expect_ok();
    assert_eq!(output, expected);
    assert_eq!(pings.load(Ordering::SeqCst), 60);
    assert_eq!(pongs.load(Ordering::SeqCst), 60);
}

/// Runs `args` against a server that breaks off after each possible number of bytes, and gives number and output.
fn broken_off(said: Vec<Said>, args: &[&str]) -> Vec<(usize, Output)> {
    let total: usize = said.iter().map(|answer| answer.bytes.len()).sum();
    let limit = Arc::new(Mutex::new(0));
    let current = Arc::clone(&limit);
    let peer = Peer::start(move |mut stream| {
        let mut left = *current.lock().expect("no thread panics with it");
        play(&said, &mut stream, |stream, bytes| {
            let part = bytes.get(..left).unwrap_or(bytes);
            left -= part.len();
            stream.write_all(part).is_ok() && part.len() == bytes.len()
        });
    });
    let cut_at = |bytes: usize| {
        *limit.lock().expect("no thread panics with it") = bytes;
        (bytes, run(peer.client("5").args(args), DEADLINE))
    };
    (0..total).map(cut_at).collect()
}

/// How many bytes the answers had before the first of this procedure.
fn bytes_before(said: &[Said], procedure: u32) -> usize {
    let before = said.iter().take_while(|answer| answer.procedure != procedure);
    before.map(|answer| answer.bytes.len()).sum()
}

const CLOSE: u32 = 2;
const SUPPORTS_FEATURE: u32 = 60;
const DESTROY: u32 = 42;

/// The answers to AUTH_LIST and OPEN.
fn bytes_to_open(said: &[Said]) -> usize {
    said.iter().take(2).map(|answer| answer.bytes.len()).sum()
}

/// It was broken off while opening, or in the command.
#[track_caller]
fn assert_broken_off_at(output: &Output, code: i32, bytes: usize, opened: usize) {
    if bytes < opened {
        super::assert_not_connected(output, code);
    } else {
        super::assert_broken_off(output, code);
    }
}

#[test]
fn a_question_broken_off_anywhere_is_unanswered_and_harms_nothing() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let (said, expected) = record(&lab, &["net-list", "--all"]);
    let (opened, answered) = (bytes_to_open(&said), bytes_before(&said, CLOSE));
    for (bytes, output) in broken_off(said, &["net-list", "--all"]) {
        if bytes < answered {
            assert_broken_off_at(&output, 4, bytes, opened);
        } else {
            assert_eq!(output, expected, "after {bytes} bytes");
        }
    }
}

#[test]
fn a_change_broken_off_anywhere_is_not_done_unknown_or_done() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let (said, expected) = record(&lab, &["net-destroy", "default"]);
    let opened = bytes_to_open(&said);
    let (asked, done) = (bytes_before(&said, DESTROY), bytes_before(&said, CLOSE));
    assert!(opened < asked && asked < done);
    for (bytes, output) in broken_off(said, &["net-destroy", "default"]) {
        if bytes < asked {
            assert_broken_off_at(&output, 4, bytes, opened);
        } else if bytes < done {
            assert_broken_off_at(&output, 8, bytes, opened);
        } else {
            assert_eq!(output, expected, "after {bytes} bytes");
        }
    }
}
