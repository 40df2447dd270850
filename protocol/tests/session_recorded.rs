//! What virsh and a real libvirtd said to each other (see recordings/README.md), through our session: every value,
//! and the same values in whatever pieces the bytes come.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod frame_words;

use bytes::{BufMut, Bytes};
use virtwire_protocol::frame::{Frame, FrameReader, MessageType, Status};
use virtwire_protocol::procedure::{Call, Event};
use virtwire_protocol::remote::auth::{AuthList, AuthListReply, AuthType};
use virtwire_protocol::remote::connect::{ConnectOpen, ConnectRegisterCloseCallback, ConnectSupportsFeature};
use virtwire_protocol::remote::network::{
    ConnectListAllNetworks, NetworkEventLifecycle, NetworkGetXmlDesc, NetworkLookupByName,
};
use virtwire_protocol::remote::{Network, Text};
use virtwire_protocol::session::{self, Incoming, Outgoing, ReplyError, Session};
use virtwire_protocol::xdr::{self, List};

const FROM_SERVER: &[u8] = include_bytes!("recordings/virsh-9.0.0.from-server");
const FROM_CLIENT: &[u8] = include_bytes!("recordings/virsh-9.0.0.from-client");

/// virsh numbers its calls from 0, we from 1: its first one, of 28 bytes, is left out wherever numbers must agree.
const FIRST_CALL: usize = 28;

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut reader = FrameReader::default();
    reader.feed(bytes);
    let frames = std::iter::from_fn(|| reader.next_frame().unwrap()).collect();
    assert!(!reader.is_within_a_frame());
    frames
}

/// A session that has made the calls that virsh made.
fn session_of_virsh() -> Session {
    let mut session = Session::default();
    for call in frames(&FROM_CLIENT[FIRST_CALL..]) {
        if call.header.r#type == MessageType::Call {
            let outgoing = Outgoing::raw(call.header.prog, 1, call.header.proc, &call.payload).unwrap();
            assert_eq!(session.call(outgoing), call.header.serial);
        }
    }
    session.sent(usize::MAX);
    session
}

/// What the daemon said, in pieces of `size` bytes.
fn replay(size: usize) -> (Vec<Incoming>, Session) {
    let mut session = session_of_virsh();
    let mut all = Vec::new();
    for piece in FROM_SERVER.chunks(size) {
        session.buffer().put_slice(piece);
        all.extend(std::iter::from_fn(|| session.next_incoming().unwrap()));
    }
    (all, session)
}

/// One line for each value, so that the whole recording fits one look.
fn line(incoming: &Incoming) -> String {
    let (what, frame) = match incoming {
        Incoming::Reply(_, frame) => ("reply", frame),
        Incoming::Event(frame) => ("event", frame),
        Incoming::Stream(frame) => ("stream", frame),
        Incoming::Unexpected(frame) => ("unexpected", frame),
    };
    let status = match frame.header.status {
        Status::Ok => "",
        Status::Error => " error",
        _ => " continues",
    };
    format!("{what} {}{status} {}", frame.header.proc, frame.payload.len())
}

#[test]
fn a_recorded_session_gives_these_values() {
    let expected = "unexpected 66 8, reply 60 4, reply 1 0, reply 60 4, reply 60 4, reply 360 0, reply 283 36, \
        reply 44 4, reply 153 4, reply 152 4, reply 84 28, reply 154 4, reply 95 52, reply 86 28, reply 209 0, \
        stream 209 continues 32, stream 209 continues 12, stream 209 continues 0, stream 209 0, reply 313 4, \
        event 315 40, event 315 40, reply 314 0, reply 46 error 196, reply 46 28, reply 46 28, reply 43 352, \
        reply 361 0, reply 2 0";
    let (all, session) = replay(FROM_SERVER.len());
    assert_eq!(all.iter().map(line).collect::<Vec<_>>().join(", "), expected);
    assert_eq!((session.in_flight(), session.is_within_a_frame()), (0, false));
    assert_eq!(session.unsent(), frame_words::pong(), "three pings while nothing was sent");
}

#[test]
fn a_recorded_session_is_the_same_in_pieces_of_every_size() {
    let (whole, _) = replay(FROM_SERVER.len());
    for size in 1..FROM_SERVER.len() {
        let (all, session) = replay(size);
        assert!(all == whole, "pieces of {size} bytes");
        assert_eq!(session.unsent(), frame_words::pong(), "pieces of {size} bytes");
    }
}

fn reply_to<C: Call>(all: &[Incoming]) -> Result<C::Reply, ReplyError> {
    let number = C::INFO.number;
    let reply = all.iter().find_map(|incoming| match incoming {
        Incoming::Reply(_, frame) if frame.header.proc == number => Some(frame),
        _ => None,
    });
    session::value::<C>(reply.expect("it is in the recording"))
}

fn events<E: Event>(all: &[Incoming]) -> Vec<E> {
    let event = |incoming: &Incoming| match incoming {
        Incoming::Event(frame) if frame.header.proc == E::INFO.number => xdr::from_bytes(&frame.payload).ok(),
        _ => None,
    };
    all.iter().filter_map(event).collect()
}

fn default_network() -> Network {
    Network {
        name: Text::from_static("default"),
        uuid: "4991645d-932c-4390-8c20-140a1a95c248".parse().unwrap(),
    }
}

#[test]
fn recorded_replies_decode_to_what_virsh_printed() {
    let (all, _) = replay(FROM_SERVER.len());
    let listed = reply_to::<ConnectListAllNetworks>(&all).unwrap();
    assert_eq!(listed.nets, List::new([&default_network()]).unwrap());
    assert_eq!(listed.ret, 1);
    let xml = reply_to::<NetworkGetXmlDesc>(&all).unwrap().xml;
    assert!(xml.to_str().unwrap().starts_with("<network>\n  <name>default</name>\n"));
    assert_eq!(xml.as_bytes().len(), 347);

    let Err(ReplyError::Server(error)) = reply_to::<NetworkLookupByName>(&all) else {
        panic!("the first lookup failed");
    };
    assert_eq!((error.code, error.domain, error.level), (43, 19, 2));
    assert_eq!(error.to_string(), "Network not found: no network with matching name 'no-such-network'");

    let told: Vec<_> = events::<NetworkEventLifecycle>(&all)
        .into_iter()
        .map(|event| (event.callback_id, event.net, event.event, event.detail))
        .collect();
    assert_eq!(told, [(0, default_network(), 2, 0), (0, default_network(), 3, 0)], "started, stopped");
}

#[test]
fn the_reply_to_the_first_call_of_all_decodes() {
    let Some(Incoming::Unexpected(frame)) = replay(FROM_SERVER.len()).0.into_iter().next() else {
        panic!("virsh's call 0 is none of ours");
    };
    let types = List::new([&AuthType::None]).unwrap();
    assert_eq!(session::value::<AuthList>(&frame), Ok(AuthListReply { types }));
}

#[test]
fn what_virsh_sent_is_what_we_send() {
    fn call<C: Call>(session: &mut Session, call: &C) {
        session.call(Outgoing::new(call).unwrap());
    }
    let mut session = Session::default();
    call(&mut session, &ConnectSupportsFeature { feature: 10 });
    let name = Some(Text::from_static("qemu:///system"));
    call(&mut session, &ConnectOpen { name, flags: 0 });
    call(&mut session, &ConnectSupportsFeature { feature: 14 });
    call(&mut session, &ConnectSupportsFeature { feature: 15 });
    call(&mut session, &ConnectRegisterCloseCallback {});
    let (need_results, flags) = (1, 3);
    call(&mut session, &ConnectListAllNetworks { need_results, flags });
    let behind_the_first = &FROM_CLIENT[FIRST_CALL..];
    assert_eq!(session.unsent(), &behind_the_first[..session.unsent().len()]);
    assert_eq!(session.unsent().len(), 216);
}

#[test]
fn a_recorded_stream_ends_with_an_empty_frame() {
    let (all, _) = replay(FROM_SERVER.len());
    let stream: Vec<_> = all
        .into_iter()
        .filter_map(|incoming| match incoming {
            Incoming::Stream(frame) => Some((frame.header.r#type, frame.header.status, frame.payload)),
            _ => None,
        })
        .collect();
    let hole = frame_words::words(&[0, 8160, 0]);
    let expected = [
        (MessageType::Stream, Status::Continue, Bytes::from_static(&[b'.'; 32])),
        (MessageType::StreamHole, Status::Continue, hole.into()),
        (MessageType::Stream, Status::Continue, Bytes::new()),
        (MessageType::Stream, Status::Ok, Bytes::new()),
    ];
    assert_eq!(stream, expected);
}
