//! Carrying a plan out: one awaited step after another, and a look at what is so afterwards.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use super::observe::{Condition, Observed};
use super::plan::{Plan, Refusal, Request, Step, plain_name, undo};
use super::report::{After, Report, StepOutcome, Verdict};
use super::{Switch, find};
use crate::error::{ErrorKind, Result};

impl Switch {
    pub(super) async fn apply(&mut self, seen: Observed, request: &Request) -> Report {
        let plan = Plan::new(&seen, request);
        let mut report = Report {
            name: seen.network.name().clone(),
            uuid: seen.network.uuid(),
            before: seen.condition,
            after: After::NotLooked,
            guests: seen.guests.clone(),
            unseen: seen.unseen.clone(),
            steps: Vec::new(),
            verdict: Verdict::AlreadySo,
            undo: Vec::new(),
        };
        if !plan.refusals.is_empty() {
            report.untouched(&plan, &StepOutcome::NotTried);
            report.verdict = Verdict::Refused(plan.refusals);
        } else if request.dry_run {
            report.untouched(&plan, &StepOutcome::Planned);
            if report.was_touched() {
                report.verdict = Verdict::WouldReach;
            }
            report.undo = report.undo_from(plan.leads_to(report.before));
        } else if let Err(refusal) = save(&plan, &seen) {
            report.untouched(&plan, &StepOutcome::NotTried);
            report.verdict = Verdict::Refused(vec![refusal]);
        } else {
            report.steps = carry_out(&plan, &seen).await;
            if report.was_touched() {
                self.look_again(&mut report, request).await;
            }
        }
        report
    }

    /// Looks at what is so, through a new connection where this one did not answer, and judges by that alone.
    async fn look_again(&mut self, report: &mut Report, request: &Request) {
        report.after = match self.look(report).await {
            Ok(Some(condition)) => After::Is(condition),
            Ok(None) => After::Gone,
            Err(error) => After::Unknown(error),
        };
        let now = match &report.after {
            After::Is(condition) => Some(*condition),
            After::Gone => None,
            After::NotLooked | After::Unknown(_) => {
                report.judge_unseen();
                return;
            }
        };
        report.settle(now);
        let failure = report.steps.iter().find_map(|(_, outcome)| match outcome {
            StepOutcome::Failed(error) | StepOutcome::Unknown(error) => Some(error.clone()),
            _ => None,
        });
        report.verdict = match failure {
            _ if request.goal.is_reached(now) => Verdict::Reached,
            Some(error) => Verdict::Failed(error),
            None => Verdict::NotAsWanted,
        };
        report.undo = report.undo_from(now);
    }

    async fn look(&mut self, report: &Report) -> Result<Option<Condition>> {
        let is_answering = !report.steps.iter().any(|(_, outcome)| match outcome {
            StepOutcome::Unknown(_) => true,
            StepOutcome::Failed(error) => matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Closed),
            _ => false,
        });
        if is_answering {
            if let Ok(condition) = self.condition(report).await {
                return Ok(condition);
            }
        }
        self.connection = self.options.open_uri(&self.uri, &self.config).await?;
        self.condition(report).await
    }

    async fn condition(&self, report: &Report) -> Result<Option<Condition>> {
        let states = self.connection.network_states().await?;
        Ok(find(&states, &report.uuid.to_string()).map(Condition::of))
    }
}

impl Report {
    fn untouched(&mut self, plan: &Plan, needed: &StepOutcome) {
        let outcome = |is_needed| {
            if is_needed { needed.clone() } else { StepOutcome::AlreadySo }
        };
        self.steps = plan.steps.iter().map(|(step, is_needed)| (step.clone(), outcome(*is_needed))).collect();
    }

    /// Whether anything was, or would be, done.
    fn was_touched(&self) -> bool {
        self.steps.iter().any(|(_, outcome)| !matches!(outcome, StepOutcome::AlreadySo))
    }

    /// A step that was not answered is done or not, as the look shows.
    fn settle(&mut self, now: Option<Condition>) {
        for (step, outcome) in &mut self.steps {
            if let StepOutcome::Unknown(error) = outcome {
                *outcome =
                    if step.is_so(now) { StepOutcome::SeenDone } else { StepOutcome::Failed(error.clone()) };
            }
        }
    }

    /// Where nothing can be seen, only what was never sent is known not to have been done.
    fn judge_unseen(&mut self) {
        let After::Unknown(error) = &self.after else {
            return;
        };
        let first_failure = self.steps.iter().find(|(_, outcome)| !matches!(outcome, StepOutcome::AlreadySo));
        self.verdict = match first_failure {
            Some((_, StepOutcome::Failed(error))) => Verdict::Failed(error.clone()),
            _ => Verdict::Unknown(error.clone()),
        };
    }

    fn undo_from(&self, now: Option<Condition>) -> Vec<Vec<String>> {
        let saved = self.steps.iter().find_map(|(step, _)| match step {
            Step::Save(file) => Some(file),
            _ => None,
        });
        undo(&plain_name(&self.name, self.uuid), self.before, now, saved)
    }
}

impl Step {
    fn is_so(&self, now: Option<Condition>) -> bool {
        match self {
            Self::Save(_) => false,
            Self::Autostart(on) => now.is_some_and(|now| now.is_autostarted == *on),
            Self::Start => now.is_some_and(|now| now.is_active),
            Self::Stop => now.is_none_or(|now| !now.is_active),
        }
    }
}

async fn carry_out(plan: &Plan, seen: &Observed) -> Vec<(Step, StepOutcome)> {
    let mut steps = Vec::new();
    let mut has_failed = false;
    for (step, is_needed) in &plan.steps {
        let outcome = match is_needed {
            false => StepOutcome::AlreadySo,
            true if has_failed => StepOutcome::NotTried,
            true => match make(step, seen).await {
                Ok(()) => StepOutcome::Done,
                Err(error) if error.kind() == ErrorKind::OutcomeUnknown => StepOutcome::Unknown(error),
                Err(error) => StepOutcome::Failed(error),
            },
        };
        has_failed |= matches!(outcome, StepOutcome::Failed(_) | StepOutcome::Unknown(_));
        steps.push((step.clone(), outcome));
    }
    steps
}

async fn make(step: &Step, seen: &Observed) -> Result<()> {
    match step {
        // Saved before anything is changed.
        Step::Save(_) => Ok(()),
        Step::Autostart(on) => seen.network.set_autostart(*on).await,
        Step::Start => seen.network.create().await,
        Step::Stop => seen.network.destroy().await,
    }
}

/// Writes the XML of a network that will vanish to a file that was not there before, and to the disk.
fn save(plan: &Plan, seen: &Observed) -> std::result::Result<(), Refusal> {
    let file = plan.steps.iter().find_map(|(step, _)| match step {
        Step::Save(file) => Some(file),
        _ => None,
    });
    let (Some(file), Some(xml)) = (file, &seen.live_xml) else {
        return Ok(());
    };
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).and_then(|mut file| {
            file.write_all(xml.as_bytes())?;
            file.sync_all()
        });
    written.map_err(|error| Refusal::NotSaved { file: file.clone(), reason: error.to_string() })
}
