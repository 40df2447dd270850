//! One way to a server, from its first byte to its last: a stream, the task that owns it, and sending calls to that. A
//! connection that is opened again goes on with another one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};
use virtwire_protocol::frame::Frame;
use virtwire_protocol::procedure::{Kind, ProcedureInfo};
use virtwire_protocol::remote::connect::{ConnectSupportsFeature, feature};
use virtwire_protocol::session::Outgoing;

use super::Options;
use super::driver::{Command, Driver, Errand, Lost, Request};
use super::keepalive::Clock;
use super::routes::Routes;
use super::shared::Shared;
use crate::error::Error;
use crate::step::deadline;
use crate::trace;
use crate::transport::Link;

#[derive(Debug)]
pub(super) struct Wire {
    pub(super) commands: mpsc::UnboundedSender<Command>,
    /// One permit a call in flight; so the queue of commands is bounded too.
    pub(super) slots: Arc<Semaphore>,
    pub(super) shared: Arc<Shared>,
    /// The process at the other end.
    pub(super) daemon: Option<i32>,
    /// The task has the other end: without that, it is gone.
    pub(super) alive: watch::Receiver<()>,
}

/// A call, and what its reply is for beside its caller.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) outgoing: Outgoing,
    pub(super) errand: Option<Errand>,
}

impl Question {
    /// The same once more, for another wire. What is about the lost wire itself has no meaning there.
    pub(super) fn again(&self) -> Option<Self> {
        let errand = match &self.errand {
            None => None,
            Some(Errand::Register(registration)) => Some(Errand::Register(registration.clone())),
            Some(Errand::Deregister { .. } | Errand::Keepalive) => return None,
        };
        Some(Self { outgoing: self.outgoing.clone(), errand })
    }
}

/// How long a call may take, and since when that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) within: Duration,
    pub(super) deadline: Instant,
}

impl Patience {
    pub(super) fn new(within: Duration) -> Self {
        Self { within, deadline: deadline(Instant::now(), within) }
    }
}

/// Why there is no reply.
#[derive(Debug)]
pub(super) struct Unanswered {
    cause: Error,
    was_sent: bool,
    /// The wire is lost; else it is the reply that took too long.
    pub(super) is_lost: bool,
}

impl Unanswered {
    /// Whether the call may be made once more: it was never sent, or changes nothing.
    pub(super) fn may_be_repeated(&self, info: &ProcedureInfo) -> bool {
        self.is_lost && (!self.was_sent || info.kind == Kind::Query)
    }

    pub(super) fn into_error(self, info: &ProcedureInfo) -> Error {
        let is_unknown = self.was_sent && info.kind == Kind::Change;
        if is_unknown { self.cause.leaves_unknown(info.name) } else { self.cause }
    }
}

impl Wire {
    pub(super) fn start(link: Link, options: &Options, routes: Arc<Routes>) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let (living, alive) = watch::channel(());
        let slots = Arc::new(Semaphore::new(options.calls_in_flight as usize));
        let shared = Arc::new(Shared::new(routes));
        let session = trace::session(options.trace.as_ref());
        let clock = options.keepalive.map(Clock::new);
        let driver =
            Driver::new(link.stream, session, clock, receiver, Arc::clone(&slots), Arc::clone(&shared));
        // Of one kind with other tasks: the runtime has code of its own for each kind.
        let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
            let _living = living;
            driver.run().await;
        });
        tokio::spawn(task);
        Self { commands, slots, shared, daemon: link.daemon, alive }
    }

    /// Why the wire ended.
    pub(super) fn cause(&self) -> Error {
        self.shared.cause.get().cloned().unwrap_or_else(Error::closed)
    }

    /// Asks the server to ping, and whether it answers pings, without waiting for that: it travels with the first calls of
    /// the user's.
    pub(super) fn ask_for_keepalive(&self) {
        let ask = ConnectSupportsFeature { feature: feature::PROGRAM_KEEPALIVE };
        if let (Ok(outgoing), Ok(slot)) = (Outgoing::new(&ask), Arc::clone(&self.slots).try_acquire_owned()) {
            let errand = Some(Errand::Keepalive);
            let request = Request { outgoing, claimed: Arc::default(), answer: None, errand, slot };
            let _ = self.commands.send(Command::Call(request));
        }
    }

    /// Sends one call and awaits its reply.
    pub(super) async fn exchange(
        &self,
        question: Question,
        info: &ProcedureInfo,
        patience: Patience,
    ) -> Result<Frame, Unanswered> {
        let Patience { within, deadline } = patience;
        let unsent = |cause, is_lost| Unanswered { cause, was_sent: false, is_lost };
        let slot = match timeout_at(deadline, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(slot)) => slot,
            Ok(Err(_)) => return Err(unsent(self.cause(), true)),
            Err(_) => {
                let what = format!("{} (waiting for its turn)", info.name);
                return Err(unsent(Error::timeout(what, within), false));
            }
        };
        let claimed = Arc::new(AtomicBool::new(false));
        let (answer, answered) = oneshot::channel();
        let Question { outgoing, errand } = question;
        let request = Request { outgoing, claimed: Arc::clone(&claimed), answer: Some(answer), errand, slot };
        if self.commands.send(Command::Call(request)).is_err() {
            return Err(unsent(self.cause(), true));
        }
        let (cause, was_sent, is_lost) = match timeout_at(deadline, answered).await {
            Ok(Ok(Ok(frame))) => return Ok(frame),
            Ok(Ok(Err(Lost { cause, was_sent }))) => (cause, was_sent, true),
            Ok(Err(_)) => (self.cause(), claimed.load(Ordering::Acquire), true),
            Err(_) => (Error::timeout(info.name, within), claimed.swap(true, Ordering::AcqRel), false),
        };
        Err(Unanswered { cause, was_sent, is_lost })
    }
}
