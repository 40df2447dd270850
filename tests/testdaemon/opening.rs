//! Opening in the daemon's order, and what a connection says about itself.

use tokio::io::AsyncReadExt;
use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::remote::auth::{AuthList, AuthPolkit, AuthType};
use virtwire_protocol::remote::connect::{
    ConnectClose, ConnectGetLibVersion, ConnectGetType, ConnectGetUri, ConnectIsSecure, ConnectOpen,
    ConnectSupportsFeature, OPEN_READ_ONLY, feature,
};
use virtwire_protocol::remote::network::{ConnectNumOfNetworks, NetworkDestroy, NetworkIsActive};
use virtwire_protocol::session::{Incoming, Outgoing, ReplyError, Session, payload};

use crate::peer::{Peer, text, within};

#[tokio::test]
async fn nothing_but_authentication_is_answered_before_it() {
    let mut peer = Peer::connect(&Hypervisor::default());
    let refused = (39, "authentication required".to_owned());
    let open = ConnectOpen { name: None, flags: 0 };
    assert_eq!(peer.error(&open).await, refused);
    assert_eq!(peer.error(&ConnectNumOfNetworks {}).await, refused);
    assert_eq!(peer.error(&ConnectSupportsFeature { feature: 10 }).await, refused);
    assert_eq!(peer.error(&AuthPolkit {}).await.0, 45);

    let types: Vec<_> = peer.ok(&AuthList {}).await.types.iter().collect();
    assert_eq!(types, [AuthType::None]);
    let closed = peer.error(&ConnectNumOfNetworks {}).await;
    assert_eq!(closed, (1, "internal error: connection not open".to_owned()));
    let closed = peer.error(&ConnectGetType {}).await;
    assert_eq!(closed, (1, "internal error: hypervisor connection not open".to_owned()));
    assert_eq!(peer.ok(&ConnectSupportsFeature { feature: 10 }).await.supported, 1);

    peer.ok(&open).await;
    assert_eq!(peer.error(&open).await, (1, "internal error: connection already open".to_owned()));
    assert_eq!(peer.ok(&ConnectNumOfNetworks {}).await.num, 1);
}

#[tokio::test]
async fn a_connection_says_what_it_is() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    assert_eq!(peer.ok(&ConnectGetType {}).await.r#type, "TEST");
    assert_eq!(peer.ok(&ConnectGetUri {}).await.uri, "test:///default");
    assert_eq!(peer.ok(&ConnectGetLibVersion {}).await.lib_ver, 12_008_000);
    assert_eq!(peer.ok(&ConnectIsSecure {}).await.secure, 1);
    for (feature, supported) in [
        (feature::PROGRAM_KEEPALIVE, 1),
        (feature::REMOTE_EVENT_CALLBACK, 1),
        (feature::REMOTE_CLOSE_CALLBACK, 1),
        (feature::NETWORK_UPDATE_HAS_CORRECT_ORDER, 1),
        (2, 0),
    ] {
        assert_eq!(peer.ok(&ConnectSupportsFeature { feature }).await.supported, supported);
    }
}

#[tokio::test]
async fn a_name_that_is_empty_or_absent_opens_the_default() {
    for name in [None, Some(text(""))] {
        let mut peer = Peer::connect(&Hypervisor::empty());
        peer.ok(&AuthList {}).await;
        peer.ok(&ConnectOpen { name, flags: 0 }).await;
        assert_eq!(peer.ok(&ConnectGetUri {}).await.uri, "test:///default");
    }
}

#[tokio::test]
async fn a_read_only_connection_asks_and_changes_nothing() {
    let mut peer = Peer::open_with(&Hypervisor::default(), OPEN_READ_ONLY).await;
    let net = peer.lookup("default").await;
    let refused = peer.error(&NetworkDestroy { net: net.clone() }).await;
    let text = "operation forbidden: read only access prevents virNetworkDestroy";
    assert_eq!(refused, (29, text.to_owned()));
    assert_eq!(peer.ok(&NetworkIsActive { net }).await.active, 1);
}

#[tokio::test]
async fn after_a_goodbye_the_server_closes() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    peer.ok(&ConnectClose {}).await;
    let mut rest = Vec::new();
    within(peer.stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn what_is_not_known_is_an_error_and_the_connection_goes_on() {
    let hypervisor = Hypervisor::default();
    let (mut stream, server) = tokio::io::duplex(4096);
    tokio::spawn(async move { hypervisor.serve(server).await });
    let mut session = Session::default();
    for (program, version, procedure, text) in [
        (0x2000_8086, 1, 9999, "unknown procedure: 9999"),
        (0x2000_8087, 1, 1, "Cannot find program 536903815 version 1"),
        (0x2000_8086, 2, 66, "Cannot find program 536903814 version 2"),
        (0x2000_8086, 1, 1, "authentication required"),
    ] {
        session.call(Outgoing::raw(program, version, procedure, &[]).unwrap());
        let incoming = within(exchange(&mut stream, &mut session)).await;
        let Incoming::Reply(_, frame) = incoming else {
            panic!("{incoming:?}");
        };
        let Err(ReplyError::Server(error)) = payload(&frame) else {
            panic!("{frame:?}");
        };
        assert_eq!((error.code, error.domain, error.to_string()), (39, 7, text.to_owned()));
    }
}

async fn exchange(stream: &mut tokio::io::DuplexStream, session: &mut Session) -> Incoming {
    use tokio::io::AsyncWriteExt;
    let unsent = session.unsent().to_vec();
    stream.write_all(&unsent).await.unwrap();
    session.sent(unsent.len());
    loop {
        if let Some(incoming) = session.next_incoming().unwrap() {
            return incoming;
        }
        assert_ne!(stream.read_buf(session.buffer()).await.unwrap(), 0);
    }
}
