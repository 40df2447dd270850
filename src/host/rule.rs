//! The firewall's rules and chains, whichever way they are kept.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One way in which firewall rules are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Backend {
    /// iptables, kept by nftables in the kernel.
    IptablesNft,
    /// iptables of old: nft does not see it.
    IptablesLegacy,
    /// nftables' own tables, libvirt's `libvirt_network` among them.
    Nftables,
}

/// A chain of firewall rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chain {
    /// Where it is kept.
    pub backend: Backend,
    /// As a rule's.
    pub family: String,
    /// The table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Packets come here by themselves: it is built in, or hooked into the kernel.
    pub is_base: bool,
}

/// A firewall rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// Where it is kept.
    pub backend: Backend,
    /// `ip` or `ip6`; of nftables' own tables also `inet`, `bridge` and others.
    pub family: String,
    /// The table.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The rule as the tool printed it: of iptables without `-A CHAIN`, of nft as JSON. nft is asked for iptables' rules,
    /// too, where no tool of iptables shows them; then they have a handle, and are deleted by it.
    pub text: String,
    /// The handle, by which nft deletes it; of every rule that nft printed.
    pub handle: Option<u64>,
    /// The interfaces that it matches, or excepts, by name, those that it matches by index included while they are
    /// there. A name may end in a wildcard, `+` of iptables or `*` of nft: see [`Rule::names_interface`].
    pub interfaces: Vec<String>,
    /// The interfaces that it matches, or excepts, by index.
    pub indexes: Vec<u32>,
    /// The addresses and subnets that it matches, excepts or rewrites to, with the lengths of their prefixes; of a
    /// range both ends. What a set that has a name contains is not looked up.
    pub subnets: Vec<(IpAddr, u8)>,
    /// The chain it jumps or goes to, of those that are not built in.
    pub target: Option<String>,
}

impl Rule {
    /// Whether it matches, or excepts, the interface of this name, by name or wildcard.
    #[must_use]
    pub fn names_interface(&self, name: &str) -> bool {
        self.interfaces.iter().any(|pattern| is_named(pattern, name))
    }

    /// The words of a rule that iptables printed, as its command line takes them, without `-A CHAIN`: in the text they
    /// may be quoted. Of a rule that nft printed, none.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        if self.handle.is_some() { Vec::new() } else { words(&self.text) }
    }
}

/// Whether a name, which may end in a wildcard, means the interface of this name.
pub(crate) fn is_named(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(['+', '*']) {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

/// Those with spaces stand in quotes, with backslashes before what would end them.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => word.get_or_insert_default().extend(letters.next()),
            ' ' if !is_quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str, interfaces: &[&str]) -> Rule {
        Rule {
            backend: Backend::IptablesNft,
            family: "ip".to_owned(),
            table: "filter".to_owned(),
            chain: "FORWARD".to_owned(),
            text: text.to_owned(),
            handle: None,
            interfaces: interfaces.iter().map(|name| (*name).to_owned()).collect(),
            indexes: Vec::new(),
            subnets: Vec::new(),
            target: None,
        }
    }

    #[test]
    fn a_wildcard_names_every_interface_that_begins_so() {
        for (pattern, name, is_named) in [
            ("virbr0", "virbr0", true),
            ("virbr0", "virbr01", false),
            ("virbr+", "virbr0", true),
            ("virbr*", "virbr12", true),
            ("virbr+", "vnet0", false),
            ("+", "virbr0", true),
        ] {
            assert_eq!(rule("", &["eth0", pattern]).names_interface(name), is_named, "{pattern} {name}");
        }
        assert!(!rule("", &[]).names_interface("virbr0"));
    }

    #[test]
    fn words_are_taken_as_iptables_quotes_them() {
        let words = rule(r#"-m comment --comment "say \"hi\" \\ $x" -j X"#, &[]).words();
        assert_eq!(words, ["-m", "comment", "--comment", r#"say "hi" \ $x"#, "-j", "X"]);
        assert_eq!(rule(r#"--comment "" -j X"#, &[]).words(), ["--comment", "", "-j", "X"]);
        assert_eq!(rule(r#"--comment "open \"#, &[]).words(), ["--comment", "open "]);
        let by_nft = Rule { handle: Some(7), ..rule("{}", &[]) };
        assert_eq!(by_nft.words(), Vec::<String>::new());
    }
}
