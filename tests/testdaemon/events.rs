//! Events: who gets which, and pings.

use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::remote::Network;
use virtwire_protocol::remote::connect::{ConnectGetType, ConnectSupportsFeature, feature};
use virtwire_protocol::remote::network::{
    ConnectNetworkEventDeregisterAny, ConnectNetworkEventRegisterAny, NetworkCreate, NetworkDestroy,
    NetworkEventCallbackMetadataChange, NetworkEventLifecycle, NetworkSetMetadata, NetworkUndefine,
};

use crate::peer::{Peer, text, within};

const LIFECYCLE: i32 = 0;

async fn register(peer: &mut Peer, event_id: i32, net: Option<Network>) -> i32 {
    let call = ConnectNetworkEventRegisterAny { event_id, net };
    peer.ok(&call).await.callback_id
}

#[tokio::test]
async fn every_registered_client_is_told_what_any_client_does() {
    let hypervisor = Hypervisor::default();
    let mut one = Peer::open(&hypervisor).await;
    let mut other = Peer::open(&hypervisor).await;
    let (first, second) =
        (register(&mut one, LIFECYCLE, None).await, register(&mut other, LIFECYCLE, None).await);
    let net = one.lookup("default").await;
    one.ok(&NetworkDestroy { net: net.clone() }).await;
    one.ok(&NetworkCreate { net: net.clone() }).await;
    one.ok(&NetworkUndefine { net: net.clone() }).await;
    let defined = one.define("<network><name>b</name></network>").await;
    for (peer, callback_id) in [(&mut one, first), (&mut other, second)] {
        for (net, event) in [(&net, 3), (&net, 2), (&net, 1), (&defined, 0)] {
            let told: NetworkEventLifecycle = peer.event().await;
            let expected = NetworkEventLifecycle { callback_id, net: net.clone(), event, detail: 0 };
            assert_eq!(told, expected);
        }
    }
}

#[tokio::test]
async fn a_filter_passes_one_network_alone_until_it_is_taken_back() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let callback_id = register(&mut peer, LIFECYCLE, Some(net.clone())).await;
    peer.define("<network><name>b</name></network>").await;
    peer.ok(&NetworkDestroy { net: net.clone() }).await;
    let told: NetworkEventLifecycle = peer.event().await;
    assert_eq!((told.net.name, told.event), (text("default"), 3));

    let again = ConnectNetworkEventRegisterAny { event_id: LIFECYCLE, net: Some(net.clone()) };
    assert_eq!(peer.error(&again).await, (8, "invalid argument: event callback already tracked".to_owned()));
    let deregister = ConnectNetworkEventDeregisterAny { callback_id };
    peer.ok(&deregister).await;
    let again = peer.error(&deregister).await;
    assert_eq!(again, (1, format!("internal error: network event callback {callback_id} not registered")));
    peer.ok(&NetworkCreate { net }).await;
    peer.ok(&ConnectGetType {}).await;
    assert!(!peer.has_events());
    let unknown = ConnectNetworkEventRegisterAny { event_id: 2, net: None };
    assert_eq!(peer.error(&unknown).await, (1, "internal error: unsupported network event ID 2".to_owned()));
}

#[tokio::test]
async fn changed_metadata_is_told() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let callback_id = register(&mut peer, 1, None).await;
    let set = NetworkSetMetadata {
        network: net.clone(),
        r#type: 0,
        metadata: Some(text("d")),
        key: None,
        uri: None,
        flags: 0,
    };
    peer.ok(&set).await;
    let told: NetworkEventCallbackMetadataChange = peer.event().await;
    let expected = NetworkEventCallbackMetadataChange { callback_id, net, r#type: 0, nsuri: None };
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asked_for_pings_lives_as_long_as_it_answers_them() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let ask = ConnectSupportsFeature { feature: feature::PROGRAM_KEEPALIVE };
    assert_eq!(peer.ok(&ask).await.supported, 1);
    // The session answers pings, but only while it is driven: for a minute here.
    for _ in 0..12 {
        let quiet = tokio::time::timeout(std::time::Duration::from_secs(5), peer.next()).await;
        assert!(quiet.is_err(), "{quiet:?}");
    }
    peer.ok(&ConnectGetType {}).await;
    tokio::time::sleep(std::time::Duration::from_secs(31)).await;
    let mut rest = Vec::new();
    within(tokio::io::AsyncReadExt::read_to_end(&mut peer.stream, &mut rest)).await.unwrap();
    assert_eq!(rest.len() % 28, 0);
    assert_eq!(rest.len() / 28, 5, "five pings, and then the end");
}
