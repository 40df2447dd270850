//! However a connection ends, its streams end, and say why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;
use virtwire::{Connection, ErrorKind, NetworkEvents, Options};

use crate::peer::Peer;
use crate::sharing::{lifecycle, stream};
use crate::{lines, within};

/// A stream ends once, and with this error; so does every call.
async fn ends_with(connection: &Connection, events: &mut NetworkEvents, error: &str) {
    assert_eq!(lines(events, 2).await, [&format!("error: {error}"), "end"]);
    let called = within(connection.lib_version()).await.unwrap_err();
    assert_eq!((called.kind(), called.to_string().as_str()), (ErrorKind::Closed, error));
    assert_eq!(within(connection.network_events()).await.unwrap_err().to_string(), error);
}

#[tokio::test]
async fn a_sink_that_panics_ends_the_streams_of_its_connection() {
    let panics = Arc::new(AtomicBool::new(false));
    let options = Options::new().trace({
        let panics = Arc::clone(&panics);
        move |_| assert!(!panics.load(Ordering::Relaxed), "nobody reads what this writes")
    });
    let (connection, mut peer) = Peer::opened(options).await;
    let mut events = stream(&connection, &mut peer).await;
    panics.store(true, Ordering::Relaxed);
    peer.event(&lifecycle(5, 2)).await;
    ends_with(&connection, &mut events, "the connection's task panicked").await;
}

#[test]
fn a_runtime_that_ends_ends_the_streams_of_its_connections() {
    let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
    let its_own = runtime();
    let (connection, mut events) = its_own.block_on(async {
        let connection = Connection::open("test:///default").await.unwrap();
        let events = connection.network_events().await.unwrap();
        (connection, events)
    });
    drop(its_own);
    let ended = "the connection's task ended with its runtime";
    runtime().block_on(ends_with(&connection, &mut events, ended));
}
