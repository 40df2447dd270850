//! The arguments of the commands that look at hosts.

use clap::{Args, ValueEnum};

use crate::cli::report::switch::Goal;

// `net-inspect`.
#[derive(Debug, Args)]
pub(crate) struct NetInspect {
    #[command(flatten)]
    pub(crate) networks: Inspected,
    /// Ask no daemon: look at its files and host
    #[arg(long)]
    pub(crate) offline: bool,
    /// One line; exit code 0 where it is so, else 7
    #[arg(long, value_name = "disabled|enabled", value_enum, hide_possible_values = true)]
    pub(crate) expect: Option<Expected>,
}

// `net-cleanup`.
#[derive(Debug, Args)]
pub(crate) struct NetCleanup {
    #[command(flatten)]
    pub(crate) networks: Inspected,
    /// Ask no daemon: look at its files and host
    #[arg(long)]
    pub(crate) offline: bool,
    /// Remove it; without this, what would be removed is shown
    #[arg(long)]
    pub(crate) apply: bool,
    /// Delete bridges that have members, too: these are cut off
    #[arg(long)]
    pub(crate) allow_attached: bool,
}

// Networks to look at.
#[derive(Debug, Args)]
pub(crate) struct Inspected {
    /// Names or UUIDs; every network where none is given
    #[arg(value_name = "NETWORK", conflicts_with = "option")]
    positional: Vec<String>,
    /// The same
    #[arg(id = "option", long = "network", value_name = "NETWORK", hide = true)]
    option: Option<String>,
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

/// How a network is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expected {
    /// Not running, not starting with the host, and nothing of it left.
    Disabled,
    /// Running, and nothing of it missing.
    Enabled,
}

impl From<Expected> for Goal {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Disabled => Self::Disabled,
            Expected::Enabled => Self::Enabled,
        }
    }
}
