//! What people want of a network, and whether it is so.

use crate::evidence::Condition;

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
    /// Each as it is said here, and as it is where it is not said.
    Switched {
        /// Whether it is to run.
        active: Option<bool>,
        /// Whether it is to start with the host.
        autostart: Option<bool>,
    },
}

impl Goal {
    /// Whether the network is to run; `None` leaves that as it is.
    #[must_use]
    pub fn active(self) -> Option<bool> {
        match self {
            Self::Disabled => Some(false),
            Self::Enabled { .. } => Some(true),
            Self::Switched { active, .. } => active,
        }
    }

    /// Whether the network is to start with the host; `None` leaves that as it is.
    #[must_use]
    pub fn autostart(self) -> Option<bool> {
        match self {
            Self::Disabled => Some(false),
            Self::Enabled { autostart } => Some(autostart),
            Self::Switched { autostart, .. } => autostart,
        }
    }

    /// Whether a network is as this goal wants it; `None` is a network that is not there.
    #[must_use]
    pub fn is_reached(self, now: Option<Condition>) -> bool {
        let is = |wanted: Option<bool>, is_so: bool| wanted.is_none_or(|wanted| wanted == is_so);
        match now {
            Some(now) => is(self.active(), now.is_active) && is(self.autostart(), now.is_autostarted),
            // What is not there neither runs nor starts: as good as stopped, and nothing else.
            None => self.active() == Some(false) && is(self.autostart(), false),
        }
    }
}
