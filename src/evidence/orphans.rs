//! What libvirt makes for networks and what no network that is known has: the traces of one that a daemon has forgotten.

use super::parts::{all_rules, rules_unseen};
use super::removal::Leftover;
use super::rules::{self, Other};
use crate::host::{Backend, Dnsmasq, Host, Interface, Look, Rule, Unseen};

/// What libvirt's own MAC addresses start with.
const LIBVIRTS_MAC: &str = "52:54:00:";

/// The traces of networks that nobody knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Orphans {
    /// Bridges that libvirt made: they have an address of libvirt's, and all the rules that it makes for a network name
    /// them.
    pub bridges: Look<Vec<Interface>>,
    /// Bridges with an address like libvirt's that some rule among libvirt's names. Guests have such addresses, too, and
    /// a bridge takes that of a member: whose they are is not known, and they are for people to look at.
    pub doubtful: Vec<Interface>,
    /// Processes that serve networks which nobody knows.
    pub dnsmasq: Look<Vec<Dnsmasq>>,
    /// Rules in libvirt's own chains and tables, of networks. What names an interface that is there, and is none of
    /// `bridges`, is not among them.
    pub rules: Vec<Rule>,
    /// The ways of keeping rules that could not be seen, and why.
    pub rules_unseen: Vec<(Backend, Unseen)>,
}

impl Orphans {
    /// What remains of `host` once all networks that are `known` have taken their share.
    #[must_use]
    pub fn of(known: &[Other<'_>], host: &Host) -> Self {
        let mut rules = all_rules(host);
        rules.retain(|rule| {
            rules::is_libvirts(rule) && !known.iter().any(|network| claims(rule, network, host))
        });
        let is_served =
            |process: &&Dnsmasq| known.iter().any(|network| network.expected.name == process.network);
        let dnsmasq = host.dnsmasq.as_ref().map_err(Clone::clone);
        let dnsmasq = dnsmasq.map(|all| all.iter().filter(|process| !is_served(process)).cloned().collect());
        let is_left = |interface: &&Interface| {
            let is_known =
                known.iter().any(|network| network.expected.bridge.as_ref() == Some(&interface.name));
            let has_mac = interface.mac.as_ref().is_some_and(|mac| mac.starts_with(LIBVIRTS_MAC));
            interface.members.is_some()
                && has_mac
                && !is_known
                && rules.iter().any(|rule| names(rule, interface))
        };
        let is_whole = |bridge: &Interface| {
            let own: Vec<Rule> = rules.iter().copied().filter(|rule| names(rule, bridge)).cloned().collect();
            rules::empty_of(&own).is_empty()
        };
        let left = host.interfaces.as_ref().map_err(Clone::clone);
        let left: Look<(Vec<_>, Vec<_>)> =
            left.map(|all| all.iter().filter(is_left).cloned().partition(is_whole));
        let (bridges, doubtful) = match left {
            Ok((bridges, doubtful)) => (Ok(bridges), doubtful),
            Err(reason) => (Err(reason), Vec::new()),
        };
        let rules = rules.into_iter().filter(|rule| is_free(rule, &bridges, host)).cloned().collect();
        Self { bridges, doubtful, dnsmasq, rules, rules_unseen: rules_unseen(host) }
    }

    /// What can be removed of it, in the order in which it is removed.
    #[must_use]
    pub fn leftovers(&self) -> Vec<Leftover> {
        let bridges = self.bridges.as_deref().unwrap_or_default();
        Leftover::all(self.dnsmasq.as_deref().unwrap_or_default(), &self.rules, bridges)
    }

    /// Why there may be more than was seen; each reason once.
    #[must_use]
    pub fn unseen(&self) -> Vec<String> {
        let bridges = self.bridges.as_ref().err().into_iter();
        let looks = bridges.chain(self.dnsmasq.as_ref().err());
        let mut reasons: Vec<String> = looks
            .chain(self.rules_unseen.iter().map(|(_, reason)| reason))
            .map(ToString::to_string)
            .collect();
        reasons.sort();
        reasons.dedup();
        reasons
    }

    /// Whether there is none, as far as could be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let has_bridge = self.bridges.as_ref().is_ok_and(|all| !all.is_empty());
        let has_dnsmasq = self.dnsmasq.as_ref().is_ok_and(|all| !all.is_empty());
        !has_bridge && !has_dnsmasq && self.rules.is_empty()
    }
}

/// Whether no network that is known has this. While traces are removed, each tells less of the others than it did.
pub(super) fn is_nobodys(leftover: &Leftover, known: &[Other<'_>], host: &Host) -> bool {
    !known.iter().any(|network| match leftover {
        Leftover::Process(process) => network.expected.name == process.network,
        Leftover::Rule(rule) => claims(rule, network, host),
        Leftover::Bridge(bridge) => network.expected.bridge.as_ref() == Some(&bridge.name),
    })
}

fn names(rule: &Rule, interface: &Interface) -> bool {
    rule.interfaces.contains(&interface.name) || rule.indexes.contains(&interface.index)
}

/// Whether no bridge that is used otherwise depends on a rule. A rule that names nothing but what is there, such as the
/// host's own way out, is none of libvirt's.
fn is_free(rule: &Rule, bridges: &Look<Vec<Interface>>, host: &Host) -> bool {
    let (Ok(bridges), Ok(all)) = (bridges, &host.interfaces) else { return false };
    let is_left = |interface: &Interface| bridges.contains(interface);
    let named = || all.iter().filter(|interface| names(rule, interface));
    let is_gone = |name: &String| all.iter().all(|interface| interface.name != *name);
    let has_own = !rule.subnets.is_empty()
        || rule.interfaces.iter().any(is_gone)
        || names_gone(rule, host)
        || named().any(is_left);
    has_own && named().all(|interface| interface.members.is_none() || is_left(interface))
}

/// Whether a rule in libvirt's own chains has to do with a network that is known, whoever made the rule.
fn claims(rule: &Rule, network: &Other<'_>, host: &Host) -> bool {
    let expected = network.expected;
    let is_bridge = |interface: &&Interface| expected.bridge.as_ref() == Some(&interface.name);
    let bridge = host.interfaces.as_ref().map(|all| all.iter().find(is_bridge));
    let is_its_index = match bridge {
        Ok(Some(bridge)) => rule.indexes.contains(&bridge.index),
        // A network that runs without its bridge still has its rules, by an index that is gone.
        Ok(None) => network.is_active && expected.owns_bridge() && names_gone(rule, host),
        Err(_) => false,
    };
    is_its_index || rules::bears(rule, expected)
}

/// Whether a rule of libvirt's names, by its index, an interface that is gone. The next one may get that index.
pub(super) fn names_gone(rule: &Rule, host: &Host) -> bool {
    let Ok(all) = &host.interfaces else { return false };
    let is_gone = |index: &u32| all.iter().all(|interface| interface.index != *index);
    rules::is_libvirts(rule) && rule.indexes.iter().any(is_gone)
}
