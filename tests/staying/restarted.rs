//! Real daemons that end and come back, and connections that are opened again.

use std::time::Duration;

use tokio::time::timeout;
use virtwire::{Connection, ErrorKind, NetworkEvent, NetworkEvents, Options, Reconnect};

use crate::lab::Lab;
use crate::lab::state::State;

const DEADLINE: Duration = Duration::from_secs(30);

async fn open(lab: &Lab) -> Connection {
    Options::new().reconnect(Reconnect::default()).open(&lab.uri()).await.unwrap()
}

async fn next(events: &mut NetworkEvents) -> String {
    match timeout(DEADLINE, events.next()).await.unwrap() {
        Some(Ok(NetworkEvent::Lifecycle { network, change, .. })) => format!("{} {change:?}", network.name()),
        Some(Ok(NetworkEvent::Gap(_))) => "gap".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The work of a test's own thread, which others do not wait for.
fn restart(mut lab: Lab) -> Lab {
    tokio::task::block_in_place(|| lab.restart());
    lab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_restarted_between_calls_is_no_error_and_networks_go_on() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let connection = open(&lab).await;
    let network = connection.lookup_network_by_name("default").await.unwrap();
    assert!(network.is_active().await.unwrap());
    let lab = restart(lab);
    assert!(network.is_active().await.unwrap());
    network.destroy().await.unwrap();
    assert_eq!(lab.virsh(&["net-list", "--name"]).expect_ok().out(), "\n");
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_killed_during_a_call_answers_a_query_later_and_a_change_never() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    let connection = open(&lab).await;
    let network = connection.lookup_network_by_name("default").await.unwrap();
    lab.signal("STOP");
    // First, and by itself: four calls are in flight at most, the query is three, and whether the daemon speaks keepalive may
    // be unanswered yet. A change that still waits for its turn is not known to the daemon that dies, and is made by the next.
    let change = tokio::spawn(async move { network.set_autostart(true).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let query = tokio::spawn({
        let connection = connection.clone();
        async move { connection.network_states().await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    tokio::task::block_in_place(|| lab.kill9());
    let _lab = restart(lab);
    assert_eq!(timeout(DEADLINE, query).await.unwrap().unwrap().unwrap().len(), 1);
    assert_eq!(
        timeout(DEADLINE, change).await.unwrap().unwrap().unwrap_err().kind(),
        ErrorKind::OutcomeUnknown
    );
    let again = connection.lookup_network_by_name("default").await.unwrap();
    assert!(!again.autostart().await.unwrap(), "it was killed before it did that, and was not asked again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_on_over_a_gap_and_a_list_behind_it_is_whole() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let connection = open(&lab).await;
    let mut events = connection.network_events().await.unwrap();
    let network = connection.lookup_network_by_name("default").await.unwrap();
    network.destroy().await.unwrap();
    assert_eq!(next(&mut events).await, "default Stopped");
    let lab = restart(lab);
    // Not seen by the stream, or seen: the list tells it in any case.
    lab.virsh(&["net-start", "default"]).expect_ok();
    assert_eq!(next(&mut events).await, "gap");
    assert!(connection.network_states().await.unwrap().iter().all(|state| state.is_active));
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    while next(&mut events).await != "default Stopped" {}
}
