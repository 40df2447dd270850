//! Judging a server's silence: when to ask for a sign of life, and when to give up. Knows no bytes and no calls.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::step::deadline;

/// How a server that hangs, or is gone without a word, is noticed: libvirt's keepalive, in both directions.
///
/// Once the server has been silent for `interval`, it is sent a ping, and another one each `interval` that it stays
/// silent; `interval` after ping number `count`, the connection ends by [`Closed`](crate::ErrorKind::Closed): with the
/// default 30 seconds after the last byte that came. Whatever comes is a sign of life, be it part of a reply only. Calls
/// that wait then fail, and so do streams of events; what has been sent and would change something is
/// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
///
/// The server is asked to send pings of its own, too, by which it notices a client that is gone: it does so as its
/// configuration says. They are answered in any case.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use std::time::Duration;
/// use virtwire::{Keepalive, Options};
///
/// // Gone after 4 seconds.
/// let options = Options::new().keepalive(Keepalive { interval: Duration::from_secs(1), count: 3 });
/// let connection = options.open("test:///default").await?;
/// # connection.close().await
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// How long silence lasts before a ping, and from one ping to the next: 5 seconds unless set.
    pub interval: Duration,
    /// How many pings may stay unanswered: 5 unless set. With 0 none is sent, and silence of `interval` is the end.
    pub count: u32,
}

impl Keepalive {
    /// How long a server may be silent before the connection ends.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.interval.saturating_mul(self.count.saturating_add(1))
    }
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), count: 5 }
    }
}

/// What is to be done about the silence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Ask for a sign of life.
    Ping,
    /// All pings were in vain.
    Dead,
}

/// The clock, which runs from the moment at which the server said that it answers pings.
#[derive(Debug)]
pub(super) struct Clock {
    keepalive: Keepalive,
    /// Pings since the last sign of life.
    unanswered: u32,
    /// When the last sign of life came, or the last ping went.
    since: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    pub(super) fn new(keepalive: Keepalive) -> Self {
        Self { keepalive, unanswered: 0, since: Instant::now(), alarm: None }
    }

    pub(super) fn begin(&mut self) {
        let end = self.end();
        self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
    }

    /// Something has come, whatever it is. It does not move the alarm each time.
    pub(super) fn heard(&mut self) {
        self.since = Instant::now();
        self.unanswered = 0;
    }

    /// Waits until something is to be done.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Verdict> {
        loop {
            let end = self.end();
            let Some(alarm) = &mut self.alarm else { return Poll::Pending };
            ready!(alarm.as_mut().poll(cx));
            if end > Instant::now() {
                alarm.as_mut().reset(end);
            } else if self.unanswered == self.keepalive.count {
                return Poll::Ready(Verdict::Dead);
            } else {
                self.unanswered += 1;
                self.since = Instant::now();
                alarm.as_mut().reset(deadline(self.since, self.keepalive.interval));
                return Poll::Ready(Verdict::Ping);
            }
        }
    }

    /// How long it is from the last sign of life to the end.
    pub(super) fn limit(&self) -> Duration {
        self.keepalive.limit()
    }

    fn end(&self) -> Instant {
        deadline(self.since, self.keepalive.interval)
    }
}
