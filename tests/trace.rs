//! What a connection tells about itself: to the sink of `Options::trace`, and to `tracing`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod peer;

use std::sync::{Arc, Mutex};

use peer::Peer;
use virtwire::protocol::keepalive::Ping;
use virtwire::protocol::remote::connect::{
    ConnectClose, ConnectEventConnectionClosed, ConnectGetLibVersion, ConnectGetLibVersionReply,
};
use virtwire::{Direction, FrameRecord, Options};

/// What subscribers want is kept for the whole process, and asked anew while others come and go.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

type Lines = Arc<Mutex<Vec<String>>>;

/// Options with a sink, and what it was shown.
fn traced() -> (Options, Lines) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let options = Options::new().trace(move |record| kept.lock().unwrap().push(record.to_string()));
    (options, lines)
}

/// Answers one call of the version between a ping and an event, and then the goodbye.
async fn answer(peer: &mut Peer) {
    peer.event(&Ping {}).await;
    let call = peer.expect::<virtwire::protocol::keepalive::Pong>().await;
    assert_eq!(call.header.serial, 0);
    let call = peer.expect::<ConnectGetLibVersion>().await;
    peer.event(&ConnectEventConnectionClosed { reason: 3 }).await;
    peer.reply(&call, &ConnectGetLibVersionReply { lib_ver: 9_000_000 }).await;
    let close = peer.expect::<ConnectClose>().await;
    peer.reply(&close, &()).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_is_shown_every_frame_in_both_directions() {
    let _alone = ALONE.lock().await;
    let (options, lines) = traced();
    let (connection, mut peer) = Peer::opened(options).await;
    let talk = async {
        tokio::task::yield_now().await;
        connection.lib_version().await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::join!(answer(&mut peer), talk);
    let mut lines = lines.lock().unwrap();
    let expected = [
        "-> auth_list #1 call ok, 28 bytes",
        "<- auth_list #1 reply ok, 36 bytes: types=[None]",
        "-> connect_open #2 call ok, 56 bytes: name=\"test:///default\" flags=0",
        "<- connect_open #2 reply ok, 28 bytes",
        "<- keepalive.ping #0 message ok, 28 bytes",
        "-> keepalive.pong #0 message ok, 28 bytes",
        "-> connect_get_lib_version #3 call ok, 28 bytes",
        "<- connect_event_connection_closed #0 message ok, 32 bytes: reason=3",
        "<- connect_get_lib_version #3 reply ok, 36 bytes: lib_ver=9000000",
        "-> connect_close #4 call ok, 28 bytes",
        "<- connect_close #4 reply ok, 28 bytes",
    ];
    // Whether the ping or the call is first is the runtime's affair.
    lines.sort_by_key(|line| expected.iter().position(|expected| line == expected));
    assert_eq!(*lines, expected);
}

#[tokio::test(start_paused = true)]
async fn a_record_tells_its_parts() {
    let _alone = ALONE.lock().await;
    let parts = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&parts);
    let options = Options::new().trace(move |record: &FrameRecord<'_>| {
        let name = record.procedure().map(|procedure| procedure.name);
        kept.lock().unwrap().push((record.direction(), name, record.header().serial, record.size()));
    });
    let (_connection, _peer) = Peer::opened(options).await;
    let (sent, received) = (Direction::Sent, Direction::Received);
    assert_eq!(
        *parts.lock().unwrap(),
        [
            (sent, Some("auth_list"), 1, 28),
            (received, Some("auth_list"), 1, 36),
            (sent, Some("connect_open"), 2, 56),
            (received, Some("connect_open"), 2, 28),
        ]
    );
}

#[cfg(feature = "tracing")]
mod spans {
    use std::fmt::{Debug, Write};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber, subscriber};
    use virtwire::protocol::error_body::{ErrorBody, code, domain};
    use virtwire::protocol::remote::connect::ConnectGetLibVersion;
    use virtwire::{Options, Timeouts};

    use super::Peer;

    #[derive(Default)]
    struct Seen {
        /// The spans with all that was recorded in them; an id is a place here, from 1.
        spans: Vec<String>,
        entered: Vec<u64>,
        /// Each event, behind the spans it happened in.
        events: Vec<String>,
    }

    /// Writes down all that is told at `level`.
    #[derive(Clone)]
    struct Collector(Arc<Mutex<Seen>>, Level);

    struct Fields<'a>(&'a mut String);

    impl Visit for Fields<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            let _ = match field.name() {
                "message" => write!(self.0, " {value:?}"),
                // How long something took differs each time.
                "duration_us" => write!(self.0, " {field}"),
                _ => write!(self.0, " {field}={value:?}"),
            };
        }
    }

    impl Subscriber for Collector {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() <= self.1
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut seen = self.0.lock().unwrap();
            let mut text = span.metadata().name().to_owned();
            span.record(&mut Fields(&mut text));
            seen.spans.push(text);
            Id::from_u64(seen.spans.len() as u64)
        }
        fn record(&self, span: &Id, values: &Record<'_>) {
            values.record(&mut Fields(&mut self.0.lock().unwrap().spans[place(span)]));
        }
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut seen = self.0.lock().unwrap();
            let mut text = event.metadata().target().to_owned();
            event.record(&mut Fields(&mut text));
            let spans: Vec<&str> = seen
                .entered
                .iter()
                .map(|id| seen.spans[usize::try_from(*id).unwrap() - 1].as_str())
                .collect();
            let line = format!("[{}] {text}", spans.join(", "));
            seen.events.push(line);
        }
        fn enter(&self, span: &Id) {
            self.0.lock().unwrap().entered.push(span.into_u64());
        }
        fn exit(&self, _: &Id) {
            self.0.lock().unwrap().entered.pop();
        }
    }

    fn place(span: &Id) -> usize {
        usize::try_from(span.into_u64()).unwrap() - 1
    }

    /// Opens, is refused one call, waits in vain for another; returns what was told.
    async fn conversation(level: Level) -> Vec<String> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let guard = subscriber::set_default(Collector(Arc::clone(&seen), level));
        let options = Options::new().timeouts(Timeouts::all(Duration::from_secs(1)));
        let (connection, mut peer) = Peer::opened(options).await;
        let (refused, ()) = tokio::join!(connection.lib_version(), async {
            let call = peer.expect::<ConnectGetLibVersion>().await;
            peer.error(&call, &ErrorBody::new(code::RPC, domain::RPC, "no")).await;
        });
        refused.unwrap_err();
        connection.lib_version().await.unwrap_err();
        drop(guard);
        let mut seen = seen.lock().unwrap();
        std::mem::take(&mut seen.events)
    }

    #[tokio::test(start_paused = true)]
    async fn opening_and_each_call_are_spans_that_tell_how_they_went() {
        let _alone = crate::ALONE.lock().await;
        let open = "open uri=test:///default";
        assert_eq!(
            conversation(Level::DEBUG).await,
            [
                &format!(
                    "[{open}, call procedure=\"auth_list\" sent=28 duration_us serial=1 received=36 status=\"ok\"] \
                     virtwire done"
                ),
                &format!(
                    "[{open}, call procedure=\"connect_open\" sent=56 duration_us serial=2 received=28 status=\"ok\"] \
                     virtwire done"
                ),
                &format!("[{open} duration_us status=\"ok\"] virtwire done"),
                "[call procedure=\"connect_get_lib_version\" sent=28 duration_us serial=3 received=88 \
                 error=code=39 domain=7 message=\"no\" status=\"error\"] virtwire done",
                "[call procedure=\"connect_get_lib_version\" sent=28 duration_us status=\"failed\" \
                 error=connect_get_lib_version took longer than 1 seconds] virtwire done",
            ]
        );
    }

    #[cfg(feature = "testdaemon")]
    #[tokio::test]
    async fn connecting_is_a_step_of_opening() {
        let _alone = crate::ALONE.lock().await;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let guard = subscriber::set_default(Collector(Arc::clone(&seen), Level::DEBUG));
        virtwire::Connection::open("test:///default").await.unwrap();
        drop(guard);
        let connecting = "step step=\"connecting to test:///default\" duration_us status=\"ok\"";
        let first = format!("[open uri=test:///default, {connecting}] virtwire done");
        assert_eq!(seen.lock().unwrap().events[0], first);
    }

    #[tokio::test(start_paused = true)]
    async fn frames_are_told_to_whoever_wants_everything() {
        let _alone = crate::ALONE.lock().await;
        let told = conversation(Level::TRACE).await;
        let frames: Vec<_> = told.iter().filter_map(|line| line.split_once("virtwire::frame ")).collect();
        assert_eq!(frames.len(), 7, "{told:?}");
        assert_eq!(frames[1].1, "<- auth_list #1 reply ok, 36 bytes: types=[None]");
        assert!(conversation(Level::DEBUG).await.iter().all(|line| !line.contains("virtwire::frame")));
    }
}
