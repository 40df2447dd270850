//! What stopped networks left on this host, network by network, and what about it could not be seen. Changes nothing.

use virtwire::evidence::{Health, Known, Leftover, Orphans, Survey, Told};
use virtwire::host::Interface;

use super::{lookup, undo};
use crate::cli::failure::{Failure, Kind};
use crate::cli::session::Session;

/// Why nothing more of a network is removed.
pub(super) const STARTED: &str = "its network was started meanwhile";

/// What one network left, or those that nobody knows.
pub(super) struct Left {
    /// Absent where nobody knows it.
    pub(super) network: Option<String>,
    /// In the order in which it is removed.
    pub(super) items: Vec<Leftover>,
    /// What hangs on its bridge, and would be cut off: `veth0 on virbr0`.
    pub(super) members: Vec<String>,
}

impl Left {
    fn of(network: Option<String>, items: Vec<Leftover>) -> Self {
        let members = items.iter().filter_map(|item| match item {
            Leftover::Bridge(bridge) => Some((bridge.name.as_str(), bridge.members.as_deref()?)),
            _ => None,
        });
        let members = members
            .flat_map(|(bridge, members)| members.iter().map(move |member| format!("{member} on {bridge}")))
            .collect();
        Self { network, items, members }
    }
}

/// What was left behind: by these networks, or by all and by those that nobody knows.
pub(super) fn found(session: &Session, survey: &Survey, given: &[&str]) -> Result<Vec<Left>, Failure> {
    for name in given {
        if survey.find(name).is_none() && survey.unread.is_none() {
            return Err(not_found(session, survey, name));
        }
    }
    for known in wanted(survey, given) {
        if known.told.is_active() && !given.is_empty() {
            let what = format!("Refused to clean up after network {}; nothing was changed", known.name);
            let advice =
                format!("stop it: {}", undo::command(session.uri(), "net-disable", &known.name, known.uuid));
            return Err(Failure::new(Kind::Refused, "it is active").what(what).advice(advice));
        }
    }
    let mut found: Vec<Left> =
        wanted(survey, given).into_iter().map(|known| of_network(survey, known)).collect();
    if given.is_empty() {
        found.push(of_nobody(session, survey));
    }
    found.retain(|left| !left.items.is_empty());
    Ok(found)
}

/// What a network left, where it is known that it does not run.
pub(super) fn of_network(survey: &Survey, known: &Known) -> Left {
    let inspection = survey.inspect(known);
    let is_left = inspection.judgement.health == Health::LeftBehind;
    let items = if is_left { Leftover::of(&inspection.parts) } else { Vec::new() };
    Left::of(Some(known.name.to_string()), items)
}

/// What networks left that nobody knows. A daemon of the user's own knows none of the host's.
pub(super) fn of_nobody(session: &Session, survey: &Survey) -> Left {
    let orphans = survey.orphans().ok().filter(|_| !session.is_users_own());
    Left::of(None, orphans.as_ref().map(Orphans::leftovers).unwrap_or_default())
}

/// What could not be seen of these networks, or of all and of those that nobody knows; each reason once.
pub(super) fn unseen(session: &Session, survey: &Survey, given: &[&str]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for known in wanted(survey, given).into_iter().filter(|known| !known.told.is_active()) {
        reasons.extend(survey.inspect(known).judgement.unverified);
    }
    reasons.extend(survey.unread.clone());
    if given.is_empty() && !session.is_users_own() && survey.host.namespace.is_ok() {
        match survey.orphans() {
            Ok(orphans) => reasons.extend(orphans.unseen()),
            Err(reason) => reasons.push(reason),
        }
    }
    let mut each: Vec<String> = Vec::new();
    for reason in reasons {
        if !each.contains(&reason) {
            each.push(reason);
        }
    }
    each
}

/// What is for people to look at: bridges that may be libvirt's, and why no traces were looked for that are nobody's.
pub(super) fn notes(session: &Session, survey: &Survey) -> Vec<String> {
    if session.is_users_own() || survey.host.namespace.is_err() {
        return Vec::new();
    }
    let doubt = |bridge: &Interface| {
        let name = &bridge.name;
        format!(
            "a rule among libvirt's names bridge {name}, and no network has it: look yourself whose it is"
        )
    };
    match survey.orphans() {
        Ok(orphans) => orphans.doubtful.iter().map(doubt).collect(),
        Err(reason) => vec![format!("traces of networks that nobody knows were not looked for: {reason}")],
    }
}

/// That it is not known whether a network runs, or which there are: then nothing can be said to be left behind, or not.
pub(super) fn unknown(survey: &Survey, given: &[&str]) -> Option<Failure> {
    let untold = wanted(survey, given).into_iter().find_map(|known| match survey.inspect(known).known.told {
        Told::Unknown(reason) => Some(format!("how network {} is could not be seen: {reason}", known.name)),
        _ => None,
    });
    Some(Failure::new(Kind::Unreachable, untold.or_else(|| survey.unread.clone())?))
}

fn wanted<'a>(survey: &'a Survey, given: &[&str]) -> Vec<&'a Known> {
    match given.is_empty() {
        true => survey.networks.iter().collect(),
        false => given.iter().filter_map(|name| survey.find(name)).collect(),
    }
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
