//! Servers that mean harm, or err: nothing but their own events suffers.

use bytes::BytesMut;
use virtwire::protocol::frame::{self, Header, MessageType, Status};
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::PROGRAM;
use virtwire::protocol::remote::connect::{
    ConnectGetHostname, ConnectGetHostnameReply, ConnectGetLibVersion,
};
use virtwire::protocol::remote::network::{
    ConnectNetworkEventRegisterAny, ConnectNetworkEventRegisterAnyReply, NetworkEventCallbackMetadataChange,
    NetworkEventLifecycle,
};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::service::write_event;
use virtwire::protocol::xdr::Xdr;
use virtwire::{Connection, ErrorKind, NetworkEvent, Options};

use crate::peer::Peer;
use crate::sharing::{OLD, lifecycle, stream, version};
use crate::{is_silent, lines, within};

const LIFECYCLE: i32 = NetworkEventLifecycle::INFO.number;

fn message(procedure: i32) -> Header {
    Header {
        prog: PROGRAM.number,
        vers: PROGRAM.version,
        proc: procedure,
        r#type: MessageType::Message,
        serial: 0,
        status: Status::Ok,
    }
}

/// Bytes as they are, with no length before them.
struct Raw<'a>(&'a [u8]);

async fn send_raw(peer: &mut Peer, procedure: i32, body: &Raw<'_>) {
    let mut out = BytesMut::new();
    frame::write_with(&message(procedure), &mut out, |out| out.extend_from_slice(body.0)).unwrap();
    peer.bytes(&out).await;
}

/// A call and its reply: whatever was sent before has been read.
async fn answered(connection: &Connection, peer: &mut Peer) {
    let (reply, ()) = tokio::join!(within(connection.lib_version()), version(peer, OLD));
    reply.unwrap();
}

#[tokio::test]
async fn events_that_come_together_with_the_registrations_reply_are_not_lost() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (events, ()) = tokio::join!(within(connection.network_events()), async {
        let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
        let mut out = BytesMut::new();
        // Before it is registered it is nobody's; one byte behind the reply it is.
        write_event(&lifecycle(5, 0), &mut out).unwrap();
        let reply = Header { r#type: MessageType::Reply, ..call.header.clone() };
        frame::write(&reply, &ConnectNetworkEventRegisterAnyReply { callback_id: 5 }, &mut out).unwrap();
        write_event(&lifecycle(5, 2), &mut out).unwrap();
        write_event(&lifecycle(5, 3), &mut out).unwrap();
        peer.bytes(&out).await;
        version(&mut peer, OLD).await;
    });
    assert_eq!(lines(&mut events.unwrap(), 2).await, ["n Started", "n Stopped"]);
}

#[tokio::test]
async fn a_million_events_stall_no_call_and_are_counted() {
    const ALL: u64 = 1_000_000;
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    let mut thousand = BytesMut::new();
    for number in 0..1000 {
        write_event(&lifecycle(5, number), &mut thousand).unwrap();
    }
    let flood = tokio::spawn(async move {
        let mut calls = 0_u32;
        for round in 0..ALL / 1000 {
            peer.bytes(&thousand).await;
            // The client has a call in flight at all times: it is answered in the middle of the flood.
            if round % 10 == 9 {
                let call = peer.expect::<ConnectGetHostname>().await;
                let hostname = Text::from_static("h");
                peer.reply(&call, &ConnectGetHostnameReply { hostname }).await;
                calls += 1;
            }
        }
        (peer, calls)
    });
    for _ in 0..100 {
        let reply = within(connection.call(&ConnectGetHostname {})).await.unwrap();
        assert_eq!(reply.hostname, "h");
    }
    let (mut peer, calls) = within(flood).await.unwrap();
    assert_eq!(calls, 100);
    peer.event(&lifecycle(5, 2)).await;
    for number in 0..1024 {
        let Some(Ok(NetworkEvent::Lifecycle { change, .. })) = within(events.next()).await else {
            panic!("event {number} is missing");
        };
        assert_eq!(change, (number % 1000).into());
    }
    assert!(
        matches!(within(events.next()).await, Some(Ok(NetworkEvent::Lost(count))) if count >= ALL - 1024)
    );
    peer.event(&lifecycle(5, 3)).await;
    let rest = lines(&mut events, 1).await;
    assert!(rest == ["n Stopped"] || rest == ["n Started"], "{rest:?}");
}

#[tokio::test]
async fn events_for_nobody_are_dropped() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    for id in [0, 4, 6, -1, i32::MIN, i32::MAX] {
        peer.event(&lifecycle(id, 2)).await;
    }
    let metadata = NetworkEventCallbackMetadataChange {
        callback_id: 5,
        net: lifecycle(5, 0).net,
        r#type: 0,
        nsuri: None,
    };
    peer.event(&metadata).await;
    // Another program's procedure of the same number.
    let header = Header { prog: 0x2000_8087, ..message(LIFECYCLE) };
    peer.send(&header, &lifecycle(5, 2)).await;
    assert!(is_silent(&mut events).await);
    peer.event(&lifecycle(5, 3)).await;
    assert_eq!(lines(&mut events, 1).await, ["n Stopped"]);
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_is_an_error_in_its_place() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    let mut whole = BytesMut::new();
    lifecycle(5, 2).encode(&mut virtwire::protocol::xdr::Writer::new(&mut whole));
    // A name of 2 GiB; each cut behind the number, which is needed to know whose it is.
    send_raw(&mut peer, LIFECYCLE, &Raw(&[0, 0, 0, 5, 0x7f, 0xff, 0xff, 0xff])).await;
    for length in 0..whole.len() {
        send_raw(&mut peer, LIFECYCLE, &Raw(&whole[..length])).await;
    }
    peer.event(&lifecycle(5, 77)).await;
    for _ in 4..=whole.len() {
        let error = within(events.next()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(error.to_string(), "the event network_event_lifecycle cannot be understood");
    }
    assert_eq!(lines(&mut events, 1).await, ["n Unknown(77)"]);
}

#[tokio::test]
async fn names_of_megabytes_fill_the_room_sooner() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    let long = |length: usize| {
        let net = Network { name: Text::new(vec![b'x'; length]).unwrap(), uuid: Uuid([1; 16]) };
        NetworkEventLifecycle { net, ..lifecycle(5, 2) }
    };
    for _ in 0..3 {
        peer.event(&long(400 * 1024)).await;
    }
    peer.event(&long(4 * 1024 * 1024)).await;
    peer.event(&lifecycle(5, 3)).await;
    answered(&connection, &mut peer).await;
    let sizes = [400 * 1024 + 8, 400 * 1024 + 8].map(|length| length.to_string());
    let told = lines(&mut events, 4).await;
    let short = |line: &String| if line.len() > 100 { line.len().to_string() } else { line.clone() };
    let shown: Vec<_> = told.iter().map(short).collect();
    assert_eq!(shown, [sizes[0].as_str(), &sizes[1], "lost 2", "n Stopped"]);
}

#[tokio::test]
async fn a_reply_without_a_number_is_an_error() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (events, ()) = tokio::join!(within(connection.network_events()), async {
        let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
        peer.reply(&call, &()).await;
        let call = peer.expect::<ConnectGetLibVersion>().await;
        drop(call);
    });
    assert_eq!(events.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_frame_that_is_none_ends_the_stream_with_its_cause() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    peer.event(&lifecycle(5, 2)).await;
    peer.bytes(&[0; 8]).await;
    let expected = ["n Started", "error: the server does not speak libvirt's protocol", "end"];
    assert_eq!(lines(&mut events, 3).await, expected);
}
