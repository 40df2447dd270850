//! One command on several hosts side by side: bounded, each under its own deadline; a host's turn comes when another is
//! done. What a command does on a host is none of its concern.

mod list;
mod progress;

use std::collections::HashMap;
#[cfg(feature = "json")]
use std::future::Future;
use std::future::pending;
use std::io::{self, Write};
#[cfg(feature = "json")]
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet, LocalSet};
use tokio::time::sleep;

pub(super) use self::list::Targets;
use self::progress::Progress;
use super::args::{Arguments, Command};
use super::commands;
use super::failure::{Failure, Kind};
use super::interrupt::Interrupts;
#[cfg(feature = "sasl")]
use super::login;
use super::output::Teller;
use super::output::document::{Document, Documents, Outcome, Tally};
#[cfg(feature = "json")]
use super::output::tell_one;
#[cfg(feature = "page")]
use super::report::time::Time;
use super::session::Session;

/// How long a host may take unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is still wanted: less with each interruption.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Wanted {
    All,
    /// Only what is being changed already.
    Begun,
    Nothing,
}

/// Does the command on every host, and hands back what became of it on each, in the order in which they were given.
pub(super) async fn run(arguments: &Rc<Arguments>, targets: &Targets<'_>) -> (Documents, Tally) {
    let documents = gathered(arguments, targets, |document| document).await;
    let mut tally = Tally::default();
    documents.iter().for_each(|document| tally.add(document));
    (Documents::new(arguments.command.name(), documents, &tally), tally)
}

/// What became of it on each host, with what is done to that at once.
async fn gathered(
    arguments: &Rc<Arguments>,
    targets: &Targets<'_>,
    done: fn(Document) -> Document,
) -> Vec<Document> {
    let mut documents: Vec<Option<Document>> = (0..targets.count()).map(|_| None).collect();
    let gather = async {
        let mut round = Round::new(arguments, targets, false);
        while let Some((at, document)) = round.next().await {
            if let Some(place) = documents.get_mut(at) {
                *place = Some(done(document));
            }
        }
    };
    LocalSet::new().run_until(gather).await;
    documents.into_iter().flatten().collect()
}

/// The same of hosts, of which there may be one only; each tells when it was done with.
#[cfg(feature = "page")]
pub(super) async fn all(arguments: &Rc<Arguments>, targets: &Targets<'_>) -> Vec<Document> {
    if targets.are_several() {
        return gathered(arguments, targets, timed).await;
    }
    let session = targets.only();
    let outcome = worked_at(arguments, &session).await;
    vec![timed(Document::of(arguments.command.name(), &session, outcome))]
}

#[cfg(feature = "page")]
fn timed(document: Document) -> Document {
    Document { time: Some(Time::now()), ..document }
}

/// Does the command on every host, and tells what became of it on each as soon as it is known; keeps none. Where nobody
/// can be told any more, no other host is begun, and the error says why.
#[cfg(feature = "json")]
pub(super) async fn stream(arguments: &Rc<Arguments>, targets: &Targets<'_>) -> (Tally, Option<io::Error>) {
    let mut tally = Tally::default();
    let mut lost = None;
    let gather = async {
        let mut round = Round::new(arguments, targets, true);
        while let Some((_, mut document)) = round.next().await {
            tally.add(&document);
            if lost.is_some() {
                continue;
            }
            let told = round.heed(tell_one(&mut document)).await;
            let told =
                told.unwrap_or_else(|| Err(io::Error::other("interrupted while it was being written")));
            lost = told.err();
            if lost.is_some() {
                round.begins_no_other();
            }
        }
    };
    LocalSet::new().run_until(gather).await;
    (tally, lost)
}

/// The hosts that are worked at, and those whose turn comes.
struct Round<'a> {
    arguments: &'a Rc<Arguments>,
    targets: &'a Targets<'a>,
    /// Whose turn is next.
    next: usize,
    running: JoinSet<Document>,
    /// Which host a task is for.
    places: HashMap<Id, usize>,
    wanted: watch::Sender<Wanted>,
    interrupts: Interrupts,
    was_interrupted: bool,
    begins_no_other: bool,
    progress: Progress,
}

impl<'a> Round<'a> {
    fn new(arguments: &'a Rc<Arguments>, targets: &'a Targets<'a>, are_lines: bool) -> Self {
        let is_terminal_used = arguments.globals.is_traced() || targets.may_ask_by_ssh();
        Self {
            arguments,
            targets,
            next: 0,
            running: JoinSet::new(),
            places: HashMap::new(),
            wanted: watch::Sender::new(Wanted::All),
            interrupts: Interrupts::new(),
            was_interrupted: false,
            begins_no_other: false,
            progress: Progress::new(targets.count(), is_terminal_used, are_lines),
        }
    }

    /// The next host that is done with, and what became of it; those whose turn does not come are done with at last.
    async fn next(&mut self) -> Option<(usize, Document)> {
        loop {
            self.begin();
            tokio::select! {
                biased;
                ended = self.running.join_next_with_id(), if !self.running.is_empty() => {
                    let (at, document) = self.ended(ended?)?;
                    self.begins_no_other |= self.arguments.globals.fail_fast && document.error.is_some();
                    self.progress.add(document.error.is_some());
                    return Some((at, document));
                }
                () = self.interrupts.come() => self.interrupted(),
                () = async {}, if self.running.is_empty() => return self.without_turn(),
            }
        }
    }

    /// Gives hosts their turns, as many as may be worked at.
    fn begin(&mut self) {
        let is_wanted = !self.begins_no_other && *self.wanted.borrow() == Wanted::All;
        while is_wanted && self.running.len() < self.arguments.globals.parallel() {
            let Some(session) = self.targets.session(self.next) else { return };
            let (arguments, heard) = (Rc::clone(self.arguments), self.wanted.subscribe());
            let task = self.running.spawn_local(async move { on_one(&arguments, session, heard).await });
            self.places.insert(task.id(), self.next);
            self.next += 1;
        }
    }

    fn ended(&mut self, ended: Result<(Id, Document), tokio::task::JoinError>) -> Option<(usize, Document)> {
        let (id, document) = match ended {
            Ok((id, document)) => (id, Some(document)),
            Err(error) => (error.id(), None),
        };
        let at = self.places.remove(&id)?;
        let lost = || {
            let lost = Failure::new(Kind::OutcomeUnknown, "its task ended before it was done");
            Some(Document::of(self.arguments.command.name(), &self.targets.session(at)?, lost.into()))
        };
        Some((at, document.or_else(lost)?))
    }

    /// A host whose turn does not come.
    fn without_turn(&mut self) -> Option<(usize, Document)> {
        let at = self.next;
        let session = self.targets.session(at)?;
        self.next += 1;
        let outcome =
            if self.was_interrupted { unfinished(self.arguments, &session) } else { Outcome::default() };
        let document = Document::of(self.arguments.command.name(), &session, outcome);
        Some((at, Document { not_begun: !self.was_interrupted, ..document }))
    }

    /// Waits for `work`, unless nothing is wanted any more.
    #[cfg(feature = "json")]
    async fn heed<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        self.progress.clear();
        loop {
            tokio::select! {
                biased;
                done = &mut work => {
                    self.progress.show();
                    return Some(done);
                }
                () = self.interrupts.come() => self.interrupted(),
            }
            if *self.wanted.borrow() == Wanted::Nothing {
                return None;
            }
        }
    }

    #[cfg(feature = "json")]
    fn begins_no_other(&mut self) {
        self.begins_no_other = true;
    }

    fn interrupted(&mut self) {
        self.was_interrupted = true;
        let command = &self.arguments.command;
        self.wanted.send_modify(|wanted| *wanted = less(*wanted, command));
    }
}

fn less(wanted: Wanted, command: &Command) -> Wanted {
    if wanted == Wanted::All && command.is_change() {
        // There is nobody to tell where stderr cannot be written.
        let _ = writeln!(
            io::stderr(),
            "\ninterrupted: waiting for the changes under way, and beginning no other; once more gives them up"
        );
        return Wanted::Begun;
    }
    Wanted::Nothing
}

async fn on_one(arguments: &Arguments, session: Session, mut heard: watch::Receiver<Wanted>) -> Document {
    let given_up = async {
        if heard.wait_for(|wanted| *wanted == Wanted::Nothing).await.is_err() {
            pending::<()>().await;
        }
    };
    let outcome = tokio::select! {
        biased;
        outcome = worked_at(arguments, &session) => outcome,
        () = given_up => unfinished(arguments, &session),
    };
    Document::of(arguments.command.name(), &session, outcome)
}

/// Does the command on one of several hosts, and says goodbye there.
async fn worked_at(arguments: &Arguments, session: &Session) -> Outcome {
    let teller = Teller::new(arguments, session.uri());
    let limit = arguments.globals.host_timeout.unwrap_or(PATIENCE);
    let outcome = in_time(arguments, session, &teller, limit).await;
    session.close().await;
    outcome
}

/// Does the command on one host; what takes longer than it may is given up.
pub(super) async fn in_time(
    arguments: &Arguments,
    session: &Session,
    teller: &Teller<'_>,
    limit: Duration,
) -> Outcome {
    tokio::select! {
        biased;
        outcome = commands::run(session, &arguments.command, teller) => outcome,
        () = spent(limit) => {
            let message = format!("the host was given up after {} seconds", limit.as_secs_f64());
            let failure = Failure::new(left(arguments, session, Kind::Timeout), message);
            session.given_up(failure.advice("'--host-timeout SECONDS' waits longer".to_owned()))
        }
    }
}

/// How a command ends that is given up: what was begun is known only where it changes nothing.
fn left(arguments: &Arguments, session: &Session, otherwise: Kind) -> Kind {
    let may_have_changed = arguments.command.is_change() && session.was_connected();
    if may_have_changed { Kind::OutcomeUnknown } else { otherwise }
}

/// Waits until this time has passed. The clock stands while a person is asked for a password: the terminal is not given up
/// as it is then, and a person is not to be hurried.
async fn spent(limit: Duration) {
    const TICK: Duration = Duration::from_millis(100);
    let mut left = limit;
    while !left.is_zero() {
        let tick = left.min(TICK);
        sleep(tick).await;
        #[cfg(feature = "sasl")]
        if login::is_asking() {
            continue;
        }
        left -= tick;
    }
}

fn unfinished(arguments: &Arguments, session: &Session) -> Outcome {
    let kind = left(arguments, session, Kind::Interrupted);
    let message = if kind == Kind::Interrupted {
        "interrupted; nothing was changed"
    } else {
        "interrupted while it was being changed"
    };
    session.given_up(Failure::new(kind, message))
}
