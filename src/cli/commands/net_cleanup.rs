//! `net-cleanup`: removes what stopped networks left on this host, once it was seen again to be what it was.

use std::time::Duration;

use rustix::process::geteuid;
use tokio::time::sleep;
use virtwire::evidence::{Health, Known, Leftover, Removal, Survey};
use virtwire::host::{Host, Whose};

use super::net_inspect::{find, hostname, survey};
use super::{lookup, undo};
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
    let survey = match survey(session, args.offline).await {
        Ok(survey) => survey,
        Err(failure) => return failure.into(),
    };
    let mut report = NetworkCleanup {
        hostname: hostname(&survey),
        offline: args.offline,
        apply: args.apply,
        items: Vec::new(),
    };
    let found = match found(session, &survey, &args.networks.given()) {
        Ok(found) => found,
        Err(failure) => return failure.into(),
    };
    let mut failure = unseen(&survey);
    if args.apply && failure.is_none() && !found.is_empty() && !geteuid().is_root() {
        failure = Some(Failure::new(Kind::Denied, "only root can remove what was left behind"));
    }
    let is_applied = args.apply && failure.is_none();
    for (network, leftover) in &found {
        let removal = match is_applied {
            true => Some(remove(session, args, network.as_deref(), leftover).await),
            false => None,
        };
        report.items.push(item(network.as_ref(), leftover, removal));
    }
    if is_applied {
        failure = verify(&found).await;
    } else if failure.is_none() && !found.is_empty() {
        failure = Some(Failure::new(Kind::LeftBehind, "something was left behind"));
    }
    Outcome { report: Some(Report::NetworkCleanup(report)), notes: Vec::new(), failure }
}

/// What was left behind, and by which network: of these networks, or of all and of those that nobody knows.
fn found(
    session: &Session,
    survey: &Survey,
    given: &[&str],
) -> Result<Vec<(Option<String>, Leftover)>, Failure> {
    let mut wanted: Vec<&Known> = Vec::new();
    for name in given {
        let known = find(survey, name).ok_or_else(|| not_found(session, survey, name))?;
        if known.told.is_active() {
            let what = format!("Refused to clean up after network {name}; nothing was changed");
            let advice =
                format!("stop it: {}", undo::command(session.uri(), "net-disable", &known.name, known.uuid));
            return Err(Failure::new(Kind::Refused, "it is active").what(what).advice(advice));
        }
        wanted.push(known);
    }
    if given.is_empty() {
        wanted = survey.networks.iter().filter(|known| !known.told.is_active()).collect();
    }
    let mut found = Vec::new();
    for known in wanted {
        let inspection = survey.inspect(known);
        if inspection.judgement.health == Health::LeftBehind {
            let left = Leftover::of(&inspection.parts).into_iter();
            found.extend(left.map(|leftover| (Some(known.name.to_string()), leftover)));
        }
    }
    // A daemon of the user's own knows none of the host's networks.
    if let (true, false, Ok(orphans)) = (given.is_empty(), session.is_users_own(), survey.orphans()) {
        found.extend(Leftover::of_orphans(&orphans).into_iter().map(|leftover| (None, leftover)));
    }
    Ok(found)
}

fn not_found(session: &Session, survey: &Survey, given: &str) -> Failure {
    let existing: Vec<_> = survey.networks.iter().map(|known| known.name.clone()).collect();
    Failure::new(Kind::NotFound, format!("Network not found: no network with matching name '{given}'"))
        .what(format!("failed to get network '{given}'"))
        .advice(format!(
            "{}; what networks that nobody knows left behind is cleaned up without a name",
            lookup::near_names(session, given, &existing)
        ))
}

/// Why this is no place to clean up.
fn unseen(survey: &Survey) -> Option<Failure> {
    let reason = survey.host.namespace.as_ref().err()?;
    Some(Failure::new(Kind::Denied, reason.to_string()).what("this host cannot be cleaned up from here"))
}

/// Removes one item, unless its network was started meanwhile.
async fn remove(session: &Session, args: &NetCleanup, network: Option<&str>, leftover: &Leftover) -> Removal {
    let survey = match survey(session, args.offline).await {
        Ok(survey) => survey,
        Err(failure) => {
            let message = String::from_utf8_lossy(&failure.message.bytes()).into_owned();
            return Removal::LeftAlone(message);
        }
    };
    let is_active = network.and_then(|name| find(&survey, name)).is_some_and(|known| known.told.is_active());
    if is_active {
        return Removal::LeftAlone("its network was started meanwhile".to_owned());
    }
    let is_left = match network.and_then(|name| find(&survey, name)) {
        Some(known) => Leftover::of(&survey.inspect(known).parts).contains(leftover),
        // Nothing names the bridge any more, once the rules are gone: it is nobody's as long as no network has it.
        None => match leftover {
            Leftover::Bridge(bridge) => {
                survey.unread.is_none()
                    && survey
                        .networks
                        .iter()
                        .all(|known| known.expected.bridge.as_ref() != Some(&bridge.name))
            }
            _ => survey.orphans().is_ok_and(|orphans| Leftover::of_orphans(&orphans).contains(leftover)),
        },
    };
    if !is_left {
        return Removal::WasGone;
    }
    leftover.remove(Whose::Ours, args.allow_attached).await
}

fn item(network: Option<&String>, leftover: &Leftover, removal: Option<Removal>) -> CleanupItem {
    let (outcome, reason) = match removal {
        None => (ItemOutcome::WouldBeDone, None),
        Some(Removal::Done) => (ItemOutcome::Done, None),
        Some(Removal::WasGone) => (ItemOutcome::WasGone, None),
        Some(Removal::LeftAlone(reason)) => (ItemOutcome::LeftAlone, Some(reason)),
        Some(Removal::Failed(reason)) => (ItemOutcome::Failed, Some(reason)),
    };
    let kind = match leftover {
        Leftover::Process(_) => ItemKind::Dnsmasq,
        Leftover::Rule(_) => ItemKind::Rule,
        Leftover::Bridge(_) => ItemKind::Bridge,
    };
    let command = undo::shell_line(&leftover.command());
    CleanupItem { network: network.cloned(), kind, command, outcome, reason }
}

/// Looks again. Processes may take a moment to end.
async fn verify(found: &[(Option<String>, Leftover)]) -> Option<Failure> {
    let mut left = 0;
    for _ in 0..PAUSES {
        let host = Host::look(Whose::Ours).await;
        left = found.iter().filter(|(_, leftover)| leftover.is_there(&host)).count();
        if left == 0 {
            return None;
        }
        sleep(PAUSE).await;
    }
    Some(Failure::new(Kind::LeftBehind, format!("{left} of {} items are still there", found.len())))
}
