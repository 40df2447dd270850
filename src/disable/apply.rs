//! Carrying a plan out: one awaited step after another, and a look at what is so afterwards.

use tokio::time::{Instant, sleep};

use super::goal::Goal;
use super::observe::Observed;
use super::plan::{Plan, Refusal, Request, Step, undo};
use super::report::{After, Report, StepOutcome, Verdict};
use super::{Switch, saved};
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::{Condition, Eye, Health, Told, Watch};
use crate::network::NetworkState;

/// How long to wait before a daemon that does not answer is tried again.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

impl Switch {
    pub(super) async fn apply(&mut self, seen: Observed, request: &Request) -> Report {
        let mut plan = Plan::new(&seen, request);
        let mut report = Report::of(&seen);
        let saved = if plan.refusals.is_empty() { save(&mut plan, &seen, request.dry_run) } else { Ok(None) };
        plan.refusals.extend(saved.as_ref().err().cloned());
        if !plan.refusals.is_empty() {
            report.untouched(&plan, &StepOutcome::NotTried);
            report.not_saved(&plan);
            report.verdict = Verdict::Refused(plan.refusals);
        } else if request.dry_run {
            report.untouched(&plan, &StepOutcome::Planned);
            if report.was_touched() {
                report.verdict = Verdict::WouldReach;
            }
            report.undo = report.undo_from(plan.leads_to(report.before));
        } else {
            report.steps = carry_out(&plan, &seen, saved.ok().flatten()).await;
            if report.was_touched() {
                // Where nothing can be seen later, this is what it leads back from.
                report.undo = report.undo_from(plan.leads_to(report.before));
                self.look_again(&mut report, request).await;
            }
        }
        report
    }

    /// Looks at what is so, through a new connection where this one did not answer, and judges by that alone.
    async fn look_again(&mut self, report: &mut Report, request: &Request) {
        let failure = report.failure();
        report.after = match self.look(report).await {
            Ok(after) => after,
            Err(error) => {
                report.verdict = report.judged_unseen(&error);
                if matches!(report.verdict, Verdict::Failed(_)) {
                    report.undo.clear();
                }
                report.after = After::Unknown(error);
                return;
            }
        };
        let now = report.after.condition();
        report.settle(now);
        report.verdict = match failure {
            _ if request.goal.is_reached(now) => Verdict::Reached,
            Some(error) => Verdict::Failed(error),
            None => Verdict::NotAsWanted,
        };
        let is_replaced = matches!(report.after, After::Replaced(_));
        report.undo = if is_replaced { Vec::new() } else { report.undo_from(now) };
    }

    async fn look(&mut self, report: &Report) -> Result<After> {
        let is_answering = report.failure().is_none_or(|error| error.libvirt().is_some());
        if is_answering {
            if let Ok(states) = self.connection.network_states().await {
                return Ok(After::among(&states, report));
            }
        }
        self.reopen().await?;
        Ok(After::among(&self.connection.network_states().await?, report))
    }

    /// Connects once more, as soon as the daemon answers, within the deadline of opening: one that was restarted
    /// needs a moment. Once it was waited for in vain, it is only asked.
    pub(super) async fn reopen(&mut self) -> Result<()> {
        let began = Instant::now();
        loop {
            match self.options.open_uri(&self.uri, &self.config).await {
                Ok(connection) => {
                    (self.connection, self.eye, self.is_given_up) = (connection, None, false);
                    return Ok(());
                }
                Err(error) if self.is_given_up || !self.may_still_answer(&error, began) => {
                    self.is_given_up = true;
                    return Err(error);
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    fn may_still_answer(&self, error: &Error, began: Instant) -> bool {
        let is_passing = matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Closed);
        is_passing && began.elapsed() + PAUSE < self.options.opening_timeout()
    }
}

impl After {
    /// The network is known by its UUID; one of its name that has another UUID took its place.
    fn among(states: &[NetworkState], report: &Report) -> Self {
        let by_uuid = states.iter().find(|state| state.network.uuid() == report.uuid);
        let by_name = || states.iter().find(|state| *state.network.name() == report.name);
        match (by_uuid, by_name) {
            (Some(state), _) => Self::Is(Condition::of(state)),
            (None, by_name) => by_name().map_or(Self::Gone, |state| Self::Replaced(Condition::of(state))),
        }
    }

    fn condition(&self) -> Option<Condition> {
        match self {
            Self::Is(condition) | Self::Replaced(condition) => Some(*condition),
            Self::Gone | Self::NotLooked | Self::Unknown(_) => None,
        }
    }
}

impl Report {
    fn of(seen: &Observed) -> Self {
        let running = seen.running.clone().unwrap_or_default();
        Self {
            name: seen.network.name().clone(),
            uuid: seen.network.uuid(),
            before: seen.condition,
            after: After::NotLooked,
            guests: running.guests,
            differs_from_stored: running.differs_from_stored,
            unseen: running.unseen,
            steps: Vec::new(),
            verdict: Verdict::AlreadySo,
            evidence: None,
            undo: Vec::new(),
        }
    }

    /// Looks at the host, once more where something was done. What is so there counts, and not only how the network is
    /// switched.
    pub(super) async fn look_at_host(&mut self, watch: &Watch, eye: &mut Eye, goal: Goal) {
        let told = match &self.after {
            After::NotLooked => None,
            After::Is(condition) => Some(Told::Is(*condition)),
            After::Gone => Some(Told::Absent),
            // What is there now may be another network's, or nobody knows whose.
            After::Replaced(_) | After::Unknown(_) => return,
        };
        let seen = match told {
            None => watch.first(),
            Some(told) => watch.again(eye, &told).await,
        };
        self.verdict = match (&self.verdict, goal.active(), seen.judgement.health) {
            (Verdict::AlreadySo | Verdict::Reached, Some(false), Health::LeftBehind) => Verdict::LeftBehind,
            (Verdict::AlreadySo | Verdict::Reached, Some(true), Health::Degraded) => Verdict::Degraded,
            (verdict, ..) => verdict.clone(),
        };
        self.evidence = Some(Box::new(seen));
    }

    fn untouched(&mut self, plan: &Plan, needed: &StepOutcome) {
        let outcome = |is_needed| if is_needed { needed.clone() } else { StepOutcome::AlreadySo };
        self.steps = plan.steps.iter().map(|(step, is_needed)| (step.clone(), outcome(*is_needed))).collect();
    }

    fn not_saved(&mut self, plan: &Plan) {
        let reason = plan.refusals.iter().find_map(|refusal| match refusal {
            Refusal::NotSaved { reason, .. } => Some(reason.clone()),
            _ => None,
        });
        if let (Some(reason), Some((Step::Save(_), outcome))) = (reason, self.steps.first_mut()) {
            *outcome = StepOutcome::Failed(Error::invalid(reason));
        }
    }

    /// Whether anything was, or would be, done.
    fn was_touched(&self) -> bool {
        self.steps.iter().any(|(_, outcome)| !matches!(outcome, StepOutcome::AlreadySo))
    }

    /// What kept the steps from being made.
    fn failure(&self) -> Option<Error> {
        self.steps.iter().find_map(|(_, outcome)| match outcome {
            StepOutcome::Failed(error) | StepOutcome::Unknown(error) => Some(error.clone()),
            _ => None,
        })
    }

    /// A step that was not answered, or not done by us, is so or not, as the look shows.
    fn settle(&mut self, now: Option<Condition>) {
        for (step, outcome) in &mut self.steps {
            *outcome = match &*outcome {
                StepOutcome::Unknown(_) if step.is_so(now) => StepOutcome::SeenDone,
                StepOutcome::Unknown(error) => StepOutcome::SeenNotDone(error.clone()),
                // Somebody else was first.
                StepOutcome::Failed(_) if step.is_so(now) => StepOutcome::AlreadySo,
                _ => continue,
            };
        }
    }

    /// Where nothing can be seen, only what was never sent is known not to have been done.
    fn judged_unseen(&self, look: &Error) -> Verdict {
        let changes = self.steps.iter().filter(|(step, _)| !matches!(step, Step::Save(_)));
        let mut outcomes =
            changes.map(|(_, outcome)| outcome).filter(|o| !matches!(o, StepOutcome::AlreadySo));
        match outcomes.next() {
            Some(StepOutcome::Failed(error)) => Verdict::Failed(error.clone()),
            _ => Verdict::Unknown(look.clone()),
        }
    }

    fn undo_from(&self, now: Option<Condition>) -> Vec<super::Undo> {
        let saved = self.steps.iter().find_map(|(step, _)| match step {
            Step::Save(file) => Some(file.as_path()),
            _ => None,
        });
        undo(self.before, now, saved)
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

async fn carry_out(plan: &Plan, seen: &Observed, saved: Option<StepOutcome>) -> Vec<(Step, StepOutcome)> {
    let mut steps = Vec::new();
    let mut has_failed = false;
    for (step, is_needed) in &plan.steps {
        let outcome = match is_needed {
            false => StepOutcome::AlreadySo,
            true if has_failed => StepOutcome::NotTried,
            true => make(step, seen, saved.as_ref()).await,
        };
        has_failed |= matches!(outcome, StepOutcome::Failed(_) | StepOutcome::Unknown(_));
        steps.push((step.clone(), outcome));
    }
    steps
}

async fn make(step: &Step, seen: &Observed, saved: Option<&StepOutcome>) -> StepOutcome {
    let made = match step {
        // Saved before anything is changed.
        Step::Save(_) => return saved.cloned().unwrap_or(StepOutcome::AlreadySo),
        Step::Autostart(on) => seen.network.set_autostart(*on).await,
        Step::Start => seen.network.create().await,
        Step::Stop => seen.network.destroy().await,
    };
    match made {
        Ok(()) => StepOutcome::Done,
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => StepOutcome::Unknown(error),
        Err(error) => StepOutcome::Failed(error),
    }
}

/// Saves the XML of a network that will vanish, and puts the file's real name into the plan; a dry run only looks
/// whether that could be done.
fn save(
    plan: &mut Plan,
    seen: &Observed,
    dry_run: bool,
) -> std::result::Result<Option<StepOutcome>, Refusal> {
    let file = plan.steps.iter_mut().find_map(|(step, _)| match step {
        Step::Save(file) => Some(file),
        _ => None,
    });
    let (Some(file), Some(running)) = (file, &seen.running) else { return Ok(None) };
    let saved = if dry_run {
        saved::check(file).map(|()| (file.clone(), false))
    } else {
        saved::save(file, running.live_xml.as_bytes())
    };
    match saved {
        Ok((actual, was_there)) => {
            *file = actual;
            Ok(Some(if was_there { StepOutcome::AlreadySo } else { StepOutcome::Done }))
        }
        Err(error) => Err(Refusal::NotSaved { file: file.clone(), reason: error.to_string() }),
    }
}
