//! Events of a real daemon.

use std::fs;

use virtwire::events::NetworkEvents;
use virtwire::protocol::remote::network::ConnectNetworkEventRegisterAny;
use virtwire::{Connection, Network};

use crate::lab::Lab;
use crate::lab::relay::{Fate, From, Relay};
use crate::streams::annotate;
use crate::{is_silent, lines, within};

const A: &str = "<network><name>a</name><uuid>11111111-2222-4333-8444-000000000001</uuid><bridge name='virbrev0'/>\
    <ip address='10.98.1.1' prefix='24'/></network>";
const LIFE: [&str; 4] = ["a Defined", "a Started", "a Stopped", "a Undefined"];

async fn live(connection: &Connection) -> Network {
    let network = connection.define_network(A, false).await.unwrap();
    network.create().await.unwrap();
    network.destroy().await.unwrap();
    network.undefine().await.unwrap();
    network
}

async fn events(connection: &Connection) -> NetworkEvents {
    within(connection.network_events()).await.unwrap()
}

/// How many kinds of network events this daemon knows: 12.8.0 tells of changed metadata, too.
fn topics(lab: &Lab) -> usize {
    if lab.version() < [9, 8, 0] { 1 } else { 2 }
}

#[tokio::test]
async fn a_real_networks_life_is_told_to_every_stream() {
    let Some(lab) = Lab::start() else { return };
    let before = lab.log();
    let connection = within(Connection::open(&lab.uri())).await.unwrap();
    let (mut one, mut other) = (events(&connection).await, events(&connection).await);
    assert_eq!(one.has_metadata_changes(), topics(&lab) == 2);
    let network = within(live(&connection)).await;
    assert_eq!(lines(&mut one, 4).await, LIFE);
    assert_eq!(lines(&mut other, 4).await, LIFE);

    let mut only = within(network.events()).await.unwrap();
    let b = "<network><name>b</name></network>";
    lab.virsh(&["net-define", &file(&lab, "b", b)]).expect_ok();
    lab.virsh(&["net-create", &file(&lab, "a", A)]).expect_ok();
    lab.virsh(&["net-destroy", "a"]).expect_ok();
    assert_eq!(lines(&mut only, 2).await, ["a Started", "a Stopped"]);
    assert_eq!(lines(&mut one, 3).await, ["b Defined", "a Started", "a Stopped"]);
    assert!(is_silent(&mut only).await);
    connection.close().await.unwrap();
    assert_eq!(lab.log(), before, "the daemon has nothing to complain of");
}

#[tokio::test]
async fn changes_of_a_real_networks_metadata_are_told() {
    let Some(lab) = Lab::start() else { return };
    if topics(&lab) == 1 {
        return;
    }
    let connection = within(Connection::open(&lab.uri())).await.unwrap();
    let network = connection.define_network(A, false).await.unwrap();
    let (mut all, mut only) = (events(&connection).await, within(network.events()).await.unwrap());
    annotate(&network).await;
    for events in [&mut all, &mut only] {
        assert_eq!(lines(events, 3).await, ["a Title", "a Description", "a Element urn:a"]);
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_deregistered_and_made_again() {
    let Some(lab) = Lab::start() else { return };
    let before = lab.log();
    let relay = Relay::start(lab.dir().join("relay"), lab.socket(), |_| Fate::Pass);
    let connection = within(Connection::open(&relay.uri())).await.unwrap();
    for _ in 0..10 {
        let (one, other) = (events(&connection).await, events(&connection).await);
        drop(one);
        drop(other);
    }
    // The daemon takes each topic once a connection: the tenth stream shows that the ninth is gone.
    let mut last = events(&connection).await;
    within(live(&connection)).await;
    assert_eq!(lines(&mut last, 4).await, LIFE);
    drop(last);
    within(live(&connection)).await;
    let calls = |procedure: u32| {
        relay
            .frames()
            .iter()
            .filter(|frame| (frame.from, frame.procedure) == (From::Client, procedure))
            .count()
    };
    let streams = 11;
    assert_eq!((calls(313), calls(314)), (streams * topics(&lab), streams * topics(&lab)));
    assert_eq!(relay.frames().iter().filter(|frame| frame.procedure == 315).count(), 4);
    connection.close().await.unwrap();
    assert_eq!(lab.log(), before, "the daemon has nothing to complain of");
}

#[tokio::test]
async fn the_loss_of_the_daemon_is_the_last_item() {
    let Some(mut lab) = Lab::start() else { return };
    let connection = within(Connection::open(&lab.uri())).await.unwrap();
    let mut events = events(&connection).await;
    lab.kill9();
    assert_eq!(lines(&mut events, 2).await, ["error: the server closed the connection", "end"]);
}

#[tokio::test]
async fn the_daemon_takes_no_topic_twice() {
    let Some(lab) = Lab::start() else { return };
    let connection = within(Connection::open(&lab.uri())).await.unwrap();
    let register = ConnectNetworkEventRegisterAny { event_id: 0, net: None };
    connection.call(&register).await.unwrap();
    let error = connection.call(&register).await.unwrap_err();
    let body = error.libvirt().unwrap();
    assert_eq!(
        (body.code, body.domain, error.to_string().as_str()),
        (8, 0, "invalid argument: event callback already tracked")
    );
}

fn file(lab: &Lab, name: &str, xml: &str) -> String {
    let path = lab.dir().join(format!("{name}.xml"));
    fs::write(&path, xml).unwrap();
    path.to_str().unwrap().to_owned()
}
