//! What `net-inspect` and `net-cleanup` found, as values.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use virtwire::evidence::{self, Bridge, Health, Inspection, Orphans, Parts, Tie, backend_name};
use virtwire::host::{Interface, Rule};
use virtwire::xml::ForwardMode;

use super::switch::Goal;
use super::{NetworkIdentity, NetworkState};
use crate::cli::failure::Failure;
use crate::cli::status::Status;

/// Networks, and what of them is on their host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkInspection {
    /// The name of the host that was looked at; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hostname: Option<String>,
    /// No daemon was asked: what is said of the networks comes from files.
    pub(crate) offline: bool,
    /// How the networks were expected to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expect: Option<Goal>,
    /// In the order in which they were given, or by name.
    pub(crate) networks: Vec<InspectedNetwork>,
    /// The traces of networks that nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unknown: Option<UnknownTraces>,
    /// Why there may be more traces than were seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unseen: Vec<String>,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct InspectedNetwork {
    /// As it was given; absent where all were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<String>,
    /// Absent where there is no such network.
    #[serde(flatten)]
    pub(crate) identity: Option<NetworkIdentity>,
    /// Absent where there is no such network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<NetworkState>,
    #[serde(flatten)]
    pub(crate) evidence: Evidence,
    /// The exit code of this network alone.
    pub(crate) code: Status,
    /// Why the code is not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

impl InspectedNetwork {
    /// What it is called; where there is no such network, as it was given.
    pub(crate) fn name(&self) -> String {
        match &self.identity {
            Some(identity) => identity.name.to_string(),
            None => self.given.clone().unwrap_or_default(),
        }
    }
}

/// What was found of one network, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Evidence {
    pub(crate) health: Word,
    /// Every part was looked for where it is, or would be.
    pub(crate) verified: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unverified: Vec<String>,
    /// `nat`, `route`, `open`, `isolated`, or another mode of libvirt's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<String>,
    /// What is stored differs from what runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) differs_from_stored: bool,
    /// Absent where nothing was seen of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bridge: Option<SeenBridge>,
    /// The processes; absent where they could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dnsmasq: Option<Vec<i32>>,
    /// How many of libvirt's rules there are for it, by table; absent where they could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<RuleCount>>,
    /// How many rules of others have to do with it; absent where they could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) foreign_rules: Option<usize>,
    /// What its DHCP server gives out, as `first - last`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ranges: Vec<String>,
    /// How many addresses it has given out; absent where it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) leases: Option<usize>,
    pub(crate) guests: Vec<TiedGuest>,
    pub(crate) findings: Vec<Fact>,
    /// The commands that bring back what is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) repair: Vec<String>,
    /// The commands that remove what was left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cleanup: Vec<String>,
}

/// A bridge, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct SeenBridge {
    pub(crate) name: String,
    /// `own`: libvirt made it for this network; `host`: the host's own; `other`: something else of this name.
    pub(crate) whose: Whose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mac: Option<String>,
    /// Absent where only the daemon was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) up: Option<bool>,
    pub(crate) addresses: Vec<String>,
    pub(crate) members: Vec<String>,
}

/// Whose a bridge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Whose {
    Own,
    Host,
    Other,
}

/// How many rules are in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct RuleCount {
    pub(crate) backend: String,
    pub(crate) table: String,
    pub(crate) count: usize,
}

/// A fact, and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Fact {
    pub(crate) word: String,
    pub(crate) aspect: String,
    pub(crate) what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
}

/// A guest that hangs on a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct TiedGuest {
    /// Absent where only its interface or its port was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interface: Option<String>,
    #[serde(flatten)]
    pub(crate) tie: GuestTie,
}

/// What shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(crate) enum GuestTie {
    /// Its interface is a member of the bridge.
    Member,
    /// Its XML names the network.
    Xml,
    /// Its XML names the bridge.
    BridgeXml,
    /// It has a port of the network.
    Port { uuid: String },
    /// `connections=` in the live XML.
    Connections { count: usize },
    /// It runs, and its interface is no member of the bridge.
    CutOff,
    /// It does not run, and needs the network to start.
    Needs,
}

/// What a network amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Word {
    Enabled,
    Degraded,
    Stopped,
    Disabled,
    LeftBehind,
    Absent,
    Unknown,
}

impl Word {
    /// All of them, for formats that list them.
    #[cfg_attr(not(feature = "exports"), allow(dead_code, reason = "no such format is built"))]
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::Enabled, "enabled"),
        (Self::Degraded, "degraded"),
        (Self::Stopped, "stopped"),
        (Self::Disabled, "disabled"),
        (Self::LeftBehind, "left-behind"),
        (Self::Absent, "absent"),
        (Self::Unknown, "unknown"),
    ];
}

/// The traces of networks that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct UnknownTraces {
    pub(crate) bridges: Vec<String>,
    pub(crate) dnsmasq: Vec<UnknownProcess>,
    pub(crate) rules: Vec<RuleCount>,
    /// The commands that remove them.
    pub(crate) cleanup: Vec<String>,
}

/// A dnsmasq of a network that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct UnknownProcess {
    pub(crate) pid: i32,
    pub(crate) network: String,
}

impl UnknownTraces {
    /// Nothing where there are none.
    pub(crate) fn of(orphans: &Orphans, cleanup: Vec<String>) -> Option<Self> {
        let bridges = orphans.bridges.as_deref().unwrap_or_default();
        let dnsmasq = orphans.dnsmasq.as_deref().unwrap_or_default();
        (!orphans.is_empty()).then(|| Self {
            bridges: bridges.iter().map(|bridge| bridge.name.clone()).collect(),
            dnsmasq: dnsmasq
                .iter()
                .map(|process| UnknownProcess { pid: process.pid, network: process.network.clone() })
                .collect(),
            rules: counts(&orphans.rules),
            cleanup,
        })
    }
}

impl Evidence {
    pub(crate) fn of(inspection: &Inspection, repair: Vec<String>, cleanup: Vec<String>) -> Self {
        let Inspection { known, parts, guests, judgement, .. } = inspection;
        let range = |(start, end): &(IpAddr, IpAddr)| format!("{start} - {end}");
        Self {
            health: judgement.health.into(),
            verified: judgement.is_verified(),
            unverified: judgement.unverified.clone(),
            mode: Some(mode(&known.expected.mode)),
            differs_from_stored: known.differs_from_stored,
            bridge: SeenBridge::of(parts),
            dnsmasq: pids(parts),
            rules: parts.rules_unseen.is_empty().then(|| counts(&parts.rules)),
            foreign_rules: parts.rules_unseen.is_empty().then_some(parts.foreign.len()),
            ranges: known.expected.ranges.iter().map(range).collect(),
            leases: known.leases,
            guests: guests.iter().map(Into::into).collect(),
            findings: judgement.findings.iter().map(Into::into).collect(),
            repair,
            cleanup,
        }
    }

    /// There is no such network, or nobody could be asked.
    pub(crate) fn nothing(health: Word) -> Self {
        Self {
            health,
            verified: false,
            unverified: Vec::new(),
            mode: None,
            differs_from_stored: false,
            bridge: None,
            dnsmasq: None,
            rules: None,
            foreign_rules: None,
            ranges: Vec::new(),
            leases: None,
            guests: Vec::new(),
            findings: Vec::new(),
            repair: Vec::new(),
            cleanup: Vec::new(),
        }
    }
}

/// libvirt's word, but for isolated networks, where that is "none".
fn mode(mode: &ForwardMode) -> String {
    if *mode == ForwardMode::Isolated { "isolated".to_owned() } else { mode.to_string() }
}

fn pids(parts: &Parts) -> Option<Vec<i32>> {
    Some(parts.dnsmasq.as_ref().ok()?.iter().map(|process| process.pid).collect())
}

fn counts(rules: &[Rule]) -> Vec<RuleCount> {
    let mut counts: Vec<RuleCount> = Vec::new();
    for rule in rules {
        let (backend, table) = (backend_name(rule.backend), &rule.table);
        match counts.iter_mut().find(|count| count.backend == backend && count.table == *table) {
            Some(known) => known.count += 1,
            None => {
                counts.push(RuleCount { backend: backend.to_owned(), table: table.clone(), count: 1 });
            }
        }
    }
    counts
}

impl SeenBridge {
    fn of(parts: &Parts) -> Option<Self> {
        if let Ok(Bridge::Listed(interface)) = &parts.bridge {
            return Some(Self {
                name: interface.name.clone(),
                whose: Whose::Own,
                mac: Some(interface.mac.clone()),
                up: None,
                addresses: Vec::new(),
                members: interface.members.clone().unwrap_or_default(),
            });
        }
        let (whose, interface): (Whose, &Interface) = match parts.bridge.as_ref().ok()? {
            Bridge::Own(interface) => (Whose::Own, interface),
            Bridge::Hosts(interface) => (Whose::Host, interface),
            Bridge::Other(interface) => (Whose::Other, interface),
            _ => return None,
        };
        let addresses = interface.addresses.iter().map(|(address, length)| format!("{address}/{length}"));
        Some(Self {
            name: interface.name.clone(),
            whose,
            mac: interface.mac.clone(),
            up: Some(interface.is_up),
            addresses: addresses.collect(),
            members: interface.members.clone().unwrap_or_default(),
        })
    }
}

impl From<&evidence::Finding> for Fact {
    fn from(finding: &evidence::Finding) -> Self {
        Self {
            word: finding.word.as_str().replace(' ', "-"),
            aspect: finding.aspect.as_str().to_owned(),
            what: finding.what.clone(),
            place: finding.place.clone(),
        }
    }
}

impl From<&evidence::Guest> for TiedGuest {
    fn from(guest: &evidence::Guest) -> Self {
        let tie = match guest.tie {
            Tie::Member => GuestTie::Member,
            Tie::BridgeXml => GuestTie::BridgeXml,
            Tie::Port(uuid) => GuestTie::Port { uuid: uuid.to_string() },
            Tie::Connections(count) => GuestTie::Connections { count },
            Tie::CutOff => GuestTie::CutOff,
            Tie::Needs => GuestTie::Needs,
            _ => GuestTie::Xml,
        };
        Self { guest: guest.name.clone(), interface: guest.interface.clone(), tie }
    }
}

impl From<Health> for Word {
    fn from(health: Health) -> Self {
        match health {
            Health::Enabled => Self::Enabled,
            Health::Degraded => Self::Degraded,
            Health::Stopped => Self::Stopped,
            Health::Disabled => Self::Disabled,
            Health::LeftBehind => Self::LeftBehind,
            Health::Absent => Self::Absent,
            _ => Self::Unknown,
        }
    }
}
