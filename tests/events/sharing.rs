//! What the server is asked for, and when it is told to stop: seen from its side.

use virtwire::protocol::frame::Frame;
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::connect::{ConnectGetLibVersion, ConnectGetLibVersionReply};
use virtwire::protocol::remote::network::{
    ConnectNetworkEventDeregisterAny, ConnectNetworkEventRegisterAny, ConnectNetworkEventRegisterAnyReply,
    NetworkEventLifecycle,
};
use virtwire::protocol::remote::{Network, Text, Uuid};
use virtwire::protocol::xdr;
use virtwire::testdaemon::Hypervisor;
use virtwire::{Connection, NetworkEvents, Options};

use crate::peer::Peer;
use crate::streams::connect;
use crate::{is_silent, lines, within};

pub(crate) const NEW: u64 = 9_007_000;
pub(crate) const OLD: u64 = 9_006_999;

pub(crate) fn lifecycle(callback_id: i32, event: i32) -> NetworkEventLifecycle {
    let net = Network { name: Text::from_static("n"), uuid: Uuid([7; 16]) };
    NetworkEventLifecycle { callback_id, net, event, detail: 0 }
}

/// Answers that callback `id` was registered; returns which kind of events were asked for.
pub(crate) async fn register(peer: &mut Peer, id: i32) -> i32 {
    let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
    peer.reply(&call, &ConnectNetworkEventRegisterAnyReply { callback_id: id }).await;
    arguments::<ConnectNetworkEventRegisterAny>(&call).event_id
}

/// Answers that callback was deregistered; returns which.
async fn deregister(peer: &mut Peer) -> i32 {
    let call = peer.expect::<ConnectNetworkEventDeregisterAny>().await;
    peer.reply(&call, &()).await;
    arguments::<ConnectNetworkEventDeregisterAny>(&call).callback_id
}

pub(crate) async fn version(peer: &mut Peer, lib_ver: u64) {
    let call = peer.expect::<ConnectGetLibVersion>().await;
    peer.reply(&call, &ConnectGetLibVersionReply { lib_ver }).await;
}

fn arguments<C: Procedure>(call: &Frame) -> C {
    xdr::from_bytes(&call.payload).unwrap()
}

/// Answers the two calls that a new stream begins with, in any order.
pub(crate) async fn begin(peer: &mut Peer, id: i32, lib_ver: u64) {
    for _ in 0..2 {
        let call = within(peer.next()).await.unwrap();
        if call.header.proc == ConnectGetLibVersion::INFO.number {
            peer.reply(&call, &ConnectGetLibVersionReply { lib_ver }).await;
        } else {
            assert_eq!(arguments::<ConnectNetworkEventRegisterAny>(&call).event_id, 0);
            peer.reply(&call, &ConnectNetworkEventRegisterAnyReply { callback_id: id }).await;
        }
    }
}

/// A stream for which the server has registered lifecycle events as 5, and nothing else.
pub(crate) async fn stream(connection: &Connection, peer: &mut Peer) -> NetworkEvents {
    let (events, ()) = tokio::join!(within(connection.network_events()), begin(peer, 5, OLD));
    events.unwrap()
}

#[tokio::test]
async fn a_server_that_knows_no_changes_of_metadata_is_not_asked_for_them() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let events = stream(&connection, &mut peer).await;
    assert!(!events.has_metadata_changes());
    drop(events);
    assert_eq!(deregister(&mut peer).await, 5);

    let (events, ()) = tokio::join!(within(connection.network_events()), async {
        begin(&mut peer, 6, NEW).await;
        assert_eq!(register(&mut peer, 7).await, 1);
    });
    assert!(events.unwrap().has_metadata_changes());
    assert_eq!((deregister(&mut peer).await, deregister(&mut peer).await), (6, 7));
}

#[tokio::test]
async fn streams_of_the_same_share_what_the_server_is_asked_for() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let mut one = stream(&connection, &mut peer).await;
    let (other, ()) = tokio::join!(within(connection.network_events()), version(&mut peer, OLD));
    let mut other = other.unwrap();
    peer.event(&lifecycle(5, 2)).await;
    assert_eq!(lines(&mut one, 1).await, ["n Started"]);
    drop(one);
    peer.event(&lifecycle(5, 3)).await;
    assert_eq!(lines(&mut other, 2).await, ["n Started", "n Stopped"]);
    assert!(peer.is_quiet().await);
    drop(other);
    assert_eq!(deregister(&mut peer).await, 5);
    drop(stream(&connection, &mut peer).await);
    assert_eq!(deregister(&mut peer).await, 5);
}

#[tokio::test]
async fn a_new_stream_waits_until_the_last_one_is_deregistered() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    drop(stream(&connection, &mut peer).await);
    let call = peer.expect::<ConnectNetworkEventDeregisterAny>().await;
    let (events, ()) = tokio::join!(within(connection.network_events()), async {
        version(&mut peer, OLD).await;
        assert!(peer.is_quiet().await);
        peer.reply(&call, &()).await;
        assert_eq!(register(&mut peer, 5).await, 0);
    });
    assert!(!events.unwrap().has_metadata_changes());
}

#[tokio::test]
async fn a_stream_that_is_given_up_while_it_is_made_is_deregistered() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let made = tokio::spawn({
        let connection = connection.clone();
        async move { connection.network_events().await }
    });
    let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
    made.abort();
    assert!(made.await.unwrap_err().is_cancelled());
    peer.reply(&call, &ConnectNetworkEventRegisterAnyReply { callback_id: 9 }).await;
    version(&mut peer, OLD).await;
    assert_eq!(deregister(&mut peer).await, 9);
}

#[tokio::test]
async fn half_a_registration_is_undone() {
    let (connection, mut peer) = Peer::opened(Options::new()).await;
    let (events, ()) = tokio::join!(within(connection.network_events()), async {
        begin(&mut peer, 1, NEW).await;
        let call = peer.expect::<ConnectNetworkEventRegisterAny>().await;
        let error = virtwire::protocol::error_body::ErrorBody::new(88, 19, "access denied");
        peer.error(&call, &error).await;
    });
    assert_eq!(events.unwrap_err().to_string(), "access denied");
    assert_eq!(deregister(&mut peer).await, 1);
}

#[tokio::test]
async fn many_streams_of_the_same_and_of_others_live_side_by_side() {
    let connection = connect(&Hypervisor::with_networks(3), Options::new()).await;
    let network = |name: &'static str| connection.lookup_network_by_name(name);
    let (net0, net1) = (network("net0").await.unwrap(), network("net1").await.unwrap());
    for _ in 0..20 {
        let made = tokio::join!(
            within(connection.network_events()),
            within(connection.network_events()),
            within(net0.events()),
            within(net0.events()),
            within(net1.events())
        );
        let (mut all, mut again, mut only0) = (made.0.unwrap(), made.1.unwrap(), made.2.unwrap());
        let mut only1 = made.4.unwrap();
        drop(made.3);
        net0.destroy().await.unwrap();
        net0.create().await.unwrap();
        let expected = ["net0 Stopped", "net0 Started"];
        for events in [&mut all, &mut again, &mut only0] {
            assert_eq!(lines(events, 2).await, expected);
        }
        net1.create().await.unwrap();
        assert_eq!(lines(&mut only1, 1).await, ["net1 Started"]);
        net1.destroy().await.unwrap();
        assert_eq!(lines(&mut all, 2).await, ["net1 Started", "net1 Stopped"]);
    }
    let mut last = within(net1.events()).await.unwrap();
    net0.destroy().await.unwrap();
    assert!(is_silent(&mut last).await);
}
