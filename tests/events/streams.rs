//! What streams yield, on the in-memory hypervisor.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use virtwire::events::{NetworkEvents, NetworkLifecycle, NetworkMetadata};
use virtwire::testdaemon::Hypervisor;
use virtwire::{Affect, Connection, ErrorKind, Metadata, Network, NetworkEvent, Options};

use crate::{is_silent, lines, within};

const B: &str = "<network><name>b</name></network>";

pub(crate) async fn connect(hypervisor: &Hypervisor, options: Options) -> Connection {
    let (client, server) = tokio::io::duplex(64 * 1024);
    let hypervisor = hypervisor.clone();
    tokio::spawn(async move { hypervisor.serve(server).await });
    within(options.open_over(client, "test:///default")).await.unwrap()
}

async fn cycle(connection: &Connection, times: usize) {
    let network = connection.lookup_network_by_name("default").await.unwrap();
    for _ in 0..times {
        network.destroy().await.unwrap();
        network.create().await.unwrap();
    }
}

/// Sets title, description and an element.
pub(crate) async fn annotate(network: &Network) {
    for which in [Metadata::Title, Metadata::Description, Metadata::Element { uri: "urn:a", key: "k" }] {
        within(network.set_metadata(which, Some("<x/>"), Affect::Current)).await.unwrap();
    }
}

#[test]
fn a_stream_can_be_sent_between_threads_and_combined() {
    fn combined<T: Stream + Send + Sync + Unpin + 'static>() {}
    combined::<NetworkEvents>();
}

#[tokio::test]
async fn every_change_is_told_in_its_order_with_a_network_that_can_be_used() {
    let hypervisor = Hypervisor::empty();
    let (watcher, actor) =
        (connect(&hypervisor, Options::new()).await, connect(&hypervisor, Options::new()).await);
    let mut events = within(watcher.network_events()).await.unwrap();
    assert!(events.has_metadata_changes());
    let network = actor.define_network(B, false).await.unwrap();
    network.create().await.unwrap();
    annotate(&network).await;
    network.destroy().await.unwrap();
    network.undefine().await.unwrap();
    let told = lines(&mut events, 7).await;
    let expected =
        ["b Defined", "b Started", "b Title", "b Description", "b Element urn:a", "b Stopped", "b Undefined"];
    assert_eq!(told, expected);
    assert!(is_silent(&mut events).await);

    actor.define_network(B, false).await.unwrap();
    let Some(Ok(NetworkEvent::Lifecycle { network, change, .. })) = within(events.next()).await else {
        panic!("no lifecycle event");
    };
    assert_eq!(change, NetworkLifecycle::Defined);
    assert!(!network.is_active().await.unwrap());
}

#[tokio::test]
async fn a_listing_made_after_the_stream_misses_nothing() {
    let hypervisor = Hypervisor::empty();
    let (watcher, actor) =
        (connect(&hypervisor, Options::new()).await, connect(&hypervisor, Options::new()).await);
    // A change at any moment is either listed or told.
    for number in 0..50 {
        let xml = format!("<network><name>n{number}</name></network>");
        let (defined, (mut events, listed)) = tokio::join!(actor.define_network(&xml, false), async {
            let events = watcher.network_events().await.unwrap();
            (events, watcher.networks(0).await.unwrap())
        });
        let uuid = defined.unwrap().uuid();
        if !listed.iter().any(|network| network.uuid() == uuid) {
            assert_eq!(lines(&mut events, 1).await, [format!("n{number} Defined")]);
        }
    }
}

#[tokio::test]
async fn the_stream_of_one_network_tells_of_it_alone() {
    let connection = connect(&Hypervisor::default(), Options::new()).await;
    let network = connection.lookup_network_by_name("default").await.unwrap();
    let mut events = within(network.events()).await.unwrap();
    connection.define_network(B, false).await.unwrap();
    network.destroy().await.unwrap();
    assert_eq!(lines(&mut events, 1).await, ["default Stopped"]);
    assert!(is_silent(&mut events).await);
}

#[tokio::test]
async fn what_is_not_read_in_time_is_counted_in_its_place() {
    let connection = connect(&Hypervisor::default(), Options::new().event_queue(3)).await;
    let mut events = within(connection.network_events()).await.unwrap();
    within(cycle(&connection, 4)).await;
    assert_eq!(lines(&mut events, 2).await, ["default Stopped", "default Started"]);
    within(cycle(&connection, 2)).await;
    let expected = ["default Stopped", "lost 5", "default Stopped", "default Started", "lost 2"];
    assert_eq!(lines(&mut events, 5).await, expected);
    within(cycle(&connection, 1)).await;
    assert_eq!(lines(&mut events, 2).await, ["default Stopped", "default Started"]);
}

#[tokio::test]
async fn the_end_of_the_connection_is_the_last_item() {
    let hypervisor = Hypervisor::default();
    let (client, server) = tokio::io::duplex(4096);
    let daemon = tokio::spawn(async move { hypervisor.serve(server).await });
    let connection = within(Options::new().open_over(client, "test:///default")).await.unwrap();
    let mut one = within(connection.network_events()).await.unwrap();
    let mut other = within(connection.network_events()).await.unwrap();
    within(cycle(&connection, 1)).await;
    daemon.abort();
    for events in [&mut one, &mut other] {
        assert_eq!(lines(events, 2).await, ["default Stopped", "default Started"]);
        let error = within(events.next()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert_eq!(error.to_string(), "the server closed the connection");
        assert!(within(events.next()).await.is_none());
        assert!(within(events.next()).await.is_none());
    }
    let error = within(connection.network_events()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn a_goodbye_ends_the_streams_too() {
    let connection = connect(&Hypervisor::default(), Options::new()).await;
    let mut events = within(connection.network_events()).await.unwrap();
    within(connection.close()).await.unwrap();
    let error = within(events.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(within(events.next()).await.is_none());
}

#[tokio::test]
async fn a_stream_outlives_the_last_handle() {
    let hypervisor = Hypervisor::default();
    let mut events = within(connect(&hypervisor, Options::new()).await.network_events()).await.unwrap();
    within(cycle(&connect(&hypervisor, Options::new()).await, 1)).await;
    assert_eq!(lines(&mut events, 2).await, ["default Stopped", "default Started"]);
}

#[tokio::test]
async fn waiting_for_an_event_can_be_given_up() {
    let connection = connect(&Hypervisor::default(), Options::new()).await;
    let mut events = within(connection.network_events()).await.unwrap();
    for _ in 0..3 {
        let next = pin!(events.next());
        assert!(matches!(next.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    }
    within(cycle(&connection, 1)).await;
    assert_eq!(lines(&mut events, 2).await, ["default Stopped", "default Started"]);
}

#[test]
fn numbers_that_are_not_known_are_kept() {
    use NetworkLifecycle::{Defined, Started, Stopped, Undefined};
    let changes = [0, 1, 2, 3, 4, -1].map(NetworkLifecycle::from);
    let unknown = NetworkLifecycle::Unknown;
    assert_eq!(changes, [Defined, Undefined, Started, Stopped, unknown(4), unknown(-1)]);
    use NetworkMetadata::{Description, Element, Title};
    let kinds = [0, 1, 2, 3].map(NetworkMetadata::from);
    assert_eq!(kinds, [Description, Title, Element, NetworkMetadata::Unknown(3)]);
}
