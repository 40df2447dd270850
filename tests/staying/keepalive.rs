//! When a server is sent pings, and when it is given up: to the second, on a clock that stands.

use std::time::Duration;

use bytes::BytesMut;
use tokio::time::{Instant, sleep, timeout};
use virtwire::protocol::frame::{self, Header, MessageType};
use virtwire::protocol::keepalive::{Ping, Pong};
use virtwire::protocol::remote::connect::{
    ConnectGetLibVersion, ConnectGetLibVersionReply, ConnectSupportsFeature, ConnectSupportsFeatureReply,
};
use virtwire::protocol::remote::network::{NetworkCreate, NetworkDefineXml};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::{ErrorKind, Keepalive, Options, Timeouts};

use crate::peer::Peer;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A ping each 2 seconds, the end after 8.
fn quick() -> Options {
    Options::new().keepalive(Keepalive { interval: 2 * SECOND, count: 3 })
}

fn start_network() -> NetworkCreate {
    NetworkCreate { net: Network { name: Text::from_static("default"), uuid: Uuid([7; 16]) } }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_sent_five_pings_in_25_seconds_and_given_up_after_30() {
    let options = Options::new().timeouts(Timeouts::all(HOUR));
    let (connection, mut peer) = Peer::opened_with_keepalive(options).await;
    let begin = Instant::now();
    let query = tokio::spawn({
        let connection = connection.clone();
        async move { connection.lib_version().await }
    });
    let change = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call(&start_network()).await }
    });
    peer.expect::<ConnectGetLibVersion>().await;
    peer.expect::<NetworkCreate>().await;
    for count in 1..=5 {
        peer.expect::<Ping>().await;
        assert_eq!(begin.elapsed(), 5 * count * SECOND);
    }
    assert_eq!(peer.next().await, None, "and no sixth");
    assert_eq!(begin.elapsed(), 30 * SECOND);
    let said = "the server gave no sign of life for 30 seconds";
    let error = query.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Closed, said));
    let error = change.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(error.unanswered().unwrap().to_string(), said);
    assert_eq!(connection.lib_version().await.unwrap_err().to_string(), said, "of a later call, too");
    assert_eq!(begin.elapsed(), 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_pong_is_a_sign_of_life_and_so_is_any_byte() {
    let options = quick().timeouts(Timeouts::all(HOUR));
    let (connection, mut peer) = Peer::opened_with_keepalive(options).await;
    let mut begin = Instant::now();
    for _ in 0..100 {
        for count in 1..=3 {
            peer.expect::<Ping>().await;
            assert_eq!(begin.elapsed(), 2 * count * SECOND);
        }
        sleep(SECOND).await;
        peer.event(&Pong {}).await;
        begin = Instant::now();
    }
    // A reply that comes byte by byte: no ping, and no end.
    let version = tokio::spawn(async move { connection.lib_version().await });
    let call = peer.expect::<ConnectGetLibVersion>().await;
    let mut reply = BytesMut::new();
    let header = Header { r#type: MessageType::Reply, ..call.header.clone() };
    frame::write(&header, &ConnectGetLibVersionReply { lib_ver: 5 }, &mut reply).unwrap();
    for byte in reply {
        assert!(timeout(SECOND, peer.next()).await.is_err());
        peer.bytes(&[byte]).await;
    }
    assert_eq!(version.await.unwrap().unwrap().0, 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_pings_is_alive_and_gets_pongs_only() {
    let (_connection, mut peer) = Peer::opened_with_keepalive(quick()).await;
    for _ in 0..100 {
        sleep(SECOND).await;
        peer.event(&Ping {}).await;
        peer.expect::<Pong>().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_pings_gets_none() {
    for supported in [0, -1] {
        let (stream, mut peer) = Peer::pair();
        let options = quick();
        let opening = options.open_over(stream, "test:///default");
        let (_connection, ()) = tokio::join!(opening, peer.open());
        let question = peer.expect::<ConnectSupportsFeature>().await;
        assert!(timeout(HOUR, peer.next()).await.is_err(), "not before it has answered");
        peer.reply(&question, &ConnectSupportsFeatureReply { supported }).await;
        assert!(timeout(HOUR, peer.next()).await.is_err(), "{supported}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_keepalive_is_asked_for_none() {
    let off = Keepalive { interval: Duration::ZERO, count: 5 };
    for options in [Options::new().keepalive(None), Options::new().keepalive(off)] {
        let (stream, mut peer) = Peer::pair();
        let opening = options.open_over(stream, "test:///default");
        let (_connection, ()) = tokio::join!(opening, peer.open());
        assert!(timeout(24 * HOUR, peer.next()).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_count_of_zero_silence_is_the_end() {
    let options = Options::new().keepalive(Keepalive { interval: 7 * SECOND, count: 0 });
    let (connection, mut peer) = Peer::opened_with_keepalive(options).await;
    let begin = Instant::now();
    assert_eq!(peer.next().await, None);
    assert_eq!(begin.elapsed(), 7 * SECOND);
    let said = "the server gave no sign of life for 7 seconds";
    assert_eq!(connection.lib_version().await.unwrap_err().to_string(), said);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_reads_nothing_is_not_heaped_with_pings() {
    let keepalive = Keepalive { interval: SECOND, count: 1_000_000 };
    let timeouts = Timeouts::all(Duration::MAX);
    let options = Options::new().timeouts(timeouts).keepalive(keepalive);
    let (connection, mut peer) = Peer::opened_with_keepalive(options).await;
    // Fills the pipe, so that nothing behind it can be sent.
    let xml = Text::new(vec![b'x'; 1024 * 1024]).unwrap();
    let filling = tokio::spawn(async move { connection.call(&NetworkDefineXml { xml }).await.map(drop) });
    sleep(HOUR).await;
    peer.expect::<NetworkDefineXml>().await;
    let pings = async {
        peer.expect::<Ping>().await;
        let begin = Instant::now();
        peer.expect::<Ping>().await;
        begin.elapsed()
    };
    assert!(pings.await > Duration::ZERO, "one waited for the peer, and the next one is due in its time");
    filling.abort();
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_any_numbers_is_a_time() {
    assert_eq!(Keepalive::default().limit(), 30 * SECOND);
    assert_eq!(Keepalive { interval: Duration::MAX, count: u32::MAX }.limit(), Duration::MAX);
    let options = Options::new().keepalive(Keepalive { interval: Duration::MAX, count: u32::MAX });
    let (_connection, mut peer) = Peer::opened_with_keepalive(options).await;
    assert!(timeout(24 * HOUR, peer.next()).await.is_err());
}
