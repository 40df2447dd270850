//! `net-disable` and `net-enable`: a state, not an action.

use std::path::PathBuf;

use virtwire::disable::{self, Request, Switch};

use super::judge::Judge;
use super::order::by_name;
use super::undo::UndoCommands;
use crate::cli::args::{NetDisable, NetEnable, Networks};
use crate::cli::failure::{Failure, Kind};
use crate::cli::interrupt::Interrupts;
use crate::cli::output::document::Outcome;
use crate::cli::report::Report;
use crate::cli::report::switch::{Goal, NetworkSwitch, SwitchedNetwork};
use crate::cli::session::Session;
use crate::cli::status::Status;

pub(super) async fn disable(session: &Session, args: &NetDisable) -> Outcome {
    let request = Request::new(disable::Goal::Disabled)
        .allow_attached(args.allow_attached)
        .allow_transient(args.allow_transient.then(|| folder(args.save_to.as_ref())))
        .dry_run(args.dry_run);
    let switch = NetworkSwitch::new(Goal::Disabled, false, args.dry_run);
    run(session, &args.networks, &request, switch).await
}

pub(super) async fn enable(session: &Session, args: &NetEnable) -> Outcome {
    let autostart = !args.no_autostart;
    let request = Request::new(disable::Goal::Enabled { autostart }).dry_run(args.dry_run);
    let switch = NetworkSwitch::new(Goal::Enabled, autostart, args.dry_run);
    run(session, &args.networks, &request, switch).await
}

/// Absolute, since it becomes part of the command that undoes.
fn folder(given: Option<&PathBuf>) -> PathBuf {
    let folder = given.cloned().unwrap_or_else(|| PathBuf::from("."));
    std::path::absolute(&folder).unwrap_or(folder)
}

async fn run(session: &Session, args: &Networks, request: &Request, mut report: NetworkSwitch) -> Outcome {
    let mut switch = match session.switch().await {
        Ok(switch) => switch,
        Err(failure) => return failure.into(),
    };
    let wanted = match wanted(&mut switch, args).await {
        Ok(wanted) => wanted,
        Err(error) => return session.failure("Failed to list networks", &error).into(),
    };
    let mut undo = UndoCommands::new(session.uri());
    let mut interrupts = Interrupts::new();
    interrupts.is_silent = session.is_one_of_several();
    let mut left = wanted.as_slice();
    while let [(given, name), behind @ ..] = left {
        left = behind;
        let judge = Judge { session, given, verb: report.goal.verb(), missing_ok: args.missing_ok };
        if interrupts.has_come() {
            report.networks.push(judge.not_tried("interrupted"));
            continue;
        }
        #[cfg(feature = "several")]
        if !report.dry_run {
            session.keep(so_far(&report, &undo, &judge, behind));
        }
        let Some(outcome) = interrupts.heed(switch.run(name, request)).await else {
            report.networks.push(judge.given_up());
            continue;
        };
        let judged = judge.judge(&outcome);
        if let disable::Outcome::Found(switched) = &outcome {
            let seen = switched.evidence.as_ref().and_then(|seen| seen.hostname.clone());
            report.hostname = report.hostname.or(seen);
        }
        // By name and by UUID, one network may be given twice.
        if judged.identity.is_none() || report.networks.iter().all(|other| other.identity != judged.identity)
        {
            report.networks.push(judged);
            undo.add(&outcome);
        }
    }
    session.adopt(switch.connection());
    report.undo = undo.lines();
    let is_nothing_there = report.networks.iter().all(|network| network.identity.is_none());
    let notes = session.note_of_own().filter(|_| is_nothing_there).into_iter().collect();
    let failure = overall(&report.networks, report.goal);
    Outcome { report: Some(Report::NetworkSwitch(report)), notes, failure }
}

/// What is to be told if nothing more is heard of the network that is switched now, nor of those behind it.
#[cfg(feature = "several")]
fn so_far(
    report: &NetworkSwitch,
    undo: &UndoCommands<'_>,
    now: &Judge<'_>,
    behind: &[(String, String)],
) -> Outcome {
    let mut report = report.clone();
    report.networks.push(now.given_up());
    report.networks.extend(behind.iter().map(|(given, _)| Judge { given, ..*now }.not_tried("given up")));
    report.undo = undo.lines();
    Outcome { report: Some(Report::NetworkSwitch(report)), ..Outcome::default() }
}

/// What is to be switched: how each is called in what we print, and how it is looked up.
async fn wanted(switch: &mut Switch, args: &Networks) -> virtwire::Result<Vec<(String, String)>> {
    if !args.all {
        return Ok(args.given().into_iter().map(|given| (given.clone(), given)).collect());
    }
    let networks = switch.networks().await?;
    let networks = by_name(&networks, |network| network.name().as_bytes());
    let named = |network: &virtwire::Network| (network.name().to_string(), network.uuid().to_string());
    Ok(networks.into_iter().map(named).collect())
}

/// The failure of the whole command: that of the only network, or a summary of those of several.
fn overall(networks: &[SwitchedNetwork], goal: Goal) -> Option<Failure> {
    let failed: Vec<_> = networks.iter().filter(|network| network.error.is_some()).collect();
    if let ([_], [network]) = (networks, failed.as_slice()) {
        return network.error.clone();
    }
    if failed.is_empty() {
        return None;
    }
    let names: Vec<&str> = failed.iter().map(|network| network.given.as_str()).collect();
    let what = format!("Failed to {} {} of {} networks", goal.verb(), failed.len(), networks.len());
    let failure = Failure::new(Kind::Several, names.join(", ")).what(what);
    Some(failure.status(Status::of_several(networks.iter().map(|network| network.code))))
}
