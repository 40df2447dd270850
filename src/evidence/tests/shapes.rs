//! libvirt's rules, and what only looks like them.

use super::*;
use crate::evidence::rules;
use crate::evidence::shapes::lacking;

/// As libvirt 12.8 with its own tables has them; the bridge is gone, so they name its index.
const NFT: &str = r#"{"nftables": [
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "forward", "handle": 3, "expr": [{"counter": null}, {"jump": {"target": "guest_output"}}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_output", "handle": 12, "expr": [
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
        {"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": 6}}, {"counter": null}, {"accept": null}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_output", "handle": 9, "expr": [
        {"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": 6}}, {"counter": null}, {"reject": {"type": "icmp", "expr": "port-unreachable"}}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_input", "handle": 13, "expr": [
        {"match": {"op": "==", "left": {"meta": {"key": "oif"}}, "right": 6}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
        {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"counter": null}, {"accept": null}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_input", "handle": 10, "expr": [
        {"match": {"op": "==", "left": {"meta": {"key": "oif"}}, "right": 6}}, {"counter": null}, {"reject": {"type": "icmp", "expr": "port-unreachable"}}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_cross", "handle": 11, "expr": [
        {"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": 6}}, {"match": {"op": "==", "left": {"meta": {"key": "oif"}}, "right": 6}}, {"counter": null}, {"accept": null}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_nat", "handle": 17, "expr": [
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "255.255.255.255"}}, {"counter": null}, {"return": null}]}},
    {"rule": {"family": "ip", "table": "libvirt_network", "chain": "guest_nat", "handle": 16, "expr": [
        {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
        {"match": {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "192.168.122.0", "len": 24}}}},
        {"counter": null}, {"masquerade": {"port": {"range": [1024, 65535]}}}]}}
]}"#;

fn own(expected: &Expected, rules: &[Rule]) -> Vec<Rule> {
    let is_own = |rule: &&Rule| rules::owner(rule, expected, true, &[]) == rules::Owner::Network;
    rules.iter().filter(is_own).cloned().collect()
}

#[test]
fn nftables_rules_are_the_networks_by_the_index_of_its_bridge_and_what_lacks_is_told() {
    let expected = Expected { index: Some(6), ..nat() };
    let rules = printed_by_nft(NFT, Backend::Nftables);
    let own = own(&expected, &rules);
    assert_eq!(own.len(), 7, "all but the jump, which is everybody's");
    let quoted = printed_by_nft(&NFT.replace("\"right\": 6}", "\"right\": \"6\"}"), Backend::Nftables);
    assert!(
        quoted.iter().skip(1).all(|rule| rules::owner(rule, &expected, true, &[]) == rules::Owner::Network)
    );
    assert_eq!(lacking(&expected, &own), ["3 of 5 in libvirt_network guest_nat (IPv4)"]);
    let by_header = r#"{"payload": {"protocol": "ip", "field": "protocol"}}, "right": "tcp""#;
    let newer = NFT.replace(r#"{"meta": {"key": "l4proto"}}, "right": "tcp""#, by_header);
    assert_ne!(newer, NFT);
    let newer = printed_by_nft(&newer, Backend::Nftables);
    assert!(
        newer.iter().skip(1).all(|rule| rules::owner(rule, &expected, true, &[]) == rules::Owner::Network)
    );
    assert!(!rules::is_libvirts(rules.first().unwrap()));
}

#[test]
fn chains_of_nftables_that_no_rule_leads_to_are_missing_unless_packets_come_by_themselves() {
    let mut host = full_host();
    bridge_of(&mut host).index = 6;
    let rules: Vec<Rule> = printed_by_nft(NFT, Backend::Nftables);
    host.firewall = vec![(Backend::Nftables, Ok(rules))];
    host.chains = vec![Chain {
        backend: Backend::Nftables,
        family: "ip".to_owned(),
        table: "libvirt_network".to_owned(),
        name: "guest_nat".to_owned(),
        is_base: true,
    }];
    let judgement = judged(&nat(), &told(true, true), &host);
    let missing: Vec<_> = judgement.of_word(Word::Missing).map(|finding| finding.what.as_str()).collect();
    assert_eq!(
        missing,
        [
            "3 of 5 in libvirt_network guest_nat (IPv4)",
            "no rule in libvirt_network leads to guest_input",
            "no rule in libvirt_network leads to guest_cross"
        ]
    );
    assert_eq!(judgement.repairs, [Repair::Restart], "it makes rules, too");
}

#[test]
fn what_others_put_into_libvirts_chains_is_foreign() {
    for (table, rule) in [
        ("filter", "LIBVIRT_FWI -o virbr0 -p tcp -m tcp --dport 22 -j ACCEPT"),
        ("filter", "LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -j ACCEPT"),
        ("filter", "LIBVIRT_FWI -d 192.168.122.50/32 -o virbr0 -j ACCEPT"),
        (
            "filter",
            "LIBVIRT_FWI -d 10.9.8.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        ),
        (
            "filter",
            "LIBVIRT_FWI -d 192.168.122.0/24 -i eth0 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        ),
        ("filter", "LIBVIRT_FWO -i virbr0 -j DROP"),
        ("filter", "LIBVIRT_FWO -i virbr0 -j REJECT --reject-with tcp-reset"),
        ("filter", "LIBVIRT_FWO -i virbr0 -m mark --mark 0x1 -j ACCEPT"),
        ("filter", "LIBVIRT_FWX -i virbr0 -j ACCEPT"),
        ("filter", "LIBVIRT_INP -i virbr0 -p tcp -m tcp --dport 80 -j ACCEPT"),
        ("filter", "LIBVIRT_OUT -o virbr0 -p udp -m udp --dport 53 -j ACCEPT -m comment"),
        ("nat", "LIBVIRT_PRT -s 192.168.122.0/24 -d 10.0.0.0/8 -j RETURN"),
        ("nat", "LIBVIRT_PRT -s 192.168.122.0/24 -j MASQUERADE"),
        ("filter", "FORWARD -s 192.168.122.0/23 -j DROP"),
        ("filter", "FORWARD -s 192.168.0.0/16 -j DROP"),
        ("filter", "FORWARD -i virbr+ -j DROP"),
    ] {
        let rule = in_chain("ip", table, rule);
        assert_eq!(rules::owner(&rule, &nat(), true, &[]), rules::Owner::Foreign, "{}", rule.text);
    }
}

#[test]
fn what_matches_everything_is_about_no_network() {
    for rule in
        ["FORWARD -s 0.0.0.0/0 -j DROP", "FORWARD -i + -j DROP", "FORWARD -s 192.168.121.0/24 -j DROP"]
    {
        let rule = in_chain("ip", "filter", rule);
        assert_eq!(rules::owner(&rule, &nat(), true, &[]), rules::Owner::Nobody, "{}", rule.text);
    }
}

#[test]
fn a_wide_subnet_does_not_swallow_the_rules_of_another_network() {
    let wide = Expected {
        name: "big".to_owned(),
        bridge: Some("virbr9".to_owned()),
        addresses: vec![address("192.168.0.1/16")],
        ..nat()
    };
    for rule in libvirts("virbr0", "192.168.122.0/24") {
        assert_eq!(rules::owner(&rule, &wide, false, &[]), rules::Owner::Nobody, "{}", rule.text);
        assert_eq!(rules::owner(&rule, &nat(), false, &[]), rules::Owner::Network, "{}", rule.text);
    }
    // Where only the wide one is known, they are nobody's.
    let mut host = empty_host();
    rules_of(&mut host).extend(libvirts("virbr0", "192.168.122.0/24"));
    let known = [Other { expected: &wide, is_active: false }];
    assert_eq!(Orphans::of(&known, &host).rules.len(), 19);
}

#[test]
fn the_rules_of_each_family_and_subnet_are_wanted() {
    let six = "<ip family='ipv6' address='fd00:122::1' prefix='64'/>";
    let both = expected_of(&xml("<forward mode='nat'/>", &format!("{IP}{six}")));
    let own = libvirts("virbr0", "192.168.122.0/24");
    assert_eq!(
        lacking(&both, &own),
        [
            "2 of 2 in filter LIBVIRT_FWO (IPv6)",
            "2 of 2 in filter LIBVIRT_FWI (IPv6)",
            "1 of 1 in filter LIBVIRT_FWX (IPv6)",
            "3 of 3 in filter LIBVIRT_INP (IPv6)",
            "3 of 3 in filter LIBVIRT_OUT (IPv6)",
        ]
    );
    let two =
        expected_of(&xml("<forward mode='nat'/>", &format!("{IP}<ip address='10.7.0.1' prefix='24'/>")));
    assert_eq!(
        lacking(&two, &own),
        [
            "1 of 3 in filter LIBVIRT_FWO (IPv4)",
            "1 of 3 in filter LIBVIRT_FWI (IPv4)",
            "5 of 10 in nat LIBVIRT_PRT (IPv4)"
        ]
    );
    let isolated = expected_of(&xml("", IP));
    assert_eq!(lacking(&isolated, &own), Vec::<String>::new());
}

#[test]
fn iptables_rules_that_nft_printed_are_known_by_the_names_that_it_shows() {
    let printed = |xt: &str| {
        let rule = format!(
            r#"{{"nftables": [{{"rule": {{"family": "ip", "table": "filter", "chain": "LIBVIRT_FWI", "handle": 5, "expr": [
               {{"match": {{"op": "==", "left": {{"meta": {{"key": "oifname"}}}}, "right": "virbr0"}}}}, {{"counter": null}}, {{"xt": {xt}}}]}}}}]}}"#
        );
        printed_by_nft(&rule, Backend::IptablesNft).remove(0)
    };
    let owner = |rule: &Rule| rules::owner(rule, &nat(), true, &[]);
    let reject = printed(r#"{"type": "target", "name": "REJECT"}"#);
    assert_eq!(owner(&reject), rules::Owner::Network);
    assert_eq!(owner(&printed(r#"{"type": "target", "name": "LOG"}"#)), rules::Owner::Foreign);
    assert!(!rules::is_unreadable(&reject));
    for hidden in ["null", r#"{"type": "match", "name": "udp"}"#, r#"{"type": "match", "name": "tcp"}"#] {
        let hidden = printed(hidden);
        assert!(rules::is_unreadable(&hidden), "{hidden:?}");
        assert_eq!(owner(&hidden), rules::Owner::Nobody, "whose it is cannot be told");
    }
}
