//! One command on several hosts side by side: bounded, each under its own deadline, each one's outcome kept until all are
//! there. What a command does on a host is none of its concern.

mod progress;

use std::cell::Cell;
use std::future::pending;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use self::progress::Progress;
use super::args::{Arguments, Command};
use super::commands;
use super::failure::{Failure, Kind};
use super::interrupt::Interrupts;
#[cfg(feature = "sasl")]
use super::login;
use super::output::Teller;
use super::output::document::{Document, Documents, Outcome};
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
pub(super) async fn run(arguments: &Rc<Arguments>, sessions: Vec<Session>) -> Documents {
    let name = arguments.command.name();
    let lost = || Failure::new(Kind::OutcomeUnknown, "its task ended before it was done");
    let mut documents: Vec<_> =
        sessions.iter().map(|session| Document::of(name, session, lost().into())).collect();
    let gather = gather(arguments, sessions, &mut documents);
    LocalSet::new().run_until(gather).await;
    Documents::new(name, documents)
}

async fn gather(arguments: &Rc<Arguments>, sessions: Vec<Session>, documents: &mut [Document]) {
    let turns = Rc::new(Semaphore::new(arguments.globals.parallel.into()));
    let (wanted, heard) = watch::channel(Wanted::All);
    let mut interrupts = Interrupts::new();
    let is_terminal_used = arguments.globals.is_traced() || sessions.iter().any(Session::may_ask_by_ssh);
    let mut progress = Progress::new(sessions.len(), is_terminal_used);
    let mut running = JoinSet::new();
    for (at, session) in sessions.into_iter().enumerate() {
        let (arguments, turns, heard) = (Rc::clone(arguments), Rc::clone(&turns), heard.clone());
        running.spawn_local(async move { (at, on_one(&arguments, session, &turns, heard).await) });
    }
    loop {
        tokio::select! {
            biased;
            ended = running.join_next() => {
                let Some(ended) = ended else { return };
                if let Ok((at, document)) = ended {
                    progress.add(document.error.is_some());
                    if let Some(place) = documents.get_mut(at) {
                        *place = document;
                    }
                }
            }
            () = interrupts.come() => wanted.send_modify(|wanted| *wanted = less(*wanted, &arguments.command)),
        }
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

async fn on_one(
    arguments: &Arguments,
    session: Session,
    turns: &Semaphore,
    heard: watch::Receiver<Wanted>,
) -> Document {
    let has_begun = Cell::new(false);
    let work = async {
        // It is never closed.
        let _turn = turns.acquire().await;
        if *heard.borrow() != Wanted::All {
            return pending().await;
        }
        has_begun.set(true);
        let teller = Teller::new(arguments, session.uri());
        let limit = arguments.globals.host_timeout.unwrap_or(PATIENCE);
        let outcome = in_time(arguments, &session, &teller, limit).await;
        session.close().await;
        outcome
    };
    let outcome = tokio::select! {
        biased;
        outcome = work => outcome,
        () = no_more(heard.clone(), &has_begun) => unfinished(arguments, &session),
    };
    Document::of(arguments.command.name(), &session, outcome)
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

/// Waits until what is done here is not wanted any more.
async fn no_more(mut heard: watch::Receiver<Wanted>, has_begun: &Cell<bool>) {
    let is_over = |wanted: &Wanted| match wanted {
        Wanted::All => false,
        Wanted::Begun => !has_begun.get(),
        Wanted::Nothing => true,
    };
    if heard.wait_for(is_over).await.is_err() {
        pending::<()>().await;
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
