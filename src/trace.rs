//! What a connection tells about itself while it works: its frames to the sink of [`Options::trace`], and all it does
//! to `tracing`, where that feature is on. Nothing here changes what is done.
//!
//! [`Options::trace`]: crate::Options::trace

use std::fmt;
use std::sync::Arc;

use virtwire_protocol::session::Session;
use virtwire_protocol::trace::FrameRecord;

#[cfg(feature = "tracing")]
pub(crate) use self::spans::{call, opening, step};
#[cfg(not(feature = "tracing"))]
pub(crate) use self::without::{call, opening, step};

/// Whoever is shown each frame.
#[derive(Clone)]
pub(crate) struct Sink(Arc<dyn Fn(&FrameRecord<'_>) + Send + Sync>);

impl Sink {
    pub(crate) fn new(sink: impl Fn(&FrameRecord<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

/// A session that shows its frames to all who want to see them.
pub(crate) fn session(sink: Option<&Sink>) -> Session {
    let sink = sink.map(|sink| Arc::clone(&sink.0));
    #[cfg(feature = "tracing")]
    if spans::frames_are_wanted() {
        return Session::tapped(Box::new(move |record| {
            spans::frame(record);
            sink.iter().for_each(|sink| sink(record));
        }));
    }
    sink.map_or_else(Session::default, |sink| Session::tapped(Box::new(move |record| sink(record))))
}

/// The feature `tracing` is off: futures are what they are.
#[cfg(not(feature = "tracing"))]
mod without {
    use std::fmt::Display;

    use virtwire_protocol::procedure::ProcedureInfo;

    pub(crate) fn opening<F>(_: impl Display, work: F) -> F {
        work
    }

    pub(crate) fn step<F>(_: &str, work: F) -> F {
        work
    }

    pub(crate) fn call<F>(_: &ProcedureInfo, _: usize, exchange: F) -> F {
        exchange
    }
}

#[cfg(feature = "tracing")]
mod spans {
    //! Spans and events: all at level debug, but for frames, which are at level trace.

    use std::fmt::Display;
    use std::time::Instant;

    use tracing::field::{Empty, display};
    use tracing::{Instrument, Level, Span, debug, debug_span, enabled, trace};
    use virtwire_protocol::frame::{Frame, Status};
    use virtwire_protocol::procedure::ProcedureInfo;
    use virtwire_protocol::trace::{Direction, FrameRecord};

    use crate::error::Result;

    const TARGET: &str = "virtwire";
    const FRAMES: &str = "virtwire::frame";

    /// Asked once a connection, so that one whose frames nobody wants copies none of them.
    pub(super) fn frames_are_wanted() -> bool {
        enabled!(target: FRAMES, Level::TRACE)
    }

    pub(super) fn frame(record: &FrameRecord<'_>) {
        trace!(target: FRAMES, "{record}");
    }

    /// All of opening, calls included.
    pub(crate) async fn opening<T>(uri: impl Display, work: impl Future<Output = Result<T>>) -> Result<T> {
        let span =
            debug_span!(target: TARGET, "open", %uri, status = Empty, error = Empty, duration_us = Empty);
        told(span, work, |_, _| "ok").await
    }

    /// A step of opening that is no call.
    pub(crate) async fn step<T>(step: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        let span =
            debug_span!(target: TARGET, "step", step, status = Empty, error = Empty, duration_us = Empty);
        told(span, work, |_, _| "ok").await
    }

    /// One call, of which `sent` bytes are sent.
    pub(crate) async fn call(
        info: &ProcedureInfo,
        sent: usize,
        exchange: impl Future<Output = Result<Frame>>,
    ) -> Result<Frame> {
        let span = debug_span!(
            target: TARGET, "call", procedure = info.name, sent,
            serial = Empty, status = Empty, received = Empty, error = Empty, duration_us = Empty
        );
        told(span, exchange, |span, frame| {
            let record = FrameRecord::new(Direction::Received, frame);
            span.record("serial", frame.header.serial).record("received", record.size());
            if frame.header.status == Status::Ok {
                return "ok";
            }
            span.record("error", display(record.payload()));
            "error"
        })
        .await
    }

    /// Does the work within the span, and tells in it how that went.
    async fn told<T>(
        span: Span,
        work: impl Future<Output = Result<T>>,
        status: impl FnOnce(&Span, &T) -> &'static str,
    ) -> Result<T> {
        let begin = Instant::now();
        let outcome = work.instrument(span.clone()).await;
        span.record("duration_us", begin.elapsed().as_micros());
        match &outcome {
            Ok(value) => span.record("status", status(&span, value)),
            Err(error) => span.record("status", "failed").record("error", display(error)),
        };
        span.in_scope(|| debug!(target: TARGET, "done"));
        outcome
    }
}
