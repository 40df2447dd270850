//! A client's session against literal bytes: numbering, correlation, abandoned calls, pings, and what is passed on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod frame_words;

use bytes::{BufMut, Bytes};
use frame_words::{DEFAULT, KEEPALIVE, REMOTE, frame, ping, pong, words};
use virtwire_protocol::frame::{Frame, FrameError, MessageType};
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::network::{NetworkIsActive, NetworkIsActiveReply, NetworkLookupByName};
use virtwire_protocol::session::{self, Incoming, Outgoing, ReplyError, Session};
use virtwire_protocol::xdr::{Error, ErrorKind};

const LOOKUP: u32 = 46;
const IS_ACTIVE: u32 = 152;

fn lookup() -> Outgoing {
    Outgoing::new(&NetworkLookupByName { name: Text::from_static("default") }).unwrap()
}

/// A session with this many lookups in flight, which were sent.
fn session_with_calls(count: usize) -> Session {
    let mut session = Session::default();
    for _ in 0..count {
        session.call(lookup());
    }
    session.sent(usize::MAX);
    assert!(session.unsent().is_empty());
    session
}

fn reply(procedure: u32, serial: u32, payload: &[u8]) -> Vec<u8> {
    frame([REMOTE, 1, procedure, 1, serial, 0], payload)
}

/// All that comes of `bytes`.
fn receive(session: &mut Session, bytes: &[u8]) -> Vec<Incoming> {
    session.feed(bytes);
    std::iter::from_fn(|| session.next_incoming().unwrap()).collect()
}

fn only(mut incoming: Vec<Incoming>) -> Incoming {
    assert_eq!(incoming.len(), 1, "{incoming:?}");
    incoming.remove(0)
}

fn serials(incoming: &[Incoming]) -> Vec<u32> {
    let serial = |incoming: &Incoming| match incoming {
        Incoming::Reply(serial, frame) => {
            assert_eq!(*serial, frame.header.serial);
            *serial
        }
        other => panic!("not a reply: {other:?}"),
    };
    incoming.iter().map(serial).collect()
}

#[test]
fn calls_are_numbered_from_one_and_queued_in_order() {
    let mut session = Session::default();
    assert_eq!(session.call(lookup()), 1);
    assert_eq!(session.call(Outgoing::raw(REMOTE, 1, 60, &words(&[10])).unwrap()), 2);
    let expected =
        [words(&[40, REMOTE, 1, LOOKUP, 0, 1, 0]), words(&DEFAULT), words(&[32, REMOTE, 1, 60, 0, 2, 0, 10])];
    assert_eq!(session.unsent(), expected.concat());
    session.sent(50);
    assert_eq!(session.unsent(), &expected.concat()[50..]);
    session.sent(22);
    assert_eq!((session.unsent(), session.in_flight()), (&[][..], 2));
}

#[test]
fn a_call_over_32_mib_is_refused_before_it_takes_a_serial() {
    let refused = Outgoing::raw(REMOTE, 1, 1, &vec![0; 33_554_436 - 27]).unwrap_err();
    assert_eq!(refused.0, 33_554_437);
    assert!(Outgoing::raw(REMOTE, 1, 1, &vec![0; 33_554_436 - 28]).is_ok());
}

#[test]
fn replies_out_of_order_find_their_calls() {
    let mut session = session_with_calls(4);
    let order = [3, 1, 4, 2];
    let bytes: Vec<u8> = order.iter().flat_map(|&serial| reply(LOOKUP, serial, &[])).collect();
    assert_eq!(serials(&receive(&mut session, &bytes)), order);
    assert_eq!(session.in_flight(), 0);
}

#[test]
fn a_second_reply_to_the_same_call_is_unexpected() {
    let mut session = session_with_calls(1);
    let bytes = reply(LOOKUP, 1, &[]);
    assert_eq!(serials(&receive(&mut session, &bytes)), [1]);
    assert!(matches!(only(receive(&mut session, &bytes)), Incoming::Unexpected(_)));
}

#[test]
fn a_reply_that_fits_no_call_is_unexpected_and_leaves_the_call_in_flight() {
    let strangers = [
        ("serial 0", [REMOTE, 1, LOOKUP, 1, 0, 0]),
        ("unknown serial", [REMOTE, 1, LOOKUP, 1, 2, 0]),
        ("other procedure", [REMOTE, 1, IS_ACTIVE, 1, 1, 0]),
        ("other program", [REMOTE + 1, 1, LOOKUP, 1, 1, 0]),
        ("an error, of another procedure", [REMOTE, 1, IS_ACTIVE, 1, 1, 1]),
    ];
    for (what, header) in strangers {
        let mut session = session_with_calls(1);
        let incoming = only(receive(&mut session, &frame(header, &[])));
        assert!(matches!(incoming, Incoming::Unexpected(_)), "{what}");
        assert_eq!(session.in_flight(), 1, "{what}");
        assert_eq!(serials(&receive(&mut session, &reply(LOOKUP, 1, &[]))), [1], "{what}");
    }
}

#[test]
fn an_abandoned_call_is_in_flight_until_its_reply_came_and_was_dropped() {
    let mut session = session_with_calls(2);
    session.abandon(1);
    session.abandon(77);
    assert_eq!(session.in_flight(), 2);
    assert_eq!(receive(&mut session, &reply(LOOKUP, 1, &[])), []);
    assert_eq!(session.in_flight(), 1);
    let again = only(receive(&mut session, &reply(LOOKUP, 1, &[])));
    assert!(matches!(again, Incoming::Unexpected(_)), "only one reply is due");
    assert_eq!(serials(&receive(&mut session, &reply(LOOKUP, 2, &[]))), [2]);
}

#[test]
fn an_abandoned_reply_that_fills_many_reads_is_dropped_too() {
    let mut session = session_with_calls(1);
    session.abandon(1);
    let long = [reply(LOOKUP, 1, &[0; 100_000]), ping()].concat();
    for piece in long.chunks(1000) {
        assert_eq!(receive(&mut session, piece), []);
    }
    assert_eq!((session.in_flight(), session.unsent()), (0, &pong()[..]));
}

#[test]
fn an_event_is_passed_on_whatever_its_serial() {
    // The serial that libvirt gives its events is also that of a call here.
    let mut session = session_with_calls(1);
    for serial in [0, 1] {
        let incoming = only(receive(&mut session, &words(&[32, REMOTE, 1, 315, 2, serial, 0, 5])));
        let Incoming::Event(event) = incoming else { panic!("{incoming:?}") };
        assert_eq!((event.header.proc, &event.payload[..]), (315, &[0, 0, 0, 5][..]));
    }
    assert_eq!(session.in_flight(), 1);
}

#[test]
fn stream_frames_are_passed_on_as_they_came() {
    let mut session = session_with_calls(1);
    let data = words(&[32, REMOTE, 1, 209, 3, 1, 2, 0x2e2e_2e2e]);
    let hole = words(&[40, REMOTE, 1, 209, 6, 1, 2, 0, 8160, 0]);
    let end = words(&[28, REMOTE, 1, 209, 3, 1, 0]);
    let incoming = receive(&mut session, &[data, hole, end].concat());
    let stream = |incoming: &Incoming| match incoming {
        Incoming::Stream(frame) => (frame.header.r#type, frame.payload.clone()),
        other => panic!("{other:?}"),
    };
    let expected = [
        (MessageType::Stream, Bytes::from_static(b"....")),
        (MessageType::StreamHole, words(&[0, 8160, 0]).into()),
        (MessageType::Stream, Bytes::new()),
    ];
    assert_eq!(incoming.iter().map(stream).collect::<Vec<_>>(), expected);
    assert_eq!(session.in_flight(), 1, "a stream is no reply");
}

#[test]
fn a_reply_with_descriptors_is_the_reply_and_says_how_many() {
    let mut session = session_with_calls(2);
    let with = [words(&[36, REMOTE, 1, LOOKUP, 5, 1, 0, 3, 99]), vec![0; 3]].concat();
    let incoming = receive(&mut session, &[with, reply(LOOKUP, 2, &[])].concat());
    assert_eq!(serials(&incoming), [1, 2]);
    let Incoming::Reply(_, frame) = &incoming[0] else { unreachable!() };
    assert_eq!((frame.descriptors, &frame.payload[..]), (3, &[0, 0, 0, 99][..]));
}

#[test]
fn what_a_client_never_gets_is_a_value_and_not_an_error() {
    for r#type in [0, 4, 7, u32::MAX] {
        let mut session = session_with_calls(1);
        let sent = frame([REMOTE, 1, LOOKUP, r#type, 1, 0], &[0; 4]);
        assert!(matches!(only(receive(&mut session, &sent)), Incoming::Unexpected(_)));
        assert_eq!(session.in_flight(), 1);
    }
}

#[test]
fn a_ping_is_answered_and_not_passed_on() {
    let mut session = Session::default();
    assert_eq!(receive(&mut session, &ping()), []);
    assert_eq!(session.unsent(), pong());
    session.sent(28);
    assert_eq!(receive(&mut session, &ping()), []);
    assert_eq!(session.unsent(), pong(), "also the second");
}

#[test]
fn a_pong_and_other_keepalive_messages_are_dropped() {
    let mut session = Session::default();
    let others = [pong(), words(&[28, KEEPALIVE, 1, 3, 2, 0, 0]), words(&[28, KEEPALIVE, 1, 0, 2, 0, 0])];
    assert_eq!(receive(&mut session, &others.concat()), []);
    assert_eq!(session.unsent(), b"");
}

#[test]
fn a_flood_of_pings_that_nothing_is_sent_against_is_one_pong() {
    let mut session = session_with_calls(0);
    let some = ping().repeat(100);
    for _ in 0..1000 {
        assert_eq!(receive(&mut session, &some), []);
    }
    assert_eq!(session.unsent(), pong());
    session.sent(27);
    assert_eq!(receive(&mut session, &some), []);
    assert_eq!(session.unsent(), &pong()[27..], "half a pong is not interrupted");
    session.sent(1);
    assert_eq!(receive(&mut session, &some), []);
    assert_eq!(session.unsent(), pong());
}

#[test]
fn a_ping_is_answered_once_the_last_pong_is_gone_whatever_else_is_unsent() {
    let mut session = Session::default();
    session.feed(&ping());
    assert_eq!(session.next_incoming(), Ok(None));
    session.call(lookup());
    session.sent(28 + 10);
    assert_eq!(session.unsent().len(), 30, "the call is partly sent");
    assert_eq!(receive(&mut session, &ping()), []);
    assert_eq!(&session.unsent()[30..], pong());
    // And a pong behind a call is gone only when the call is.
    session.sent(30);
    assert_eq!(receive(&mut session, &ping()), []);
    assert_eq!(session.unsent(), pong());
}

#[test]
fn a_malformed_reply_fails_its_call_alone() {
    let mut session = session_with_calls(3);
    let cut_error = frame([REMOTE, 1, LOOKUP, 1, 1, 1], &words(&[43, 19, 1, 400]));
    let odd_status = frame([REMOTE, 1, LOOKUP, 1, 2, 2], &[]);
    let cut_value = reply(LOOKUP, 3, &words(&[7, 0x6465_6661]));
    let incoming = receive(&mut session, &[cut_error, odd_status, cut_value].concat());
    let malformed = |field, needed, left| {
        let kind = ErrorKind::Truncated { needed, left };
        Err(ReplyError::Malformed(Error { field, kind }))
    };
    let values: Vec<_> = incoming
        .iter()
        .map(|incoming| match incoming {
            Incoming::Reply(_, frame) => session::value::<NetworkLookupByName>(frame),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values[0], malformed("virNetMessageError.message", 400, 0));
    assert_eq!(values[1], Err(ReplyError::Status(2)));
    assert_eq!(values[2], malformed("remote_nonnull_network.name", 7, 4));

    session.call(lookup());
    assert_eq!(serials(&receive(&mut session, &reply(LOOKUP, 4, &[]))), [4], "it goes on");
}

#[test]
fn a_reply_is_its_value_or_the_error_that_libvirt_sent() {
    let mut session = Session::default();
    let uuid = virtwire_protocol::remote::Uuid([7; 16]);
    let net = virtwire_protocol::remote::Network { name: Text::from_static("a"), uuid };
    for _ in 0..2 {
        session.call(Outgoing::new(&NetworkIsActive { net: net.clone() }).unwrap());
    }
    let body = words(&[43, 19, 1, 3, 0x6e6f_7000, 2, 0, 0, 0, 0, u32::MAX, u32::MAX, 0]);
    let bytes = [
        // What follows the value is tolerated.
        reply(IS_ACTIVE, 1, &words(&[1, 0xdead_beef])),
        frame([REMOTE, 1, IS_ACTIVE, 1, 2, 1], &body),
    ];
    let incoming = receive(&mut session, &bytes.concat());
    let value = |at: usize| match &incoming[at] {
        Incoming::Reply(_, frame) => session::value::<NetworkIsActive>(frame),
        other => panic!("{other:?}"),
    };
    assert_eq!(value(0), Ok(NetworkIsActiveReply { active: 1 }));
    let Incoming::Reply(_, first) = &incoming[0] else { panic!("{:?}", incoming[0]) };
    let whole = session::whole_value::<NetworkIsActive>(first);
    assert_eq!(whole, Err(ReplyError::Trailing(4)), "unless the value is to be all there is");
    let Err(ReplyError::Server(error)) = value(1) else { panic!("{:?}", value(1)) };
    assert_eq!((error.code, error.domain, error.level, error.int1), (43, 19, 2, -1));
    assert_eq!(error.to_string(), "nop");
}

#[test]
fn a_length_word_that_no_frame_has_ends_the_session() {
    for length in (0..28).chain([33_554_437]) {
        let mut session = session_with_calls(1);
        session.feed(&[reply(LOOKUP, 1, &[]), words(&[length])].concat());
        assert!(matches!(session.next_incoming(), Ok(Some(Incoming::Reply(1, _)))), "what came before");
        assert_eq!(session.next_incoming(), Err(FrameError::Length(length)));
    }
}

#[test]
fn the_buffer_to_read_into_is_the_same_as_being_fed() {
    let mut session = session_with_calls(1);
    for byte in reply(LOOKUP, 1, &[]) {
        assert_eq!(session.next_incoming(), Ok(None));
        session.buffer().put_u8(byte);
        assert!(session.is_within_a_frame());
    }
    let incoming = session.next_incoming().unwrap();
    let expected: Option<Frame> = incoming.map(|incoming| match incoming {
        Incoming::Reply(1, frame) => frame,
        other => panic!("{other:?}"),
    });
    assert_eq!(expected.map(|frame| frame.payload), Some(Bytes::new()));
    assert!(!session.is_within_a_frame());
}

#[test]
fn a_ping_is_queued_once_however_long_it_is_not_sent() {
    let mut session = Session::default();
    session.ping();
    session.ping();
    assert_eq!(session.unsent(), ping());
    session.sent(1);
    session.ping();
    assert_eq!(session.unsent(), &ping()[1..], "half a ping is not interrupted");
    session.sent(27);
    session.ping();
    assert_eq!(session.unsent(), ping());
    // Neither stands for the other.
    session.feed(&ping());
    assert_eq!(session.next_incoming(), Ok(None));
    session.ping();
    assert_eq!(session.unsent(), [ping(), pong()].concat());
}
