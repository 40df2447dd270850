//! `net-inspect`: what networks consist of on their host, and what that means.

use virtwire::Connection;
use virtwire::evidence::{Inspection, Known, Leftover, Survey};
use virtwire::host::stored::Folders;
use virtwire::protocol::remote::Text;
use virtwire::shell;

use super::order::by_name;
use super::{leftovers, lookup, repair};
use crate::cli::args::NetInspect;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::document::Outcome;
use crate::cli::report::inspect::{Evidence, Fact, InspectedNetwork, NetworkInspection, UnknownTraces, Word};
use crate::cli::report::switch::Goal;
use crate::cli::report::{NetworkIdentity, Report};
use crate::cli::session::Session;
use crate::cli::status::Status;

pub(super) async fn run(session: &Session, args: &NetInspect) -> Outcome {
    let expect = args.expect.map(Goal::from);
    let mut report = NetworkInspection {
        hostname: None,
        offline: args.offline,
        expect,
        networks: Vec::new(),
        unknown: None,
        unseen: Vec::new(),
    };
    let survey = match survey(session, args.offline, Survey::of).await {
        Ok(survey) => survey,
        Err(failure) if expect.is_some() && failure.kind != Kind::Usage => {
            let failure = failure.status(Status::Unreachable);
            return outcome(report, Some(failure));
        }
        Err(failure) => return failure.into(),
    };
    report.hostname.clone_from(&survey.hostname);
    let given = args.networks.given();
    // What is asked about one network needs no other.
    let unread = survey.unread.as_deref().filter(|_| given.is_empty());
    if given.is_empty() {
        let all = by_name(&survey.networks, |known| known.name.as_bytes());
        report.networks = all.iter().map(|known| inspected(session, &survey, known, None, args)).collect();
        report.unknown = unknown(session, &survey);
        report.unseen = match &survey.host.namespace {
            Ok(_) => leftovers::unseen(session, &survey, &[]),
            Err(reason) => vec![reason.to_string()],
        };
    }
    for name in given {
        report.networks.push(match survey.find(name) {
            Some(known) => inspected(session, &survey, known, Some(name), args),
            None => absent(session, &survey, name, expect),
        });
    }
    let failure = overall(&report, unread);
    let is_about_all = report.expect.is_none() && args.networks.given().is_empty();
    let notes = if is_about_all { leftovers::notes(session, &survey) } else { Vec::new() };
    Outcome { notes, ..outcome(report, failure) }
}

fn outcome(report: NetworkInspection, failure: Option<Failure>) -> Outcome {
    Outcome { report: Some(Report::NetworkInspection(report)), notes: Vec::new(), failure }
}

/// Has the daemon asked, or reads its files, and looks at the host.
pub(super) async fn survey(
    session: &Session,
    offline: bool,
    ask: impl AsyncFnOnce(&Connection) -> virtwire::Result<Survey>,
) -> Result<Survey, Failure> {
    if offline {
        check_is_here(session)?;
        return Ok(Survey::offline(&Folders::system()).await);
    }
    let connection = session.connect().await.map_err(|failure| with_offline(session, failure))?;
    ask(&connection).await.map_err(|error| session.failure("Failed to list networks", &error))
}

/// The files of this host tell nothing of another one, and what is removed here is not removed there.
fn check_is_here(session: &Session) -> Result<(), Failure> {
    const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
    let Some(host) = session.host().filter(|host| !HERE.contains(host)) else { return Ok(()) };
    let message = format!("--offline looks at this host, and '{}' is at {host}", session.uri());
    let advice = "run it there, or leave out --offline".to_owned();
    Err(Failure::new(Kind::Usage, message).advice(advice))
}

/// Where no daemon of this host answers, its files and the host tell something all the same.
fn with_offline(session: &Session, failure: Failure) -> Failure {
    if !session.is_hosts_own() || failure.kind != Kind::Unreachable {
        return failure;
    }
    let offline = "'--offline' looks without a daemon";
    let advice = failure.advice.as_ref().map_or_else(|| offline.to_owned(), |of| format!("{of}; {offline}"));
    failure.advice(advice)
}

/// The traces of networks that the daemon does not know. A daemon of the user's own knows none of the host's.
pub(super) fn unknown(session: &Session, survey: &Survey) -> Option<UnknownTraces> {
    if session.is_users_own() || survey.host.namespace.is_err() {
        return None;
    }
    let orphans = survey.orphans().ok()?;
    UnknownTraces::of(&orphans, commands(&orphans.leftovers()))
}

/// The lines that remove what was left behind, for a shell.
pub(super) fn commands(leftovers: &[Leftover]) -> Vec<String> {
    leftovers.iter().map(|leftover| shell::line(&leftover.command())).collect()
}

fn inspected(
    session: &Session,
    survey: &Survey,
    known: &Known,
    given: Option<&str>,
    args: &NetInspect,
) -> InspectedNetwork {
    let inspection = survey.inspect(known);
    let evidence = evidence(session, &inspection, args.offline);
    let state = known.told.condition().map(Into::into);
    let identity = known.uuid.map(|uuid| NetworkIdentity::new(&known.name, uuid));
    let error = fault(&known.name.to_string(), &evidence, args.expect.map(Goal::from));
    // Without a UUID there is no identity, and the name would be lost.
    let given = given.map(str::to_owned).or_else(|| identity.is_none().then(|| known.name.to_string()));
    InspectedNetwork {
        given,
        identity,
        state,
        code: error.as_ref().map_or(Status::Done, |error| error.status),
        evidence,
        error,
    }
}

/// What was found of a network, with the commands that repair it or remove what is left.
pub(super) fn evidence(session: &Session, inspection: &Inspection, is_offline: bool) -> Evidence {
    let is_left = inspection.judgement.health == virtwire::evidence::Health::LeftBehind;
    let cleanup = if is_left { commands(&Leftover::of(&inspection.parts)) } else { Vec::new() };
    Evidence::of(inspection, repair::lines(session, inspection, is_offline), cleanup)
}

/// There is no such network. Where that is what was expected, all is well, unless something serves one of its name.
fn absent(session: &Session, survey: &Survey, given: &str, expect: Option<Goal>) -> InspectedNetwork {
    let existing: Vec<Text> = survey.networks.iter().map(|known| known.name.clone()).collect();
    let mut evidence = Evidence::nothing(Word::Absent);
    let error = match expect {
        // Among those that could not be read, it may be.
        _ if survey.unread.is_some() => {
            evidence.health = Word::Unknown;
            evidence.unverified = survey.unread.iter().cloned().collect();
            unseen(given, &evidence)
        }
        Some(Goal::Disabled) => {
            if let Some(traces) = unknown(session, survey) {
                let left = traces.dnsmasq.iter().filter(|process| process.network == given);
                evidence.dnsmasq = Some(left.map(|process| process.pid).collect());
            }
            let is_left = evidence.dnsmasq.as_ref().is_some_and(|left| !left.is_empty());
            is_left.then(|| {
                evidence.health = Word::LeftBehind;
                let pids: Vec<String> = evidence.dnsmasq.iter().flatten().map(ToString::to_string).collect();
                evidence.findings.push(Fact {
                    word: "left".to_owned(),
                    aspect: "dnsmasq".to_owned(),
                    what: pids.join(" "),
                    place: None,
                });
                Failure::new(Kind::NotAsExpected, format!("a dnsmasq still serves network {given}"))
            })
        }
        Some(Goal::Enabled) => {
            Some(Failure::new(Kind::NotAsExpected, format!("there is no network {given}")))
        }
        None => Some(
            Failure::new(
                Kind::NotFound,
                format!("Network not found: no network with matching name '{given}'"),
            )
            .what(format!("failed to get network '{given}'"))
            .advice(Some(lookup::near_names(session, given, &existing))),
        ),
    };
    InspectedNetwork {
        given: Some(given.to_owned()),
        identity: None,
        state: None,
        code: error.as_ref().map_or(Status::Done, |error| error.status),
        evidence,
        error,
    }
}

fn unseen(name: &str, evidence: &Evidence) -> Option<Failure> {
    let reasons = evidence.unverified.join("; ");
    Some(Failure::new(Kind::Unreachable, format!("how network {name} is could not be seen: {reasons}")))
}

/// What is wrong with a network: by itself, or measured by what was expected.
fn fault(name: &str, evidence: &Evidence, expect: Option<Goal>) -> Option<Failure> {
    let says = |kind, what: &str| Some(Failure::new(kind, format!("network {name} {what}")));
    match (expect, evidence.health) {
        (_, Word::Unknown) => unseen(name, evidence),
        (Some(Goal::Disabled), Word::Disabled | Word::Absent) | (Some(Goal::Enabled), Word::Enabled) => None,
        (Some(Goal::Disabled), _) => says(Kind::NotAsExpected, "is not disabled"),
        (Some(Goal::Enabled), _) => says(Kind::NotAsExpected, "is not enabled"),
        (None, Word::Degraded) => says(Kind::Degraded, "is active, and lacks something"),
        (None, Word::LeftBehind) => says(Kind::LeftBehind, "is not active, and something of it is there"),
        (None, _) => None,
    }
}

/// The failure of the whole command: that of the only network, or a summary of those of several.
fn overall(report: &NetworkInspection, unread: Option<&str>) -> Option<Failure> {
    let mut failed: Vec<Failure> =
        report.networks.iter().filter_map(|network| network.error.clone()).collect();
    let is_about_unknown = report.unknown.is_some() && report.expect != Some(Goal::Enabled);
    if is_about_unknown {
        failed.push(Failure::new(Kind::LeftBehind, "there are traces of networks that nobody knows"));
    }
    if let (true, Some(reason)) = (failed.is_empty(), unread) {
        // Nothing is wrong with what was seen, and that was not all; or nothing was.
        let is_asked_for = report.expect.is_some() || report.networks.is_empty();
        return is_asked_for.then(|| Failure::new(Kind::Unreachable, reason));
    }
    if failed.len() <= 1 {
        return failed.pop();
    }
    let status = Status::of_several(failed.iter().map(|failure| failure.status));
    let messages: Vec<String> = failed.iter().map(|failure| failure.message.to_string()).collect();
    Some(Failure::new(Kind::Several, messages.join("; ")).status(status))
}
