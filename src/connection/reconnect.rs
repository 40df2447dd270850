//! Opening a lost connection again: the policy, and the task that follows it. It repeats no call of anyone's.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use virtwire_protocol::frame::Frame;
use virtwire_protocol::procedure::{Procedure, ProcedureInfo};
use virtwire_protocol::remote::network::ConnectNetworkEventRegisterAny;
use virtwire_protocol::session;

use super::driver::Errand;
use super::routes::Routes;
use super::service::Service;
use super::wire::{Patience, Question, Wire};
use super::{Boxed, Connection, Inner, Options};
use crate::config::Config;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::step::deadline;
use crate::uri::Uri;

/// What is done about a connection that is lost: it is opened again, behind the same handles.
///
/// - Calls wait for that until their own deadlines. A query that was in flight is sent once more, and once only. **A call
///   that changes something is never repeated** once it was sent: it fails with
///   [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown), as it does without a policy.
/// - Streams of events are registered again, and yield [`NetworkEvent::Gap`](crate::NetworkEvent::Gap): what happened
///   meanwhile is not known, so ask for what you know once more. A list that is asked for then misses nothing that later
///   events do not tell.
/// - The first attempt is made at once; then there are pauses, each up to twice as long as the last. How long one is
///   within its second half is left to chance, so that not all clients of a server come back at the same moment. A connection
///   that is lost soon after it was opened goes on with the pauses where they were.
/// - Denied, or no libvirt daemon at all: there is no further attempt, nor after `within`. Then calls fail with that
///   error, and streams end by it.
///
/// It begins once a connection has been opened, and ends with [`Connection::close`] or the last handle; each attempt
/// authenticates anew. [`Options::open_over`] has no way to open a stream again: there, the policy does nothing.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::{NetworkEvent, Options, Reconnect};
///
/// let connection = Options::new().reconnect(Reconnect::default()).open("test:///default").await?;
/// let mut events = connection.network_events().await?;
/// let mut known = connection.network_states().await?;
/// # connection.lookup_network_by_name("default").await?.destroy().await?;
/// while let Some(event) = events.next().await.transpose()? {
///     match event {
///         NetworkEvent::Gap(_) | NetworkEvent::Lost(_) => known = connection.network_states().await?,
///         event => println!("{event:?}"),
///     }
/// #   break;
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The longest that the pause between the first attempt and the second may be: 100 milliseconds unless set.
    pub first_pause: Duration,
    /// The longest pause: 10 seconds unless set.
    pub longest_pause: Duration,
    /// How long after the loss attempts are made: 5 minutes unless set.
    pub within: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(10),
            within: Duration::from_secs(300),
        }
    }
}

/// How a connection is followed once it is lost. What that takes is named here alone: a program that never asks for it is
/// linked without it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Following {
    policy: Reconnect,
    begin: fn(&Connection, Way, Reconnect) -> Result<()>,
    exchange: for<'a> fn(&'a Connection, Question, &'a ProcedureInfo, Patience) -> Boxed<'a, Frame>,
}

impl Following {
    pub(super) fn new(policy: Reconnect) -> Self {
        Self { policy, begin: supervise, exchange }
    }

    /// From now on, opens again what is lost.
    pub(super) fn begin(self, connection: &Connection, way: Way) -> Result<()> {
        (self.begin)(connection, way, self.policy)
    }

    /// Sends one call and awaits its reply. On a wire that follows a lost one it is sent once more where that changes
    /// nothing.
    pub(super) fn exchange<'a>(
        self,
        connection: &'a Connection,
        question: Question,
        info: &'a ProcedureInfo,
        patience: Patience,
    ) -> Boxed<'a, Frame> {
        (self.exchange)(connection, question, info, patience)
    }
}

fn supervise(connection: &Connection, way: Way, policy: Reconnect) -> Result<()> {
    let wire = connection.inner.wire()?;
    let alive = wire.alive.clone();
    connection.inner.service.send_replace(Service::Again(wire));
    tokio::spawn(Supervisor::new(&connection.inner, way, policy).run(alive));
    Ok(())
}

fn exchange<'a>(
    connection: &'a Connection,
    question: Question,
    info: &'a ProcedureInfo,
    patience: Patience,
) -> Boxed<'a, Frame> {
    Box::pin(async move {
        let wire = connection.inner.wire()?;
        let again = if connection.inner.is_followed() { question.again() } else { None };
        let outcome = match (wire.exchange(question, info, patience).await, again) {
            (Err(unanswered), Some(again)) if unanswered.may_be_repeated(info) => {
                let next = connection.inner.wire_after(&wire, info, patience).await?;
                next.exchange(again, info, patience).await
            }
            (outcome, _) => outcome,
        };
        outcome.map_err(|unanswered| unanswered.into_error(info))
    })
}

/// How the connection was opened.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) uri: Uri,
    pub(super) config: Config,
    pub(super) options: Options,
}

/// The task's own: no handle, so that the last one can be dropped.
#[derive(Debug)]
pub(super) struct Supervisor {
    inner: Weak<Inner>,
    routes: Arc<Routes>,
    way: Way,
    policy: Reconnect,
    pause: Duration,
}

impl Supervisor {
    pub(super) fn new(inner: &Arc<Inner>, way: Way, policy: Reconnect) -> Self {
        inner.routes.expect_successors(true);
        let (routes, pause) = (Arc::clone(&inner.routes), Duration::ZERO);
        Self { inner: Arc::downgrade(inner), routes, way, policy, pause }
    }

    /// Opens again what is lost, until nobody wants it any more or it cannot be done.
    pub(super) async fn run(mut self, mut alive: watch::Receiver<()>) {
        loop {
            let begin = Instant::now();
            // The task never sends: this is its end.
            let _ = alive.changed().await;
            if begin.elapsed() >= self.policy.longest_pause {
                self.pause = Duration::ZERO;
            }
            if !self.is_wanted() {
                return;
            }
            let opened = self.reopen().await;
            let Some(inner) = self.inner.upgrade() else { return };
            match opened {
                Ok(wire) => {
                    alive = wire.alive.clone();
                    if !inner.follow(wire) {
                        return;
                    }
                }
                Err(error) => return self.give_up(&error),
            }
        }
    }

    /// Attempts and pauses, until one succeeds.
    async fn reopen(&mut self) -> Result<Arc<Wire>> {
        let patience = Patience::new(self.policy.within);
        loop {
            let pause = by_chance(self.pause);
            let resumes = Instant::now() + pause;
            sleep(pause).await;
            if !self.is_wanted() {
                return Err(Error::closed());
            }
            let attempt = timeout_at(patience.deadline, self.open()).await;
            self.pause = self.policy.next(self.pause);
            let error = match attempt {
                Ok(Ok(wire)) => return Ok(wire),
                Ok(Err(error)) => error,
                Err(_) => Error::timeout("opening the lost connection again", patience.within),
            };
            let is_passing =
                matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Closed);
            if !is_passing || deadline(resumes, self.pause) >= patience.deadline {
                return Err(error);
            }
        }
    }

    /// One attempt, all events registered again.
    async fn open(&self) -> Result<Arc<Wire>> {
        let Way { uri, config, options } = &self.way;
        let connection = Connection::open_wire(uri, config, options, Arc::clone(&self.routes)).await?;
        for registration in self.routes.unserved() {
            let topic = registration.topic;
            let outgoing = registration.call.clone();
            let question = Question { outgoing, errand: Some(Errand::Register(registration)) };
            let frame =
                connection.exchange(question, ConnectNetworkEventRegisterAny::INFO, options.timeouts.query);
            if let Err(error) = session::value::<ConnectNetworkEventRegisterAny>(&frame.await?) {
                let error = Error::reply(ConnectNetworkEventRegisterAny::INFO.name, error);
                self.routes.refused(topic, &error);
            }
        }
        connection.inner.wire()
    }

    fn is_wanted(&self) -> bool {
        self.inner.upgrade().is_some_and(|inner| inner.is_followed())
    }

    fn give_up(&self, cause: &Error) {
        if let Some(inner) = self.inner.upgrade() {
            inner.give_up(cause);
        }
        self.routes.end(cause);
    }
}

impl Reconnect {
    fn next(&self, pause: Duration) -> Duration {
        pause.saturating_mul(2).clamp(self.first_pause.min(self.longest_pause), self.longest_pause)
    }
}

/// A pause of a chance length, from a half of this to the whole. That it can be guessed harms nobody.
fn by_chance(pause: Duration) -> Duration {
    let any = RandomState::new().build_hasher().finish() % 1024;
    pause / 2 + pause / 2048 * u32::try_from(any).unwrap_or_default()
}

/// However the task ends, also with its runtime: no stream waits for what will not come.
impl Drop for Supervisor {
    fn drop(&mut self) {
        self.give_up(&Cause::TaskEnded { panicked: std::thread::panicking() }.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_of_any_length_between_a_half_and_the_whole() {
        let longest = Duration::from_secs(10);
        let pauses: Vec<Duration> = (0..200).map(|_| by_chance(longest)).collect();
        assert!(pauses.iter().all(|pause| (longest / 2..=longest).contains(pause)), "{pauses:?}");
        let quarters = |pause: &&Duration| **pause < longest * 3 / 4;
        let early = pauses.iter().filter(quarters).count();
        // Of 200 fair coins, fewer than 50 or more than 150 are never seen.
        assert!((50..=150).contains(&early), "{early}");
        assert_eq!(by_chance(Duration::ZERO), Duration::ZERO);
        assert!(by_chance(Duration::MAX) > Duration::MAX / 4, "no overflow");
    }
}
