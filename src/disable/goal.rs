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
