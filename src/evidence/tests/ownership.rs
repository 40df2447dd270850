//! Whose a rule is.

use super::*;

fn parts(expected: &Expected, active: bool, rules: &[Rule]) -> Parts {
    let mut host = full_host();
    *rules_of(&mut host) = rules.to_vec();
    Parts::of(expected, active, &[], &host)
}

#[test]
fn a_rule_is_libvirts_by_its_chain_and_the_networks_by_what_it_matches() {
    let hides =
        |subnet: &str| in_chain("ip", "nat", &format!("LIBVIRT_PRT -s {subnet} ! -d {subnet} -j MASQUERADE"));
    let rules = [
        in_chain("ip", "filter", "LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT"),
        in_chain("ip", "filter", "LIBVIRT_INP -i virbr01 -p udp -m udp --dport 53 -j ACCEPT"),
        hides("192.168.122.0/24"),
        hides("192.168.12.0/24"),
        hides("192.168.0.0/16"),
        rule("filter", "INPUT", Some("eth0"), None),
    ];
    let parts = parts(&nat(), true, &rules);
    assert_eq!(parts.rules, [rules[0].clone(), rules[2].clone()]);
    assert_eq!(parts.foreign, []);
}

#[test]
fn rules_of_others_that_mention_the_network_are_foreign() {
    let rules = [
        rule("nat", "PREROUTING", None, Some("192.168.122.50/32")),
        rule("filter", "FORWARD", Some("virbr0"), None),
        rule("filter", "FORWARD", None, Some("192.168.122.0/24")),
        // A hook's, in libvirt's own chain: libvirt names no single guest.
        rule("filter", "LIBVIRT_FWI", Some("virbr0"), Some("192.168.122.50/32")),
        rule("filter", "FORWARD", None, Some("192.168.0.0/16")),
        rule("filter", "FORWARD", None, Some("192.168.123.0/24")),
    ];
    let seen = parts(&nat(), false, &rules);
    assert_eq!((seen.foreign.as_slice(), seen.rules.len()), (&rules[..5], 0));
    let mut host = empty_host();
    rules_of(&mut host).extend(rules);
    let judgement = judged(&nat(), &told(false, false), &host);
    assert_eq!(judgement.health, Health::Disabled, "what others made is not left behind");
    let foreign: Vec<_> = judgement.of_word(Word::Foreign).map(|finding| finding.what.as_str()).collect();
    assert_eq!(foreign.first(), Some(&"nat PREROUTING: rule 192.168.122.50/32 (not libvirt's)"));
    assert_eq!(foreign.len(), 5);
}

#[test]
fn many_foreign_rules_are_counted() {
    let mut host = empty_host();
    rules_of(&mut host).extend((0..20).map(|_| rule("nat", "PREROUTING", None, Some("192.168.122.50/32"))));
    let judgement = judged(&nat(), &told(false, false), &host);
    let foreign: Vec<_> = judgement.of_word(Word::Foreign).map(|finding| finding.what.as_str()).collect();
    assert_eq!((foreign.len(), foreign.last()), (9, Some(&"12 more (not libvirt's)")));
}

#[test]
fn rules_by_index_are_the_networks_even_after_its_bridge_is_gone() {
    let text = |index: u32| {
        let link = r#"{"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": INDEX}}"#;
        format!(r#"{{"expr": [{}, {{"reject": null}}]}}"#, link.replace("INDEX", &index.to_string()))
    };
    let by_index = Rule {
        backend: Backend::Nftables,
        table: "libvirt_network".to_owned(),
        indexes: vec![6],
        handle: Some(12),
        text: text(6),
        ..rule("", "guest_output", None, None)
    };
    let other = Rule { indexes: vec![7], text: text(7), ..by_index.clone() };
    let foreign = Rule { table: "mine".to_owned(), ..by_index.clone() };
    let rules = [by_index.clone(), other, foreign.clone()];
    // The bridge is there, so its index is known.
    let seen = parts(&nat(), true, &rules);
    assert_eq!((seen.rules, seen.foreign), (vec![by_index.clone()], vec![foreign.clone()]));
    // The bridge is gone; its index was seen before.
    let mut host = empty_host();
    *rules_of(&mut host) = rules.to_vec();
    let known = Expected { index: Some(6), ..nat() };
    assert_eq!(Parts::of(&known, false, &[], &host).rules, [by_index]);
    assert_eq!(Parts::of(&nat(), false, &[], &host).rules, []);
}

#[test]
fn a_subnet_that_two_networks_share_is_that_of_the_one_that_runs() {
    let other = Expected { name: "other".to_owned(), bridge: Some("virbr1".to_owned()), ..nat() };
    let rules = [
        in_chain("ip", "nat", "LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -j MASQUERADE"),
        in_chain("ip", "filter", "LIBVIRT_FWO -s 192.168.122.0/24 -i virbr1 -j ACCEPT"),
    ];
    let mut host = empty_host();
    *rules_of(&mut host) = rules.to_vec();
    let runs = Other { expected: &other, is_active: true };
    assert_eq!(Parts::of(&nat(), false, &[runs], &host).rules, []);
    let sleeps = Other { is_active: false, ..runs };
    assert_eq!(Parts::of(&nat(), true, &[sleeps], &host).rules, rules[..1]);
}

#[test]
fn a_bridge_that_a_running_network_uses_is_not_left_by_another() {
    let other = Expected { name: "other".to_owned(), ..nat() };
    let runs = Other { expected: &other, is_active: true };
    let parts = Parts::of(&nat(), false, &[runs], &full_host());
    assert!(matches!(parts.bridge, Ok(Bridge::Other(_))), "{parts:?}");
}

#[test]
fn a_bridge_is_not_left_by_a_definition_that_has_no_address_for_it() {
    let never_read = Expected { mac: None, ..nat() };
    let parts = |is_active| Parts::of(&never_read, is_active, &[], &full_host());
    assert!(matches!(parts(false).bridge, Ok(Bridge::Other(_))), "{:?}", parts(false));
    assert!(matches!(parts(true).bridge, Ok(Bridge::Own(_))), "what runs has the bridge of its name");
    assert!(!Leftover::of(&parts(false)).iter().any(|left| matches!(left, Leftover::Bridge(_))));
}

#[test]
fn a_process_serves_the_network_that_its_configuration_names() {
    let parts = Parts::of(&nat(), true, &[], &full_host());
    let pids: Vec<i32> = parts.dnsmasq.unwrap().iter().map(|process| process.pid).collect();
    assert_eq!(pids, [13684, 13685]);
}

#[test]
fn what_no_known_network_has_is_an_orphan() {
    let nobody = Orphans::of(&[], &full_host());
    assert_eq!(nobody.bridges.as_ref().map(Vec::len), Ok(1));
    assert_eq!(nobody.dnsmasq.as_ref().map(Vec::len), Ok(3));
    assert_eq!(nobody.rules.len(), 19, "jumps belong to nobody");
    let default = nat();
    let other = Expected { name: "other".to_owned(), bridge: None, addresses: Vec::new(), ..nat() };
    let known = [&default, &other].map(|expected| Other { expected, is_active: false });
    assert!(Orphans::of(&known, &full_host()).is_empty());
    assert!(Orphans::of(&[], &empty_host()).is_empty());
}

#[test]
fn a_bridge_that_nothing_of_libvirts_names_is_no_orphan() {
    let mut host = full_host();
    host.interfaces.as_mut().unwrap().push(interface("br0", 8, "52:54:00:00:00:09"));
    let bridges = Orphans::of(&[], &host).bridges.unwrap();
    assert_eq!(bridges.iter().map(|bridge| bridge.name.as_str()).collect::<Vec<_>>(), ["virbr0"]);
}
