//! The firewall of this network namespace, as the system's own tools print it, each rule once. Asking neither loads a
//! kernel module nor makes a table.

mod addresses;
mod iptables;
mod kernel;
mod nftables;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use kernel::Legacy;

use super::{Backend, Chain, Look, Rule, Unseen, apart, tool};

/// The tables that iptables keeps in nftables.
const XTABLES: [&str; 5] = ["filter", "nat", "mangle", "raw", "security"];

/// iptables for IPv4, and for IPv6.
static FAMILIES: [Family; 2] = [
    Family {
        name: "ip",
        nft: "iptables-nft-save",
        legacy: "iptables-legacy-save",
        either: "iptables-save",
        tables: "thread-self/net/ip_tables_names",
    },
    Family {
        name: "ip6",
        nft: "ip6tables-nft-save",
        legacy: "ip6tables-legacy-save",
        either: "ip6tables-save",
        tables: "thread-self/net/ip6_tables_names",
    },
];

struct Family {
    /// As nftables calls it.
    name: &'static str,
    /// The tool that prints what nftables keeps for iptables.
    nft: &'static str,
    /// The tool that prints what iptables of old keeps.
    legacy: &'static str,
    /// A tool that is one or the other.
    either: &'static str,
    /// The kernel's list of the tables of old, below `/proc`.
    tables: &'static str,
}

/// Chains and rules, in the order in which they were printed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ruleset {
    chains: Vec<Chain>,
    rules: Vec<Rule>,
}

impl Ruleset {
    /// Takes out what is in chains of which this is true, by family, table and name.
    fn take(&mut self, is_taken: &dyn Fn(&str, &str, &str) -> bool) -> Self {
        let Self { chains, rules } = std::mem::take(self);
        let mut taken = Self::default();
        for chain in chains {
            let is_taken = is_taken(&chain.family, &chain.table, &chain.name);
            if is_taken { &mut taken } else { &mut *self }.chains.push(chain);
        }
        for rule in rules {
            let is_taken = is_taken(&rule.family, &rule.table, &rule.chain);
            if is_taken { &mut taken } else { &mut *self }.rules.push(rule);
        }
        taken
    }

    fn extend(&mut self, more: Self) {
        self.chains.extend(more.chains);
        self.rules.extend(more.rules);
    }

    fn kept_by(mut self, backend: Backend) -> Self {
        self.chains.iter_mut().for_each(|chain| chain.backend = backend);
        self.rules.iter_mut().for_each(|rule| rule.backend = backend);
        self
    }
}

/// What each way of asking showed: see [`Host::firewall`](super::Host::firewall).
#[derive(Debug, Default)]
pub(super) struct Firewall {
    pub(super) seen: Vec<(Backend, Look<Vec<Rule>>)>,
    pub(super) chains: Vec<Chain>,
}

impl Firewall {
    /// Nothing was seen, for this reason.
    pub(super) fn unseen(reason: &Unseen) -> Self {
        let all = [Backend::IptablesNft, Backend::IptablesLegacy, Backend::Nftables];
        Self { seen: all.map(|backend| (backend, Err(reason.clone()))).into(), chains: Vec::new() }
    }

    fn add(&mut self, backend: Backend, looks: Vec<Look<Ruleset>>) {
        let mut rules: Option<Vec<Rule>> = None;
        let mut reasons = Vec::new();
        for look in looks {
            match look {
                Ok(ruleset) => {
                    rules.get_or_insert_default().extend(ruleset.rules);
                    self.chains.extend(ruleset.chains);
                }
                Err(reason) if reasons.contains(&reason) => {}
                Err(reason) => reasons.push(reason),
            }
        }
        if let Some(rules) = rules {
            self.seen.push((backend, Ok(rules)));
        }
        for reason in reasons {
            self.seen.push((backend, Err(reason)));
        }
    }
}

/// Asks for all that is kept here.
pub(super) async fn look(proc: &Path) -> Firewall {
    let [v4, v6] = &FAMILIES;
    let (kept, legacy_v4, legacy_v6) = tokio::join!(by_nftables(proc), legacy(proc, v4), legacy(proc, v6));
    let mut firewall = Firewall::default();
    firewall.add(Backend::IptablesNft, kept.iptables.into());
    firewall.add(Backend::IptablesLegacy, vec![legacy_v4, legacy_v6]);
    firewall.add(Backend::Nftables, vec![kept.own]);
    firewall
}

async fn legacy(proc: &Path, family: &'static Family) -> Look<Ruleset> {
    match kernel::legacy(&proc.join(family.tables))? {
        Legacy::Unused => Ok(Ruleset::default()),
        Legacy::Used => iptables(family, Backend::IptablesLegacy).await,
    }
}

/// What nftables keeps: for iptables, of each family, and of its own.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    iptables: [Look<Ruleset>; 2],
    own: Look<Ruleset>,
}

/// What nftables keeps for iptables is printed best by iptables, the rest by nft, which prints both.
async fn by_nftables(proc: &Path) -> Kept {
    let alike = |look: Look<()>| {
        let empty = || look.clone().map(|()| Ruleset::default());
        Kept { iptables: [empty(), empty()], own: empty() }
    };
    if !kernel::has_nftables(proc).await {
        return alike(Ok(()));
    }
    if !kernel::may_administer(proc) {
        return alike(Err(Unseen::NoPermission { what: "the firewall".to_owned() }));
    }
    let [v4, v6] = &FAMILIES;
    let nft_backed = Backend::IptablesNft;
    let (v4, v6, all) = tokio::join!(iptables(v4, nft_backed), iptables(v6, nft_backed), nft());
    split([v4, v6], all)
}

/// Takes iptables' share out of what nft printed: it is known already, or else this is the way to see it.
fn split(iptables: [Look<Ruleset>; 2], all: Look<Ruleset>) -> Kept {
    let mut own = match all {
        Ok(all) => all,
        Err(reason) => return Kept { iptables, own: Err(reason) },
    };
    let [v4, v6] = iptables;
    let iptables = [("ip", v4), ("ip6", v6)].map(|(name, seen)| {
        let mut seen = seen.unwrap_or_default();
        // By chain: iptables leaves out base chains that it does not know.
        let known: HashSet<_> = seen.chains.iter().map(|chain| (&*chain.table, &*chain.name)).collect();
        own.take(&|family, table, chain| family == name && known.contains(&(table, chain)));
        // And whole tables with a rule that it does not understand, where its rules count all the same.
        let printed: HashSet<_> = seen.chains.iter().map(|chain| &*chain.table).collect();
        let is_missed = |table: &str| XTABLES.contains(&table) && !printed.contains(table);
        let missed = own.take(&|family, table, _| family == name && is_missed(table));
        seen.extend(missed.kept_by(Backend::IptablesNft));
        Ok(seen)
    });
    Kept { iptables, own: Ok(own) }
}

async fn nft() -> Look<Ruleset> {
    let tool = tool::find(&["nft"]).ok_or(Unseen::no_tool(&["nft"]))?;
    // Without counters, so that a rule is equal to itself a moment later.
    let printed = tool::ask(&tool, &["-j", "-s", "list", "ruleset"]).await?;
    apart(move || {
        nftables::parse(&printed, &index_of).map_err(|message| Unseen::ToolFailed { tool, message })
    })
    .await
}

fn index_of(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

async fn iptables(family: &'static Family, backend: Backend) -> Look<Ruleset> {
    let name = if backend == Backend::IptablesNft { &family.nft } else { &family.legacy };
    let tool = match tool::find(&[name]) {
        Some(tool) => tool,
        None => either(family, backend).await?.ok_or(Unseen::no_tool(std::slice::from_ref(name)))?,
    };
    Ok(iptables::parse(&tool::ask(&tool, &[]).await?, backend, family.name))
}

/// The tool whose name does not say which backend it asks, where it is this one.
async fn either(family: &'static Family, backend: Backend) -> Look<Option<PathBuf>> {
    let Some(tool) = tool::find(&[family.either]) else { return Ok(None) };
    // Before 1.8 there was the old one only, and nothing behind the version.
    let is_nft = tool::ask(&tool, &["-V"]).await?.contains("(nf_tables)");
    Ok((is_nft == (backend == Backend::IptablesNft)).then_some(tool))
}

/// The rules in what iptables-save printed: for tests of what is made of them.
#[cfg(test)]
pub(crate) fn printed_by_iptables(printed: &str, family: &str) -> Vec<Rule> {
    iptables::parse(printed, Backend::IptablesNft, family).rules
}

/// As [`printed_by_iptables`], by nft.
#[cfg(test)]
pub(crate) fn printed_by_nft(printed: &str, backend: Backend) -> Vec<Rule> {
    nftables::parse(printed, &|_| None).expect("it is nft's JSON").kept_by(backend).rules
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPTABLES: &str =
        "*filter\n:INPUT ACCEPT [0:0]\n:LIBVIRT_INP - [0:0]\n-A INPUT -j LIBVIRT_INP\nCOMMIT\n";
    const NFT: &str = r#"{"nftables": [
        {"chain": {"family": "ip", "table": "filter", "name": "INPUT", "hook": "input", "handle": 1}},
        {"chain": {"family": "ip", "table": "filter", "name": "LIBVIRT_INP", "handle": 2}},
        {"chain": {"family": "ip", "table": "filter", "name": "mine", "hook": "input", "handle": 9}},
        {"chain": {"family": "inet", "table": "filter", "name": "INPUT", "hook": "input", "handle": 1}},
        {"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 3,
                  "expr": [{"jump": {"target": "LIBVIRT_INP"}}]}},
        {"rule": {"family": "ip", "table": "filter", "chain": "mine", "handle": 10, "expr": [{"drop": null}]}},
        {"rule": {"family": "inet", "table": "filter", "chain": "INPUT", "handle": 2, "expr": [{"accept": null}]}}
    ]}"#;

    fn places(look: &Look<Ruleset>) -> Vec<String> {
        let rules = &look.as_ref().unwrap().rules;
        let place = |rule: &Rule| format!("{:?} {} {} {}", rule.backend, rule.family, rule.table, rule.chain);
        rules.iter().map(place).collect()
    }

    fn printed() -> (Look<Ruleset>, Look<Ruleset>) {
        let iptables = iptables::parse(IPTABLES, Backend::IptablesNft, "ip");
        (Ok(iptables), Ok(nftables::parse(NFT, &|_| None).unwrap()))
    }

    #[test]
    fn a_rule_that_both_tools_print_is_counted_once() {
        let (v4, all) = printed();
        let kept = split([v4, Ok(Ruleset::default())], all);
        assert_eq!(places(&kept.iptables[0]), ["IptablesNft ip filter INPUT"]);
        assert_eq!(places(&kept.iptables[1]), Vec::<String>::new());
        assert_eq!(places(&kept.own), ["Nftables ip filter mine", "Nftables inet filter INPUT"]);
    }

    #[test]
    fn where_only_nft_is_installed_iptables_rules_are_still_seen_as_such() {
        let absent = || Err(Unseen::no_tool(&["iptables-nft-save"]));
        let kept = split([absent(), absent()], printed().1);
        assert_eq!(places(&kept.iptables[0]), ["IptablesNft ip filter INPUT", "IptablesNft ip filter mine"]);
        assert_eq!(places(&kept.own), ["Nftables inet filter INPUT"]);
    }

    #[test]
    fn a_table_that_iptables_does_not_understand_is_seen_by_nft_as_iptables() {
        let printed_by_iptables = "# Table `filter' is incompatible, use 'nft' tool.\n\
            *nat\n:LIBVIRT_PRT - [0:0]\nCOMMIT\n";
        let v4 = iptables::parse(printed_by_iptables, Backend::IptablesNft, "ip");
        let kept = split([Ok(v4), Ok(Ruleset::default())], printed().1);
        assert_eq!(places(&kept.iptables[0]), ["IptablesNft ip filter INPUT", "IptablesNft ip filter mine"]);
        assert_eq!(places(&kept.own), ["Nftables inet filter INPUT"]);
    }

    #[test]
    fn where_nft_is_absent_iptables_rules_are_seen_and_the_others_are_not() {
        let absent = Unseen::no_tool(&["nft"]);
        let kept = split([printed().0, Ok(Ruleset::default())], Err(absent.clone()));
        assert_eq!(places(&kept.iptables[0]), ["IptablesNft ip filter INPUT"]);
        assert_eq!(kept.own, Err(absent));
    }

    #[test]
    fn each_reason_is_said_once_and_what_was_seen_beside_it() {
        let mut firewall = Firewall::default();
        let denied = || Unseen::NoPermission { what: "the firewall".to_owned() };
        firewall.add(Backend::IptablesLegacy, vec![Err(denied()), Err(denied())]);
        firewall.add(Backend::IptablesNft, vec![Ok(Ruleset::default()), Err(denied())]);
        assert_eq!(
            firewall.seen,
            [
                (Backend::IptablesLegacy, Err(denied())),
                (Backend::IptablesNft, Ok(Vec::new())),
                (Backend::IptablesNft, Err(denied())),
            ]
        );
    }
}
