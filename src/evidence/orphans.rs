//! What libvirt makes for networks and what no network that is known has: the traces of one that a daemon has forgotten.

use super::parts::{all_rules, rules_unseen};
use super::rules::{self, Other};
use crate::host::{Backend, Dnsmasq, Host, Interface, Look, Rule, Unseen};

/// What libvirt's own MAC addresses start with.
const LIBVIRTS_MAC: &str = "52:54:00:";

/// The traces of networks that nobody knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Orphans {
    /// Bridges that libvirt made: they have an address of libvirt's, and a dnsmasq or rules that name them.
    pub bridges: Look<Vec<Interface>>,
    /// Processes that serve networks which nobody knows.
    pub dnsmasq: Look<Vec<Dnsmasq>>,
    /// Rules in libvirt's own chains and tables.
    pub rules: Vec<Rule>,
    /// The ways of keeping rules that could not be seen, and why.
    pub rules_unseen: Vec<(Backend, Unseen)>,
}

impl Orphans {
    /// What remains of `host` once all networks that are `known` have taken their share.
    #[must_use]
    pub fn of(known: &[Other<'_>], host: &Host) -> Self {
        let is_libvirts = |rule: &&Rule| rules::is_libvirts(rule) && rule.target_is_none_of_libvirts();
        let is_unknown = |rule: &&Rule| !known.iter().any(|network| claims(rule, network, host));
        let rules: Vec<Rule> = all_rules(host).filter(is_libvirts).filter(is_unknown).cloned().collect();
        let is_served =
            |process: &&Dnsmasq| known.iter().any(|network| network.expected.name == process.network);
        let dnsmasq = host.dnsmasq.as_ref().map_err(Clone::clone);
        let dnsmasq = dnsmasq.map(|all| all.iter().filter(|process| !is_served(process)).cloned().collect());
        let is_left = |interface: &&Interface| {
            let name = &interface.name;
            let is_known = known.iter().any(|network| network.expected.bridge.as_ref() == Some(name));
            let is_named = rules
                .iter()
                .any(|rule| rule.interfaces.contains(name) || rule.indexes.contains(&interface.index));
            let has_mac = interface.mac.as_ref().is_some_and(|mac| mac.starts_with(LIBVIRTS_MAC));
            interface.members.is_some() && has_mac && is_named && !is_known
        };
        let bridges = host.interfaces.as_ref().map_err(Clone::clone);
        let bridges = bridges.map(|all| all.iter().filter(is_left).cloned().collect());
        Self { bridges, dnsmasq, rules, rules_unseen: rules_unseen(host) }
    }

    /// Whether there is none, as far as could be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let has_bridge = self.bridges.as_ref().is_ok_and(|all| !all.is_empty());
        let has_dnsmasq = self.dnsmasq.as_ref().is_ok_and(|all| !all.is_empty());
        !has_bridge && !has_dnsmasq && self.rules.is_empty()
    }
}

/// Whether a rule in libvirt's own chains has to do with a network that is known, whoever made the rule.
fn claims(rule: &Rule, network: &Other<'_>, host: &Host) -> bool {
    let expected = network.expected;
    let has_index = |interface: &Interface| {
        expected.bridge.as_ref() == Some(&interface.name) && rule.indexes.contains(&interface.index)
    };
    let is_its_index = host.interfaces.as_ref().is_ok_and(|all| all.iter().any(has_index));
    let mut subnets = rule.subnets.iter();
    rules::names(rule, expected)
        || is_its_index
        || subnets.any(|subnet| expected.is_subnet(*subnet) || expected.holds(*subnet))
}

impl Rule {
    /// Jumps between libvirt's own chains belong to no network.
    fn target_is_none_of_libvirts(&self) -> bool {
        !self.target.as_ref().is_some_and(|target| rules::is_libvirts_chain(target))
    }
}
