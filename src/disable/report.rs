//! What was found, what was done, and what is so now: everything that is said of one network.

use virtwire_protocol::remote::{Text, Uuid};

use super::observe::Guest;
use super::plan::{Refusal, Step, Undo};
use crate::error::Error;
use crate::evidence::{Condition, Inspection};
use crate::host::Unseen;

/// How switching one network went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The network's name.
    pub name: Text,
    /// The network's UUID.
    pub uuid: Uuid,
    /// How it was found.
    pub before: Condition,
    /// How it was afterwards.
    pub after: After,
    /// The guests that were attached when it was found.
    pub guests: Vec<Guest>,
    /// What was stored differs from what ran: the steps of `undo` bring back what is stored.
    pub differs_from_stored: bool,
    /// Why the members of its bridge could not be seen, where they could not.
    pub unseen: Option<Unseen>,
    /// Each step, and how it went.
    pub steps: Vec<(Step, StepOutcome)>,
    /// What all that amounts to.
    pub verdict: Verdict,
    /// What of it was on its host at last; absent where that was not looked at.
    pub evidence: Option<Box<Inspection>>,
    /// What leads back to what was before; empty where there is nothing to restore, or nothing is known.
    pub undo: Vec<Undo>,
}

/// How one step went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StepOutcome {
    /// It was so already, and nothing was done.
    AlreadySo,
    /// It would be done.
    Planned,
    /// It was done, and the server said so.
    Done,
    /// It was not answered, but was seen to be so afterwards.
    SeenDone,
    /// It was not done.
    Failed(Error),
    /// It was not answered, and was not so when it was looked at. It may still happen.
    SeenNotDone(Error),
    /// It was not answered, and could not be looked at.
    Unknown(Error),
    /// It was not tried.
    NotTried,
}

/// How the network was afterwards.
#[derive(Clone, Debug)]
pub enum After {
    /// It was looked at, and was so.
    Is(Condition),
    /// It was looked for, and is not there.
    Gone,
    /// It is not there, but another network of its name is, and that is so.
    Replaced(Condition),
    /// Nothing was tried, so it was not looked at again.
    NotLooked,
    /// It could not be looked at.
    Unknown(Error),
}

/// What a report amounts to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// It is as it was wanted, and was so already.
    AlreadySo,
    /// It is as it was wanted.
    Reached,
    /// It would be as wanted.
    WouldReach,
    /// Nothing was changed, for these reasons.
    Refused(Vec<Refusal>),
    /// It is not as it was wanted, because of this.
    Failed(Error),
    /// Every step was done, and it is not as it was wanted: something else changes it too.
    NotAsWanted,
    /// It is switched as it was wanted, and something of it is on its host that should not be there.
    LeftBehind,
    /// It is switched as it was wanted, and something of it is missing on its host.
    Degraded,
    /// How it is could not be looked at, because of this.
    Unknown(Error),
}

/// What became of one name that was asked for.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// There is no such network; these are there.
    Absent(Vec<Text>),
    /// The network, and how it went.
    Found(Box<Report>),
    /// The networks could not be read. Nothing was changed.
    Unread(Error),
}
