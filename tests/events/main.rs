//! Streams of events: on the in-memory hypervisor, against servers that are played by hand and mean harm, and on a real
//! daemon.

#![cfg(all(unix, feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics fails where it should"
)]

mod dropped;
mod ends;
mod hostile;
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../peer/mod.rs"]
mod peer;
mod real;
mod sharing;
mod streams;

use std::future::Future;
use std::time::Duration;

use virtwire::events::{NetworkEvent, NetworkEvents};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(30);

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.expect("it is done in time")
}

/// The next events, each as a line of text.
async fn lines(events: &mut NetworkEvents, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(match within(events.next()).await {
            Some(Ok(event)) => line(&event),
            Some(Err(error)) => format!("error: {error}"),
            None => "end".to_owned(),
        });
    }
    lines
}

fn line(event: &NetworkEvent) -> String {
    match event {
        NetworkEvent::Lifecycle { network, change, detail: 0 } => format!("{} {change:?}", network.name()),
        NetworkEvent::MetadataChange { network, metadata, uri } => {
            let uri = uri.as_ref().map(|uri| format!(" {uri}")).unwrap_or_default();
            format!("{} {metadata:?}{uri}", network.name())
        }
        NetworkEvent::Lost(count) => format!("lost {count}"),
        other => panic!("{other:?}"),
    }
}

/// Whether nothing has come by the time that a call takes.
async fn is_silent(events: &mut NetworkEvents) -> bool {
    tokio::time::timeout(Duration::from_millis(300), events.next()).await.is_err()
}
