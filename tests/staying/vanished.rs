//! Real daemons that vanish without a word: stopped, or every packet of theirs dropped.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use virtwire::{Connection, Error, ErrorKind, Keepalive, Network, Options};

use crate::lab::Lab;
use crate::lab::daemons::LIBVIRTD;
use crate::lab::state::State;

/// A daemon that listens on plain TCP and asks nobody who they are.
pub(crate) const OPEN: &str = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n";

/// The end after 2 seconds.
const KEEPALIVE: Keepalive = Keepalive { interval: Duration::from_millis(500), count: 3 };
const SAID: &str = "the server gave no sign of life for 2 seconds";

/// How much later than it should a thing may be, on a machine that does much else.
const LATE: Duration = Duration::from_secs(10);

fn options() -> Options {
    Options::new().keepalive(KEEPALIVE)
}

/// A connection to a daemon that is in a network namespace of its own.
pub(crate) async fn over_tcp(lab: &Lab, options: &Options) -> Connection {
    options.open_over(lab.stream_over_tcp(), "qemu:///system").await.unwrap()
}

fn listening() -> Option<Lab> {
    Lab::builder().listen().config(OPEN).start()
}

fn is_silence(error: &Error) -> bool {
    (error.kind(), error.to_string().as_str()) == (ErrorKind::Closed, SAID)
}

/// A query, a change and a stream of events end in time once `vanish` is done.
async fn all_end(connection: &Connection, network: &Network, vanish: impl FnOnce()) {
    let mut events = connection.network_events().await.unwrap();
    vanish();
    let begin = Instant::now();
    let (query, change) = tokio::join!(connection.network_states(), network.set_autostart(false));
    assert!(is_silence(&query.unwrap_err()));
    let change = change.unwrap_err();
    assert_eq!(change.kind(), ErrorKind::OutcomeUnknown, "it was sent");
    assert!(is_silence(change.unanswered().unwrap()));
    let end = timeout(LATE, events.next()).await.unwrap().unwrap().unwrap_err();
    assert!(is_silence(&end));
    // The last byte may have come a moment before.
    let took = begin.elapsed();
    assert!((KEEPALIVE.limit() - KEEPALIVE.interval..KEEPALIVE.limit() + LATE).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_stopped_daemon_is_noticed_over_a_unix_socket() {
    // virtproxyd, stopped together with those it asks, has been seen to be gone afterwards.
    let Some(lab) = Lab::builder().programs(&LIBVIRTD).start() else { return };
    lab.bring(State::One);
    let connection = options().open(&lab.uri()).await.unwrap();
    let network = connection.lookup_network_by_name("default").await.unwrap();
    // Idle for longer than the limit: it answers pings.
    sleep(KEEPALIVE.limit() + KEEPALIVE.interval).await;
    all_end(&connection, &network, || lab.signal("STOP")).await;
    lab.signal("CONT");
    assert!(lab.virsh(&["net-list"]).ok());
}

#[tokio::test]
async fn a_daemon_whose_packets_are_dropped_is_noticed_over_tcp() {
    let Some(lab) = listening() else { return };
    lab.bring(State::One);
    let connection = over_tcp(&lab, &options()).await;
    let network = connection.lookup_network_by_name("default").await.unwrap();
    sleep(KEEPALIVE.limit() + KEEPALIVE.interval).await;
    let drop_all = ["iptables", "-I", "INPUT", "-p", "tcp", "--sport", "16509", "-j", "DROP"];
    all_end(&connection, &network, || drop(lab.exec(&drop_all).expect_ok())).await;
}

#[tokio::test]
async fn a_host_that_is_cut_off_is_noticed_over_tcp() {
    let Some(lab) = listening() else { return };
    lab.bring(State::One);
    let connection = over_tcp(&lab, &options()).await;
    let network = connection.lookup_network_by_name("default").await.unwrap();
    let cut = ["ip", "link", "set", "lo", "down"];
    all_end(&connection, &network, || drop(lab.exec(&cut).expect_ok())).await;
}
