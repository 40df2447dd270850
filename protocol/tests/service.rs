//! A server's answers: to calls that it knows, does not know, cannot decode or cannot answer, and to pings. What
//! libvirt itself answers was seen on libvirtd 9.0.0.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod frame_words;

use bytes::BytesMut;
use frame_words::{DEFAULT, KEEPALIVE, REMOTE, frame, ping, pong, words};
use virtwire_protocol::error_body::{ErrorBody, code, domain};
use virtwire_protocol::frame::{Frame, FrameReader, LENGTH_MAX, MessageType, Status};
use virtwire_protocol::remote::connect::{ConnectClose, ConnectGetHostname, ConnectGetHostnameReply};
use virtwire_protocol::remote::network::{
    ConnectListNetworks, ConnectListNetworksReply, NetworkEventLifecycle, NetworkLookupByName,
    NetworkLookupByNameReply,
};
use virtwire_protocol::remote::{Network, Text, Uuid};
use virtwire_protocol::service::{self, Service};
use virtwire_protocol::session::{self, ReplyError};
use virtwire_protocol::xdr::List;

/// Counts its calls.
fn service() -> Service<u32> {
    Service::new()
        .on(|calls: &mut u32, _: ConnectClose| {
            *calls += 1;
            Ok(())
        })
        .on(|calls: &mut u32, call: NetworkLookupByName| {
            *calls += 1;
            let net = Network { name: call.name.clone(), uuid: Uuid([7; 16]) };
            if call.name == "default" {
                Ok(NetworkLookupByNameReply { net })
            } else {
                Err(ErrorBody::new(code::NO_NETWORK, domain::NETWORK, "no such network"))
            }
        })
}

fn read_one(bytes: &[u8]) -> Frame {
    let mut reader = FrameReader::default();
    reader.feed(bytes);
    let frame = reader.next_frame().unwrap().expect("it is whole");
    assert!(!reader.is_within_a_frame(), "one frame and nothing else");
    frame
}

/// The bytes that `call` is answered with, and how many handlers ran.
fn answer(call: &[u8]) -> (BytesMut, u32) {
    let (mut out, mut calls) = (BytesMut::new(), 0);
    service().answer(&mut calls, &read_one(call), &mut out);
    (out, calls)
}

/// The error that `call` is answered with, by no handler.
fn refusal(call: &[u8]) -> ErrorBody {
    let sent = read_one(call).header;
    let (out, calls) = answer(call);
    assert_eq!(calls, 0);
    let reply = read_one(&out);
    assert_eq!((reply.header.r#type, reply.header.status), (MessageType::Reply, Status::Error));
    let echoed = (reply.header.prog, reply.header.vers, reply.header.proc, reply.header.serial);
    assert_eq!(echoed, (sent.prog, sent.vers, sent.proc, sent.serial));
    match session::payload(&reply) {
        Err(ReplyError::Server(error)) => *error,
        other => panic!("{other:?}"),
    }
}

fn lookup(serial: u32, payload: &[u32]) -> Vec<u8> {
    frame([REMOTE, 1, 46, 0, serial, 0], &words(payload))
}

#[test]
fn a_call_is_answered_with_these_bytes() {
    let (out, calls) = answer(&lookup(9, &DEFAULT));
    let uuid = [0x0707_0707; 4];
    let expected = [words(&[56, REMOTE, 1, 46, 1, 9, 0]), words(&DEFAULT), words(&uuid)];
    assert_eq!((&out[..], calls), (&expected.concat()[..], 1));
    let (out, calls) = answer(&words(&[28, REMOTE, 1, 2, 0, 10, 0]));
    assert_eq!((&out[..], calls), (&words(&[28, REMOTE, 1, 2, 1, 10, 0])[..], 1));
}

#[test]
fn answers_are_appended() {
    let mut out = BytesMut::from(&b"before"[..]);
    for call in [lookup(1, &DEFAULT), ping(), words(&[28, REMOTE, 1, 9999, 0, 2, 0])] {
        let before = out.clone();
        service().answer(&mut 0, &read_one(&call), &mut out);
        assert!(out.len() > before.len() && out.starts_with(&before));
    }
}

#[test]
fn what_follows_the_arguments_is_tolerated() {
    let [length, a, b] = DEFAULT;
    let (out, calls) = answer(&lookup(1, &[length, a, b, 0xdead_beef]));
    assert_eq!((read_one(&out).header.status, calls), (Status::Ok, 1));
}

#[test]
fn a_call_with_descriptors_is_answered_like_any_other() {
    let call = [words(&[44, REMOTE, 1, 46, 4, 3, 0, 1]), words(&DEFAULT), vec![0]];
    let (out, calls) = answer(&call.concat());
    let header = read_one(&out).header;
    assert_eq!((header.r#type, header.status, calls), (MessageType::Reply, Status::Ok, 1));
}

#[test]
fn an_unknown_procedure_is_answered_as_libvirt_answers_it() {
    for (number, message) in [(9999_u32, "unknown procedure: 9999"), (0xffff_fffb, "unknown procedure: -5")] {
        let error = refusal(&words(&[28, REMOTE, 1, number, 0, 3, 0]));
        assert_eq!((error.code, error.domain, error.level, error.int1, error.int2), (39, 7, 2, -1, -1));
        assert_eq!((error.to_string(), error.dom, error.net), (message.to_owned(), None, None));
    }
}

#[test]
fn an_unknown_program_or_version_is_answered_as_libvirt_answers_it() {
    let error = refusal(&words(&[28, 0x1234_5678, 1, 2, 0, 3, 0]));
    assert_eq!(
        (error.code, error.domain, error.to_string()),
        (39, 7, "Cannot find program 305419896 version 1".to_owned())
    );
    let error = refusal(&words(&[28, REMOTE, 2, 2, 0, 3, 0]));
    assert_eq!(error.to_string(), "Cannot find program 536903814 version 2");
}

#[test]
fn arguments_that_cannot_be_decoded_reach_no_handler() {
    let cut = refusal(&lookup(4, &[16, 0x6162_6300]));
    assert_eq!((cut.code, cut.domain, cut.level), (39, 7, 2));
    assert_eq!(
        cut.to_string(),
        "remote_network_lookup_by_name_args.name: 16 more bytes were announced than the 4 that are there"
    );
    let padded = refusal(&lookup(4, &[7, 0x6465_6661, 0x756c_7401]));
    assert_eq!(padded.to_string(), "remote_network_lookup_by_name_args.name: padding is not zero");
    let empty = refusal(&lookup(4, &[]));
    assert_eq!((empty.code, empty.domain), (39, 7));
}

#[test]
fn an_error_of_the_handler_is_the_answer_and_its_other_bytes_are_not() {
    let (out, calls) = answer(&lookup(5, &[1, 0x7800_0000]));
    let reply = read_one(&out);
    let Err(ReplyError::Server(error)) = session::value::<NetworkLookupByName>(&reply) else {
        panic!("{reply:?}")
    };
    assert_eq!((error.code, error.domain, calls), (43, 19, 1));
    assert_eq!(error.to_string(), "no such network");
    assert_eq!(reply.payload, virtwire_protocol::xdr::to_bytes(&*error));
}

#[test]
fn a_reply_that_is_too_large_becomes_an_error() {
    let long = Text::new(vec![b'x'; 4_194_304]).unwrap();
    let service: Service<()> = Service::new().on(move |(): &mut (), call: ConnectListNetworks| {
        let count = usize::try_from(call.maxnames).unwrap();
        let names = List::new(std::iter::repeat_n(&long, count)).unwrap();
        Ok(ConnectListNetworksReply { names })
    });
    let answer = |names| {
        let mut out = BytesMut::new();
        let call = words(&[32, REMOTE, 1, 38, 0, 1, 0, names]);
        service.answer(&mut (), &read_one(&call), &mut out);
        read_one(&out)
    };
    // Seven of them fit; eight, with their length words and the count, are over.
    let fits = session::value::<ConnectListNetworks>(&answer(7)).unwrap();
    assert_eq!(fits.names.len(), 7);
    let Err(ReplyError::Server(error)) = session::value::<ConnectListNetworks>(&answer(8)) else {
        panic!("it cannot fit");
    };
    let bytes = 28 + 4 + 8 * (4 + 4_194_304);
    assert_eq!((error.code, error.domain), (39, 7));
    assert_eq!(
        error.to_string(),
        format!("a message of {bytes} bytes is longer than the protocol allows ({LENGTH_MAX})")
    );
}

#[test]
fn the_longest_error_is_sent() {
    let service: Service<()> = Service::new().on(|(): &mut (), _: ConnectGetHostname| {
        let long = Some(Text::new(vec![b'x'; 4_194_304]).unwrap());
        let net = Network { name: long.clone().unwrap(), uuid: Uuid([0; 16]) };
        let error = ErrorBody::new(code::INTERNAL_ERROR, domain::NETWORK, &"x".repeat(4_194_304));
        let (str1, str3) = (long.clone(), long);
        Err::<ConnectGetHostnameReply, _>(Box::new(ErrorBody { str1, str3, net: Some(net), ..*error }))
    });
    let mut out = BytesMut::new();
    service.answer(&mut (), &read_one(&words(&[28, REMOTE, 1, 59, 0, 1, 0])), &mut out);
    let Err(ReplyError::Server(error)) = session::value::<ConnectGetHostname>(&read_one(&out)) else {
        panic!("it is an error");
    };
    assert_eq!(error.message.map(|text| text.as_bytes().len()), Some(4_194_304));
    let too_long = ErrorBody::new(code::INTERNAL_ERROR, domain::NETWORK, &"x".repeat(4_194_305));
    assert_eq!(too_long.message, None);
}

#[test]
fn a_ping_is_answered_with_a_pong() {
    assert_eq!(answer(&ping()), (BytesMut::from(&pong()[..]), 0));
}

#[test]
fn nothing_else_is_answered() {
    let silent = [
        pong(),
        words(&[28, KEEPALIVE, 1, 3, 2, 0, 0]),
        words(&[28, REMOTE, 1, 2, 1, 1, 0]),
        words(&[28, REMOTE, 1, 2, 2, 1, 0]),
        words(&[28, REMOTE, 1, 2, 3, 1, 0]),
        words(&[28, REMOTE, 1, 2, 7, 1, 0]),
    ];
    for bytes in silent {
        assert_eq!(answer(&bytes), (BytesMut::new(), 0), "{bytes:?}");
    }
}

#[test]
fn an_event_is_written_as_libvirt_writes_it() {
    let net = Network { name: Text::from_static("default"), uuid: Uuid([7; 16]) };
    let event = NetworkEventLifecycle { callback_id: 3, net, event: 2, detail: 0 };
    let mut out = BytesMut::new();
    service::write_event(&event, &mut out).unwrap();
    let expected =
        [words(&[68, REMOTE, 1, 315, 2, 1, 0, 3]), words(&DEFAULT), words(&[0x0707_0707; 4]), words(&[2, 0])];
    assert_eq!(&out[..], expected.concat());
}

#[test]
fn a_later_handler_takes_the_place_of_an_earlier_one() {
    let service = service().on(|calls: &mut u32, _: ConnectClose| {
        *calls += 100;
        Ok(())
    });
    let mut calls = 0;
    let call = read_one(&words(&[28, REMOTE, 1, 2, 0, 10, 0]));
    service.answer(&mut calls, &call, &mut BytesMut::new());
    assert_eq!(calls, 100);
}
