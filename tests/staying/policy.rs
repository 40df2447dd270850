//! What is done about a lost connection, and what is not: servers that are played by hand.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::time::{Instant, sleep, timeout};
use virtwire::protocol::error_body::{ErrorBody, code};
use virtwire::protocol::frame::Frame;
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::auth::AuthList;
use virtwire::protocol::remote::connect::{ConnectGetLibVersion, ConnectGetLibVersionReply};
use virtwire::protocol::remote::network::{
    ConnectNetworkEventRegisterAny, ConnectNetworkEventRegisterAnyReply, NetworkCreate, NetworkEventLifecycle,
};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::xdr;
use virtwire::{Connection, Error, ErrorKind, NetworkEvent, NetworkEvents, Options, Reconnect, Timeouts};

use crate::peer::Peer;

const MOMENT: Duration = Duration::from_millis(50);
const POLICY: Reconnect = Reconnect {
    first_pause: MOMENT,
    longest_pause: Duration::from_millis(200),
    within: Duration::from_secs(20),
};
const LOST: &str = "the server closed the connection";

/// A socket, and its file, gone with the value.
struct Server {
    path: PathBuf,
    listener: UnixListener,
}

impl Server {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("virtwire-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        Self { path, listener }
    }

    fn uri(&self) -> String {
        format!("qemu:///system?socket={}", self.path.display())
    }

    /// The next connection, open.
    async fn accept(&self) -> Peer {
        let mut peer = Peer::accept(&self.listener).await;
        peer.open().await;
        peer
    }

    async fn opened(&self, policy: Reconnect) -> (Connection, Peer) {
        self.opened_by(&Options::new().reconnect(policy)).await
    }

    async fn opened_by(&self, options: &Options) -> (Connection, Peer) {
        let (options, uri) = (options.clone().keepalive(None), self.uri());
        let (connection, peer) = tokio::join!(options.open(&uri), self.accept());
        (connection.unwrap(), peer)
    }

    /// Whether nobody comes.
    async fn is_left_alone(&self) -> bool {
        timeout(10 * MOMENT, self.listener.accept()).await.is_err()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn network() -> Network {
    Network { name: Text::from_static("n"), uuid: Uuid([7; 16]) }
}

fn query(connection: &Connection) -> tokio::task::JoinHandle<Result<u64, Error>> {
    let connection = connection.clone();
    tokio::spawn(async move { connection.lib_version().await.map(|version| version.0) })
}

fn change(connection: &Connection) -> tokio::task::JoinHandle<Result<(), Error>> {
    let connection = connection.clone();
    tokio::spawn(async move { connection.call(&NetworkCreate { net: network() }).await })
}

async fn version(peer: &mut Peer, lib_ver: u64) {
    let call = peer.expect::<ConnectGetLibVersion>().await;
    peer.reply(&call, &ConnectGetLibVersionReply { lib_ver }).await;
}

#[tokio::test]
async fn a_query_in_flight_is_sent_once_more_and_once_only() {
    let server = Server::new("query");
    let (connection, mut peer) = server.opened(POLICY).await;
    let asked = query(&connection);
    peer.expect::<ConnectGetLibVersion>().await;
    drop(peer);
    let mut peer = server.accept().await;
    version(&mut peer, 5).await;
    assert_eq!(asked.await.unwrap().unwrap(), 5);

    let asked = query(&connection);
    for _ in 0..2 {
        peer.expect::<ConnectGetLibVersion>().await;
        drop(peer);
        peer = server.accept().await;
    }
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Closed, LOST));
    assert!(peer.is_quiet().await);
    let asked = query(&connection);
    version(&mut peer, 6).await;
    assert_eq!(asked.await.unwrap().unwrap(), 6);
}

#[tokio::test]
async fn a_change_that_was_sent_is_never_sent_again() {
    let server = Server::new("change");
    let (connection, mut peer) = server.opened(POLICY).await;
    let asked = change(&connection);
    peer.expect::<NetworkCreate>().await;
    drop(peer);
    let mut peer = server.accept().await;
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(error.unanswered().unwrap().to_string(), LOST);
    assert!(peer.is_quiet().await);
}

#[tokio::test]
async fn what_is_asked_meanwhile_waits_and_is_sent_then() {
    let server = Server::new("meanwhile");
    let (connection, peer) = server.opened(POLICY).await;
    drop(peer);
    let mut opening = Peer::accept(&server.listener).await;
    // Never sent so far, so that it may be sent now.
    let (asked, changed) = (query(&connection), change(&connection));
    sleep(MOMENT).await;
    opening.open().await;
    for _ in 0..2 {
        let call = opening.next().await.unwrap();
        if call.header.proc == NetworkCreate::INFO.number {
            opening.reply(&call, &()).await;
        } else {
            opening.reply(&call, &ConnectGetLibVersionReply { lib_ver: 5 }).await;
        }
    }
    assert_eq!(asked.await.unwrap().unwrap(), 5);
    changed.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_waits_for_the_next_connection_waits_no_longer_than_the_deadline() {
    let server = Server::new("deadline");
    let timeouts = Timeouts::all(10 * MOMENT);
    let (connection, peer) = server.opened_by(&Options::new().reconnect(POLICY).timeouts(timeouts)).await;
    drop(peer);
    let _silent = Peer::accept(&server.listener).await;
    let begin = Instant::now();
    let error = change(&connection).await.unwrap().unwrap_err();
    let said =
        "network_create (waiting for the lost connection to be opened again) took longer than 0.5 seconds";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Timeout, said));
    assert!(begin.elapsed() >= 10 * MOMENT);
}

/// The two calls that a new stream begins with, and the answers of a server that calls its topic `id`.
async fn stream(connection: &Connection, peer: &mut Peer, id: i32) -> NetworkEvents {
    let (events, ()) = tokio::join!(connection.network_events(), async {
        for _ in 0..2 {
            let call = peer.next().await.unwrap();
            if call.header.proc == ConnectGetLibVersion::INFO.number {
                peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: 9_000_000 }).await;
            } else {
                registered(peer, &call, id).await;
            }
        }
    });
    events.unwrap()
}

/// Answers that it was registered; returns what was asked for.
async fn registered(peer: &mut Peer, call: &Frame, callback_id: i32) -> ConnectNetworkEventRegisterAny {
    peer.reply(call, &ConnectNetworkEventRegisterAnyReply { callback_id }).await;
    xdr::from_bytes(&call.payload).unwrap()
}

fn lifecycle(callback_id: i32, event: i32) -> NetworkEventLifecycle {
    NetworkEventLifecycle { callback_id, net: network(), event, detail: 0 }
}

async fn next(events: &mut NetworkEvents) -> String {
    match timeout(Duration::from_secs(10), events.next()).await.unwrap() {
        Some(Ok(NetworkEvent::Lifecycle { change, .. })) => format!("{change:?}"),
        Some(Ok(NetworkEvent::Gap(cause))) => format!("gap: {cause}"),
        Some(Ok(NetworkEvent::Lost(count))) => format!("lost {count}"),
        Some(Err(error)) => format!("error: {error}"),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn events_are_registered_again_before_anything_else_and_tell_of_the_gap() {
    let server = Server::new("events");
    let (connection, mut peer) = server.opened(POLICY).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    let (second, ()) = tokio::join!(connection.network_events(), version(&mut peer, 9_000_000));
    let mut second = second.unwrap();
    peer.event(&lifecycle(5, 2)).await;
    drop(peer);
    let mut peer = server.accept().await;
    let asked = query(&connection);
    let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
    // Another number; and an event that comes together with it is behind the gap.
    assert_eq!(registered(&mut peer, &call, 6).await.event_id, 0);
    peer.event(&lifecycle(6, 3)).await;
    peer.event(&lifecycle(5, 1)).await;
    peer.event(&lifecycle(6, 0)).await;
    version(&mut peer, 5).await;
    asked.await.unwrap().unwrap();
    for events in [&mut events, &mut second] {
        for expected in ["Started", &format!("gap: {LOST}"), "Stopped", "Defined"] {
            assert_eq!(next(events).await, expected);
        }
    }
}

#[tokio::test]
async fn gaps_that_nobody_reads_are_one_and_what_is_dropped_is_not_asked_for_again() {
    let server = Server::new("gaps");
    let (connection, mut peer) = server.opened(POLICY).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    for id in 6..9 {
        drop(peer);
        peer = server.accept().await;
        let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
        registered(&mut peer, &call, id).await;
    }
    peer.event(&lifecycle(8, 2)).await;
    let asked = query(&connection);
    version(&mut peer, 5).await;
    asked.await.unwrap().unwrap();
    assert_eq!(next(&mut events).await, format!("gap: {LOST}"));
    assert_eq!(next(&mut events).await, "Started");
    drop(peer);
    drop(events);
    let mut peer = server.accept().await;
    // It may have been asked for before it was known that nobody waits for it.
    if let Ok(Some(call)) = timeout(10 * MOMENT, peer.next()).await {
        assert_eq!(call.header.proc, ConnectNetworkEventRegisterAny::INFO.number);
    }
}

#[tokio::test]
async fn a_stream_that_the_server_refuses_to_go_on_with_ends_by_that_error() {
    let server = Server::new("refused");
    let (connection, mut peer) = server.opened(POLICY).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    drop(peer);
    let mut peer = server.accept().await;
    let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
    peer.error(&call, &ErrorBody::new(code::ACCESS_DENIED, 0, "not you")).await;
    assert_eq!(next(&mut events).await, "error: not you");
    assert_eq!(next(&mut events).await, "None");
    let asked = query(&connection);
    version(&mut peer, 5).await;
    asked.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_denies_is_asked_once_and_all_end_by_that() {
    let server = Server::new("denied");
    let (connection, mut peer) = server.opened(POLICY).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    let asked = query(&connection);
    peer.expect::<ConnectGetLibVersion>().await;
    drop(peer);
    let mut peer = Peer::accept(&server.listener).await;
    let call = peer.expect::<AuthList>().await;
    peer.error(&call, &ErrorBody::new(code::AUTH_FAILED, 0, "go away")).await;
    for error in [asked.await.unwrap().unwrap_err(), query(&connection).await.unwrap().unwrap_err()] {
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Denied, "go away"));
    }
    assert_eq!(next(&mut events).await, "error: go away");
    assert_eq!(next(&mut events).await, "None");
    assert!(server.is_left_alone().await);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn attempts_end_when_their_time_is_over_and_all_end_by_the_last_error() {
    let server = Server::new("over");
    let within = 10 * MOMENT;
    let (connection, mut peer) = server.opened(Reconnect { within, ..POLICY }).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    std::fs::remove_file(&server.path).unwrap();
    let begin = Instant::now();
    drop(peer);
    let error = query(&connection).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(next(&mut events).await.starts_with("error: no libvirt daemon answers at "));
    assert!((within / 2..2 * within + 20 * MOMENT).contains(&begin.elapsed()));
}

#[tokio::test]
async fn a_server_that_is_lost_at_once_is_tried_with_ever_longer_pauses() {
    let server = Server::new("pauses");
    let (_connection, peer) = server.opened(POLICY).await;
    drop(peer);
    let mut pauses = Vec::new();
    let mut last = Instant::now();
    for attempt in 0..6 {
        // Whether it opens or not, it is gone soon.
        let peer =
            if attempt % 2 == 0 { Peer::accept(&server.listener).await } else { server.accept().await };
        pauses.push(last.elapsed().as_millis());
        last = Instant::now();
        drop(peer);
    }
    for (pause, least) in pauses.iter().zip([0, 25, 50, 100, 100, 100]) {
        assert!((least..least + 1500).contains(pause), "{pauses:?}");
    }
}

#[tokio::test]
async fn closing_meanwhile_ends_the_attempts_and_the_streams() {
    let server = Server::new("closing");
    let (connection, mut peer) = server.opened(POLICY).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    drop(peer);
    let peer = Peer::accept(&server.listener).await;
    let asked = query(&connection);
    connection.close().await.unwrap();
    assert_eq!(next(&mut events).await, "error: the connection was closed");
    assert_eq!(asked.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    drop(peer);
    assert!(server.is_left_alone().await);
}

#[tokio::test]
async fn without_handles_nothing_is_opened_again() {
    let server = Server::new("handles");
    let (connection, peer) = server.opened(POLICY).await;
    drop(peer);
    drop(connection);
    // The attempt that was under way already, if any.
    let _ = timeout(2 * MOMENT, server.listener.accept()).await;
    assert!(server.is_left_alone().await);
}

#[tokio::test]
async fn without_a_policy_what_is_lost_stays_lost() {
    let server = Server::new("none");
    let (connection, mut peer) = server.opened_by(&Options::new()).await;
    let mut events = stream(&connection, &mut peer, 5).await;
    drop(peer);
    assert_eq!(next(&mut events).await, format!("error: {LOST}"));
    assert_eq!(query(&connection).await.unwrap().unwrap_err().to_string(), LOST);
    assert!(server.is_left_alone().await);
}

#[test]
fn a_runtime_that_ends_ends_the_streams_that_wait_for_another_connection() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let its_own = runtime();
    let server = its_own.block_on(async { Server::new("runtime") });
    let mut events = its_own.block_on(async {
        let (connection, mut peer) = server.opened(POLICY).await;
        stream(&connection, &mut peer, 5).await
    });
    drop(its_own);
    let ended = "error: the connection's task ended with its runtime";
    assert_eq!(runtime().block_on(next(&mut events)), ended);
}
