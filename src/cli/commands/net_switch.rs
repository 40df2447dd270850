//! `net-disable` and `net-enable`: a state, not an action.

use std::path::PathBuf;

use virtwire::Error;
use virtwire::disable::{self, Obstacle, Outcome as Switched, Refusal, Request, Step, StepOutcome, Switch};
use virtwire::protocol::remote::Text;

use super::lookup;
use crate::cli::args::{NetDisable, NetEnable, Networks};
use crate::cli::failure::{Failure, Kind, without_numbers};
use crate::cli::output::attached;
use crate::cli::output::document::Outcome;
use crate::cli::report::Report;
use crate::cli::report::switch::{Attached, Goal, NetworkSwitch, SwitchedNetwork, Verdict};
use crate::cli::session::Session;
use crate::cli::status::Status;

pub(super) async fn disable(session: &Session, args: &NetDisable) -> Outcome {
    let request = Request {
        goal: disable::Goal::Disabled,
        allow_attached: args.allow_attached,
        allow_transient: args.allow_transient.then(|| folder(args.save_to.as_ref())),
        dry_run: args.dry_run,
    };
    run(session, &args.networks, &request, Goal::Disabled).await
}

pub(super) async fn enable(session: &Session, args: &NetEnable) -> Outcome {
    let request = Request {
        goal: disable::Goal::Enabled { autostart: !args.no_autostart },
        allow_attached: false,
        allow_transient: None,
        dry_run: args.dry_run,
    };
    run(session, &args.networks, &request, Goal::Enabled).await
}

/// Absolute, since it becomes part of the command that undoes.
fn folder(given: Option<&PathBuf>) -> PathBuf {
    let folder = given.cloned().unwrap_or_else(|| PathBuf::from("."));
    std::path::absolute(&folder).unwrap_or(folder)
}

async fn run(session: &Session, args: &Networks, request: &Request, goal: Goal) -> Outcome {
    let mut switch = match session.switch().await {
        Ok(switch) => switch,
        Err(failure) => return failure.into(),
    };
    let wanted = match wanted(&switch, args).await {
        Ok(wanted) => wanted,
        Err(error) => return session.failure("Failed to list networks", &error).into(),
    };
    let mut networks = Vec::new();
    for (given, name) in wanted {
        let outcome = switch.run(&name, request).await;
        networks.push(Judge { session, given: &given, goal, missing_ok: args.missing_ok }.judge(&outcome));
    }
    session.adopt(switch.connection());
    let failure = overall(&networks, goal);
    let report = NetworkSwitch {
        goal,
        autostart: request.goal == (disable::Goal::Enabled { autostart: true }),
        dry_run: request.dry_run,
        networks,
    };
    Outcome { report: Some(Report::NetworkSwitch(report)), notes: Vec::new(), failure }
}

/// What is to be switched: how each is called in what we print, and how it is looked up.
async fn wanted(switch: &Switch, args: &Networks) -> virtwire::Result<Vec<(String, String)>> {
    if !args.all {
        return Ok(args.given().into_iter().map(|given| (given.clone(), given)).collect());
    }
    let mut networks = switch.networks().await?;
    networks.sort_by_cached_key(|network| network.name().as_bytes().to_ascii_lowercase());
    let named = |network: &virtwire::Network| (network.name().to_string(), network.uuid().to_string());
    Ok(networks.iter().map(named).collect())
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
    let what = format!("Failed to {} {} of {} networks", verb(goal), failed.len(), networks.len());
    let failure = Failure::new(Kind::Several, names.join(", ")).what(what);
    Some(Failure { status: Status::of_several(networks.iter().map(|network| network.code)), ..failure })
}

fn verb(goal: Goal) -> &'static str {
    match goal {
        Goal::Disabled => "disable",
        Goal::Enabled => "enable",
    }
}

/// Puts what became of one network into words.
struct Judge<'a> {
    session: &'a Session,
    given: &'a str,
    goal: Goal,
    missing_ok: bool,
}

impl Judge<'_> {
    fn judge(&self, outcome: &Switched) -> SwitchedNetwork {
        match outcome {
            Switched::Absent(_) if self.missing_ok => {
                SwitchedNetwork::not_found(self.given, Verdict::Absent, None)
            }
            Switched::Absent(existing) => {
                SwitchedNetwork::not_found(self.given, Verdict::Absent, Some(self.absent(existing)))
            }
            Switched::Unread(error) => {
                let failure = self.session.failure(self.what(), error);
                SwitchedNetwork::not_found(self.given, Verdict::Failed, Some(failure))
            }
            Switched::Found(report) => {
                let undo = report.undo.iter().map(|words| self.command(words)).collect();
                SwitchedNetwork::found(self.given, report, undo, self.failure(report))
            }
        }
    }

    fn what(&self) -> String {
        format!("Failed to {} network {}", verb(self.goal), self.given)
    }

    fn absent(&self, existing: &[Text]) -> Failure {
        let message = format!("Network not found: no network with matching name '{}'", self.given);
        Failure::new(Kind::NotFound, message)
            .what(format!("failed to get network '{}'", self.given))
            .advice(Some(lookup::existing_names(self.session, existing)))
    }

    fn failure(&self, report: &disable::Report) -> Option<Failure> {
        match &report.verdict {
            disable::Verdict::AlreadySo | disable::Verdict::Reached | disable::Verdict::WouldReach => None,
            disable::Verdict::Refused(refusals) => Some(self.refused(refusals)),
            disable::Verdict::Failed(error) => Some(self.failed(report, error)),
            disable::Verdict::NotAsWanted => Some(
                Failure::new(
                    Kind::NotAsWanted,
                    "every step was done, but something else changed it meanwhile",
                )
                .what(self.what()),
            ),
            disable::Verdict::Unknown(error) => {
                let mut failure = self.session.failure(self.what(), error);
                (failure.kind, failure.status) = (Kind::OutcomeUnknown, Status::Unknown);
                let look = self.command(&["net-info".to_owned(), self.given_word(report)]);
                Some(failure.advice(format!("what is so now could not be looked at; look yourself: {look}")))
            }
        }
    }

    /// The network was looked at, and is not as it was wanted.
    fn failed(&self, report: &disable::Report, error: &Error) -> Failure {
        let mut failure = self.session.failure(self.what(), error);
        if let Some(obstacle) = Obstacle::of(error) {
            failure = failure.advice(obstacle.to_string());
        }
        if failure.kind == Kind::OutcomeUnknown {
            failure = Failure { kind: Kind::NotDone, status: Kind::NotDone.status(), ..failure }
                .advice("it was looked at again, and is not so; it may still be on its way".to_owned());
        }
        let is_done = |outcome| matches!(outcome, &StepOutcome::Done | &StepOutcome::SeenDone);
        let was_changed =
            report.steps.iter().any(|(step, outcome)| !matches!(step, Step::Save(_)) && is_done(outcome));
        if was_changed && matches!(failure.status, Status::Unreachable | Status::Denied) {
            // These codes say that nothing was changed.
            failure.status = Status::Failed;
        }
        failure
    }

    fn refused(&self, refusals: &[Refusal]) -> Failure {
        let reasons: Vec<String> = refusals.iter().map(reason).collect();
        Failure::new(Kind::Refused, reasons.join("; ")).what(format!(
            "Refused to {} network {}; nothing was changed",
            verb(self.goal),
            self.given
        ))
    }

    fn given_word(&self, report: &disable::Report) -> String {
        disable::plain_name(&report.name, report.uuid)
    }

    /// A whole command line of this program's, for a shell.
    fn command(&self, words: &[String]) -> String {
        let uri = self.session.uri();
        let words = ["virtwire", "-c", uri].into_iter().chain(words.iter().map(String::as_str));
        words.map(shell_word).collect::<Vec<_>>().join(" ")
    }
}

fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Attached(guests) => {
            let guests: Vec<String> = guests.iter().map(|guest| attached(&Attached::from(guest))).collect();
            format!(
                "it would cut off {}: shut these down or move them, or say --allow-attached",
                guests.join(", ")
            )
        }
        Refusal::WouldVanish => {
            "it is transient, so it would vanish: say --allow-transient, and its XML is saved \
             in this folder (or in that of --save-to) first"
                .to_owned()
        }
        Refusal::NotSaved { file, reason } => {
            format!(
                "its XML cannot be saved in {}: {}; --save-to FOLDER names another folder",
                file.display(),
                without_numbers(reason)
            )
        }
        Refusal::CannotAutostart => {
            "it is transient, so it cannot start with the host: store it first (net-dumpxml, \
             net-define), or say --no-autostart"
                .to_owned()
        }
    }
}

/// A word as a shell reads it: quoted where it holds more than plain characters.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.,:/@%+=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn words_are_quoted_for_a_shell_only_where_they_must_be() {
        assert_eq!(shell_word("qemu:///system"), "qemu:///system");
        assert_eq!(shell_word("qemu:///system?socket=/a&mode=auto"), "'qemu:///system?socket=/a&mode=auto'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
