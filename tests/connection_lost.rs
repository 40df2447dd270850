//! What the client says when a peer breaks off, stops reading, or answers what cannot be read.

#![allow(clippy::unwrap_used, reason = "a test's helper fails the test")]

mod peer;

use std::time::Duration;

use bytes::BytesMut;
use peer::Peer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};
use virtwire::protocol::error_body::{ErrorBody, code, domain};
use virtwire::protocol::frame::{FrameReader, Header, MessageType, write};
use virtwire::protocol::remote::auth::{AuthListReply, AuthSaslStart};
use virtwire::protocol::remote::connect::{
    ConnectClose, ConnectGetLibVersion, ConnectSupportsFeature, ConnectSupportsFeatureReply,
};
use virtwire::protocol::remote::network::{NetworkCreate, NetworkDefineXml};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::session::Outgoing;
use virtwire::protocol::xdr::{Chars, List, Secret};
use virtwire::{ErrorKind, Options, Timeouts};

const PATIENCE: Duration = Duration::from_secs(10);

fn start_network() -> NetworkCreate {
    NetworkCreate { net: Network { name: Text::from_static("default"), uuid: Uuid([7; 16]) } }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_reading_holds_neither_close_nor_the_last_handle() {
    let timeouts = Timeouts::all(Duration::from_secs(5));
    let (connection, mut peer) = Peer::opened(Options::new().timeouts(timeouts)).await;
    let error = connection.define_network(vec![b' '; 1_000_000], false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "part of it was sent");
    let began = Instant::now();
    assert!(connection.close().await.is_err());
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    assert_eq!(peer.next().await, None, "the stream ends though the rest was never sent");

    let (connection, mut peer) = Peer::opened(Options::new().timeouts(timeouts)).await;
    connection.define_network(vec![b' '; 1_000_000], false).await.unwrap_err();
    let began = Instant::now();
    drop(connection);
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(peer.next().await, None);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_cannot_be_read_has_an_unknown_outcome() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (outcome, ()) = tokio::join!(connection.define_network("<network/>", false), async {
        let call = peer.expect::<NetworkDefineXml>().await;
        peer.reply(&call, &()).await;
    });
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    let (version, ()) = tokio::join!(connection.lib_version(), async {
        let call = peer.expect::<ConnectGetLibVersion>().await;
        peer.reply(&call, &()).await;
    });
    let error = version.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "a question has no outcome");
    assert_eq!(error.to_string(), "the answer to connect_get_lib_version cannot be understood");
}

/// An error that lost its status on the way looks like that.
#[tokio::test(start_paused = true)]
async fn an_answer_to_a_change_that_says_more_than_it_may_is_no_success() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let change = start_network();
    let (outcome, ()) = tokio::join!(connection.call(&change), async {
        let call = peer.expect::<NetworkCreate>().await;
        peer.reply(&call, &1u32).await;
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let cause = error.unanswered().unwrap();
    assert_eq!(cause.to_string(), "the answer to network_create cannot be understood");
    let source = std::error::Error::source(cause).unwrap();
    assert_eq!(source.to_string(), "malformed reply: 4 bytes follow it");
}

#[tokio::test(start_paused = true)]
async fn a_change_in_which_the_server_lost_another_daemon_has_an_unknown_outcome() {
    const EIO: i32 = 5;
    const ENOENT: i32 = 2;
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    for (code, domain, errno, kind) in [
        (code::SYSTEM_ERROR, domain::RPC, EIO, ErrorKind::OutcomeUnknown),
        (code::INTERNAL_ERROR, domain::RPC, -1, ErrorKind::OutcomeUnknown),
        // It could not even be asked.
        (code::SYSTEM_ERROR, domain::RPC, ENOENT, ErrorKind::Libvirt),
        (code::OPERATION_INVALID, domain::RPC, -1, ErrorKind::Libvirt),
        (code::SYSTEM_ERROR, domain::NETWORK, EIO, ErrorKind::Libvirt),
        (code::INTERNAL_ERROR, domain::NETWORK, -1, ErrorKind::Libvirt),
    ] {
        let body = ErrorBody { int1: errno, ..*ErrorBody::new(code, domain, "End of file") };
        let change = start_network();
        let (outcome, ()) = tokio::join!(connection.call(&change), async {
            let call = peer.expect::<NetworkCreate>().await;
            peer.error(&call, &body).await;
        });
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), kind, "{body:?}");
        let told = error.unanswered().unwrap_or(&error);
        assert_eq!(told.libvirt(), Some(&body), "what the server said is kept");
    }
    let body = ErrorBody { int1: EIO, ..*ErrorBody::new(code::SYSTEM_ERROR, domain::RPC, "End of file") };
    let (version, ()) = tokio::join!(connection.lib_version(), async {
        let call = peer.expect::<ConnectGetLibVersion>().await;
        peer.error(&call, &body).await;
    });
    assert_eq!(version.unwrap_err().kind(), ErrorKind::Libvirt, "a question has no outcome");
}

#[tokio::test]
async fn an_answer_that_came_before_the_peer_broke_off_is_heard() {
    let (client, mut server) = UnixStream::pair().unwrap();
    let mut reader = FrameReader::default();
    let options = Options::new().keepalive(None);
    let opening = options.open_over(client, "test:///default");
    let opened = timeout(PATIENCE, async {
        tokio::join!(opening, async {
            answer_next(&mut server, &mut reader, true).await;
            answer_next(&mut server, &mut reader, false).await;
        })
    });
    let connection = opened.await.unwrap().0.unwrap();
    let answered = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call(&start_network()).await }
    });
    let header = next(&mut server, &mut reader).await;
    // While this is being written, the peer answers the first call and is gone.
    let cut_off =
        tokio::spawn(async move { connection.define_network(vec![b' '; 4_000_000], false).await.map(drop) });
    sleep(Duration::from_millis(50)).await;
    send(&mut server, &Header { r#type: MessageType::Reply, ..header }, &()).await;
    drop(server);
    timeout(PATIENCE, answered).await.unwrap().unwrap().expect("the answer was there");
    let error = timeout(PATIENCE, cut_off).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "a call that was cut off has not been carried out");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_ever_and_as_many_calls_as_there_are_can_be_asked_for() {
    let options = Options::new().calls_in_flight(usize::MAX).timeouts(Timeouts::all(Duration::MAX));
    let (connection, mut peer) = Peer::opened(options).await;
    let change = start_network();
    let (outcome, ()) = tokio::join!(connection.call_within(&change, Duration::MAX), async {
        let call = peer.expect::<NetworkCreate>().await;
        sleep(Duration::from_secs(1_000_000)).await;
        peer.reply(&call, &()).await;
    });
    outcome.unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_twice_is_no_error() {
    let (connection, peer) = Peer::opened(Options::new()).await;
    drop(peer);
    assert!(connection.close().await.is_err(), "nobody answers the goodbye");
    assert!(connection.close().await.is_ok());
}

#[test]
fn a_secret_is_not_shown_on_its_way() {
    let data = Secret(Chars::new(*b"hunter2").unwrap());
    let call = AuthSaslStart { mech: Text::from_static("PLAIN"), nil: 0, data };
    let shown = format!("{:?}", Outgoing::new(&call).unwrap());
    assert_eq!(shown, "Outgoing { program: 0x20008086, procedure: 68, 76 bytes }");
}

async fn next(server: &mut UnixStream, reader: &mut FrameReader) -> Header {
    loop {
        if let Some(frame) = reader.next_frame().unwrap() {
            return frame.header;
        }
        assert_ne!(server.read_buf(reader.buffer()).await.unwrap(), 0);
    }
}

async fn answer_next(server: &mut UnixStream, reader: &mut FrameReader, is_auth_list: bool) {
    let header = Header { r#type: MessageType::Reply, ..next(server, reader).await };
    if is_auth_list {
        send(server, &header, &AuthListReply { types: List::default() }).await;
    } else {
        send(server, &header, &()).await;
    }
}

async fn send<T: virtwire::protocol::xdr::Xdr>(server: &mut UnixStream, header: &Header, body: &T) {
    let mut out = BytesMut::new();
    write(header, body, &mut out).unwrap();
    server.write_all(&out).await.unwrap();
}

/// A connection whose question for pings is not answered yet.
async fn with_an_open_question() -> (virtwire::Connection, Peer, virtwire::protocol::frame::Frame) {
    let (stream, mut peer) = Peer::pair();
    let options = Options::new();
    let opening = options.open_over(stream, "test:///default");
    let (connection, ()) = tokio::join!(opening, peer.open());
    let question = peer.expect::<ConnectSupportsFeature>().await;
    (connection.unwrap(), peer, question)
}

async fn nothing_comes(peer: &mut Peer) -> bool {
    timeout(Duration::from_millis(100), peer.next()).await.is_err()
}

// A daemon works at calls side by side: one that CLOSE overtakes finds no connection, and is logged as an error.
#[tokio::test(start_paused = true)]
async fn the_goodbye_overtakes_no_call() {
    let (connection, mut peer, question) = with_an_open_question().await;
    let closing = tokio::spawn(async move { connection.close().await });
    assert!(nothing_comes(&mut peer).await);
    peer.reply(&question, &ConnectSupportsFeatureReply { supported: 1 }).await;
    let close = peer.expect::<ConnectClose>().await;
    peer.reply(&close, &()).await;
    closing.await.unwrap().unwrap();

    let (connection, mut peer, question) = with_an_open_question().await;
    drop(connection);
    assert!(nothing_comes(&mut peer).await);
    peer.reply(&question, &ConnectSupportsFeatureReply { supported: 1 }).await;
    let close = peer.expect::<ConnectClose>().await;
    peer.reply(&close, &()).await;
    assert_eq!(peer.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_does_not_keep_the_goodbye_from_being_said() {
    let (connection, mut peer, _) = with_an_open_question().await;
    let began = Instant::now();
    let (closed, ()) = tokio::join!(connection.close(), async {
        let close = peer.expect::<ConnectClose>().await;
        peer.reply(&close, &()).await;
    });
    closed.unwrap();
    assert_eq!(began.elapsed(), Duration::from_millis(500));

    let (connection, mut peer, _) = with_an_open_question().await;
    drop(connection);
    let close = peer.expect::<ConnectClose>().await;
    peer.reply(&close, &()).await;
    assert_eq!(peer.next().await, None);
}
