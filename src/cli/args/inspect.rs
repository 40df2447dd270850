//! The arguments of the commands that look at hosts.

use super::option::{choice, options};
use crate::cli::report::switch::Goal;

options! {
    /// `net-inspect`.
    pub(crate) struct NetInspect {
        pub(crate) networks: Inspected,
        /// Ask no daemon: look at its files and host
        pub(crate) offline: bool { long: "offline" },
        /// One line; exit code 0 where it is so, else 7
        pub(crate) expect: Option<Expected> { long: "expect", value: "disabled|enabled" },
    }

    /// `net-cleanup`.
    pub(crate) struct NetCleanup {
        pub(crate) networks: Inspected,
        /// Ask no daemon: look at its files and host
        pub(crate) offline: bool { long: "offline" },
        /// Remove it; without this, what would be removed is shown
        pub(crate) apply: bool { long: "apply" },
        /// Delete bridges that have members, too: these are cut off
        pub(crate) allow_attached: bool { long: "allow-attached" },
    }

    /// Networks to look at.
    pub(crate) struct Inspected {
        /// Names or UUIDs; every network where none is given
        positional: Vec<String> { value: "NETWORK", excludes: &["network"] },
        /// The same
        option: Option<String> { long: "network", value: "NETWORK", is_hidden: true },
    }
}

choice! {
    /// How a network is expected to be.
    pub(crate) enum Expected {
        /// Not running, not starting with the host, and nothing of it left.
        Disabled = "disabled",
        /// Running, and nothing of it missing.
        Enabled = "enabled",
    }
}

#[cfg(feature = "page")]
impl NetInspect {
    /// All networks, as they are.
    pub(crate) const ALL: Self =
        Self { networks: Inspected { positional: Vec::new(), option: None }, offline: false, expect: None };
}

impl Inspected {
    /// The networks as they were given; empty for all of them.
    pub(crate) fn given(&self) -> Vec<&str> {
        self.positional.iter().chain(&self.option).map(String::as_str).collect()
    }
}

impl From<Expected> for Goal {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Disabled => Self::Disabled,
            Expected::Enabled => Self::Enabled,
        }
    }
}
