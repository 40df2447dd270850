//! Judgements of hand-made hosts: every part of a network, and every reason why nothing can be said of it.

mod change;
mod drift;
mod nobodys;
mod ownership;
mod shapes;
mod ties;

use std::net::IpAddr;
use std::path::PathBuf;

use super::*;
use crate::host::{Backend, Chain, Dnsmasq, Forwarding, Host, Interface, Rule, Unseen};
use crate::host::{printed_by_iptables, printed_by_nft};

const MAC: &str = "52:54:00:91:a8:c6";

/// Debian's `default`, with this element for `<forward>` and these behind it.
fn xml(forward: &str, rest: &str) -> String {
    format!(
        "<network connections='1'><name>default</name><uuid>8dec8ebd-0000-4000-8000-000000000001</uuid>{forward}\
         <bridge name='virbr0' stp='on' delay='0'/><mac address='52:54:00:91:A8:C6'/>{rest}</network>"
    )
}

const IP: &str = "<ip address='192.168.122.1' netmask='255.255.255.0'><dhcp>\
                  <range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>";

fn expected_of(xml: &str) -> Expected {
    Expected::of(&crate::xml::Outline::parse(xml.as_bytes()).unwrap())
}

fn nat() -> Expected {
    expected_of(&xml("<forward mode='nat'/>", IP))
}

fn address(text: &str) -> (IpAddr, u8) {
    let (address, length) = text.split_once('/').unwrap();
    (address.parse().unwrap(), length.parse().unwrap())
}

fn interface(name: &str, index: u32, mac: &str) -> Interface {
    Interface {
        name: name.to_owned(),
        index,
        mac: Some(mac.to_owned()),
        is_up: true,
        addresses: vec![address("192.168.122.1/24")],
        members: Some(Vec::new()),
    }
}

fn rule(table: &str, chain: &str, interface: Option<&str>, subnet: Option<&str>) -> Rule {
    Rule {
        backend: Backend::IptablesNft,
        family: "ip".to_owned(),
        table: table.to_owned(),
        chain: chain.to_owned(),
        text: format!("rule {}", subnet.unwrap_or_default()),
        handle: None,
        interfaces: interface.map(str::to_owned).into_iter().collect(),
        indexes: Vec::new(),
        subnets: subnet.map(address).into_iter().collect(),
        target: None,
    }
}

fn jump(table: &str, from: &str, target: &str) -> Rule {
    Rule { target: Some(target.to_owned()), ..rule(table, from, None, None) }
}

fn process(pid: i32, network: &str) -> Dnsmasq {
    let config = PathBuf::from(format!("/var/lib/libvirt/dnsmasq/{network}.conf"));
    Dnsmasq { pid, network: network.to_owned(), config }
}

/// A host on which nothing of libvirt's is, but what stays: chains that lead nowhere, and forwarding.
fn empty_host() -> Host {
    Host {
        interfaces: Ok(vec![Interface { members: None, ..interface("eth0", 2, "aa:bb:cc:00:00:01") }]),
        listed: None,
        dnsmasq: Ok(Vec::new()),
        firewall: vec![(Backend::IptablesNft, Ok(jumps()))],
        namespace: Ok(()),
        chains: vec![Chain {
            backend: Backend::IptablesNft,
            family: "ip".to_owned(),
            table: "filter".to_owned(),
            name: "LIBVIRT_INP".to_owned(),
            is_base: false,
        }],
        forwarding: Ok(Forwarding { ipv4: true, ipv6: Some(false) }),
    }
}

fn jumps() -> Vec<Rule> {
    let filters = FILTERS.map(|chain| jump("filter", "INPUT", chain));
    filters
        .into_iter()
        .chain(["nat", "mangle"].map(|table| jump(table, "POSTROUTING", "LIBVIRT_PRT")))
        .collect()
}

/// A host on which `default` runs.
fn full_host() -> Host {
    let mut host = empty_host();
    host.interfaces.as_mut().unwrap().push(interface("virbr0", 6, MAC));
    host.dnsmasq = Ok(vec![process(13684, "default"), process(13685, "default"), process(99, "other")]);
    rules_of(&mut host).extend(libvirts("virbr0", "192.168.122.0/24"));
    host
}

/// A rule in a chain, as iptables-save prints it.
fn in_chain(family: &str, table: &str, rule: &str) -> Rule {
    printed_by_iptables(&format!("*{table}\n-A {rule}\nCOMMIT\n"), family).remove(0)
}

/// What every libvirt from 7.0 to 12.8 makes for a network that is hidden, has one subnet, and DHCP.
fn libvirts(bridge: &str, subnet: &str) -> Vec<Rule> {
    let services =
        [("INP -i", "udp", 53), ("INP -i", "tcp", 53), ("INP -i", "udp", 67), ("INP -i", "tcp", 67)]
            .into_iter()
            .chain([
                ("OUT -o", "udp", 53),
                ("OUT -o", "tcp", 53),
                ("OUT -o", "udp", 68),
                ("OUT -o", "tcp", 68),
            ]);
    let mut filter: Vec<String> = services
        .map(|(of, protocol, port)| {
            format!("LIBVIRT_{of} {bridge} -p {protocol} -m {protocol} --dport {port} -j ACCEPT")
        })
        .collect();
    let states = "-m conntrack --ctstate RELATED,ESTABLISHED";
    filter.extend([
        format!("LIBVIRT_FWI -d {subnet} -o {bridge} {states} -j ACCEPT"),
        format!("LIBVIRT_FWI -o {bridge} -j REJECT --reject-with icmp-port-unreachable"),
        format!("LIBVIRT_FWO -s {subnet} -i {bridge} -j ACCEPT"),
        format!("LIBVIRT_FWO -i {bridge} -j REJECT --reject-with icmp-port-unreachable"),
        format!("LIBVIRT_FWX -i {bridge} -o {bridge} -j ACCEPT"),
    ]);
    let hide =
        |what: &str, then: &str| format!("LIBVIRT_PRT -s {subnet} ! -d {subnet} {what}-j MASQUERADE{then}");
    let nat = [
        format!("LIBVIRT_PRT -s {subnet} -d 224.0.0.0/24 -j RETURN"),
        format!("LIBVIRT_PRT -s {subnet} -d 255.255.255.255/32 -j RETURN"),
        hide("-p tcp ", " --to-ports 1024-65535"),
        hide("-p udp ", " --to-ports 1024-65535"),
        hide("", ""),
    ];
    let mend = format!("LIBVIRT_PRT -o {bridge} -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill");
    let filter = filter.iter().map(|rule| in_chain("ip", "filter", rule));
    let nat = nat.iter().map(|rule| in_chain("ip", "nat", rule));
    filter.chain(nat).chain([in_chain("ip", "mangle", &mend)]).collect()
}

/// The chains of iptables in which every network has rules.
const FILTERS: [&str; 5] = ["LIBVIRT_INP", "LIBVIRT_OUT", "LIBVIRT_FWO", "LIBVIRT_FWI", "LIBVIRT_FWX"];

fn rules_of(host: &mut Host) -> &mut Vec<Rule> {
    host.firewall.first_mut().unwrap().1.as_mut().unwrap()
}

fn bridge_of(host: &mut Host) -> &mut Interface {
    host.interfaces.as_mut().unwrap().last_mut().unwrap()
}

fn told(active: bool, autostarted: bool) -> Told {
    Told::Is(Condition { is_active: active, is_persistent: true, is_autostarted: autostarted })
}

fn judged(expected: &Expected, told: &Told, host: &Host) -> Judgement {
    let parts = Parts::of(expected, told.is_active(), &[], host);
    judge(&Case { expected, told, parts: &parts, before: None })
}

/// Word, aspect and what, of all findings.
fn lines(judgement: &Judgement) -> Vec<String> {
    let line =
        |finding: &Finding| format!("{} {} {}", finding.word.as_str(), finding.aspect.as_str(), finding.what);
    judgement.findings.iter().map(line).collect()
}

#[test]
fn a_whole_network_is_enabled_and_verified() {
    let judgement = judged(&nat(), &told(true, true), &full_host());
    assert_eq!(judgement.health, Health::Enabled);
    assert!(judgement.is_verified());
    assert_eq!(
        lines(&judgement),
        [
            "present bridge virbr0 52:54:00:91:a8:c6, up, 192.168.122.1/24",
            "present dnsmasq 13684 13685",
            "present rules 19 (iptables-nft: filter 13, nat 5, mangle 1)",
            "present forwarding ip_forward=1",
        ]
    );
    let places: Vec<_> = judgement.findings.iter().filter_map(|finding| finding.place.as_deref()).collect();
    assert_eq!(
        places,
        ["/sys/class/net/virbr0", "/var/lib/libvirt/dnsmasq/default.conf", "/proc/sys/net/ipv4/ip_forward"]
    );
}

#[test]
fn an_inactive_network_of_which_nothing_is_there_is_disabled_and_verified() {
    let judgement = judged(&nat(), &told(false, false), &empty_host());
    assert_eq!(judgement.health, Health::Disabled);
    assert!(judgement.is_verified());
    assert_eq!(
        lines(&judgement),
        [
            "not seen bridge virbr0",
            "not seen dnsmasq no process",
            "not seen rules none",
            "kept rules empty LIBVIRT_* chains (harmless)",
            "kept forwarding ip_forward=1 (harmless)",
        ]
    );
    assert_eq!(judged(&nat(), &told(false, true), &empty_host()).health, Health::Stopped);
    assert_eq!(judged(&nat(), &Told::Absent, &empty_host()).health, Health::Absent);
    assert_eq!(judged(&nat(), &Told::Unknown("x".to_owned()), &empty_host()).health, Health::Unknown);
}

#[test]
fn what_could_not_be_seen_is_unverified_with_its_reason_and_never_gone_or_missing() {
    let unseen = || Unseen::NotThisHost;
    let host = Host {
        namespace: Err(unseen()),
        chains: Vec::new(),
        listed: None,
        interfaces: Err(unseen()),
        dnsmasq: Err(unseen()),
        firewall: vec![(Backend::IptablesNft, Err(unseen()))],
        forwarding: Err(unseen()),
    };
    let whole = Parts::of(&nat(), true, &[], &full_host());
    for active in [true, false] {
        let (expected, told) = (nat(), told(active, false));
        let parts = Parts::of(&expected, active, &[], &host);
        let judgement =
            judge(&Case { expected: &expected, told: &told, parts: &parts, before: Some(&whole) });
        assert_eq!(judgement.health, if active { Health::Enabled } else { Health::Disabled });
        assert_eq!(judgement.unverified, [unseen().to_string()]);
        let words: Vec<Word> = judgement.findings.iter().map(|finding| finding.word).collect();
        assert_eq!(words, [Word::Unverified; 3], "{:?}", lines(&judgement));
    }
}

#[test]
fn one_backend_that_cannot_be_seen_leaves_the_rules_unverified() {
    let mut host = empty_host();
    host.firewall.push((Backend::IptablesLegacy, Err(Unseen::NotThisHost)));
    let judgement = judged(&nat(), &told(false, false), &host);
    assert!(!judgement.is_verified());
    assert!(!lines(&judgement).iter().any(|line| line == "not seen rules none"), "{:?}", lines(&judgement));
    rules_of(&mut host).extend(libvirts("virbr0", "192.168.122.0/24").into_iter().take(1));
    let judgement = judged(&nat(), &told(false, false), &host);
    assert_eq!(judgement.health, Health::LeftBehind, "what was seen is there all the same");
}

#[test]
fn each_mode_expects_what_libvirt_makes_for_it() {
    let of = |forward: &str, rest: &str| expected_of(&xml(forward, rest));
    let (nat, route) = (of("<forward mode='nat'/>", IP), of("<forward mode='route'/>", IP));
    let (open, isolated) = (of("<forward mode='open'/>", IP), of("", IP));
    let bridge = of("<forward mode='bridge'/>", "");
    let (v4, v6) = (address("10.0.0.1/24").0, address("fd00::1/64").0);
    let has = |of: &Expected| (of.owns_bridge(), of.has_rules(), of.hides(&v4), of.forwards().0);
    assert_eq!(has(&nat), (true, true, true, true));
    assert_eq!(has(&route), (true, true, false, true));
    assert_eq!(has(&open), (true, false, false, true));
    assert_eq!(has(&isolated), (true, true, false, false));
    assert_eq!(has(&bridge), (false, false, false, false));
    assert!(!bridge.has_dnsmasq);
    let six = "<ip family='ipv6' address='fd00:122::1' prefix='64'/>";
    let six = of("<forward mode='nat'/>", six);
    assert_eq!((six.forwards(), six.hides(&v6)), ((false, true), false));
    assert!(six.has_dnsmasq, "DNS and router advertisements");
}

#[test]
fn a_dnsmasq_is_expected_where_there_is_an_address_and_something_to_serve() {
    let has = |rest: &str| expected_of(&xml("", rest)).has_dnsmasq;
    let bare = "<ip address='10.0.0.1' prefix='24'/>";
    assert!(has(bare));
    assert!(!has(""));
    assert!(!has(&format!("<dns enable='no'/>{bare}")));
    assert!(has(&format!("<dns enable='no'/>{IP}")));
    let with =
        |inner: &str| has(&format!("<dns enable='no'/><ip address='10.0.0.1' prefix='24'>{inner}</ip>"));
    assert!(with("<dhcp><host mac='52:54:00:00:00:01' ip='10.0.0.9'/></dhcp>"));
    assert!(with("<tftp root='/srv'/>"));
    assert!(!with("<dhcp/>"));
}

#[test]
fn where_the_namespace_is_not_known_what_is_here_counts_and_what_is_not_does_not() {
    let doubt =
        Unseen::NoPermission { what: "whether the daemon's network namespace is this one".to_owned() };
    let doubtful = |host: Host| Host { namespace: Err(doubt.clone()), ..host };
    let gone = judged(&nat(), &told(false, false), &doubtful(empty_host()));
    assert_eq!(gone.unverified, [doubt.to_string()]);
    assert_eq!(gone.of_word(Word::NotSeen).count(), 0, "{:?}", lines(&gone));
    assert_eq!(
        judged(&nat(), &told(true, true), &doubtful(empty_host())).health,
        Health::Enabled,
        "not missing"
    );
    assert_eq!(judged(&nat(), &told(false, false), &doubtful(full_host())).health, Health::LeftBehind);
    // Root sees the processes of another namespace, too.
    let other = Host { namespace: Err(Unseen::OtherNamespace { daemon: 7 }), ..empty_host() };
    let judgement = judged(&nat(), &told(true, true), &other);
    assert_eq!(judgement.health, Health::Degraded, "{:?}", lines(&judgement));
}
