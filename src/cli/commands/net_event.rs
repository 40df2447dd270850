//! `net-event`: tells what happens to networks while it waits.

use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::time::sleep;
use virtwire::protocol::Procedure;
use virtwire::protocol::remote::Text;
use virtwire::protocol::remote::network::NetworkEventCallbackMetadataChange;
use virtwire::{Connection, Error, NetworkEvents};

use super::lookup;
use crate::cli::args::NetEvent;
use crate::cli::failure::{Failure, Kind};
use crate::cli::interrupt::Interrupts;
use crate::cli::output::Teller;
use crate::cli::output::document::Outcome;
use crate::cli::report::Report;
use crate::cli::report::event::{
    End, Event, KINDS, METADATA_CHANGE, NetworkEvent, NetworkEventKinds, NetworkEventsEnd, NetworkEventsGap,
    NetworkEventsLost,
};
use crate::cli::report::time::Time;
use crate::cli::session::Session;

const WHAT: &str = "Failed to wait for network events";

pub(super) async fn run(session: &Session, args: &NetEvent, teller: &Teller<'_>) -> Outcome {
    match begin(session, args).await {
        Ok(Some((wanted, events))) => wait(session, wanted, events, teller).await,
        Ok(None) => {
            let events = KINDS.map(str::to_owned).into();
            Report::NetworkEventKinds(NetworkEventKinds { events }).into()
        }
        Err(failure) => failure.into(),
    }
}

/// What is waited for.
struct Wanted {
    kind: &'static str,
    is_loop: bool,
    patience: Option<Duration>,
    interrupts: Interrupts,
}

/// Nothing where only the kinds are asked for: also then virsh connects.
async fn begin(session: &Session, args: &NetEvent) -> Result<Option<(Wanted, NetworkEvents)>, Failure> {
    let awaited = args.awaited()?;
    let connection = if args.reconnect { session.stay_connected().await? } else { session.connect().await? };
    if args.list {
        return Ok(None);
    }
    let kind = kind(awaited.event)?;
    let patience = awaited.seconds()?.map(|seconds| Duration::from_secs(seconds.into()));
    let events = match awaited.network {
        Some(given) => lookup::network(session, given).await?.events().await,
        None => connection.network_events().await,
    };
    let events = events.map_err(|error| failure(session, &error))?;
    if kind == METADATA_CHANGE && !events.has_metadata_changes() {
        return Err(unsupported(&connection).await);
    }
    // From now on, and no sooner: while it still connects, Ctrl-C ends the program as ever.
    let interrupts = Interrupts::of_waiting();
    Ok(Some((Wanted { kind, is_loop: args.is_loop, patience, interrupts }, events)))
}

/// The kind of event that was given.
fn kind(given: Option<&str>) -> Result<&'static str, Failure> {
    match given {
        None => Err(Failure::new(Kind::Usage, "either --list or --event <type> is required")),
        Some("") => Err(lookup::empty_option("event")),
        Some(given) => KINDS.into_iter().find(|kind| *kind == given).ok_or_else(|| {
            let failure = Failure::new(Kind::Usage, format!("unknown event type {given}"));
            failure.advice(format!("there are {}", KINDS.join(" and ")))
        }),
    }
}

async fn unsupported(connection: &Connection) -> Failure {
    let (since, name) = (NetworkEventCallbackMetadataChange::INFO.since, METADATA_CHANGE);
    let server = match connection.lib_version().await {
        Ok(version) => format!("; the server is {version}"),
        Err(_) => String::new(),
    };
    Failure::new(Kind::Unsupported, format!("{name} needs libvirt {since} or newer{server}"))
}

/// An error in libvirt's own words, as virsh tells it.
fn failure(session: &Session, error: &Error) -> Failure {
    let mut failure = session.failure("", error);
    failure.what = None;
    failure
}

/// Why the waiting is over.
enum Over {
    Ended(End),
    Lost(Error),
    Unwritten(io::Error),
}

async fn wait(
    session: &Session,
    mut wanted: Wanted,
    mut events: NetworkEvents,
    teller: &Teller<'_>,
) -> Outcome {
    let mut received = 0;
    let over = tokio::select! {
        biased;
        () = wanted.interrupts.come() => Over::Ended(End::Interrupted),
        () = timeout(wanted.patience) => Over::Ended(End::TimedOut),
        over = tell(&mut events, wanted.kind, wanted.is_loop, teller, &mut received) => over,
    };
    let (reason, failure) = match over {
        Over::Ended(reason) => {
            let is_none = received == 0;
            (reason, is_none.then(|| Failure::new(Kind::NoEvent, "no such event came")))
        }
        Over::Lost(error) => (End::Failed, Some(session.failure(WHAT, &error))),
        // A reader that went away has seen enough.
        Over::Unwritten(error) if error.kind() == io::ErrorKind::BrokenPipe => (End::Failed, None),
        Over::Unwritten(error) => (End::Failed, Some(Failure::io("Failed to write the output", &error))),
    };
    let report = Report::NetworkEventsEnd(NetworkEventsEnd { reason, received });
    Outcome { report: Some(report), notes: Vec::new(), failure }
}

/// Tells of the first event that is wanted, or of all.
async fn tell(
    events: &mut NetworkEvents,
    kind: &str,
    is_loop: bool,
    teller: &Teller<'_>,
    received: &mut u64,
) -> Over {
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => return Over::Lost(error),
        };
        let Some((outcome, is_event)) = outcome(event, kind) else { continue };
        if let Err(error) = teller.tell(outcome).await {
            return Over::Unwritten(error);
        }
        *received += u64::from(is_event);
        if is_event && !is_loop {
            return Over::Ended(End::Done);
        }
    }
    pending().await
}

/// What is told of an event, and whether it is one; nothing of another kind than is wanted.
fn outcome(event: virtwire::NetworkEvent, kind: &str) -> Option<(Outcome, bool)> {
    let time = Time::now();
    let (network, event) = match event {
        virtwire::NetworkEvent::Lifecycle { network, change, .. } if kind != METADATA_CHANGE => {
            (network, Event::lifecycle(change))
        }
        virtwire::NetworkEvent::MetadataChange { network, metadata, uri } if kind == METADATA_CHANGE => {
            (network, Event::metadata(metadata, uri.as_ref().map(Text::as_bytes)))
        }
        virtwire::NetworkEvent::Lost(lost) => {
            let note = format!("{lost} events came faster than they were read, and are not told here");
            let report = Report::NetworkEventsLost(NetworkEventsLost { time, lost });
            return Some((Outcome { report: Some(report), notes: vec![note], failure: None }, false));
        }
        virtwire::NetworkEvent::Gap(cause) => {
            let cause = cause.to_string();
            let note =
                format!("{cause}; it was connected again, and what happened meanwhile is not told here");
            let report = Report::NetworkEventsGap(NetworkEventsGap { time, cause });
            return Some((Outcome { report: Some(report), notes: vec![note], failure: None }, false));
        }
        _ => return None,
    };
    let identity = (&network).into();
    Some((Report::NetworkEvent(NetworkEvent { time, identity, event }).into(), true))
}

async fn timeout(patience: Option<Duration>) {
    match patience {
        Some(patience) => sleep(patience).await,
        None => pending().await,
    }
}
