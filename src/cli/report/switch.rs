//! What `net-disable` and `net-enable` found and did, as values.

use serde::{Deserialize, Serialize};
use virtwire::disable::{self, After, Condition, StepOutcome};

use super::inspect::Evidence;
use super::{File, Message, NetworkIdentity, NetworkState};
use crate::cli::failure::Failure;
use crate::cli::status::Status;

/// Networks that were to be switched off, or on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkSwitch {
    pub(crate) goal: Goal,
    /// Whether they were to start with the host.
    pub(crate) autostart: bool,
    /// Nothing was changed: this is what would be.
    pub(crate) dry_run: bool,
    /// The host that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hostname: Option<String>,
    /// In the order in which they were given.
    pub(crate) networks: Vec<SwitchedNetwork>,
    /// The commands that restore what was before, of all networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) undo: Vec<String>,
}

impl NetworkSwitch {
    /// Nothing has been switched yet.
    pub(crate) fn new(goal: Goal, autostart: bool, dry_run: bool) -> Self {
        Self { goal, autostart, dry_run, hostname: None, networks: Vec::new(), undo: Vec::new() }
    }
}

/// The state that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    Disabled,
    Enabled,
}

impl Goal {
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Disabled => "disable",
            Self::Enabled => "enable",
        }
    }
}

/// What became of one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct SwitchedNetwork {
    /// The network as it was given.
    pub(crate) given: String,
    /// Absent where there is no such network, or it could not be read.
    #[serde(flatten)]
    pub(crate) identity: Option<NetworkIdentity>,
    pub(crate) verdict: Verdict,
    /// The exit code of this network alone.
    pub(crate) code: Status,
    /// Absent where there is no such network, or it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<NetworkState>,
    /// Absent where the network was not looked at again, could not be looked at, or is gone: the verdict says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<NetworkState>,
    /// It was looked for afterwards, and is not there; `after` is then that of another network of its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) gone: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) steps: Vec<SwitchStep>,
    /// Who was attached before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attached: Vec<Attached>,
    /// Why the members of the bridge could not be seen, where they could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) members_unseen: Option<String>,
    /// What of it was on its host at last; absent where that was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<Box<Evidence>>,
    /// The commands that restore what was before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) undo: Vec<String>,
    /// What they do not restore.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Why the code is not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// What it all amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It is as it was wanted, and was so already.
    AlreadySo,
    /// It is as it was wanted.
    Done,
    /// It would be as wanted.
    WouldBeDone,
    /// Nothing was changed: guests or a transient network would suffer.
    Refused,
    /// It is not as it was wanted.
    Failed,
    /// Every step was done, and it is not as it was wanted.
    NotAsWanted,
    /// It is as it was wanted, and something of it is on its host that should not be there.
    LeftBehind,
    /// It is as it was wanted, and something of it is missing on its host.
    Degraded,
    /// It could not be read; nothing was changed.
    Unread,
    /// The command was interrupted before it came to it; nothing was changed.
    NotTried,
    /// How it is could not be looked at.
    Unknown,
    /// There is no such network.
    Absent,
}

/// One step, and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct SwitchStep {
    pub(crate) step: Step,
    pub(crate) outcome: Outcome,
    /// The file that holds the XML, for `save`.
    #[serde(flatten)]
    pub(crate) file: Option<File>,
    /// Why it was not done, or not answered.
    #[serde(flatten)]
    pub(crate) message: Option<Message>,
}

/// What is changed by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    Save,
    AutostartOn,
    AutostartOff,
    Start,
    Stop,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    AlreadySo,
    WouldBeDone,
    Done,
    /// Not answered, but seen to be so afterwards.
    SeenDone,
    Failed,
    /// Not answered, and not so when it was looked at; it may still happen.
    SeenNotDone,
    Unknown,
    NotTried,
}

/// A guest that is attached, by what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(crate) enum Attached {
    /// A port of the network.
    Port {
        uuid: String,
        /// The guest's name, where the port's XML tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guest: Option<String>,
    },
    /// `connections=` in the live XML.
    Connections { count: u32 },
    /// An interface that is a member of the bridge.
    BridgeMember { interface: String },
}

impl From<Condition> for NetworkState {
    fn from(condition: Condition) -> Self {
        Self {
            active: condition.is_active,
            persistent: condition.is_persistent,
            autostart: condition.is_autostarted,
        }
    }
}

impl From<&disable::Verdict> for Verdict {
    fn from(verdict: &disable::Verdict) -> Self {
        match verdict {
            disable::Verdict::AlreadySo => Self::AlreadySo,
            disable::Verdict::Reached => Self::Done,
            disable::Verdict::WouldReach => Self::WouldBeDone,
            disable::Verdict::Refused(_) => Self::Refused,
            disable::Verdict::Failed(_) => Self::Failed,
            disable::Verdict::NotAsWanted => Self::NotAsWanted,
            disable::Verdict::LeftBehind => Self::LeftBehind,
            disable::Verdict::Degraded => Self::Degraded,
            _ => Self::Unknown,
        }
    }
}

impl From<&disable::Guest> for Attached {
    fn from(guest: &disable::Guest) -> Self {
        match guest {
            disable::Guest::Port { uuid, domain } => {
                Self::Port { uuid: uuid.to_string(), guest: domain.clone() }
            }
            disable::Guest::Connections(count) => Self::Connections { count: *count },
            disable::Guest::Member(interface) => Self::BridgeMember { interface: interface.clone() },
        }
    }
}

impl From<&(disable::Step, StepOutcome)> for SwitchStep {
    fn from((step, outcome): &(disable::Step, StepOutcome)) -> Self {
        let file = match step {
            disable::Step::Save(file) => Some(File::from(file.as_os_str().as_encoded_bytes())),
            _ => None,
        };
        let step = match step {
            disable::Step::Save(_) => Step::Save,
            disable::Step::Autostart(true) => Step::AutostartOn,
            disable::Step::Autostart(false) => Step::AutostartOff,
            disable::Step::Start => Step::Start,
            disable::Step::Stop => Step::Stop,
        };
        let message = match outcome {
            StepOutcome::Failed(error) | StepOutcome::SeenNotDone(error) | StepOutcome::Unknown(error) => {
                Some(Failure::of(error).message.clone())
            }
            _ => None,
        };
        Self { step, outcome: outcome.into(), file, message }
    }
}

impl From<&StepOutcome> for Outcome {
    fn from(outcome: &StepOutcome) -> Self {
        match outcome {
            StepOutcome::AlreadySo => Self::AlreadySo,
            StepOutcome::Planned => Self::WouldBeDone,
            StepOutcome::Done => Self::Done,
            StepOutcome::SeenDone => Self::SeenDone,
            StepOutcome::Failed(_) => Self::Failed,
            StepOutcome::SeenNotDone(_) => Self::SeenNotDone,
            StepOutcome::NotTried => Self::NotTried,
            _ => Self::Unknown,
        }
    }
}

impl SwitchedNetwork {
    /// A network that was found.
    pub(crate) fn found(
        given: &str,
        report: &disable::Report,
        evidence: Option<Evidence>,
        undo: Vec<String>,
        notes: Vec<String>,
        error: Option<Failure>,
    ) -> Self {
        let after = match &report.after {
            After::Is(condition) | After::Replaced(condition) => Some((*condition).into()),
            _ => None,
        };
        Self {
            given: given.to_owned(),
            identity: Some(NetworkIdentity::new(&report.name, report.uuid)),
            verdict: (&report.verdict).into(),
            code: error.as_ref().map_or(Status::Done, |error| error.status),
            before: Some(report.before.into()),
            after,
            gone: matches!(report.after, After::Gone | After::Replaced(_)),
            steps: report.steps.iter().map(Into::into).collect(),
            attached: report.guests.iter().map(Into::into).collect(),
            members_unseen: report.unseen.as_ref().map(ToString::to_string),
            evidence: evidence.map(Box::new),
            undo,
            notes,
            error,
        }
    }

    /// A network that is not there, or could not be read.
    pub(crate) fn not_found(given: &str, verdict: Verdict, error: Option<Failure>) -> Self {
        Self {
            given: given.to_owned(),
            identity: None,
            verdict,
            code: error.as_ref().map_or(Status::Done, |error| error.status),
            before: None,
            after: None,
            gone: false,
            steps: Vec::new(),
            attached: Vec::new(),
            members_unseen: None,
            evidence: None,
            undo: Vec::new(),
            notes: Vec::new(),
            error,
        }
    }
}
