//! Calls without end: neither memory nor descriptors grow with their number. A file of its own, since the numbers are those
//! of its whole process.

#![cfg(all(unix, feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

mod lab;

use std::fs;
use std::io::{Write, stderr};
use std::time::{Duration, Instant};

use lab::Lab;
use lab::state::State;
use tokio::runtime::Builder;
use tokio::time::timeout;
use virtwire::network::Definition;
use virtwire::{Connection, ErrorKind};

/// What a process has.
#[derive(Clone, Copy, Debug)]
struct Use {
    /// Resident memory, in KiB.
    memory: u64,
    descriptors: usize,
}

fn usage(pid: &str) -> Use {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let memory = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap();
    Use { memory, descriptors: fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count() }
}

/// Ten calls of each kind that there is: answered, refused, given up, about events; on a connection that stays and on one
/// that does not.
async fn ten(uri: &str, connection: &Connection) {
    let network = connection.lookup_network_by_name("default").await.unwrap();
    assert!(network.is_active().await.unwrap());
    assert_eq!(connection.network_states().await.unwrap().len(), 1);
    network.xml_desc(Definition::Current).await.unwrap();
    let refused = network.create().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Libvirt);
    // Sent perhaps, and given up.
    drop(timeout(Duration::from_micros(50), connection.hostname()).await);
    drop(connection.network_events().await.unwrap());
    let other = Connection::open(uri).await.unwrap();
    other.lib_version().await.unwrap();
    other.close().await.unwrap();
}

/// Makes so many calls, and fails where memory or descriptors are more at the end than after the first tenth.
fn soak(calls: usize) {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let (uri, daemon) = (lab.uri(), lab.pid().to_string());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let began = Instant::now();
    let (warm, warm_daemon) = runtime.block_on(async {
        let connection = Connection::open(&uri).await.unwrap();
        let mut warm = None;
        for round in 0..calls / 10 {
            ten(&uri, &connection).await;
            if round == calls / 100 {
                warm = Some((usage("self"), usage(&daemon)));
            }
        }
        // What was given up is answered, and events are said not to be wanted any more.
        tokio::time::sleep(Duration::from_millis(200)).await;
        connection.lib_version().await.unwrap();
        warm.unwrap()
    });
    let (end, end_daemon) = (usage("self"), usage(&daemon));
    let took = began.elapsed();
    let _ = writeln!(
        stderr(),
        "\nsoak: {calls} calls in {took:.1?}: from {warm:?} to {end:?}; the daemon: from {warm_daemon:?} to {end_daemon:?}\n"
    );
    // The connection that stays is closed: one descriptor less at least.
    assert!(end.descriptors <= warm.descriptors, "{warm:?} {end:?}");
    assert!(end.memory <= warm.memory + 1024, "{warm:?} {end:?}");
}

#[test]
fn ten_thousand_calls_leave_nothing_behind() {
    soak(10_000);
}

#[test]
#[ignore = "long: a hundred thousand calls"]
fn a_hundred_thousand_calls_leave_nothing_behind() {
    soak(100_000);
}
