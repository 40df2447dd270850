//! A server that says nothing while it is to tell events: it is asked for a sign of life, and given up without one.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use virtwire::protocol::error_body::ErrorBody;
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::connect::ConnectGetLibVersion;
use virtwire::{ErrorKind, Options};

use crate::lines;
use crate::peer::Peer;
use crate::sharing::{OLD, lifecycle, stream, version};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_ends_its_streams_once_it_was_asked_in_vain() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut events = stream(&connection, &mut peer).await;
    let begin = Instant::now();
    assert!(timeout(SECOND * 14, peer.next()).await.is_err(), "it is not asked yet");
    peer.expect::<ConnectGetLibVersion>().await;
    assert_eq!(begin.elapsed().as_secs(), 15);
    let said = "a sign of life from the server took longer than 30 seconds";
    let end = events.next().await.unwrap().unwrap_err();
    assert_eq!((end.kind(), end.to_string().as_str()), (ErrorKind::Timeout, said));
    assert_eq!(begin.elapsed().as_secs(), 45);
    assert!(events.next().await.is_none());
    assert_eq!(connection.lib_version().await.unwrap_err().to_string(), said);
    assert!(peer.next().await.is_none(), "it is asked once");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_is_asked_again_and_again_and_goes_on() {
    let (connection, mut peer) = Peer::opened(Options::new().liveness(SECOND * 2)).await;
    let mut events = stream(&connection, &mut peer).await;
    let begin = Instant::now();
    for count in 1..=100 {
        version(&mut peer, OLD).await;
        assert_eq!(begin.elapsed().as_secs(), count * 2);
    }
    // An error is a sign of life, too; and so is anything else, however late.
    let call = peer.expect::<ConnectGetLibVersion>().await;
    peer.error(&call, &ErrorBody::new(1, 0, "no")).await;
    peer.expect::<ConnectGetLibVersion>().await;
    sleep(SECOND * 29).await;
    peer.event(&lifecycle(5, 2)).await;
    assert_eq!(lines(&mut events, 1).await, ["n Started"]);
    let heard = Instant::now();
    peer.expect::<ConnectGetLibVersion>().await;
    assert_eq!(heard.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_tells_something_is_not_asked() {
    let (connection, mut peer) = Peer::opened(Options::new().liveness(SECOND * 2)).await;
    let mut events = stream(&connection, &mut peer).await;
    for _ in 0..20 {
        assert!(timeout(SECOND, peer.next()).await.is_err());
        peer.event(&lifecycle(5, 2)).await;
        assert_eq!(lines(&mut events, 1).await, ["n Started"]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_streams_a_server_may_be_silent() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    assert!(timeout(HOUR, peer.next()).await.is_err(), "there has been none yet");
    let events = stream(&connection, &mut peer).await;
    drop(events);
    let call = peer.next().await.unwrap();
    assert_ne!(call.header.proc, ConnectGetLibVersion::INFO.number);
    peer.reply(&call, &()).await;
    assert!(timeout(HOUR, peer.next()).await.is_err(), "there is none any more");
    let _events = stream(&connection, &mut peer).await;
    version(&mut peer, OLD).await;
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_questions_gets_none() {
    let (connection, mut peer) = Peer::opened(Options::new().liveness(Duration::MAX)).await;
    let _events = stream(&connection, &mut peer).await;
    assert!(timeout(HOUR * 24, peer.next()).await.is_err());
}
