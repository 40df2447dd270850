//! What it means: a network's parts against what should be there. Decides from values alone; asks nothing, looks nowhere.

use super::expected::Expected;
use super::finding::{Aspect, Finding, Word};
use super::parts::{Bridge, Parts};
use super::told::Told;
use super::{rules, shapes};
use crate::host::{Backend, Dnsmasq, Forwarding, Interface, Unseen};

/// One network, as it is said to be, as it should be, and as it was seen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case<'a> {
    /// What it consists of while it runs.
    pub expected: &'a Expected,
    /// How it is said to be.
    pub told: &'a Told,
    /// What was seen.
    pub parts: &'a Parts,
    /// What was seen before a change, where there was one: only of that can anything be said to be gone.
    pub before: Option<&'a Parts>,
}

impl<'a> Case<'a> {
    /// One network as it is now, with nothing known of before.
    #[must_use]
    pub fn new(expected: &'a Expected, told: &'a Told, parts: &'a Parts) -> Self {
        Self { expected, told, parts, before: None }
    }

    /// Compared with what was seen before a change.
    #[must_use]
    pub fn since(self, before: &'a Parts) -> Self {
        Self { before: Some(before), ..self }
    }
}

/// What a network's state amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Health {
    /// It runs, and nothing is missing.
    Enabled,
    /// It runs, and something is missing.
    Degraded,
    /// It does not run, and starts with the host.
    Stopped,
    /// It does not run, and does not start with the host.
    Disabled,
    /// It does not run, and something of it is there all the same.
    LeftBehind,
    /// There is no such network.
    Absent,
    /// Nobody could be asked, and nothing was seen.
    Unknown,
}

/// What brings back what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// The daemon is told to read its configuration again: it makes rules anew.
    Reload,
    /// The daemon is restarted: it makes rules anew, leads packets to its chains, starts a dnsmasq that is not there, and
    /// re-attaches guests.
    Restart,
    /// The network is stopped and started. Its guests stay cut off until the daemon is restarted, and the definition of
    /// one that is transient goes with it, unless it is saved before.
    StopAndStart,
    /// An interface is switched on.
    SwitchOn(String),
    /// A bridge gets an address.
    AddAddress(String, String),
    /// The kernel is told to forward packets: the name of its setting.
    Forward(&'static str),
    /// An interface of that name, which is not the network's, must go first.
    MakeRoom(String),
}

/// What was found of one network, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judgement {
    /// What it amounts to.
    pub health: Health,
    /// Fact by fact.
    pub findings: Vec<Finding>,
    /// Why not all could be verified; empty where all was.
    pub unverified: Vec<String>,
    /// What brings back what is missing.
    pub repairs: Vec<Repair>,
}

impl Judgement {
    /// Whether every part was looked for where it is, or would be.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.unverified.is_empty()
    }

    /// The findings of one word.
    pub fn of_word(&self, word: Word) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.word == word)
    }

    fn has(&self, word: Word) -> bool {
        self.of_word(word).next().is_some()
    }

    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn repair(&mut self, repair: Repair) {
        if !self.repairs.contains(&repair) {
            self.repairs.push(repair);
        }
    }

    fn unseen(&mut self, aspect: Aspect, reason: &Unseen) {
        let reason = reason.to_string();
        self.add(Finding::new(Word::Unverified, aspect, reason.clone()));
        if !self.unverified.contains(&reason) {
            self.unverified.push(reason);
        }
    }
}

impl Judgement {
    /// Whether it runs is not known: what is there is there, and may well be in use.
    fn unknown(&mut self, reason: &str) {
        let left = self.findings.iter_mut().filter(|finding| finding.word == Word::Left);
        left.for_each(|finding| finding.word = Word::Present);
        self.add(Finding::new(Word::Unverified, Aspect::State, reason));
        self.unverified.push(reason.to_owned());
    }
}

/// Judges one network.
#[must_use]
pub fn judge(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement {
        health: Health::Unknown,
        findings: Vec::new(),
        unverified: Vec::new(),
        repairs: Vec::new(),
    };
    bridge(&mut judgement, case);
    if case.expected.owns_bridge() {
        dnsmasq(&mut judgement, case);
        rules_of(&mut judgement, case);
        forwarding(&mut judgement, case);
        for line in rules::listed(&case.parts.foreign) {
            judgement.add(Finding::new(Word::Foreign, Aspect::Rules, format!("{line} (not libvirt's)")));
        }
    }
    if let Told::Unknown(reason) = case.told {
        judgement.unknown(reason);
    }
    if judgement.repairs.contains(&Repair::Restart) {
        // It does all that reloading does.
        judgement.repairs.retain(|repair| *repair != Repair::Reload);
    }
    judgement.health = health(&judgement, case.told);
    judgement
}

fn health(judgement: &Judgement, told: &Told) -> Health {
    let is_left = judgement.has(Word::Left);
    match told {
        Told::Is(condition) if condition.is_active => {
            if judgement.has(Word::Missing) {
                Health::Degraded
            } else {
                Health::Enabled
            }
        }
        Told::Unknown(_) => Health::Unknown,
        _ if is_left => Health::LeftBehind,
        Told::Is(condition) if condition.is_autostarted => Health::Stopped,
        Told::Is(_) => Health::Disabled,
        Told::Absent => Health::Absent,
    }
}

fn bridge(judgement: &mut Judgement, case: &Case<'_>) {
    let Some(name) = &case.expected.bridge else { return };
    let is_active = case.told.is_active();
    let place = match case.parts.is_listed {
        true => "the daemon's list of interfaces".to_owned(),
        false => format!("/sys/class/net/{name}"),
    };
    let found = |word, what: String| Finding::new(word, Aspect::Bridge, what).at(place.clone());
    match &case.parts.bridge {
        // A bridge of the host's is not ours to verify.
        Err(reason) if case.expected.owns_bridge() => judgement.unseen(Aspect::Bridge, reason),
        Ok(Bridge::Own(interface)) if is_active => present_bridge(judgement, case, interface, &place),
        Ok(Bridge::Own(interface)) => judgement.add(found(Word::Left, named(interface))),
        Ok(Bridge::Listed(interface)) => {
            let word = match (case.expected.owns_bridge(), is_active) {
                (false, _) => Word::Kept,
                (true, true) => Word::Present,
                (true, false) => Word::Left,
            };
            judgement.add(found(word, format!("{} {}", interface.name, interface.mac)));
        }
        Ok(Bridge::Other(interface)) => {
            judgement.add(found(Word::Foreign, format!("{} (not this network's)", named(interface))));
            if is_active {
                judgement.add(found(Word::Missing, format!("{name}{}", with_mac(case.expected))));
            }
            // It would keep the network from starting.
            judgement.repair(Repair::MakeRoom(name.clone()));
            if is_active {
                judgement.repair(Repair::StopAndStart);
            }
        }
        Ok(Bridge::Hosts(interface)) => {
            judgement.add(found(Word::Kept, format!("{} (the host's own)", named(interface))));
        }
        Ok(Bridge::Absent) if !case.expected.owns_bridge() => {
            let word = if is_active { Word::Missing } else { Word::NotSeen };
            judgement.add(found(word, format!("{name} (a bridge of the host's own)")));
        }
        Ok(Bridge::Absent) if is_active => {
            judgement.add(found(Word::Missing, format!("{name}{}", with_mac(case.expected))));
            judgement.repair(Repair::StopAndStart);
        }
        Ok(Bridge::Absent) => match case.before.map(|before| &before.bridge) {
            Some(Ok(Bridge::Own(was))) => judgement.add(found(Word::Gone, named(was))),
            Some(Ok(Bridge::Listed(was))) => {
                judgement.add(found(Word::Gone, format!("{} {}", was.name, was.mac)));
            }
            _ => judgement.add(found(Word::NotSeen, name.clone())),
        },
        Ok(Bridge::NotNeeded) | Err(_) => {}
    }
}

fn present_bridge(judgement: &mut Judgement, case: &Case<'_>, interface: &Interface, place: &str) {
    let addresses: Vec<String> =
        interface.addresses.iter().map(|(address, length)| format!("{address}/{length}")).collect();
    let state = if interface.is_up { "up" } else { "down" };
    let words: Vec<String> = [named(interface), state.to_owned()].into_iter().chain(addresses).collect();
    judgement.add(Finding::new(Word::Present, Aspect::Bridge, words.join(", ")).at(place));
    let mut missing = |what: String, repair: Repair| {
        judgement.add(Finding::new(Word::Missing, Aspect::Bridge, what).at(place));
        judgement.repair(repair);
    };
    let name = &interface.name;
    if !interface.is_up {
        missing(format!("{name} is switched off"), Repair::SwitchOn(name.clone()));
    }
    for expected in &case.expected.addresses {
        if !interface.addresses.contains(expected) {
            let address = format!("{}/{}", expected.0, expected.1);
            missing(format!("address {address}"), Repair::AddAddress(name.clone(), address));
        }
    }
}

/// `virbr0 52:54:00:91:a8:c6`
fn named(interface: &Interface) -> String {
    let mac = interface.mac.as_ref().map(|mac| format!(" {mac}")).unwrap_or_default();
    format!("{}{mac}", interface.name)
}

fn with_mac(expected: &Expected) -> String {
    expected.mac.as_ref().map(|mac| format!(" {mac}")).unwrap_or_default()
}

fn pids(processes: &[Dnsmasq]) -> String {
    processes.iter().map(|process| process.pid.to_string()).collect::<Vec<_>>().join(" ")
}

fn dnsmasq(judgement: &mut Judgement, case: &Case<'_>) {
    let seen = match &case.parts.dnsmasq {
        Ok(seen) => seen,
        Err(reason) if case.expected.has_dnsmasq => return judgement.unseen(Aspect::Dnsmasq, reason),
        Err(_) => return,
    };
    let place = seen.first().map(|process| process.config.display().to_string());
    let found = |word, what: String| Finding { place, ..Finding::new(word, Aspect::Dnsmasq, what) };
    let before = case.before.and_then(|before| before.dnsmasq.as_ref().ok());
    match (case.told.is_active(), seen.is_empty()) {
        (true, false) => judgement.add(found(Word::Present, pids(seen))),
        (true, true) if case.expected.has_dnsmasq => {
            judgement.add(found(Word::Missing, "no process serves this network".to_owned()));
            // Reloading overlooks a process that ended a moment ago.
            judgement.repair(Repair::Restart);
        }
        (false, false) => judgement.add(found(Word::Left, pids(seen))),
        (false, true) if case.expected.has_dnsmasq => match before.filter(|before| !before.is_empty()) {
            Some(before) => judgement.add(found(Word::Gone, pids(before))),
            None => judgement.add(found(Word::NotSeen, "no process".to_owned())),
        },
        (_, true) => {}
    }
}

fn rules_of(judgement: &mut Judgement, case: &Case<'_>) {
    if !case.expected.has_rules() && case.parts.rules.is_empty() {
        return;
    }
    let (seen, unseen) = (&case.parts.rules, &case.parts.rules_unseen);
    for (_, reason) in unseen {
        judgement.unseen(Aspect::Rules, reason);
    }
    let found = |word, what: String| Finding::new(word, Aspect::Rules, what);
    if case.told.is_active() {
        if !seen.is_empty() {
            judgement.add(found(Word::Present, rules::counted(seen)));
        }
        for what in missing_rules(case) {
            judgement.add(found(Word::Missing, what));
            judgement.repair(Repair::Reload);
        }
        for (table, chain) in &case.parts.unreached {
            judgement.add(found(Word::Missing, format!("no rule in {table} leads to {chain}")));
            // Reloading makes rules, and not what leads to them.
            judgement.repair(Repair::Restart);
        }
        if has_bad_checksums(case) {
            let what =
                "no rule mends checksums of DHCP's answers, which some guests refuse; not every kernel can";
            judgement.add(found(Word::Warning, what.to_owned()));
        }
        return;
    }
    let before = case.before.map(|before| before.rules.as_slice()).unwrap_or_default();
    if !seen.is_empty() {
        judgement.add(found(Word::Left, rules::counted(seen)));
    } else if unseen.is_empty() && !before.is_empty() {
        judgement.add(found(Word::Gone, rules::counted(before)));
    } else if unseen.is_empty() {
        judgement.add(found(Word::NotSeen, "none".to_owned()));
    }
    for backend in case.parts.empty_chains.iter().filter(|_| seen.is_empty()) {
        let chains = match backend {
            Backend::Nftables => "empty chains in table libvirt_network",
            Backend::IptablesNft | Backend::IptablesLegacy => "empty LIBVIRT_* chains",
        };
        judgement.add(found(Word::Kept, format!("{chains} (harmless)")));
    }
}

/// What lacks among the rules of a running network. Of backends that could not be seen nothing is said.
fn missing_rules(case: &Case<'_>) -> Vec<String> {
    let (seen, expected) = (&case.parts.rules, case.expected);
    if !case.parts.rules_unseen.is_empty() || !expected.has_rules() {
        return Vec::new();
    }
    if seen.is_empty() {
        return vec!["no rule of libvirt's for this network".to_owned()];
    }
    shapes::lacking(expected, seen)
}

/// Whether the DHCP server's answers go out with checksums that some guests refuse. libvirt tries to mend them by a rule,
/// and does without where the kernel cannot.
fn has_bad_checksums(case: &Case<'_>) -> bool {
    let is_seen = case.parts.rules_unseen.is_empty() && !case.parts.rules.is_empty();
    let is_iptables = case.parts.rules.iter().all(|rule| rule.backend != Backend::Nftables);
    let has_dhcp = case.expected.ranges.iter().any(|(first, _)| first.is_ipv4());
    is_seen && is_iptables && has_dhcp && case.expected.has_rules() && !shapes::mends(&case.parts.rules)
}

fn forwarding(judgement: &mut Judgement, case: &Case<'_>) {
    let Ok(Forwarding { ipv4, ipv6 }) = case.parts.forwarding else { return };
    let (needs_ipv4, needs_ipv6) = case.expected.forwards();
    let is_active = case.told.is_active();
    let settings = [
        (needs_ipv4, Some(ipv4), "ip_forward", "net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward"),
        (
            needs_ipv6,
            ipv6,
            "ipv6 forwarding",
            "net.ipv6.conf.all.forwarding",
            "/proc/sys/net/ipv6/conf/all/forwarding",
        ),
    ];
    for (is_needed, is_on, name, setting, place) in settings {
        let found =
            |word, what: &str| Finding::new(word, Aspect::Forwarding, format!("{name}={what}")).at(place);
        match is_on {
            Some(true) if is_needed && is_active => judgement.add(found(Word::Present, "1")),
            Some(true) if is_needed => judgement.add(found(Word::Kept, "1 (harmless)")),
            Some(false) if is_needed && is_active => {
                judgement.add(found(Word::Missing, "0"));
                judgement.repair(Repair::Forward(setting));
            }
            _ => {}
        }
    }
}
