//! Whose a firewall rule is: libvirt's, and of which network, or somebody else's. Decided by where the rule is kept and
//! by all that it says, never by searching its text.

use std::cmp::Reverse;

use super::clause::{self, Said};
use super::expected::Expected;
use super::shapes::Shape;
use crate::host::{Backend, Rule, is_named};

/// The table of libvirt's own nftables backend.
const NFT_TABLE: &str = "libvirt_network";

/// What libvirt's own iptables chains are called.
const CHAINS: &str = "LIBVIRT_";

/// Most rules of others that have a line each.
const NAMED_MAX: usize = 8;

/// Most characters of a rule that are shown.
const TEXT_MAX: usize = 120;

/// Another network of the same host.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Other<'a> {
    /// What it consists of.
    pub expected: &'a Expected,
    /// Whether it runs.
    pub is_active: bool,
}

impl<'a> Other<'a> {
    /// A network that consists of this while it runs.
    #[must_use]
    pub fn new(expected: &'a Expected, is_active: bool) -> Self {
        Self { expected, is_active }
    }
}

/// Whose a rule is, seen from one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// libvirt made it for this network.
    Network,
    /// It has to do with this network, and libvirt did not make it.
    Foreign,
    /// It has nothing to do with this network.
    Nobody,
}

/// Whether libvirt made a rule for some network, by its place and by all that it says. What hooks and administrators
/// put into libvirt's own chains it did not make, nor does what leads to its chains belong to any network.
pub(super) fn is_libvirts(rule: &Rule) -> bool {
    Said::of(rule).is_some_and(|said| Shape::of(rule, &said).is_some())
}

/// Whether this chain is libvirt's own.
pub(super) fn is_libvirts_place(backend: Backend, table: &str, chain: &str) -> bool {
    match backend {
        Backend::Nftables => table == NFT_TABLE,
        Backend::IptablesNft | Backend::IptablesLegacy => chain.starts_with(CHAINS),
    }
}

/// Whether nobody can tell who made a rule in libvirt's own chains, since nft does not show all that it says.
pub(super) fn is_unreadable(rule: &Rule) -> bool {
    is_libvirts_place(rule.backend, &rule.table, &rule.chain) && clause::is_hidden(rule)
}

/// The chains that filter for every network, by where these are kept.
const IPTABLES_FILTERS: &[&str] =
    &["LIBVIRT_INP", "LIBVIRT_OUT", "LIBVIRT_FWO", "LIBVIRT_FWI", "LIBVIRT_FWX"];
const NFT_FILTERS: &[&str] = &["guest_output", "guest_input", "guest_cross"];

/// The chains in which these rules of one network leave nothing.
pub(super) fn empty_of(rules: &[Rule]) -> Vec<&'static str> {
    let is_nftables = rules.iter().any(|rule| rule.backend == Backend::Nftables);
    let chains = if is_nftables { NFT_FILTERS } else { IPTABLES_FILTERS };
    chains.iter().copied().filter(|chain| rules.iter().all(|rule| rule.chain != *chain)).collect()
}

/// Whose a rule is, where `others` are the other networks of its host and `is_active` is this one.
pub(super) fn owner(rule: &Rule, expected: &Expected, is_active: bool, others: &[Other<'_>]) -> Owner {
    if !expected.mode.owns_bridge() {
        return Owner::Nobody;
    }
    let said = Said::of(rule);
    let Some(shape) = said.as_ref().and_then(|said| Shape::of(rule, said)) else {
        let is_foreign = mentions(rule, expected) && !is_unreadable(rule);
        return if is_foreign { Owner::Foreign } else { Owner::Nobody };
    };
    // What another network has while this one sleeps is the other's.
    let is_claimed =
        || others.iter().any(|other| other.is_active && !is_active && shape.bears(other.expected));
    match (shape.bears(expected), &shape.bridge) {
        (true, _) if is_claimed() => Owner::Nobody,
        (true, Some(_)) if !shape.fits(expected) => Owner::Foreign,
        (true, _) => Owner::Network,
        (false, _) => Owner::Nobody,
    }
}

/// Whether libvirt made a rule, and it bears the name, the index or, where it says neither, the subnet of this network.
pub(super) fn bears(rule: &Rule, expected: &Expected) -> bool {
    let said = Said::of(rule);
    said.as_ref().and_then(|said| Shape::of(rule, said)).is_some_and(|shape| shape.bears(expected))
}

/// Whether a rule matches the network's bridge, be it by a wildcard, or addresses some of which are the network's. What
/// matches every interface or address says nothing of this one.
fn mentions(rule: &Rule, expected: &Expected) -> bool {
    let by_name = |bridge: &String| {
        let mut patterns = rule.interfaces.iter().filter(|name| !["+", "*"].contains(&name.as_str()));
        patterns.any(|pattern| is_named(pattern, bridge))
    };
    names(rule, expected)
        || (expected.owns_bridge() && expected.bridge.as_ref().is_some_and(by_name))
        || rule.subnets.iter().any(|subnet| subnet.1 > 0 && expected.overlaps(*subnet))
}

/// Whether a rule matches the network's bridge, by its whole name or by index.
pub(super) fn names(rule: &Rule, expected: &Expected) -> bool {
    let by_name = expected.owns_bridge()
        && expected.bridge.as_ref().is_some_and(|bridge| rule.interfaces.contains(bridge));
    let by_index = expected.index.is_some_and(|index| rule.indexes.contains(&index));
    by_name || by_index
}

/// How a way of keeping rules is called.
#[must_use]
pub fn backend_name(backend: Backend) -> &'static str {
    match backend {
        Backend::IptablesNft => "iptables-nft",
        Backend::IptablesLegacy => "iptables-legacy",
        Backend::Nftables => "nftables",
    }
}

/// How many rules there are, and where: `19 (iptables-nft: filter 13, nat 5, mangle 1)`.
pub(super) fn counted(rules: &[Rule]) -> String {
    let mut counts: Vec<(Backend, Reverse<usize>, &str)> = Vec::new();
    for rule in rules {
        let is_here =
            |(backend, _, table): &&mut (Backend, _, &str)| *backend == rule.backend && *table == rule.table;
        match counts.iter_mut().find(is_here) {
            Some((_, Reverse(count), _)) => *count += 1,
            None => counts.push((rule.backend, Reverse(1), &rule.table)),
        }
    }
    counts.sort_unstable();
    let mut shown = rules.len().to_string();
    let mut before = None;
    for (backend, Reverse(count), table) in counts {
        if before == Some(backend) {
            shown += ", ";
        } else {
            shown += if before.is_none() { " (" } else { "; " };
            shown += backend_name(backend);
            shown += ": ";
        }
        shown += &format!("{table} {count}");
        before = Some(backend);
    }
    if before.is_some() {
        shown.push(')');
    }
    shown
}

/// A line for each of the first few rules, and the number of the rest.
pub(super) fn listed(rules: &[Rule]) -> Vec<String> {
    let mut lines: Vec<String> = rules.iter().take(NAMED_MAX).map(described).collect();
    if let Some(more) = rules.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        lines.push(format!("{more} more"));
    }
    lines
}

/// A rule in one line. nftables' own form is no reading for people, so of these only what they match is told.
fn described(rule: &Rule) -> String {
    let place = match rule.backend {
        Backend::Nftables => format!("nftables {} {} {}", rule.family, rule.table, rule.chain),
        _ => format!("{} {}", rule.table, rule.chain),
    };
    if rule.backend != Backend::Nftables {
        let mut shown: String = rule.text.chars().take(TEXT_MAX).collect();
        if shown.len() < rule.text.len() {
            shown.push_str("...");
        }
        return format!("{place}: {shown}");
    }
    let handle = rule.handle.map(|handle| format!(" handle {handle}")).unwrap_or_default();
    let indexes = rule.indexes.iter().map(|index| format!("interface {index}"));
    let subnets = rule.subnets.iter().map(|(address, length)| format!("{address}/{length}"));
    let matched: Vec<String> = rule.interfaces.iter().cloned().chain(indexes).chain(subnets).collect();
    format!("{place}{handle}: {}", matched.join(", "))
}
