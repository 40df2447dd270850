//! What is to be done, in which order, what speaks against it, and what undoes it: decided from what was seen,
//! without asking or changing anything.

use std::path::{Path, PathBuf};

use super::goal::Goal;
use super::observe::{Guest, Observed};
use super::saved;
use crate::evidence::Condition;
use crate::host::Unseen;

/// What is wanted, and what may be done to get there.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) goal: Goal,
    pub(super) allow_attached: bool,
    pub(super) allow_transient: Option<PathBuf>,
    pub(super) dry_run: bool,
}

impl Request {
    /// A network is to be so. Guests that are attached and networks that would vanish are reasons to refuse.
    #[must_use]
    pub fn new(goal: Goal) -> Self {
        Self { goal, allow_attached: false, allow_transient: None, dry_run: false }
    }

    /// Guests that are attached may be cut off.
    #[must_use]
    pub fn allow_attached(self, allow_attached: bool) -> Self {
        Self { allow_attached, ..self }
    }

    /// A transient network may vanish, once its XML has been saved in this folder.
    #[must_use]
    pub fn allow_transient(self, folder: Option<PathBuf>) -> Self {
        Self { allow_transient: folder, ..self }
    }

    /// Only say what would be done.
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }
}

/// One change, awaited before the next one is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The XML of a transient network is written to a new file.
    Save(PathBuf),
    /// It is to start with the host, or not.
    Autostart(bool),
    /// It is started.
    Start,
    /// It is stopped.
    Stop,
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// These guests would be cut off.
    Attached(Vec<Guest>),
    /// This interface has the name of its bridge and is not its bridge. Stopping the network would delete it.
    BridgeOfOthers(String),
    /// An interface has the name of the bridge that it would make, so that it cannot start, and libvirt 11 and later
    /// would delete that interface.
    BridgeInTheWay(String),
    /// It would vanish: it is stored nowhere.
    WouldVanish,
    /// It cannot start with the host: it is stored nowhere.
    CannotAutostart,
    /// It would vanish, and its XML could not be saved first.
    NotSaved {
        /// The file that was to hold it.
        file: PathBuf,
        /// Why that could not be written.
        reason: String,
    },
}

/// The steps to a goal; `false` beside one says that it is so already.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// In the order in which they are made.
    pub steps: Vec<(Step, bool)>,
    /// Why none of them is made.
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// The plan that leads a network from what was seen to what is wanted.
    #[must_use]
    pub fn new(seen: &Observed, request: &Request) -> Self {
        let mut plan = match request.goal.active() {
            Some(false) => Self::stop(seen, request),
            Some(true) => Self::start(seen, request.goal),
            None => Self { steps: autostart(seen, request.goal).collect(), refusals: Vec::new() },
        };
        if request.goal.autostart() == Some(true) && !seen.condition.is_persistent {
            plan.refusals.push(Refusal::CannotAutostart);
        }
        plan
    }

    fn stop(seen: &Observed, request: &Request) -> Self {
        let now = seen.condition;
        let vanishes = now.is_active && !now.is_persistent;
        let guests = seen.running.as_ref().map(|running| running.guests.as_slice()).unwrap_or_default();
        let mut plan = Self { steps: Vec::new(), refusals: Vec::new() };
        if !guests.is_empty() && !request.allow_attached {
            plan.refusals.push(Refusal::Attached(guests.to_vec()));
        }
        if let (Some(name), false) = (others_bridge(seen), request.allow_attached) {
            plan.refusals.push(Refusal::BridgeOfOthers(name));
        }
        match &request.allow_transient {
            Some(folder) if vanishes => {
                plan.steps.push((Step::Save(folder.join(saved::file_name(&seen.network))), true));
            }
            None if vanishes => plan.refusals.push(Refusal::WouldVanish),
            _ => {}
        }
        // Autostart first: if anything breaks off in between, the network at least does not come back with the host.
        plan.steps.extend(autostart(seen, request.goal));
        plan.steps.push((Step::Stop, now.is_active));
        plan
    }

    fn start(seen: &Observed, goal: Goal) -> Self {
        // Started first: what cannot start is not left to fail at every boot.
        let start = (Step::Start, !seen.condition.is_active);
        let steps = std::iter::once(start).chain(autostart(seen, goal)).collect();
        let in_the_way = seen.in_the_way.clone().map(Refusal::BridgeInTheWay);
        Self { steps, refusals: in_the_way.into_iter().collect() }
    }

    /// How the network will be once the steps are made; `None` where it will be gone.
    #[must_use]
    pub fn leads_to(&self, from: Condition) -> Option<Condition> {
        let mut condition = from;
        for (step, _) in &self.steps {
            match step {
                Step::Save(_) => {}
                Step::Autostart(on) => condition.is_autostarted = *on,
                Step::Start => condition.is_active = true,
                Step::Stop => condition.is_active = false,
            }
        }
        (condition.is_active || condition.is_persistent).then_some(condition)
    }
}

/// Letting it start with the host, or not, where that is said.
fn autostart(seen: &Observed, goal: Goal) -> impl Iterator<Item = (Step, bool)> {
    let is_now = seen.condition.is_autostarted;
    goal.autostart().into_iter().map(move |on| (Step::Autostart(on), is_now != on))
}

/// The interface that has the name of the network's bridge and another address.
fn others_bridge(seen: &Observed) -> Option<String> {
    match seen.running.as_ref()?.unseen.as_ref()? {
        Unseen::OtherBridge(name) => Some(name.clone()),
        _ => None,
    }
}

/// One step back to what was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// Bring it to [`Goal::Enabled`].
    Enable {
        /// Whether it started with the host.
        autostart: bool,
    },
    /// Bring it to [`Goal::Disabled`].
    Disable,
    /// Start it, and leave autostart as it is.
    Start,
    /// Stop it, and leave autostart as it is.
    Stop,
    /// Let it start with the host, or not.
    Autostart(bool),
    /// Start it from the XML that was saved.
    CreateFrom(PathBuf),
}

/// The steps that lead from `after` back to `before`. `saved` is the XML of a network that is gone.
#[must_use]
pub fn undo(before: Condition, after: Option<Condition>, saved: Option<&Path>) -> Vec<Undo> {
    let Some(after) = after else {
        return saved.map(|file| Undo::CreateFrom(file.to_owned())).into_iter().collect();
    };
    let autostart_differs = before.is_autostarted != after.is_autostarted;
    let autostart = autostart_differs.then_some(Undo::Autostart(before.is_autostarted));
    match (before.is_active, after.is_active) {
        (true, false) if !before.is_autostarted || autostart_differs => {
            vec![Undo::Enable { autostart: before.is_autostarted }]
        }
        (true, false) => vec![Undo::Start],
        (false, true) if !before.is_autostarted => vec![Undo::Disable],
        (false, true) => [Undo::Stop].into_iter().chain(autostart).collect(),
        _ => autostart.into_iter().collect(),
    }
}
