//! Streams that are dropped, on a server that does not answer when it is told so.

use std::time::Duration;

use tokio::time::Instant;
use virtwire::protocol::frame::Frame;
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::connect::{ConnectGetLibVersion, ConnectGetLibVersionReply};
use virtwire::protocol::remote::network::{
    ConnectNetworkEventDeregisterAny, ConnectNetworkEventRegisterAny, ConnectNetworkEventRegisterAnyReply,
    NetworkLookupByName, NetworkLookupByNameReply,
};
use virtwire::protocol::remote::{Network, Uuid};
use virtwire::protocol::xdr;
use virtwire::{Connection, ErrorKind, NetworkEvents, Options, Timeouts};

use crate::peer::Peer;
use crate::sharing::OLD;

const SECOND: Duration = Duration::from_secs(1);

/// Answers all but deregistrations; ends with the connection, and returns how many deregistrations came.
async fn serve(mut peer: Peer) -> usize {
    let (mut registered, mut deregistered) = (0, 0);
    while let Some(call) = peer.next().await {
        match call.header.proc {
            number if number == ConnectNetworkEventDeregisterAny::INFO.number => deregistered += 1,
            number if number == ConnectGetLibVersion::INFO.number => {
                peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: OLD }).await;
            }
            number if number == ConnectNetworkEventRegisterAny::INFO.number => {
                registered += 1;
                peer.reply(&call, &ConnectNetworkEventRegisterAnyReply { callback_id: registered }).await;
            }
            number if number == NetworkLookupByName::INFO.number => {
                peer.reply(&call, &NetworkLookupByNameReply { net: named(&call) }).await;
            }
            _ => {}
        }
    }
    deregistered
}

fn named(call: &Frame) -> Network {
    let NetworkLookupByName { name } = xdr::from_bytes(&call.payload).unwrap();
    let uuid = Uuid([*name.as_bytes().first().unwrap(); 16]);
    Network { name, uuid }
}

async fn streams(connection: &Connection) -> Vec<NetworkEvents> {
    let mut streams = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let network = connection.lookup_network_by_name(name).await.unwrap();
        streams.push(network.events().await.unwrap());
    }
    streams
}

#[tokio::test(start_paused = true)]
async fn a_new_stream_waits_no_longer_than_a_query() {
    let (connection, peer) = Peer::opened(Options::new().timeouts(Timeouts::all(SECOND))).await;
    tokio::spawn(serve(peer));
    drop(streams(&connection).await);
    tokio::task::yield_now().await;
    let begin = Instant::now();
    let made = connection.network_events().await;
    assert!(begin.elapsed() <= SECOND + Duration::from_millis(5), "{:?}", begin.elapsed());
    if let Err(error) = made {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_slots_but_one_are_left_for_calls() {
    let options = Options::new().timeouts(Timeouts::all(SECOND)).calls_in_flight(2);
    let (connection, peer) = Peer::opened(options).await;
    let served = tokio::spawn(serve(peer));
    let streams = streams(&connection).await;
    drop(streams);
    for _ in 0..10 {
        tokio::time::sleep(SECOND).await;
        let version = connection.lib_version().await.unwrap();
        assert_eq!(version.0, OLD);
    }
    let mut again = connection.network_events().await.unwrap();
    let network = connection.lookup_network_by_name("f").await.unwrap();
    drop(network.events().await.unwrap());
    connection.close().await.unwrap_err();
    assert_eq!(again.next().await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    drop((again, network, connection));
    assert_eq!(served.await.unwrap(), 1, "the rest would have waited behind it");
}
