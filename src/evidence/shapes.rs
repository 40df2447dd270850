//! The rules that libvirt makes for networks, which are the same from 7.0 to 12.8: how each is told from what hooks and
//! administrators put beside it, and which a network must have. Looks at nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::clause::{Clause, Link, Said, Subnet, Verdict};
use super::expected::Expected;
use crate::host::{Backend, Rule};
use crate::xml::ForwardMode;

/// What a rule of libvirt's is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// Guests reach a service of the host's: its protocol, and its port.
    Input(&'a str, u16),
    /// The host's service answers: its protocol, and the port that answers go to.
    Output(&'a str, u16),
    /// Guests reach others.
    Out,
    /// What comes from guests otherwise is refused.
    NoOut,
    /// Others reach guests; where that is true, only with answers.
    In(bool),
    /// What goes to guests otherwise is refused.
    NoIn,
    /// Guests reach each other.
    Cross,
    /// What guests send to all is not hidden.
    Spare(Subnet),
    /// Guests are hidden behind addresses of the host's: packets of a protocol, or of all others.
    Hide(Option<&'a str>),
    /// Checksums of answers from the DHCP server are filled in, where the kernel can.
    Mend,
}

/// A rule of libvirt's: what it is for, and what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape<'a> {
    /// What it is for.
    pub(super) kind: Kind<'a>,
    /// The bridge.
    pub(super) bridge: Option<Link<'a>>,
    /// The interface by which guests reach others, where only that may be.
    pub(super) device: Option<Link<'a>>,
    /// The network's subnet.
    pub(super) subnet: Option<Subnet>,
}

/// The ports of the services, and those that answers go to: DNS, DHCP and TFTP.
const INPUT: [(&str, &str, u16); 8] = [
    ("ip", "udp", 53),
    ("ip", "tcp", 53),
    ("ip", "udp", 67),
    ("ip", "tcp", 67),
    ("ip6", "udp", 53),
    ("ip6", "tcp", 53),
    ("ip6", "udp", 547),
    ("ip", "udp", TFTP),
];
const OUTPUT: [(&str, &str, u16); 8] = [
    ("ip", "udp", 53),
    ("ip", "tcp", 53),
    ("ip", "udp", 68),
    ("ip", "tcp", 68),
    ("ip6", "udp", 53),
    ("ip6", "tcp", 53),
    ("ip6", "udp", 546),
    ("ip", "udp", TFTP),
];
const TFTP: u16 = 69;

impl<'a> Shape<'a> {
    /// What a rule is among those that libvirt makes, if it is one, by its place and by all that it says.
    pub(super) fn of(rule: &Rule, said: &'a Said) -> Option<Self> {
        let said = Clause::of(said)?;
        let is_refusal = said.verdict == Some(Verdict::Reject);
        let (kind, bridge, device, subnet) = match place(rule)? {
            Place::Input => (service(&said, rule, &INPUT, Kind::Input)?, said.from, None, None),
            Place::Output => (service(&said, rule, &OUTPUT, Kind::Output)?, said.to, None, None),
            Place::Out if is_refusal => (Kind::NoOut, said.from, None, None),
            Place::Out => (Kind::Out, said.from, said.to, Some(said.source?)),
            Place::In if is_refusal => (Kind::NoIn, said.to, None, None),
            Place::In => (Kind::In(said.is_answer), said.to, said.from, Some(said.destination?)),
            Place::Cross => (Kind::Cross, said.from, None, None),
            Place::Nat => {
                let kind = said.destination.map_or(Kind::Hide(said.protocol), Kind::Spare);
                (kind, None, said.to, Some(said.source?))
            }
            Place::Mangle => (Kind::Mend, said.to, None, None),
        };
        let shape = Self { kind, bridge, device, subnet };
        let is_network = |(address, length): Subnet| length < if address.is_ipv4() { 32 } else { 128 };
        // A rule that says more, or something else, is not libvirt's.
        (shape.clause(rule)? == said && shape.subnet.is_none_or(is_network)).then_some(shape)
    }

    /// All that libvirt's rule of this shape says.
    fn clause(&self, rule: &Rule) -> Option<Clause<'a>> {
        let Self { kind, bridge, device, subnet } = *self;
        let said = |verdict| Clause { verdict: Some(verdict), ..Clause::default() };
        let accepts = said(Verdict::Accept);
        let clause = match kind {
            Kind::Input(protocol, port) => {
                Clause { from: bridge, protocol: Some(protocol), port: Some(port), ..accepts }
            }
            Kind::Output(protocol, port) => {
                Clause { to: bridge, protocol: Some(protocol), port: Some(port), ..accepts }
            }
            Kind::Out => Clause { from: bridge, to: device, source: subnet, ..accepts },
            Kind::NoOut => Clause { from: bridge, ..said(Verdict::Reject) },
            Kind::In(is_answer) => {
                Clause { to: bridge, from: device, destination: subnet, is_answer, ..accepts }
            }
            Kind::NoIn => Clause { to: bridge, ..said(Verdict::Reject) },
            Kind::Cross => Clause { from: bridge, to: bridge, ..accepts },
            Kind::Spare(all) => {
                sparing(&rule.family).contains(&all).then_some(())?;
                Clause { to: device, source: subnet, destination: Some(all), ..said(Verdict::Return) }
            }
            Kind::Hide(protocol) => {
                Clause { to: device, source: subnet, excepted: subnet, protocol, ..said(Verdict::Hide) }
            }
            Kind::Mend => Clause { to: bridge, protocol: Some("udp"), port: Some(68), ..said(Verdict::Mend) },
        };
        let names_bridge = bridge.is_some() || matches!(kind, Kind::Spare(_) | Kind::Hide(_));
        names_bridge.then_some(clause)
    }

    /// Whether it names this network's bridge or, where it names no bridge, this network's exact subnet.
    pub(super) fn bears(&self, expected: &Expected) -> bool {
        match self.bridge {
            Some(Link::Name(name)) => expected.owns_bridge() && expected.bridge.as_deref() == Some(name),
            Some(Link::Index(index)) if expected.index.is_some() => expected.index == Some(index),
            // Of a bridge that is gone the index tells nothing.
            Some(Link::Index(_)) | None => self.subnet.is_some_and(|subnet| expected.is_subnet(subnet)),
        }
    }

    /// Whether libvirt makes a rule of this shape for a network whose bridge it names.
    pub(super) fn fits(&self, expected: &Expected) -> bool {
        let is_device =
            |link: Link<'_>| matches!(link, Link::Name(name) if Some(name) == expected.device.as_deref());
        let is_own = |subnet: Subnet| expected.is_subnet(subnet);
        let is_answered = |is_answer: bool| {
            let address = self.subnet.map(|(address, _)| address);
            is_answer == address.is_some_and(|address| expected.hides(&address))
        };
        let is_right = match self.kind {
            Kind::In(is_answer) => is_answered(is_answer),
            _ => true,
        };
        is_right && self.device.is_none_or(is_device) && self.subnet.is_none_or(is_own)
    }
}

fn service<'a>(
    said: &Clause<'a>,
    rule: &Rule,
    ports: &[(&str, &str, u16)],
    kind: fn(&'a str, u16) -> Kind<'a>,
) -> Option<Kind<'a>> {
    let (protocol, port) = (said.protocol?, said.port?);
    ports.contains(&(&rule.family, protocol, port)).then(|| kind(protocol, port))
}

/// Where guests send what is for all: multicast of the link, and broadcast.
fn sparing(family: &str) -> &'static [Subnet] {
    const IPV4: [Subnet; 2] =
        [(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 24), (IpAddr::V4(Ipv4Addr::BROADCAST), 32)];
    const IPV6: [Subnet; 1] = [(IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0)), 16)];
    if family == "ip" { &IPV4 } else { &IPV6 }
}

/// What libvirt keeps in a chain of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Input,
    Output,
    Out,
    In,
    Cross,
    Nat,
    Mangle,
}

fn place(rule: &Rule) -> Option<Place> {
    let is_nftables = rule.backend == Backend::Nftables;
    match (is_nftables, rule.table.as_str(), rule.chain.as_str()) {
        (false, "filter", "LIBVIRT_INP") => Some(Place::Input),
        (false, "filter", "LIBVIRT_OUT") => Some(Place::Output),
        (false, "filter", "LIBVIRT_FWO") | (true, "libvirt_network", "guest_output") => Some(Place::Out),
        (false, "filter", "LIBVIRT_FWI") | (true, "libvirt_network", "guest_input") => Some(Place::In),
        (false, "filter", "LIBVIRT_FWX") | (true, "libvirt_network", "guest_cross") => Some(Place::Cross),
        (false, "nat", "LIBVIRT_PRT") | (true, "libvirt_network", "guest_nat") => Some(Place::Nat),
        (false, "mangle", "LIBVIRT_PRT") => Some(Place::Mangle),
        _ => None,
    }
}

/// The name of the chain in which rules of a kind are, with its table.
fn chain(kind: Kind<'_>, is_nftables: bool) -> &'static str {
    match (kind, is_nftables) {
        (Kind::Out | Kind::NoOut, true) => "libvirt_network guest_output",
        (Kind::In(_) | Kind::NoIn, true) => "libvirt_network guest_input",
        (Kind::Cross, true) => "libvirt_network guest_cross",
        (_, true) => "libvirt_network guest_nat",
        (Kind::Input(..), _) => "filter LIBVIRT_INP",
        (Kind::Output(..), _) => "filter LIBVIRT_OUT",
        (Kind::Out | Kind::NoOut, _) => "filter LIBVIRT_FWO",
        (Kind::In(_) | Kind::NoIn, _) => "filter LIBVIRT_FWI",
        (Kind::Cross, _) => "filter LIBVIRT_FWX",
        (Kind::Spare(_) | Kind::Hide(_), _) => "nat LIBVIRT_PRT",
        (Kind::Mend, _) => "mangle LIBVIRT_PRT",
    }
}

/// The rules that every libvirt makes for a running network: family, kind, and the subnet where the rule is about one.
/// What fills in checksums is not among them: libvirt does without where the kernel cannot.
fn wanted(expected: &Expected, is_nftables: bool) -> Vec<(&'static str, Kind<'static>, Option<Subnet>)> {
    let mut wanted = Vec::new();
    let has_ipv6 = expected.addresses.iter().any(|(address, _)| address.is_ipv6());
    for family in ["ip", "ip6"].into_iter().filter(|family| *family == "ip" || has_ipv6) {
        let mut add = |kind| wanted.push((family, kind, None));
        [Kind::NoOut, Kind::NoIn, Kind::Cross].into_iter().for_each(&mut add);
        let is_made = |of, port| !is_nftables && of == family && port != TFTP;
        for (of, protocol, port) in INPUT {
            if is_made(of, port) {
                add(Kind::Input(protocol, port));
            }
        }
        for (of, protocol, port) in OUTPUT {
            if is_made(of, port) {
                add(Kind::Output(protocol, port));
            }
        }
    }
    let is_forwarded = matches!(expected.mode, ForwardMode::Nat | ForwardMode::Route);
    for subnet in expected.addresses.iter().copied().filter(|_| is_forwarded) {
        let (family, is_hidden) = (if subnet.0.is_ipv4() { "ip" } else { "ip6" }, expected.hides(&subnet.0));
        let mut add = |kind| wanted.push((family, kind, Some(subnet)));
        add(Kind::Out);
        add(Kind::In(is_hidden));
        if is_hidden {
            sparing(family).iter().copied().map(Kind::Spare).for_each(&mut add);
            [None, Some("tcp"), Some("udp")].map(Kind::Hide).into_iter().for_each(&mut add);
        }
    }
    wanted
}

/// What lacks among a running network's own rules, a line for each chain: `2 of 2 in filter LIBVIRT_FWI (IPv4)`.
pub(super) fn lacking(expected: &Expected, own: &[Rule]) -> Vec<String> {
    let is_nftables = own.iter().any(|rule| rule.backend == Backend::Nftables);
    let said: Vec<(&Rule, Said)> = own.iter().filter_map(|rule| Some((rule, Said::of(rule)?))).collect();
    let seen: Vec<(&str, Shape<'_>)> =
        said.iter().filter_map(|(rule, said)| Some((&*rule.family, Shape::of(rule, said)?))).collect();
    let mut chains: Vec<(String, usize, usize)> = Vec::new();
    for (family, kind, subnet) in wanted(expected, is_nftables) {
        let is_same = |(of, shape): &(&str, Shape<'_>)| {
            *of == family && shape.kind == kind && is_same_subnet(shape.subnet, subnet)
        };
        let lacks = usize::from(!seen.iter().any(is_same));
        let name = format!("{} ({})", chain(kind, is_nftables), if family == "ip" { "IPv4" } else { "IPv6" });
        match chains.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, missing, all)) => (*missing, *all) = (*missing + lacks, *all + 1),
            None => chains.push((name, lacks, 1)),
        }
    }
    let lines = chains.into_iter().filter(|(_, missing, _)| *missing > 0);
    lines.map(|(name, missing, all)| format!("{missing} of {all} in {name}")).collect()
}

/// The address of a network is that of its bridge, of a rule that of the subnet.
fn is_same_subnet(rules: Option<Subnet>, wanted: Option<Subnet>) -> bool {
    match (rules, wanted) {
        (Some((rules, length)), Some((wanted, other))) => {
            length == other && super::expected::is_within(rules, wanted, length)
        }
        (rules, wanted) => rules == wanted,
    }
}

/// Whether the rule is there that fills in the checksums of answers from the DHCP server.
pub(super) fn mends(own: &[Rule]) -> bool {
    let is_mending = |rule: &Rule| Some(Shape::of(rule, &Said::of(rule)?)?.kind == Kind::Mend);
    own.iter().any(|rule| is_mending(rule) == Some(true))
}
