//! What of one network is on a host: the network's own share of what was seen. Judges nothing.

use super::expected::Expected;
use super::rules::{self, Other, Owner};
use crate::host::{Backend, Chain, Dnsmasq, Forwarding, Host, Interface, Listed, Look, Rule, Unseen};

/// What was seen under the name of a network's bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bridge {
    /// The network has no bridge.
    NotNeeded,
    /// Nothing has this name.
    Absent,
    /// The bridge that libvirt made for this network.
    Own(Interface),
    /// The daemon lists an interface of this name and of the address of the network's bridge. Nothing else of it was seen.
    Listed(Listed),
    /// An interface of this name that is not the network's: it is no bridge, or its address differs.
    Other(Interface),
    /// A bridge of the host's own, which the network uses and libvirt lets be.
    Hosts(Interface),
}

/// A network's share of what a host showed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parts {
    /// Its bridge.
    pub bridge: Look<Bridge>,
    /// The bridge was looked for in the daemon's own list of interfaces, and nowhere else.
    pub is_listed: bool,
    /// Its dnsmasq processes.
    pub dnsmasq: Look<Vec<Dnsmasq>>,
    /// The firewall rules that libvirt made for it, of all backends that could be seen.
    pub rules: Vec<Rule>,
    /// The backends that could not be seen, and why.
    pub rules_unseen: Vec<(Backend, Unseen)>,
    /// Rules that have to do with it and are not libvirt's.
    pub foreign: Vec<Rule>,
    /// Chains with rules of this network that no rule leads to: the table, and the chain.
    pub unreached: Vec<(String, String)>,
    /// The backends that have chains of libvirt's without a rule. libvirt lets its chains stay.
    pub empty_chains: Vec<Backend>,
    /// Whether the kernel forwards packets.
    pub forwarding: Look<Forwarding>,
}

impl Parts {
    /// The share of a network; `others` are the other networks of that host. `is_active` says whether this one runs.
    #[must_use]
    pub fn of(expected: &Expected, is_active: bool, others: &[Other<'_>], host: &Host) -> Self {
        let bridge = match (&host.interfaces, &host.listed) {
            (Ok(all), _) => Ok(bridge_of(expected, is_active, others, all)),
            (Err(_), Some(all)) => listed(expected, is_active, all),
            (Err(reason), None) => Err(reason.clone()),
        };
        // What was seen of the bridge now is what its rules name.
        let mut known = expected.clone();
        if let Ok(Bridge::Own(interface)) = &bridge {
            known.index = Some(interface.index);
        }
        let seen = all_rules(host);
        let (mut rules, mut foreign) = (Vec::new(), Vec::new());
        for rule in &seen {
            match rules::owner(rule, &known, is_active, others) {
                Owner::Network => rules.push(Rule::clone(rule)),
                Owner::Foreign => foreign.push(Rule::clone(rule)),
                Owner::Nobody => {}
            }
        }
        let is_its = |process: &&Dnsmasq| process.network == expected.name && expected.mode.owns_bridge();
        let dnsmasq = host.dnsmasq.as_ref().map_err(Clone::clone);
        let mut parts = Self {
            is_listed: host.interfaces.is_err() && host.listed.is_some(),
            dnsmasq: dnsmasq.map(|all| all.iter().filter(is_its).cloned().collect()),
            rules_unseen: rules_unseen(host),
            foreign,
            unreached: unreached(&rules, &seen, &host.chains),
            empty_chains: empty_chains(host),
            forwarding: host.forwarding.clone(),
            rules,
            bridge,
        };
        if let Err(reason) = &host.namespace {
            parts.doubt(reason);
        }
        parts
    }

    /// Whether the daemon's namespace was looked at is not known: what is here is here, but what is not may be there.
    fn doubt(&mut self, reason: &Unseen) {
        // What the daemon itself lists is of its own namespace.
        if !self.is_listed && !matches!(self.bridge, Ok(Bridge::Own(_) | Bridge::NotNeeded)) {
            self.bridge = Err(reason.clone());
        }
        // Those of another namespace that is known were looked for there.
        let is_known = matches!(reason, Unseen::OtherNamespace { .. });
        if self.dnsmasq.as_ref().is_ok_and(Vec::is_empty) && !is_known {
            self.dnsmasq = Err(reason.clone());
        }
        if self.rules.is_empty() && self.rules_unseen.is_empty() {
            self.rules_unseen.push((Backend::IptablesNft, reason.clone()));
        }
    }

    /// Whether nothing of what libvirt makes for a network is here, as far as could be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let has_dnsmasq = self.dnsmasq.as_ref().is_ok_and(|all| !all.is_empty());
        !matches!(self.bridge, Ok(Bridge::Own(_) | Bridge::Listed(_)))
            && !has_dnsmasq
            && self.rules.is_empty()
    }
}

fn bridge_of(expected: &Expected, is_active: bool, others: &[Other<'_>], all: &[Interface]) -> Bridge {
    let Some(name) = &expected.bridge else { return Bridge::NotNeeded };
    let Some(interface) = all.iter().find(|interface| interface.name == *name) else { return Bridge::Absent };
    let is_taken = |other: &Other<'_>| other.is_active && other.expected.bridge.as_ref() == Some(name);
    // A definition that no daemon has read yet has no address, and no bridge, either: one of its name is another's.
    let has_address = match &expected.mac {
        Some(mac) => interface.mac.as_ref() == Some(mac),
        None => is_active,
    };
    match expected.mode.owns_bridge() {
        false => Bridge::Hosts(interface.clone()),
        true if !has_address || interface.members.is_none() || others.iter().any(is_taken) => {
            Bridge::Other(interface.clone())
        }
        true => Bridge::Own(interface.clone()),
    }
}

/// What the daemon's own list shows of a network's bridge. An address that differs tells of another's bridge, which
/// nobody can look at closer.
fn listed(expected: &Expected, is_active: bool, all: &[Listed]) -> Look<Bridge> {
    let Some(name) = &expected.bridge else { return Ok(Bridge::NotNeeded) };
    let has_address = |interface: &Listed| match &expected.mac {
        Some(mac) => interface.mac == *mac,
        None => is_active,
    };
    match all.iter().find(|interface| interface.name == *name) {
        None => Ok(Bridge::Absent),
        Some(interface) if has_address(interface) => Ok(Bridge::Listed(interface.clone())),
        Some(_) => Err(Unseen::OtherBridge(name.clone())),
    }
}

/// The rules that could be seen.
pub(super) fn all_rules(host: &Host) -> Vec<&Rule> {
    let mut all = Vec::new();
    for (_, look) in &host.firewall {
        all.extend(look.as_deref().unwrap_or_default());
    }
    all
}

/// What could not be seen, or not read, and why.
pub(super) fn rules_unseen(host: &Host) -> Vec<(Backend, Unseen)> {
    let unseen =
        |(backend, look): &(Backend, Look<Vec<Rule>>)| Some((*backend, look.as_ref().err()?.clone()));
    let mut unseen: Vec<_> = host.firewall.iter().filter_map(unseen).collect();
    if unseen.is_empty() && all_rules(host).into_iter().any(rules::is_unreadable) {
        unseen.push((Backend::IptablesNft, Unseen::HalfShown));
    }
    unseen
}

fn is_same_table(one: &Rule, other: &Rule) -> bool {
    (one.backend, &one.family, &one.table) == (other.backend, &other.family, &other.table)
}

/// libvirt's chains work only as long as a built-in chain leads to them, unless packets come to them by themselves.
fn unreached(own: &[Rule], seen: &[&Rule], known: &[Chain]) -> Vec<(String, String)> {
    let mut chains: Vec<(String, String)> = Vec::new();
    for rule in own {
        let leads_here =
            |jump: &&Rule| is_same_table(jump, rule) && jump.target.as_ref() == Some(&rule.chain);
        let is_base = |chain: &Chain| {
            chain.is_base
                && (chain.backend, &chain.family, &chain.table, &chain.name)
                    == (rule.backend, &rule.family, &rule.table, &rule.chain)
        };
        let chain = (rule.table.clone(), rule.chain.clone());
        let is_reached = seen.iter().any(leads_here) || known.iter().any(is_base);
        if !is_reached && !chains.contains(&chain) {
            chains.push(chain);
        }
    }
    chains
}

fn empty_chains(host: &Host) -> Vec<Backend> {
    let seen = all_rules(host);
    let has_rules = |chain: &Chain| {
        let is_in = |rule: &&Rule| {
            (rule.backend, &rule.family, &rule.table, &rule.chain)
                == (chain.backend, &chain.family, &chain.table, &chain.name)
        };
        seen.iter().any(is_in)
    };
    let is_empty = |chain: &&Chain| {
        rules::is_libvirts_place(chain.backend, &chain.table, &chain.name) && !has_rules(chain)
    };
    let mut backends: Vec<Backend> = host.chains.iter().filter(is_empty).map(|chain| chain.backend).collect();
    backends.sort_unstable();
    backends.dedup();
    backends
}
