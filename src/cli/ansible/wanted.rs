//! What a task of the module `network` wants, read from its arguments; what contradicts itself is refused here.

use std::path::PathBuf;

use virtwire::disable::{self, Goal};
use virtwire::xml;

use super::given::{Given, required};
use super::usage;
use crate::cli::failure::Failure;
use crate::cli::report::NetworkState;

type Result<T> = std::result::Result<T, Failure>;

/// The states that can be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Neither running nor starting with the host.
    Disabled,
    /// Running, and starting with the host.
    Enabled,
    /// Running.
    Active,
    /// Not running, and there.
    Inactive,
    /// There.
    Present,
    /// Not there.
    Absent,
}

const STATES: [(&str, State); 6] = [
    ("disabled", State::Disabled),
    ("enabled", State::Enabled),
    ("active", State::Active),
    ("inactive", State::Inactive),
    ("present", State::Present),
    ("absent", State::Absent),
];

/// One task.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Name or UUID.
    pub(super) name: String,
    pub(super) state: Option<State>,
    autostart: Option<bool>,
    /// The definition that is to be stored.
    pub(super) xml: Option<xml::Network>,
    allow_attached: bool,
    /// The folder for the XML of a network that may vanish.
    save_to: Option<PathBuf>,
    pub(super) is_check: bool,
    pub(super) wants_diff: bool,
}

impl Wanted {
    pub(super) fn read(given: &mut Given) -> Result<Self> {
        let name = given.text("name")?;
        let state = given.choice("state", &STATES)?;
        let autostart = given.truth("autostart")?;
        let xml = given.text("xml")?;
        let allow_attached = given.truth("allow_attached")?.unwrap_or(false);
        let allow_transient = given.truth("allow_transient")?.unwrap_or(false);
        let folder = given.text("save_to")?.unwrap_or_else(|| ".".to_owned());
        let name = required("name", name)?;
        if state.is_none() && autostart.is_none() && xml.is_none() {
            return Err(usage("one of the following is required: state, autostart, xml"));
        }
        check(state, autostart, xml.is_some())?;
        let xml = xml.map(|xml| definition(&name, &xml)).transpose()?;
        // Absolute, since it becomes part of the command that undoes.
        let save_to = allow_transient.then(|| std::path::absolute(&folder).unwrap_or(folder.into()));
        let (is_check, wants_diff) = (given.is_check, given.wants_diff);
        Ok(Self { name, state, autostart, xml, allow_attached, save_to, is_check, wants_diff })
    }

    fn goal(&self) -> Goal {
        let autostart = self.autostart;
        match self.state {
            Some(State::Disabled | State::Absent) => Goal::Disabled,
            Some(State::Enabled) => Goal::Enabled { autostart: autostart.unwrap_or(true) },
            Some(State::Active) => Goal::Switched { active: Some(true), autostart },
            Some(State::Inactive) => Goal::Switched { active: Some(false), autostart },
            Some(State::Present) | None => Goal::Switched { active: None, autostart },
        }
    }

    /// What is asked of the tool's own logic.
    pub(super) fn request(&self, is_dry_run: bool) -> disable::Request {
        disable::Request::new(self.goal())
            .allow_attached(self.allow_attached)
            .allow_transient(self.save_to.clone())
            .dry_run(is_dry_run)
    }

    /// What is done to the network.
    pub(super) fn verb(&self) -> &'static str {
        match self.state {
            Some(State::Disabled) => "disable",
            Some(State::Enabled) => "enable",
            Some(State::Active) => "start",
            Some(State::Inactive) => "stop",
            Some(State::Absent) => "remove",
            Some(State::Present) | None => "set up",
        }
    }

    /// Whether a network that is not there is as wanted.
    pub(super) fn is_missing_ok(&self) -> bool {
        matches!(self.state, Some(State::Disabled | State::Absent))
    }

    /// Whether a network that runs is to be stopped.
    pub(super) fn stops(&self) -> bool {
        self.goal().active() == Some(false)
    }

    /// How the network will be once it is defined; `None` is a network that is not there.
    pub(super) fn defined(&self, before: Option<NetworkState>) -> Option<NetworkState> {
        let Some(_) = &self.xml else { return before };
        let unborn = NetworkState { active: false, persistent: true, autostart: false };
        Some(NetworkState { persistent: true, ..before.unwrap_or(unborn) })
    }

    /// How the network will be in the end.
    pub(super) fn leads_to(&self, before: Option<NetworkState>) -> Option<NetworkState> {
        let mut after = self.defined(before)?;
        after.persistent &= self.state != Some(State::Absent);
        after.active = self.goal().active().unwrap_or(after.active);
        after.autostart = self.goal().autostart().unwrap_or(after.autostart);
        (after.active || after.persistent).then_some(after)
    }
}

/// Refuses what cannot be so at once.
fn check(state: Option<State>, autostart: Option<bool>, has_xml: bool) -> Result<()> {
    let word = STATES.iter().find(|(_, named)| Some(*named) == state).map_or("", |(word, _)| *word);
    match (state, autostart) {
        (Some(State::Disabled), Some(true)) => Err(usage(
            "state 'disabled' and autostart contradict each other; 'inactive' leaves autostart alone",
        )),
        (Some(State::Absent), Some(_)) => Err(usage("state 'absent' takes no autostart")),
        (Some(State::Disabled | State::Absent), _) if has_xml => {
            Err(usage(format!("state '{word}' takes no xml")))
        }
        _ => Ok(()),
    }
}

fn definition(name: &str, xml: &str) -> Result<xml::Network> {
    let network = xml::Network::parse(xml).map_err(|error| usage(format!("xml cannot be read: {error}")))?;
    if network.name != name {
        let other = &network.name;
        return Err(usage(format!("xml defines a network '{other}', and name is '{name}'")));
    }
    Ok(network)
}
