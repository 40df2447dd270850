//! What is said of a network by who keeps it: the daemon, or the files that the daemon keeps.

use crate::network::NetworkState;

/// How a network is switched; by default neither running nor stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// It is running.
    pub is_active: bool,
    /// It has a stored definition.
    pub is_persistent: bool,
    /// It starts with the host.
    pub is_autostarted: bool,
}

impl Condition {
    pub(crate) fn of(state: &NetworkState) -> Self {
        Self {
            is_active: state.is_active,
            is_persistent: state.is_persistent,
            is_autostarted: state.is_autostarted,
        }
    }
}

/// What is said of a network's state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// It is so.
    Is(Condition),
    /// There is no such network.
    Absent,
    /// Nobody could be asked, because of this.
    Unknown(String),
}

impl Told {
    /// How it is switched, where it is there and that is known.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Self::Is(condition) => Some(*condition),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Whether it is said to be running.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.condition().is_some_and(|condition| condition.is_active)
    }
}
