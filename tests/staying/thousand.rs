//! A thousand calls thrown at one connection of a real daemon: all are answered, four are in flight, nothing else waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use virtwire::events::NetworkLifecycle;
use virtwire::protocol::frame::MessageType;
use virtwire::protocol::keepalive::{Ping, Pong};
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::network::NetworkEventLifecycle;
use virtwire::protocol::trace::{Direction, FrameRecord};
use virtwire::{Connection, Keepalive, NetworkEvent, Options};

use crate::lab::state::State;
use crate::lab::{Lab, LabBuilder};
use crate::vanished::{OPEN, over_tcp};

const CALLS: usize = 1000;
const DEADLINE: Duration = Duration::from_secs(100);

/// A daemon that pings each second, and is long at stopping a network: meanwhile it answers nothing about that.
fn slow() -> LabBuilder {
    let hook = "#!/bin/sh\n[ \"$2\" = stopped ] && sleep 2.5\nexit 0\n";
    Lab::builder().config("keepalive_interval = 1\nkeepalive_count = 2").network_hook(hook)
}

/// What passed on the wire.
#[derive(Default)]
struct Seen {
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    answers: AtomicUsize,
    pings: AtomicUsize,
    pongs: AtomicUsize,
    /// How many calls had been answered when the event came.
    answers_before_event: AtomicUsize,
}

impl Seen {
    fn see(&self, record: &FrameRecord<'_>) {
        let procedure = record.procedure().map(|procedure| procedure.name);
        let is = |name: &str| procedure == Some(name);
        match (record.direction(), record.header().r#type) {
            (Direction::Sent, MessageType::Call) => {
                let now = self.in_flight.fetch_add(1, SeqCst) + 1;
                self.most_in_flight.fetch_max(now, SeqCst);
            }
            (Direction::Received, MessageType::Reply) => {
                self.in_flight.fetch_sub(1, SeqCst);
                self.answers.fetch_add(1, SeqCst);
            }
            _ if is(Ping::INFO.name) => drop(self.pings.fetch_add(1, SeqCst)),
            _ if is(Pong::INFO.name) => drop(self.pongs.fetch_add(1, SeqCst)),
            (Direction::Received, _) if is(NetworkEventLifecycle::INFO.name) => {
                self.answers_before_event.store(self.answers.load(SeqCst), SeqCst);
            }
            _ => {}
        }
    }
}

/// Who pings first hears something, so that the other has no reason to.
fn options(seen: &Arc<Seen>, interval: Duration) -> Options {
    let seen = Arc::clone(seen);
    Options::new().keepalive(Keepalive { interval, count: 8 }).trace(move |record| seen.see(record))
}

async fn throw(connection: &Connection, seen: &Seen) {
    let network = connection.lookup_network_by_name("default").await.unwrap();
    let mut events = connection.network_events().await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let network = network.clone();
        calls.spawn(async move {
            // It is long at this, and pings meanwhile; the other half of the calls waits behind it.
            if number == CALLS / 2 {
                network.destroy().await.map(|()| true)
            } else {
                network.is_active().await
            }
        });
    }
    let answers = timeout(DEADLINE, calls.join_all()).await.unwrap();
    assert_eq!(answers.len(), CALLS);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(seen.most_in_flight.load(SeqCst), 4);
    let event = timeout(DEADLINE, events.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(event, NetworkEvent::Lifecycle { change: NetworkLifecycle::Stopped, .. }), "{event:?}");
    let before = seen.answers_before_event.load(SeqCst);
    assert!((CALLS / 2 - 10..CALLS / 2 + 20).contains(&before), "{before}");
    let (pings, pongs) = (seen.pings.load(SeqCst), seen.pongs.load(SeqCst));
    assert!(pings > 0 && pings == pongs, "{pings} pings, {pongs} pongs");
}

#[tokio::test]
async fn a_thousand_calls_finish_over_a_unix_socket_and_the_daemons_pings_are_answered() {
    let Some(lab) = slow().start() else { return };
    lab.bring(State::One);
    let seen = Arc::default();
    let connection = options(&seen, Duration::from_secs(5)).open(&lab.uri()).await.unwrap();
    throw(&connection, &seen).await;
}

#[tokio::test]
async fn a_thousand_calls_finish_over_tcp_and_the_daemon_answers_pings() {
    let Some(lab) = slow().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    let seen = Arc::default();
    let connection = over_tcp(&lab, &options(&seen, Duration::from_millis(500))).await;
    throw(&connection, &seen).await;
}
