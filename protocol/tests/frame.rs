//! Frames against literal bytes: what every kind looks like, where one ends, what is no frame, what reading costs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod frame_words;

use bytes::{BufMut, Bytes, BytesMut};
use frame_words::{DEFAULT, KEEPALIVE, REMOTE, frame, ping, words};
use virtwire_protocol::frame::{
    self, DESCRIPTORS_MAX, Frame, FrameError, FrameReader, Header, LENGTH_MAX, LENGTH_MIN, MessageType,
    Status, TooLarge,
};
use virtwire_protocol::remote::{Text, network::NetworkLookupByName};
use virtwire_protocol::xdr::{Error, ErrorKind};

fn header(prog: u32, proc: i32, r#type: MessageType, serial: u32, status: Status) -> Header {
    Header { prog, vers: 1, proc, r#type, serial, status }
}

fn read_one(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
    let mut reader = FrameReader::default();
    reader.feed(bytes);
    reader.next_frame()
}

#[test]
fn every_kind_of_frame_is_read_from_its_literal_bytes() {
    use MessageType::{Call, Message, Reply, Stream, StreamHole};
    let cases: [(&[u32], Header, &[u32]); 9] = [
        (
            &[40, REMOTE, 1, 46, 0, 5, 0, 7, 0x6465_6661, 0x756c_7400],
            header(REMOTE, 46, Call, 5, Status::Ok),
            &DEFAULT,
        ),
        (&[32, REMOTE, 1, 60, 1, 2, 0, 1], header(REMOTE, 60, Reply, 2, Status::Ok), &[1]),
        (&[32, REMOTE, 1, 46, 1, 3, 1, 43], header(REMOTE, 46, Reply, 3, Status::Error), &[43]),
        (&[36, REMOTE, 1, 315, 2, 1, 0, 0, 2], header(REMOTE, 315, Message, 1, Status::Ok), &[0, 2]),
        (&[28, KEEPALIVE, 1, 1, 2, 0, 0], header(KEEPALIVE, 1, Message, 0, Status::Ok), &[]),
        (&[28, KEEPALIVE, 1, 2, 2, 0, 0], header(KEEPALIVE, 2, Message, 0, Status::Ok), &[]),
        (
            &[32, REMOTE, 1, 209, 3, 14, 2, 0x2e2e_2e2e],
            header(REMOTE, 209, Stream, 14, Status::Continue),
            &[0x2e2e_2e2e],
        ),
        (
            &[40, REMOTE, 1, 209, 6, 14, 2, 0, 8160, 0],
            header(REMOTE, 209, StreamHole, 14, Status::Continue),
            &[0, 8160, 0],
        ),
        (&[28, REMOTE, 1, 209, 3, 14, 0], header(REMOTE, 209, Stream, 14, Status::Ok), &[]),
    ];
    for (sent, header, payload) in cases {
        let expected = Frame { header, descriptors: 0, payload: words(payload).into() };
        assert_eq!(read_one(&words(sent)), Ok(Some(expected)), "{sent:?}");
    }
}

#[test]
fn a_frame_is_written_as_these_bytes() {
    let mut out = BytesMut::from(&b"before"[..]);
    let call = NetworkLookupByName { name: Text::from_static("default") };
    let header = header(REMOTE, 46, MessageType::Call, 5, Status::Ok);
    frame::write(&header, &call, &mut out).unwrap();
    let expected = words(&[40, REMOTE, 1, 46, 0, 5, 0, 7, 0x6465_6661, 0x756c_7400]);
    assert_eq!(out, [b"before", &expected[..]].concat());
}

#[test]
fn the_bytes_that_carry_descriptors_are_consumed_with_their_frame() {
    for (number, r#type) in [(4, MessageType::CallWithDescriptors), (5, MessageType::ReplyWithDescriptors)] {
        let announced = words(&[36, REMOTE, 1, 311, number, 9, 0, 2, 0x0102_0304]);
        let mut reader = FrameReader::default();
        reader.feed(&announced);
        assert_eq!(reader.next_frame(), Ok(None), "no descriptor has come");
        reader.feed(&[0xff]);
        assert_eq!(reader.next_frame(), Ok(None), "one of two has come");
        assert!(reader.is_within_a_frame());
        reader.feed(&[0xff]);
        reader.feed(&ping());
        let expected = Frame {
            header: header(REMOTE, 311, r#type, 9, Status::Ok),
            descriptors: 2,
            payload: words(&[0x0102_0304]).into(),
        };
        assert_eq!(reader.next_frame(), Ok(Some(expected)));
        let behind = reader.next_frame().unwrap().expect("the ping is whole");
        assert_eq!(behind.header, header(KEEPALIVE, 1, MessageType::Message, 0, Status::Ok));
        assert!(!reader.is_within_a_frame());
    }
}

#[test]
fn as_many_descriptors_as_allowed_are_accepted_and_none_more() {
    let with = |count| words(&[32, REMOTE, 1, 1, 5, 1, 0, count]);
    let most = [with(DESCRIPTORS_MAX), vec![0; 32]].concat();
    let accepted = read_one(&most).unwrap().expect("it is whole");
    assert_eq!((accepted.descriptors, accepted.payload), (32, Bytes::new()));
    for count in [33, u32::MAX] {
        assert_eq!(read_one(&with(count)), Err(FrameError::Descriptors(count)));
    }
    let none = read_one(&with(0)).unwrap().expect("it is whole");
    assert_eq!(none.descriptors, 0);
}

#[test]
fn a_missing_count_of_descriptors_is_an_error() {
    let kind = ErrorKind::Truncated { needed: 4, left: 0 };
    let cut = words(&[28, REMOTE, 1, 1, 4, 1, 0]);
    assert_eq!(read_one(&cut), Err(FrameError::Header(Error { field: "value", kind })));
}

#[test]
fn unknown_types_and_statuses_are_values() {
    let odd = read_one(&words(&[28, REMOTE, 1, 1, 7, 1, u32::MAX])).unwrap().unwrap();
    assert_eq!(odd.header.r#type, MessageType::Unknown(7));
    assert_eq!(odd.header.status, Status::Unknown(-1));
}

#[test]
fn length_words_that_no_frame_has_are_errors_as_soon_as_they_have_come() {
    for length in (0..LENGTH_MIN).chain([LENGTH_MAX + 1, u32::MAX]) {
        assert_eq!(read_one(&words(&[length])), Err(FrameError::Length(length)));
    }
}

#[test]
fn the_shortest_and_the_longest_length_word_are_accepted() {
    assert_eq!((LENGTH_MIN, LENGTH_MAX), (28, 33_554_436));
    for length in [LENGTH_MIN, LENGTH_MAX] {
        assert_eq!(read_one(&words(&[length])), Ok(None));
    }
    let mut longest = frame([REMOTE, 1, 1, 1, 1, 0], &[]);
    longest[..4].copy_from_slice(&LENGTH_MAX.to_be_bytes());
    longest.resize(33_554_436, 0x5a);
    let whole = read_one(&longest).unwrap().expect("it is whole");
    assert_eq!(whole.payload.len(), 33_554_432 + 4 - 28);
    assert!(whole.payload.iter().all(|&byte| byte == 0x5a));
}

#[test]
fn an_error_stays_an_error_whatever_follows() {
    for bad in [words(&[27]), words(&[32, REMOTE, 1, 1, 5, 1, 0, 33])] {
        let mut reader = FrameReader::default();
        reader.feed(&bad);
        let error = reader.next_frame().unwrap_err();
        reader.feed(&ping());
        assert_eq!(reader.next_frame(), Err(error));
    }
}

#[test]
fn a_cut_frame_is_told_apart_from_none() {
    let whole = [words(&[36, REMOTE, 1, 1, 5, 1, 0, 1, 0]), vec![0]].concat();
    for cut in 0..whole.len() {
        let mut reader = FrameReader::default();
        reader.feed(&whole[..cut]);
        assert_eq!(reader.next_frame(), Ok(None));
        assert_eq!(reader.is_within_a_frame(), cut > 0, "{cut} bytes");
    }
}

#[test]
fn a_message_that_is_too_long_is_refused_and_leaves_no_bytes() {
    let header = header(REMOTE, 1, MessageType::Reply, 1, Status::Ok);
    let longest = 33_554_436 - 28;
    let mut out = BytesMut::from(&b"before"[..]);
    let refused = frame::write_with(&header, &mut out, |out| out.put_bytes(0, longest + 1));
    assert_eq!(refused, Err(TooLarge(33_554_437)));
    assert_eq!(&out[..], b"before");
    frame::write_with(&header, &mut out, |out| out.put_bytes(0, longest)).unwrap();
    assert_eq!(&out[6..10], LENGTH_MAX.to_be_bytes());
}

/// Reads `bytes` through the reader's own buffer, `step(received)` at a time; `check` sees it after each read.
fn trickle(
    bytes: &[u8],
    step: impl Fn(usize) -> usize,
    mut check: impl FnMut(usize, &BytesMut),
) -> FrameReader {
    let mut reader = FrameReader::default();
    let mut received = 0;
    while received < bytes.len() {
        let buffer = reader.buffer();
        assert!(buffer.capacity() > buffer.len(), "there is always room to read into");
        let read = step(received).min(bytes.len() - received).min(buffer.capacity() - buffer.len());
        buffer.put_slice(&bytes[received..received + read]);
        received += read;
        check(received, buffer);
        if received < bytes.len() {
            assert_eq!(reader.next_frame(), Ok(None));
        }
    }
    reader
}

#[test]
fn the_largest_frame_trickled_in_takes_memory_only_for_what_has_come() {
    let mut longest = frame([REMOTE, 1, 1, 1, 1, 0], &[]);
    longest[..4].copy_from_slice(&LENGTH_MAX.to_be_bytes());
    longest.resize(33_554_436, 0);
    let slowly = |received| if received < 1000 { 1 } else { 5000 };
    let (mut before, mut place) = (0, std::ptr::null());
    let mut reader = trickle(&longest, slowly, |received, buffer| {
        let capacity = buffer.capacity();
        assert!(capacity <= 2 * received + 16 * 1024, "{capacity} bytes for {received}");
        if place != buffer.as_ptr() {
            // While it grew, the old buffer was still there.
            assert!(
                before + capacity < 4 * received + 64 * 1024,
                "{before} and {capacity} bytes for {received}"
            );
            (before, place) = (capacity, buffer.as_ptr());
        }
    });
    let whole = reader.next_frame().unwrap().expect("it is whole");
    assert_eq!(whole.payload.len(), 33_554_436 - 28);
    drop(whole);
    assert!(reader.buffer().capacity() <= 64 * 1024, "what was read is not kept");
}

#[test]
fn bytes_that_come_one_by_one_are_not_copied_again_for_each() {
    let mut long = frame([REMOTE, 1, 1, 1, 1, 0], &vec![0; 300_000]);
    long.truncate(300_000);
    let (mut place, mut moves) = (std::ptr::null(), 0);
    trickle(
        &long,
        |_| 1,
        |_, buffer| {
            moves += usize::from(place != buffer.as_ptr());
            place = buffer.as_ptr();
        },
    );
    // From 16 KiB it doubles, or nearly so.
    assert!(moves <= 8, "moved {moves} times");
}

#[test]
fn small_frames_that_are_kept_share_their_room() {
    let mut reader = FrameReader::default();
    let mut kept = Vec::new();
    let mut rooms = 0;
    for _ in 0..1000 {
        let buffer = reader.buffer();
        rooms += usize::from(buffer.capacity() >= 16 * 1024);
        buffer.put_slice(&ping());
        kept.push(reader.next_frame().unwrap().expect("it is whole"));
    }
    // 28,000 bytes fit three rooms of 16 KiB of which a quarter is not used.
    assert!(rooms <= 3, "{rooms} rooms of 16 KiB for 28,000 bytes");
}
