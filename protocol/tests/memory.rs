//! Receiving and reading a message, honest or hostile, takes less than four times its bytes and 64 KiB.
//!
//! A test binary of its own: its allocator counts what is allocated.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use peak_alloc::PeakAlloc;
use virtwire_protocol::frame::{self, FrameReader, Header, LENGTH_MAX, MessageType, Status};
use virtwire_protocol::remote::auth::AuthSaslStartReply;
use virtwire_protocol::remote::network::{
    ConnectListAllNetworksReply, ConnectListNetworksReply, NetworkGetDhcpLeasesReply, NetworkGetXmlDescReply,
    NetworkListAllPortsReply, NetworkPortGetParametersReply,
};
use virtwire_protocol::trace;
use virtwire_protocol::xdr::{ErrorKind, Xdr, from_bytes};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// One test at a time: the allocator counts for all threads.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most that `run` had allocated at once, beyond what there was before.
fn peak(run: impl FnOnce()) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    run();
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// Receives a frame with this payload in pieces of at most `piece` bytes, and decodes it; asserts what it may cost.
fn receive<T: Xdr>(payload: &[u8], piece: usize, then: impl FnOnce(Result<T, ErrorKind>)) {
    let mut wire = BytesMut::new();
    frame::write_with(&HEADER, &mut wire, |out| out.put_slice(payload)).unwrap();
    let peak = peak(|| {
        let mut reader = FrameReader::default();
        let mut rest = &wire[..];
        let frame = loop {
            if let Some(frame) = reader.next_frame().unwrap() {
                break frame;
            }
            let buffer = reader.buffer();
            let room = buffer.capacity() - buffer.len();
            let (now, later) = rest.split_at(room.min(piece).min(rest.len()));
            buffer.put_slice(now);
            rest = later;
        };
        then(from_bytes(&frame.payload).map_err(|error| error.kind));
    });
    let limit = 4 * wire.len() + 64 * 1024;
    assert!(peak < limit, "{peak} bytes for {}, in pieces of {piece}", wire.len());
    // The frame itself must have been counted, or nothing was.
    assert!(peak >= wire.len(), "only {peak} bytes counted for {}", wire.len());
}

const HEADER: Header =
    Header { prog: 1, vers: 1, proc: 1, r#type: MessageType::Reply, serial: 1, status: Status::Ok };

/// A count, so many items, and what follows the list.
fn list(count: u32, item: &[u8], tail: &[u8]) -> Vec<u8> {
    [&count.to_be_bytes()[..], &item.repeat(count as usize), tail].concat()
}

const PIECES: [usize; 4] = [7, 1_000, 65_536, usize::MAX];

#[test]
fn the_longest_lists_of_the_smallest_items_stay_within_the_limit() {
    let _alone = alone();
    for piece in PIECES {
        receive::<ConnectListNetworksReply>(&list(16_384, &[0; 4], &[]), piece, |reply| {
            let names = reply.unwrap().names;
            assert_eq!(names.iter().filter(|name| name == "").count(), 16_384);
        });
        receive::<ConnectListAllNetworksReply>(&list(16_384, &[0; 20], &[0; 4]), piece, |reply| {
            let networks = reply.unwrap().nets;
            assert_eq!(networks.iter().filter(|network| network.name == "").count(), 16_384);
        });
        receive::<NetworkListAllPortsReply>(&list(16_384, &[0; 36], &[0; 4]), piece, |reply| {
            assert_eq!(reply.unwrap().ports.iter().count(), 16_384);
        });
        receive::<NetworkGetDhcpLeasesReply>(&list(65_536, &[0; 40], &[0; 4]), piece, |reply| {
            let leases = reply.unwrap().leases;
            assert_eq!(leases.iter().filter(|lease| lease.mac.is_none()).count(), 65_536);
        });
    }
}

#[test]
fn honest_lists_stay_within_the_limit() {
    let _alone = alone();
    let network = [&[0, 0, 0, 7][..], b"default\0", &[9; 16]].concat();
    let words = |words: &[&[u8]]| words.concat();
    let present = words(&[&[0, 0, 0, 1], &[0, 0, 0, 17], b"52:54:00:00:00:01", &[0; 3]]);
    let lease = words(&[
        b"\0\0\0\x06virbr0\0\0",
        &[0; 12],
        &present,
        &present,
        b"\0\0\0\x03::1\0",
        &[0; 4],
        &present,
        &present,
    ]);
    for piece in PIECES {
        receive::<ConnectListAllNetworksReply>(&list(1_000, &network, &[0; 4]), piece, |reply| {
            let networks = reply.unwrap().nets;
            assert_eq!(networks.iter().filter(|network| network.name == "default").count(), 1_000);
        });
        receive::<NetworkGetDhcpLeasesReply>(&list(20_000, &lease, &[0; 4]), piece, |reply| {
            let leases = reply.unwrap().leases;
            assert_eq!(leases.iter().filter(|lease| lease.clientid.is_some()).count(), 20_000);
        });
    }
}

#[test]
fn long_texts_and_sasl_data_stay_within_the_limit() {
    let _alone = alone();
    for piece in PIECES {
        receive::<NetworkGetXmlDescReply>(&list(4_194_304, b"x", &[]), piece, |reply| {
            assert_eq!(reply.unwrap().xml.as_bytes().len(), 4_194_304);
        });
        let sasl = [&[0; 8][..], &list(65_536, &[0, 0, 0, b'x'], &[])].concat();
        receive::<AuthSaslStartReply>(&sasl, piece, |reply| {
            assert_eq!(reply.unwrap().data.0.as_bytes().len(), 65_536);
        });
    }
}

#[test]
fn counts_without_items_and_bad_items_at_the_end_stay_within_the_limit() {
    let _alone = alone();
    let padding = vec![0; 100];
    for count in [16_u32, 16_384, 65_536, u32::MAX] {
        let claim = [&count.to_be_bytes()[..], &padding].concat();
        let is_refused = |error| matches!(error, ErrorKind::Truncated { .. } | ErrorKind::TooLong { .. });
        receive::<ConnectListAllNetworksReply>(&claim, 64, |reply| assert!(is_refused(reply.unwrap_err())));
        receive::<NetworkGetDhcpLeasesReply>(&claim, 64, |reply| assert!(is_refused(reply.unwrap_err())));
        receive::<NetworkPortGetParametersReply>(&claim, 64, |reply| {
            assert!(is_refused(reply.unwrap_err()) || count == 16);
        });
    }
    let mut bad_at_the_end = list(65_536, &[0; 40], &[]);
    if let Some(last) = bad_at_the_end.last_mut() {
        *last = 2;
    }
    receive::<NetworkGetDhcpLeasesReply>(&bad_at_the_end, 65_536, |reply| {
        assert_eq!(reply.unwrap_err(), ErrorKind::Bool(2));
    });
}

#[test]
fn showing_a_message_takes_no_memory() {
    let _alone = alone();
    let networks = Bytes::from(list(16_384, &[0; 20], &[0; 4]));
    let text = Bytes::from(list(4_194_304, b"\xff", &[]));
    let claims = Bytes::from_static(&[0xff; 64]);
    let mut line = String::with_capacity(4_000);
    let peak = peak(|| {
        for (schema, bytes) in [
            (ConnectListAllNetworksReply::SCHEMA, &networks),
            (NetworkGetXmlDescReply::SCHEMA, &text),
            (NetworkGetDhcpLeasesReply::SCHEMA, &claims),
        ] {
            write!(line, "{}", trace::payload(schema, bytes)).unwrap();
        }
    });
    // The harness, which tells of other tests, takes a little.
    assert!(peak < 4_096, "{peak}");
    assert!(line.contains("... 16376 more] ret=0") && line.contains("... 4194204 more"), "{line}");
}

#[test]
fn an_announced_frame_costs_nothing_until_it_comes() {
    let _alone = alone();
    let peak = peak(|| {
        let mut reader = FrameReader::default();
        reader.buffer().put_slice(&LENGTH_MAX.to_be_bytes());
        for _ in 0..1_000 {
            assert!(reader.next_frame().unwrap().is_none());
            reader.buffer().put_u8(0);
        }
    });
    assert!((1_004..64 * 1024).contains(&peak), "{peak} bytes");
}

#[test]
fn clones_of_what_was_received_share_the_frame() {
    let _alone = alone();
    let payload: Bytes = list(16_384, &[0; 20], &[0; 4]).into();
    let reply: ConnectListAllNetworksReply = from_bytes(&payload).unwrap();
    let peak = peak(|| {
        let clones = [reply.clone(), reply.clone(), reply.clone()];
        assert_eq!(clones.iter().map(|clone| clone.nets.len()).sum::<usize>(), 3 * 16_384);
    });
    assert!(peak < 4 * 1024, "{peak} bytes");
}
