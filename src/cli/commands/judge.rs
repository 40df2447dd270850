//! What became of one network, put into words: for people, for scripts, and as an exit code.

use virtwire::Error;
use virtwire::disable::{self, After, Obstacle, Outcome, Refusal, Report, Step, StepOutcome};
use virtwire::evidence::{Health, Inspection};
use virtwire::protocol::remote::Text;

use super::{lookup, net_inspect, undo};
use crate::cli::failure::{Failure, Kind, without_numbers};
use crate::cli::output::{attached, shown_path};
use crate::cli::report::switch::{Attached, SwitchedNetwork, Verdict};
use crate::cli::session::Session;
use crate::cli::status::Status;

/// Guests that one line names. Of more, the number is said.
const NAMED_MAX: usize = 8;

/// Judges one network that was given as `given`.
pub(in crate::cli) struct Judge<'a> {
    pub(in crate::cli) session: &'a Session,
    pub(in crate::cli) given: &'a str,
    /// What is done to it, such as `disable`.
    pub(in crate::cli) verb: &'static str,
    pub(in crate::cli) missing_ok: bool,
}

impl Judge<'_> {
    pub(in crate::cli) fn judge(&self, outcome: &Outcome) -> SwitchedNetwork {
        match outcome {
            Outcome::Absent(_) if self.missing_ok => {
                SwitchedNetwork::not_found(self.given, Verdict::Absent, None)
            }
            Outcome::Absent(existing) => {
                SwitchedNetwork::not_found(self.given, Verdict::Absent, Some(self.absent(existing)))
            }
            Outcome::Unread(error) => {
                let failure = self.session.failure(self.what(), error);
                SwitchedNetwork::not_found(self.given, Verdict::Unread, Some(failure))
            }
            Outcome::Found(report) => {
                let undo = undo::commands(self.session.uri(), report);
                let evidence = report.evidence.as_ref();
                let evidence = evidence.map(|seen| net_inspect::evidence(self.session, seen, false));
                SwitchedNetwork::found(
                    self.given,
                    report,
                    evidence,
                    undo,
                    notes(report),
                    self.failure(report),
                )
            }
        }
    }

    /// The command was interrupted, or given up, before it came to this network.
    pub(in crate::cli) fn not_tried(&self, why: &str) -> SwitchedNetwork {
        let message = format!("{why} before it was tried");
        let failure = Failure::new(Kind::Interrupted, message).what(self.what());
        SwitchedNetwork::not_found(self.given, Verdict::NotTried, Some(failure))
    }

    /// The command was interrupted, and interrupted again, or given up, while it changed this network.
    pub(in crate::cli) fn given_up(&self) -> SwitchedNetwork {
        let message = "given up while it may have been changing";
        let look = undo::look_at(self.session.uri(), self.given);
        let failure = Failure::new(Kind::OutcomeUnknown, message)
            .what(self.what())
            .advice(format!("look yourself: {look}"));
        SwitchedNetwork::not_found(self.given, Verdict::Unknown, Some(failure))
    }

    fn what(&self) -> String {
        format!("Failed to {} network {}", self.verb, self.given)
    }

    fn absent(&self, existing: &[Text]) -> Failure {
        let message = format!("Network not found: no network with matching name '{}'", self.given);
        Failure::new(Kind::NotFound, message)
            .what(format!("failed to get network '{}'", self.given))
            .advice(Some(lookup::near_names(self.session, self.given, existing)))
    }

    fn failure(&self, report: &Report) -> Option<Failure> {
        match &report.verdict {
            disable::Verdict::AlreadySo | disable::Verdict::Reached | disable::Verdict::WouldReach => None,
            disable::Verdict::Refused(refusals) => Some(self.refused(refusals)),
            disable::Verdict::Failed(error) => Some(self.failed(report, error)),
            disable::Verdict::NotAsWanted => {
                Some(Failure::new(Kind::NotAsWanted, not_as_wanted(report)).what(self.what()))
            }
            disable::Verdict::LeftBehind => Some(self.not_whole(
                Kind::LeftBehind,
                "it is disabled, and something of it is on its host all the same",
                report,
            )),
            disable::Verdict::Degraded => Some(self.not_whole(
                Kind::Degraded,
                "it is enabled, and something of it is missing on its host",
                report,
            )),
            disable::Verdict::Unknown(look) => Some(self.unknown(report, look)),
            _ => Some(Failure::new(Kind::NotAsWanted, not_as_wanted(report)).what(self.what())),
        }
    }

    /// The network is switched as it was wanted, and its host does not bear that out.
    fn not_whole(&self, kind: Kind, message: &str, report: &Report) -> Failure {
        let repairs =
            report.evidence.as_ref().map(|seen| net_inspect::evidence(self.session, seen, false).repair);
        let advice = repairs.and_then(|repairs| repairs.into_iter().next());
        Failure::new(kind, message).what(self.what()).advice(advice)
    }

    /// The network was looked at, and is not as it was wanted.
    fn failed(&self, report: &Report, error: &Error) -> Failure {
        let mut failure = match error.unanswered() {
            Some(cause) => self.unanswered(report, cause),
            None => self.session.failure(self.what(), error),
        };
        let is_left = |seen: &Inspection| seen.judgement.health == Health::LeftBehind;
        if report.evidence.as_deref().is_some_and(is_left) {
            let cleanup = undo::command(self.session.uri(), "net-cleanup", &report.name, Some(report.uuid));
            failure = failure.advice(format!("its own leftovers may be in the way: {cleanup} shows them"));
        } else if let Some(obstacle) = Obstacle::of(error) {
            failure = failure.advice(obstacle.to_string());
        }
        if was_changed(report) && matches!(failure.status, Status::Unreachable | Status::Denied) {
            // These codes say that nothing was changed.
            failure.status = Status::Failed;
        }
        failure
    }

    fn unanswered(&self, report: &Report, cause: &Error) -> Failure {
        let advice = if report.steps.iter().any(|(_, outcome)| matches!(outcome, StepOutcome::SeenNotDone(_)))
        {
            let look = undo::look(self.session.uri(), report);
            format!("it was not so when it was looked at, and may still happen; look again: {look}")
        } else {
            "what was sent is done, as was seen afterwards, and the rest was not tried: run it again"
                .to_owned()
        };
        Failure::new(Kind::NotDone, format!("no answer came: {cause}")).what(self.what()).advice(advice)
    }

    /// The network could not be looked at.
    fn unknown(&self, report: &Report, look: &Error) -> Failure {
        let unanswered = report.steps.iter().find_map(|(_, outcome)| match outcome {
            StepOutcome::Unknown(error) => error.unanswered(),
            _ => None,
        });
        let sent = match unanswered {
            Some(cause) => format!("a change was sent, and no answer came ({cause}); "),
            None => String::new(),
        };
        let message = format!("{sent}how it is could not be looked at afterwards: {look}");
        let look = undo::look(self.session.uri(), report);
        Failure::new(Kind::OutcomeUnknown, message).what(self.what()).advice(format!("look yourself: {look}"))
    }

    fn refused(&self, refusals: &[Refusal]) -> Failure {
        let (messages, advices): (Vec<_>, Vec<_>) = refusals.iter().map(reason).unzip();
        Failure::new(Kind::Refused, messages.join("; "))
            .what(format!("Refused to {} network {}; nothing was changed", self.verb, self.given))
            .advice(advices.join("; "))
    }
}

fn was_changed(report: &Report) -> bool {
    let is_change = |step: &Step| !matches!(step, Step::Save(_));
    let is_done = |outcome: &StepOutcome| matches!(outcome, StepOutcome::Done | StepOutcome::SeenDone);
    report.steps.iter().any(|(step, outcome)| is_change(step) && is_done(outcome))
}

fn not_as_wanted(report: &Report) -> &'static str {
    match report.after {
        After::Replaced(_) => "every step was done, but another network of this name is there now",
        _ => "every step was done, but something else changed it meanwhile",
    }
}

/// Why it was refused, and what can be done.
fn reason(refusal: &Refusal) -> (String, String) {
    match refusal {
        Refusal::Attached(guests) => {
            let named = guests.iter().take(NAMED_MAX).map(|guest| attached(&Attached::from(guest)));
            let mut named = named.collect::<Vec<_>>().join(", ");
            if let Some(more) = guests.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
                named = format!("{named} and {more} more");
            }
            let advice = "shut these down or move them, or say --allow-attached";
            (format!("it would cut off {named}"), advice.to_owned())
        }
        Refusal::BridgeOfOthers(name) => (
            format!(
                "interface {name} is not this network's bridge, and stopping the network would delete it"
            ),
            "rename or remove it first, or say --allow-attached".to_owned(),
        ),
        Refusal::BridgeInTheWay(name) => (
            format!("interface {name} is there already, and has the name of the bridge that it would make"),
            "'net-inspect' tells whose it is; 'net-cleanup' removes it if it is this network's, else rename one of both"
                .to_owned(),
        ),
        Refusal::WouldVanish => (
            "it is transient, so it would vanish".to_owned(),
            "say --allow-transient, and its XML is saved in this folder (or in that of --save-to) first"
                .to_owned(),
        ),
        Refusal::NotSaved { file, reason } => (
            format!("its XML cannot be saved in {}: {}", shown_path(file), without_numbers(reason)),
            "--save-to FOLDER names another folder".to_owned(),
        ),
        Refusal::CannotAutostart => (
            "it is transient, so it cannot start with the host".to_owned(),
            "store it first (net-dumpxml, net-define), or say --no-autostart".to_owned(),
        ),
        other => (format!("{other:?}"), String::new()),
    }
}

/// What the undo does not bring back.
fn notes(report: &Report) -> Vec<String> {
    let is_stopped = |outcome: &StepOutcome| {
        matches!(outcome, StepOutcome::Done | StepOutcome::SeenDone | StepOutcome::Planned)
    };
    if !report.steps.iter().any(|(step, outcome)| *step == Step::Stop && is_stopped(outcome)) {
        return Vec::new();
    }
    let cut_off = "guests that are cut off stay so after the undo, until their interfaces are plugged in again or \
                   libvirtd or virtqemud is restarted";
    let differs = "what ran differs from what is stored, and the undo starts what is stored";
    [(!report.guests.is_empty(), cut_off), (report.differs_from_stored, differs)]
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, note)| note.to_owned())
        .collect()
}
