//! What is to be done, in which order, what speaks against it, and what undoes it: decided from what was seen,
//! without asking or changing anything.

use std::path::PathBuf;

use virtwire_protocol::remote::{Text, Uuid};

use super::observe::{Condition, Guest, Observed};

/// The state that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Not running, and not starting with the host. A transient network is gone then.
    Disabled,
    /// Running; starting with the host or not.
    Enabled {
        /// Whether it is to start with the host.
        autostart: bool,
    },
}

/// What is wanted, and what may be done to get there.
#[derive(Clone, Debug)]
pub struct Request {
    /// The state that is wanted.
    pub goal: Goal,
    /// Guests that are attached may be cut off.
    pub allow_attached: bool,
    /// A transient network may vanish, once its XML has been saved in this folder.
    pub allow_transient: Option<PathBuf>,
    /// Only say what would be done.
    pub dry_run: bool,
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
pub enum Refusal {
    /// These guests would be cut off.
    Attached(Vec<Guest>),
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
pub struct Plan {
    /// In the order in which they are made.
    pub steps: Vec<(Step, bool)>,
    /// Why none of them is made.
    pub refusals: Vec<Refusal>,
}

impl Goal {
    /// Whether a network is as this goal wants it; `None` is a network that is not there.
    #[must_use]
    pub fn is_reached(self, now: Option<Condition>) -> bool {
        match (self, now) {
            (Self::Disabled, None) => true,
            (Self::Disabled, Some(now)) => !now.is_active && !now.is_autostarted,
            (Self::Enabled { autostart }, Some(now)) => now.is_active && now.is_autostarted == autostart,
            (Self::Enabled { .. }, None) => false,
        }
    }
}

impl Plan {
    /// The plan that leads a network from what was seen to what is wanted.
    #[must_use]
    pub fn new(seen: &Observed, request: &Request) -> Self {
        match request.goal {
            Goal::Disabled => Self::disable(seen, request),
            Goal::Enabled { autostart } => Self::enable(seen.condition, autostart),
        }
    }

    fn disable(seen: &Observed, request: &Request) -> Self {
        let now = seen.condition;
        let vanishes = now.is_active && !now.is_persistent;
        let mut plan = Self { steps: Vec::new(), refusals: Vec::new() };
        if now.is_active && !seen.guests.is_empty() && !request.allow_attached {
            plan.refusals.push(Refusal::Attached(seen.guests.clone()));
        }
        match &request.allow_transient {
            Some(folder) if vanishes => {
                plan.steps.push((Step::Save(folder.join(file_name(seen))), true));
            }
            None if vanishes => plan.refusals.push(Refusal::WouldVanish),
            _ => {}
        }
        // Autostart first: if anything breaks off in between, the network at least does not come back with the host.
        plan.steps.push((Step::Autostart(false), now.is_autostarted));
        plan.steps.push((Step::Stop, now.is_active));
        plan
    }

    fn enable(now: Condition, autostart: bool) -> Self {
        // Started first: what cannot start is not left to fail at every boot.
        let steps = vec![
            (Step::Start, !now.is_active),
            (Step::Autostart(autostart), now.is_autostarted != autostart),
        ];
        let cannot = autostart && !now.is_persistent;
        Self { steps, refusals: cannot.then_some(Refusal::CannotAutostart).into_iter().collect() }
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

/// The commands, each as words, that lead from `after` back to `before`. `saved` is the XML of a network that is gone.
#[must_use]
pub fn undo(
    network: &str,
    before: Condition,
    after: Option<Condition>,
    saved: Option<&PathBuf>,
) -> Vec<Vec<String>> {
    let command = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let Some(after) = after else {
        let create = |file: &PathBuf| command(&["net-create", &file.display().to_string()]);
        return saved.map(create).into_iter().collect();
    };
    let autostart: &[&str] = if before.is_autostarted {
        &["net-autostart", network]
    } else {
        &["net-autostart", network, "--disable"]
    };
    let autostart_differs = before.is_autostarted != after.is_autostarted;
    let (switch, leaves): (&[&str], bool) = match (before.is_active, after.is_active) {
        (true, false) if before.is_autostarted && autostart_differs => (&["net-enable", network], false),
        (true, false) if !before.is_autostarted => (&["net-enable", network, "--no-autostart"], false),
        (true, false) => (&["net-start", network], autostart_differs),
        (false, true) if !before.is_autostarted => (&["net-disable", network], false),
        (false, true) => (&["net-destroy", network], autostart_differs),
        _ => (&[], autostart_differs),
    };
    let mut commands = Vec::new();
    if !switch.is_empty() {
        commands.push(command(switch));
    }
    if leaves {
        commands.push(command(autostart));
    }
    commands
}

/// How a network is named in a command: by its name where that is plain and cannot be taken for anything else.
#[must_use]
pub fn plain_name(name: &Text, uuid: Uuid) -> String {
    let is_plain = |name: &&str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.:+-".contains(&byte))
            && name.parse::<Uuid>().is_err()
    };
    name.to_str().ok().filter(is_plain).map_or_else(|| uuid.to_string(), str::to_owned)
}

fn file_name(seen: &Observed) -> String {
    let uuid = seen.network.uuid().to_string();
    let name: String = seen.network.name().to_string_lossy().chars().take(64).map(file_character).collect();
    format!("{}-{uuid}.xml", name.trim_start_matches('.'))
}

fn file_character(character: char) -> char {
    if character.is_alphanumeric() || "_.-".contains(character) { character } else { '_' }
}
