//! `net-cleanup`: removes what stopped networks left on this host, once it was seen again to be what it was.

use std::time::Duration;

use rustix::process::geteuid;
use tokio::time::sleep;
use virtwire::evidence::{Leftover, Removal, Survey};
use virtwire::shell;

use super::leftovers::{self, Left};
use super::net_inspect::survey;
use crate::cli::args::NetCleanup;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::document::Outcome;
use crate::cli::report::Report;
use crate::cli::report::cleanup::{CleanupItem, ItemKind, ItemOutcome, NetworkCleanup};
use crate::cli::session::Session;

/// How long to wait for processes to end, and how often.
const PAUSES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn run(session: &Session, args: &NetCleanup) -> Outcome {
    let survey = match survey(session, args.offline, Survey::of_parts).await {
        Ok(survey) => survey,
        Err(failure) => return failure.into(),
    };
    let given = args.networks.given();
    let found = match leftovers::found(session, &survey, &given) {
        Ok(found) => found,
        Err(failure) => return failure.into(),
    };
    let mut report = NetworkCleanup {
        hostname: survey.hostname.clone(),
        offline: args.offline,
        apply: args.apply,
        items: Vec::new(),
        unseen: leftovers::unseen(session, &survey, &given),
        members: found.iter().flat_map(|left| left.members.clone()).collect(),
    };
    let mut failure = obstacle(&survey, args, &found);
    let is_applied = args.apply && failure.is_none();
    let mut removals = Vec::new();
    for left in &found {
        let outcomes = match is_applied {
            true => remove_all(session, args, left).await.into_iter().map(Some).collect(),
            false => vec![None; left.items.len()],
        };
        for (leftover, removal) in left.items.iter().zip(outcomes) {
            report.items.push(item(left.network.as_ref(), leftover, removal.clone()));
            removals.extend(removal.map(|removal| (leftover, removal)));
        }
    }
    if is_applied {
        let (left, survey) = verify(session, args, &removals).await;
        failure = left;
        if let Some(survey) = survey {
            report.unseen = leftovers::unseen(session, &survey, &given);
        }
    } else if failure.is_none() && !found.is_empty() {
        failure = Some(Failure::new(Kind::LeftBehind, "something was left behind"));
    }
    let failure = failure.or_else(|| leftovers::unknown(&survey, &given));
    // Why no traces were looked for stands in the verdict.
    let is_told = !given.is_empty() || survey.orphans().is_err();
    let notes = if is_told { Vec::new() } else { leftovers::notes(session, &survey) };
    Outcome { report: Some(Report::NetworkCleanup(report)), notes, failure }
}

/// Why nothing may be removed.
fn obstacle(survey: &Survey, args: &NetCleanup, found: &[Left]) -> Option<Failure> {
    const WHAT: &str = "Refused to clean up; nothing was changed";
    if let Err(reason) = &survey.host.namespace {
        return Some(
            Failure::new(Kind::Denied, reason.to_string()).what("this host cannot be cleaned up from here"),
        );
    }
    if survey.is_elsewhere && args.apply {
        let host = survey.hostname.as_deref().unwrap_or("the daemon's host");
        let advice = "run net-cleanup there; without --apply, it shows here what to remove there".to_owned();
        return Some(
            Failure::new(Kind::Refused, format!("{host} is another host")).what(WHAT).advice(advice),
        );
    }
    if let Some(daemon) = survey.unasked().filter(|_| args.offline) {
        let advice = "ask it, without --offline: it knows which of its networks run".to_owned();
        return Some(Failure::new(Kind::Refused, format!("{daemon} runs here")).what(WHAT).advice(advice));
    }
    if !args.apply || found.is_empty() {
        return None;
    }
    if !geteuid().is_root() {
        return Some(Failure::new(Kind::Denied, "only root can remove what was left behind"));
    }
    let members: Vec<String> = found.iter().flat_map(|left| left.members.clone()).collect();
    if members.is_empty() || args.allow_attached {
        return None;
    }
    let advice =
        "shut down or move what hangs on it, say --allow-attached, or name other networks".to_owned();
    Some(
        Failure::new(Kind::Refused, format!("it would cut off {}", members.join(", ")))
            .what(WHAT)
            .advice(advice),
    )
}

/// Removes what is left of one network, in order, up to the first item that cannot be removed: a bridge that is gone
/// would leave rules that name another one day.
async fn remove_all(session: &Session, args: &NetCleanup, left: &Left) -> Vec<Removal> {
    let mut outcomes = Vec::new();
    let mut is_stopped = false;
    for leftover in &left.items {
        let removal = match is_stopped {
            true => Removal::LeftAlone("what comes before it could not be removed".to_owned()),
            false => remove(session, args, left.network.as_deref(), leftover).await,
        };
        is_stopped |= matches!(removal, Removal::Failed(_));
        outcomes.push(removal);
    }
    outcomes
}

/// Removes one item, unless its network was started meanwhile.
async fn remove(session: &Session, args: &NetCleanup, network: Option<&str>, leftover: &Leftover) -> Removal {
    let held = leftover.hold();
    let survey = match survey(session, args.offline, Survey::of_parts).await {
        Ok(survey) => survey,
        Err(failure) => return Removal::LeftAlone(failure.message.to_string()),
    };
    if let Some(daemon) = survey.unasked() {
        return Removal::LeftAlone(format!("{daemon} was started meanwhile"));
    }
    let known = network.and_then(|name| survey.find(name));
    if known.is_some_and(|known| known.told.is_active()) {
        return Removal::LeftAlone(leftovers::STARTED.to_owned());
    }
    let left = known.map(|known| leftovers::of_network(&survey, known));
    let is_left = match &left {
        Some(left) => left.items.iter().any(|item| item.is_same(leftover)),
        None => survey.is_nobodys(leftover),
    };
    if !is_left {
        return match leftover.is_there(&survey.host) {
            true => Removal::LeftAlone("it is not known to be left behind any more".to_owned()),
            false => Removal::WasGone,
        };
    }
    let members = left.map(|left| left.members).unwrap_or_default();
    if !members.is_empty() && !args.allow_attached {
        return Removal::LeftAlone(format!("it would cut off {}", members.join(", ")));
    }
    held.remove(&survey.host, args.allow_attached).await
}

fn item(network: Option<&String>, leftover: &Leftover, removal: Option<Removal>) -> CleanupItem {
    let (outcome, reason) = match removal {
        None => (ItemOutcome::WouldBeDone, None),
        Some(Removal::Done) => (ItemOutcome::Done, None),
        Some(Removal::WasGone) => (ItemOutcome::WasGone, None),
        Some(Removal::LeftAlone(reason)) => (ItemOutcome::LeftAlone, Some(reason)),
        Some(Removal::Failed(reason)) => (ItemOutcome::Failed, Some(reason)),
        Some(_) => (ItemOutcome::Failed, None),
    };
    let kind = match leftover {
        Leftover::Process(_) => ItemKind::Dnsmasq,
        Leftover::Rule(_) => ItemKind::Rule,
        Leftover::Bridge(_) => ItemKind::Bridge,
        _ => ItemKind::Other,
    };
    let command = shell::line(&leftover.command());
    CleanupItem { network: network.cloned(), kind, command, outcome, reason }
}

/// Looks again. Processes may take a moment to end.
async fn verify(
    session: &Session,
    args: &NetCleanup,
    removals: &[(&Leftover, Removal)],
) -> (Option<Failure>, Option<Survey>) {
    let mut seen = None;
    let mut left = 0;
    for _ in 0..PAUSES {
        let survey = match survey(session, args.offline, Survey::of_parts).await {
            Ok(survey) => survey,
            Err(failure) => return (Some(failure.what("how it is now could not be looked at")), None),
        };
        left = removals.iter().filter(|(leftover, _)| leftover.is_there(&survey.host)).count();
        seen = Some(survey);
        if left == 0 {
            return (None, seen);
        }
        sleep(PAUSE).await;
    }
    let is_new =
        |(_, removal): &(&Leftover, Removal)| *removal == Removal::LeftAlone(leftovers::STARTED.to_owned());
    let message = match removals.iter().any(is_new) {
        // What is there may be what the network made anew.
        true => format!("{}: not all was removed, and what is there may be in use", leftovers::STARTED),
        false => format!("{left} of {} items are still there", removals.len()),
    };
    (Some(Failure::new(Kind::LeftBehind, message)), seen)
}
