//! Frames as lines: exact ones of honest frames, and that no frame makes one that is long, cut in two, or tells a secret.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod frame_words;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use frame_words::{DEFAULT, KEEPALIVE, REMOTE, frame, ping, words};
use virtwire_protocol::Call;
use virtwire_protocol::frame::{Frame, FrameReader};
use virtwire_protocol::remote::auth::{AuthSaslStart, AuthSaslStartReply, SaslData};
use virtwire_protocol::remote::network::{
    ConnectListAllNetworksReply, NetworkDefineXml, NetworkEventLifecycle, NetworkGetDhcpLeases,
    NetworkPortGetParametersReply,
};
use virtwire_protocol::remote::{Network, Parameter, ParameterValue, Text, Uuid};
use virtwire_protocol::session::{Outgoing, Session};
use virtwire_protocol::trace::{Direction, FrameRecord, payload};
use virtwire_protocol::xdr::{Chars, FixedChars, List, Opaque, Schema, Secret, Xdr, to_bytes};

const UUID: Uuid =
    Uuid([0x5d, 0x1e, 0x3c, 0x86, 0x9f, 0x57, 0x4c, 0x0b, 0xa4, 0xe2, 0x7b, 0x60, 0xd1, 0xc0, 0xa1, 0x22]);

fn network(name: &'static str) -> Network {
    Network { name: Text::from_static(name), uuid: UUID }
}

fn cut(bytes: &[u8]) -> Frame {
    let mut reader = FrameReader::default();
    reader.feed(bytes);
    reader.next_frame().unwrap().unwrap()
}

fn received(bytes: &[u8]) -> String {
    FrameRecord::new(Direction::Received, &cut(bytes)).to_string()
}

fn sent<C: Call>(call: &C) -> String {
    let mut session = Session::default();
    session.call(Outgoing::new(call).unwrap());
    FrameRecord::new(Direction::Sent, &cut(session.unsent())).to_string()
}

fn reply<C: Call>(reply: &C::Reply) -> String {
    let number = C::INFO.number.unsigned_abs();
    received(&frame([REMOTE, 1, number, 1, 7, 0], &to_bytes(reply)))
}

fn shown<T: Xdr>(value: &T) -> String {
    payload(T::SCHEMA, &to_bytes(value)).to_string()
}

fn malformed(schema: Schema, bytes: &[u32]) -> String {
    payload(schema, &Bytes::from(words(bytes))).to_string()
}

#[test]
fn a_call_its_reply_and_its_error_are_a_line_each() {
    assert_eq!(
        sent(&NetworkGetDhcpLeases { net: network("lab"), mac: None, need_results: 1, flags: 0 }),
        "-> network_get_dhcp_leases #1 call ok, 64 bytes: \
         net={name=\"lab\" uuid=5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122} mac=null need_results=1 flags=0"
    );
    assert_eq!(
        received(&frame([REMOTE, 1, 66, 1, 1, 0], &words(&[3, 0, 2, 9]))),
        "<- auth_list #1 reply ok, 44 bytes: types=[None, Polkit, 9]"
    );
    assert_eq!(received(&frame([REMOTE, 1, 42, 1, 9, 0], &[])), "<- network_destroy #9 reply ok, 28 bytes");
    let text = [1, DEFAULT[0], DEFAULT[1], DEFAULT[2]];
    let error = [&[43, 19][..], &text, &[2, 0], &text, &text, &[0, 1, 2, 0]].concat();
    assert_eq!(
        received(&frame([REMOTE, 1, 46, 1, 3, 1], &words(&error))),
        "<- network_lookup_by_name #3 reply error, 108 bytes: code=43 domain=19 message=\"default\""
    );
}

#[test]
fn events_and_pings_are_lines_too() {
    let event = NetworkEventLifecycle { callback_id: 4, net: network("lab"), event: 3, detail: 0 };
    assert_eq!(
        received(&frame([REMOTE, 1, 315, 2, 1, 0], &to_bytes(&event))),
        "<- network_event_lifecycle #1 message ok, 64 bytes: callback_id=4 \
         net={name=\"lab\" uuid=5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122} event=3 detail=0"
    );
    assert_eq!(received(&ping()), "<- keepalive.ping #0 message ok, 28 bytes");
}

#[test]
fn what_is_not_declared_is_named_by_its_numbers_and_not_shown() {
    let data = b"hunter2!";
    for (header, line) in [
        ([REMOTE, 1, 9_999, 0, 1, 0], "<- procedure 9999 #1 call ok, 36 bytes: (8 bytes)"),
        ([7, 2, 3, 1, 1, 0], "<- program 0x7 version 2 procedure 3 #1 reply ok, 36 bytes: (8 bytes)"),
        (
            [REMOTE, 2, 1, 0, 1, 0],
            "<- program 0x20008086 version 2 procedure 1 #1 call ok, 36 bytes: (8 bytes)",
        ),
        ([KEEPALIVE, 1, 3, 2, 0, 0], "<- keepalive.procedure 3 #0 message ok, 36 bytes: (8 bytes)"),
        ([REMOTE, 1, 46, 3, 1, 2], "<- network_lookup_by_name #1 stream continue, 36 bytes: (8 bytes)"),
        ([REMOTE, 1, 46, 6, 1, 2], "<- network_lookup_by_name #1 hole continue, 36 bytes: (8 bytes)"),
        ([REMOTE, 1, 46, 9, 1, 9], "<- network_lookup_by_name #1 type 9 status 9, 36 bytes: (8 bytes)"),
    ] {
        assert_eq!(received(&frame(header, data)), line);
    }
    assert_eq!(received(&frame([REMOTE, 1, 9_999, 0, 1, 0], &[])), "<- procedure 9999 #1 call ok, 28 bytes");
}

#[test]
fn descriptors_are_counted() {
    let mut bytes = frame([REMOTE, 1, 42, 5, 1, 0], &words(&[2]));
    bytes.extend([0, 0]);
    assert_eq!(received(&bytes), "<- network_destroy #1 reply with 2 descriptors ok, 32 bytes");
}

#[test]
fn secrets_are_left_out() {
    let data: SaslData = Secret(Chars::new(*b"\0alice\0hunter2").unwrap());
    assert_eq!(
        sent(&AuthSaslStart { mech: Text::from_static("PLAIN"), nil: 0, data: data.clone() }),
        "-> auth_sasl_start #1 call ok, 104 bytes: mech=\"PLAIN\" nil=0 data=(secret, 14 bytes)"
    );
    assert_eq!(
        reply::<AuthSaslStart>(&AuthSaslStartReply { complete: 1, nil: 0, data }),
        "<- auth_sasl_start #7 reply ok, 96 bytes: complete=1 nil=0 data=(secret, 14 bytes)"
    );
    assert_eq!(shown(&Secret(Opaque::<9>::new(&b"abcde"[..]).unwrap())), "(secret, 5 bytes)");
    assert_eq!(shown(&Secret(Some(42_i32))), "(secret, 8 bytes)");
}

#[test]
fn a_malformed_secret_tells_nothing_of_itself() {
    let schema = AuthSaslStartReply::SCHEMA;
    let secret = u32::from_be_bytes(*b"hunt");
    assert_eq!(malformed(schema, &[1, 0, 2, 65, secret]), "complete=1 nil=0 data=<malformed>");
    assert_eq!(malformed(schema, &[1, 0, secret]), "complete=1 nil=0 data=<malformed>");
}

#[test]
fn every_form_is_shown() {
    assert_eq!(shown(&(-5_i32)), "-5");
    assert_eq!(shown(&u64::MAX), "18446744073709551615");
    assert_eq!(shown(&i64::MIN), "-9223372036854775808");
    assert_eq!(shown(&0.5_f64), "0.5");
    assert_eq!(shown(&true), "true");
    assert_eq!(shown(&Opaque::<9>::new(&b"\x00\xff"[..]).unwrap()), "0x00ff");
    assert_eq!(shown(&FixedChars(*b"x86")), "\"x86\"");
    assert_eq!(shown(&Some(Text::from_static("a"))), "\"a\"");
    let value = ParameterValue::ULLong(7);
    let params = List::new(&[Parameter { field: Text::from_static("inbound.peak"), value }]).unwrap();
    let reply = NetworkPortGetParametersReply { params, nparams: 1 };
    assert_eq!(shown(&reply), "params=[{field=\"inbound.peak\" value=ULLong(7)}] nparams=1");
}

#[test]
fn what_a_terminal_would_act_on_is_escaped() {
    let shown = |bytes: &'static [u8]| shown(&virtwire_protocol::xdr::Text::<99>::new(bytes).unwrap());
    assert_eq!(shown(b"a\x1b[31m\r\n\t\0"), r#""a\u{1b}[31m\r\n\t\0""#);
    assert_eq!(shown("\u{9b}\u{202e}\u{2028}\u{feff}".as_bytes()), r#""\u{9b}\u{202e}\u{2028}\u{feff}""#);
    assert_eq!(shown("it's \"ä\" \\ 網".as_bytes()), r#""it's \"ä\" \\ 網""#);
    assert_eq!(shown(b"\xff\xe2\x82 b"), r#""\xff\xe2\x82 b""#);
}

#[test]
fn long_texts_and_lists_are_cut_and_counted() {
    let xml = "ä".repeat(1_000);
    let line = shown(&NetworkDefineXml { xml: Text::try_from(xml).unwrap() });
    assert_eq!(line, format!("xml=\"{}\"... 1800 more", "ä".repeat(100)));
    let nets = List::new(&vec![network("n"); 16_384]).unwrap();
    let line = shown(&ConnectListAllNetworksReply { nets, ret: 16_384 });
    let item = "{name=\"n\" uuid=5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122}";
    assert_eq!(line, format!("nets=[{}, ... 16376 more] ret=16384", [item; 8].join(", ")));
    assert_eq!(
        shown(&Opaque::<200>::new(vec![7; 102]).unwrap()),
        format!("0x{}... 2 more", "07".repeat(100))
    );
    assert_eq!(
        shown(&Chars::<200>::new(vec![b'c'; 102]).unwrap()),
        format!("\"{}\"... 2 more", "c".repeat(100))
    );
}

#[test]
fn a_line_is_never_long() {
    let name = Text::try_from("\u{1b}".repeat(1_000)).unwrap();
    let nets = List::new(&vec![Network { name, uuid: UUID }; 100]).unwrap();
    let reply = ConnectListAllNetworksReply { nets, ret: 100 };
    let line = shown(&reply);
    assert_eq!((line.chars().count(), &line[1_000..]), (1_003, "..."), "{line}");
    let bytes = to_bytes(&reply);
    let line = payload(ConnectListAllNetworksReply::SCHEMA, &bytes.slice(..bytes.len() - 4)).to_string();
    assert_eq!(
        &line[1_000..],
        "...<malformed at byte 102004: 4 more bytes were announced than the 0 that are there>"
    );
}

#[test]
fn a_line_says_where_the_bytes_are_malformed() {
    let lookup = virtwire_protocol::remote::network::NetworkLookupByName::SCHEMA;
    let says = "more bytes were announced than the";
    assert_eq!(malformed(lookup, &[]), format!("name=<malformed at byte 0: 4 {says} 0 that are there>"));
    assert_eq!(malformed(lookup, &[9, 0]), format!("name=<malformed at byte 4: 9 {says} 4 that are there>"));
    assert_eq!(
        malformed(lookup, &[u32::MAX]),
        "name=<malformed at byte 4: length 4294967295 is over the limit of 4194304>"
    );
    assert_eq!(
        malformed(ConnectListAllNetworksReply::SCHEMA, &[9, 1, 0x6100_0000]),
        format!("nets=[{{name=\"a\" uuid=<malformed at byte 12: 16 {says} 0 that are there>")
    );
    assert_eq!(
        malformed(NetworkPortGetParametersReply::SCHEMA, &[1, 0, 8]),
        "params=[{field=\"\" value=<malformed at byte 12: unknown union discriminant 8>"
    );
    let more = [&DEFAULT[..], &[0, 0]].concat();
    assert_eq!(malformed(lookup, &more), "name=\"default\" (8 bytes more than expected)");
    assert_eq!(malformed(Schema::Void, &[0]), "(4 bytes more than expected)");
    assert_eq!(
        received(&frame([REMOTE, 1, 46, 1, 3, 1], &words(&[43]))),
        format!(
            "<- network_lookup_by_name #3 reply error, 32 bytes: code=43 domain=<malformed at byte 4: 4 {says} 0 that \
             are there>"
        )
    );
}

#[test]
fn a_session_shows_every_frame_keepalive_included() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let mut session = Session::tapped(Box::new(move |record| kept.lock().unwrap().push(record.to_string())));
    session.call(Outgoing::raw(REMOTE, 1, 60, &words(&[10])).unwrap());
    session.call(Outgoing::raw(REMOTE, 1, 2, &[]).unwrap());
    session.abandon(2);
    let pong = words(&[28, KEEPALIVE, 1, 2, 2, 0, 0]);
    let answers =
        [frame([REMOTE, 1, 2, 1, 2, 0], &[]), frame([REMOTE, 1, 60, 1, 1, 0], &words(&[1]))].concat();
    session.feed(&[ping(), ping(), pong, answers].concat());
    while session.next_incoming().unwrap().is_some() {}
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "-> connect_supports_feature #1 call ok, 32 bytes: feature=10",
            "-> connect_close #2 call ok, 28 bytes",
            "<- keepalive.ping #0 message ok, 28 bytes",
            "-> keepalive.pong #0 message ok, 28 bytes",
            // One pong answers both.
            "<- keepalive.ping #0 message ok, 28 bytes",
            "<- keepalive.pong #0 message ok, 28 bytes",
            "<- connect_close #2 reply ok, 28 bytes",
            "<- connect_supports_feature #1 reply ok, 32 bytes: supported=1",
        ]
    );
}
