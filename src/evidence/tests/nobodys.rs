//! What is nobody's, and when nothing can be called so.

use super::*;
use crate::host::Daemon;

/// A rule as nft prints those of libvirt's own table.
fn nft(chain: &str, handle: u64, index: Option<u32>, target: Option<&str>) -> Rule {
    let link =
        r#"{"match": {"op": "==", "left": {"meta": {"key": "oif"}}, "right": INDEX}}, {"reject": null}"#;
    let link = index.map(|index| link.replace("INDEX", &index.to_string())).unwrap_or_default();
    Rule {
        text: format!(r#"{{"expr": [{link}]}}"#),
        backend: Backend::Nftables,
        table: "libvirt_network".to_owned(),
        handle: Some(handle),
        indexes: index.into_iter().collect(),
        target: target.map(str::to_owned),
        ..rule("", chain, None, None)
    }
}

fn with_rules(rules: &[Rule]) -> Host {
    let mut host = full_host();
    *rules_of(&mut host) = rules.to_vec();
    host
}

fn survey(asked: Asked, daemons: &[(i32, &'static str)], host: Host) -> Survey {
    let daemons =
        daemons.iter().map(|(pid, program)| Daemon { pid: *pid, program: (*program).into() }).collect();
    let (unread, nics) = (None, Ok(Vec::new()));
    Survey {
        networks: Vec::new(),
        unread,
        asked,
        daemons: Ok(daemons),
        nics,
        host,
        hostname: None,
        is_elsewhere: false,
    }
}

fn asked(hypervisor: &str) -> Asked {
    Asked::Daemon { pid: Some(7), hypervisor: hypervisor.to_owned() }
}

fn known(told: Told) -> Known {
    Known {
        name: "default".try_into().unwrap(),
        uuid: None,
        told,
        expected: nat(),
        differs_from_stored: false,
        connections: 0,
        ports: Vec::new(),
        leases: None,
    }
}

#[test]
fn what_all_networks_share_is_nobodys() {
    let shared = [
        nft("forward", 3, None, Some("guest_cross")),
        nft("forward", 5, None, Some("guest_input")),
        nft("forward", 7, None, Some("guest_output")),
    ];
    assert!(Orphans::of(&[], &with_rules(&shared)).rules.is_empty());
    let own = nft("guest_input", 9, Some(17), None);
    let rules =
        Orphans::of(&[], &with_rules(&[shared.as_slice(), std::slice::from_ref(&own)].concat())).rules;
    assert_eq!(rules, [own], "an index that is gone");
}

#[test]
fn a_bridge_is_libvirts_where_all_that_libvirt_makes_for_one_names_it() {
    let mut host = full_host();
    host.interfaces.as_mut().unwrap().push(interface("br0", 8, "52:54:00:00:00:09"));
    rules_of(&mut host).push(in_chain("ip", "filter", "LIBVIRT_FWX -i br0 -o br0 -j ACCEPT"));
    let orphans = Orphans::of(&[], &host);
    let names = |all: &[Interface]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&orphans.bridges.unwrap()), ["virbr0"]);
    assert_eq!(names(&orphans.doubtful), ["br0"]);
    assert!(orphans.rules.iter().all(|rule| rule.interfaces != ["br0", "br0"]), "its rule is in use, too");
    assert_eq!(orphans.rules.len(), 19);
    // A rule that libvirt does not make says nothing of libvirt at all.
    rules_of(&mut host).pop();
    rules_of(&mut host).push(in_chain("ip", "filter", "LIBVIRT_FWX -i br0 -j ACCEPT"));
    assert_eq!(Orphans::of(&[], &host).doubtful, []);
}

#[test]
fn rules_that_name_no_network_are_none_of_a_networks() {
    let rules = [
        rule("filter", "LIBVIRT_FWX", None, None),
        rule("filter", "LIBVIRT_FWI", None, Some("10.9.8.7/32")),
        rule("filter", "LIBVIRT_FWI", Some("virbr+"), None),
        rule("filter", "LIBVIRT_FWI", Some("eth0"), None),
        in_chain("ip", "nat", "LIBVIRT_PRT -s 10.9.8.0/24 ! -d 10.9.8.0/24 -o eth0 -j MASQUERADE"),
    ];
    let mut host = empty_host();
    *rules_of(&mut host) = rules.to_vec();
    assert_eq!(Orphans::of(&[], &host).rules, rules[4..]);
}

#[test]
fn a_running_network_whose_bridge_is_gone_still_has_its_rules() {
    let mut host = empty_host();
    rules_of(&mut host).push(nft("guest_input", 9, Some(17), None));
    let expected = nat();
    let rules = |is_active| Orphans::of(&[Other { expected: &expected, is_active }], &host).rules.len();
    assert_eq!((rules(true), rules(false)), (0, 1));
}

#[test]
fn where_rules_name_an_interface_that_is_gone_a_network_without_bridge_is_not_verified() {
    let mut host = empty_host();
    let clean = survey(asked("QEMU"), &[(7, "libvirtd")], host.clone());
    assert!(clean.inspect(&known(told(false, false))).judgement.is_verified());
    rules_of(&mut host).push(nft("guest_input", 9, Some(17), None));
    let seen = survey(asked("QEMU"), &[(7, "libvirtd")], host).inspect(&known(told(false, false)));
    assert_eq!(seen.judgement.health, Health::Disabled);
    let reason = "1 rule of libvirt's names an interface that is gone, perhaps its bridge: 'net-cleanup' without a \
                  name shows them";
    assert_eq!(seen.judgement.unverified, [reason]);
}

#[test]
fn only_a_daemon_that_keeps_the_hosts_networks_alone_knows_what_is_nobodys() {
    let reason = |asked, daemons: &[(i32, &'static str)]| survey(asked, daemons, full_host()).orphans().err();
    for daemons in [
        &[(7, "libvirtd")][..],
        &[(7, "virtqemud")],
        &[(7, "virtqemud"), (8, "virtnetworkd")],
        &[(7, "virtnetworkd"), (8, "virtqemud")],
    ] {
        assert_eq!(reason(asked("QEMU"), daemons), None, "{daemons:?}");
    }
    let told = |daemon: &str| Some(format!("{daemon} runs here, and was not asked for its networks"));
    assert_eq!(reason(asked("QEMU"), &[(7, "libvirtd"), (8, "libvirtd")]), told("libvirtd (PID 8)"));
    assert_eq!(reason(asked("network"), &[(7, "virtnetworkd"), (6, "libvirtd")]), told("libvirtd (PID 6)"));
    assert_eq!(reason(asked("QEMU"), &[(7, "virtqemud"), (8, "libvirtd")]), told("libvirtd (PID 8)"));
    let test = "the driver that was asked (TEST) knows no networks of this host";
    assert_eq!(reason(asked("TEST"), &[(7, "libvirtd")]).as_deref(), Some(test));
    assert_eq!(reason(Asked::Files, &[]), None);
    assert_eq!(reason(Asked::Files, &[(8, "virtqemud")]), told("virtqemud (PID 8)"));
    let mut survey = survey(Asked::Files, &[], full_host());
    survey.unread = Some("no".to_owned());
    assert_eq!(survey.orphans().err().as_deref(), Some("no"));
}

#[test]
fn what_is_there_while_a_daemon_runs_that_was_not_asked_may_be_in_use() {
    let seen = survey(Asked::Files, &[(8, "libvirtd")], full_host()).inspect(&known(told(false, false)));
    assert_eq!(seen.judgement.health, Health::Unknown);
    assert_eq!(seen.judgement.of_word(Word::Left).count(), 0);
    assert_eq!(seen.judgement.unverified, ["libvirtd (PID 8) runs, and was not asked"]);
    let two = survey(asked("QEMU"), &[(7, "libvirtd"), (8, "virtnetworkd")], full_host());
    let seen = two.inspect(&known(told(false, false)));
    assert_eq!(seen.judgement.health, Health::Unknown, "the other one may run it");
    assert_eq!(seen.judgement.unverified, ["virtnetworkd (PID 8) runs, and was not asked"]);
    let mut hidden = survey(Asked::Files, &[], full_host());
    hidden.daemons = Err(Unseen::Contained);
    let seen = hidden.inspect(&known(told(false, false))).judgement;
    assert_eq!((seen.health, seen.unverified), (Health::Unknown, vec![Unseen::Contained.to_string()]));
    assert_eq!(hidden.orphans().err(), Some(Unseen::Contained.to_string()));
    let alone = survey(Asked::Files, &[], full_host()).inspect(&known(told(false, false)));
    assert_eq!(alone.judgement.health, Health::LeftBehind);
    let nothing = survey(Asked::Files, &[(8, "libvirtd")], empty_host()).inspect(&known(told(false, false)));
    assert_eq!(nothing.judgement.health, Health::Disabled);
    assert!(nothing.judgement.is_verified());
}

#[test]
fn a_network_of_which_it_is_not_known_whether_it_runs_has_left_nothing() {
    let unknown = || Told::Unknown("its file is cut".to_owned());
    let judgement = judged(&nat(), &unknown(), &full_host());
    assert_eq!(judgement.health, Health::Unknown);
    assert_eq!(judgement.unverified, ["its file is cut"]);
    let words: Vec<Word> = judgement.findings.iter().map(|finding| finding.word).collect();
    assert!(words.contains(&Word::Present) && !words.contains(&Word::Left), "{:?}", lines(&judgement));
}

#[test]
fn a_rule_that_nft_printed_is_deleted_by_its_handle_and_the_others_by_their_words() {
    let command = |rule: &Rule| {
        let mut words = Leftover::Rule(rule.clone()).command();
        let program = words.remove(0);
        (program.rsplit('/').next().unwrap_or_default().to_owned(), words.join(" "))
    };
    let text = r#"-s 192.168.122.0/24 -m comment --comment "two \"words\"" -j RETURN"#.to_owned();
    let printed = Rule { text, ..rule("nat", "LIBVIRT_PRT", None, None) };
    let (program, words) = command(&printed);
    assert!(program.starts_with("iptables"), "{program}");
    assert_eq!(
        words,
        r#"-w -t nat -D LIBVIRT_PRT -s 192.168.122.0/24 -m comment --comment two "words" -j RETURN"#
    );
    let by_nft = Rule { handle: Some(12), text: r#"{"family": "ip"}"#.to_owned(), ..printed };
    assert_eq!(
        command(&by_nft),
        ("nft".to_owned(), "delete rule ip nat LIBVIRT_PRT handle 12".to_owned()),
        "also of a table that iptables made"
    );
}

#[test]
fn what_was_nobodys_stays_so_while_the_rest_of_it_is_removed() {
    let mut host = full_host();
    let orphans = Orphans::of(&[], &host);
    let bridge = Leftover::Bridge(orphans.bridges.unwrap().remove(0));
    let one = Leftover::Rule(orphans.rules.last().unwrap().clone());
    rules_of(&mut host).truncate(8);
    assert!(Orphans::of(&[], &host).bridges.unwrap().is_empty(), "less names it than before");
    let mut survey = survey(asked("QEMU"), &[(7, "libvirtd")], host);
    assert!(survey.is_nobodys(&bridge) && survey.is_nobodys(&one));
    survey.networks.push(known(told(true, false)));
    assert!(!survey.is_nobodys(&bridge) && !survey.is_nobodys(&one), "a network of that bridge came");
    survey.networks.clear();
    survey.daemons = Ok(vec![Daemon { pid: 8, program: "libvirtd".into() }]);
    assert!(!survey.is_nobodys(&bridge), "another daemon came");
}

#[test]
fn a_handle_that_another_rule_has_got_is_not_the_rule_that_was_seen() {
    let host = |rules: &[Rule]| with_rules(rules);
    let seen = nft("guest_input", 9, Some(17), None);
    let left = Leftover::Rule(seen.clone());
    assert!(left.is_there(&host(std::slice::from_ref(&seen))));
    // The bridge was there when it was seen first, and had a name.
    let named = Rule { interfaces: vec!["virbr0".to_owned()], text: "by name".to_owned(), ..seen.clone() };
    assert!(Leftover::Rule(named).is_there(&host(&[seen])));
    // The table was made anew, for a network that runs.
    assert!(!left.is_there(&host(&[nft("guest_input", 9, Some(18), None)])));
}

#[test]
fn what_changed_is_still_the_same_and_what_took_its_place_is_not() {
    let bridge = interface("virbr0", 6, MAC);
    let members = Some(vec!["vnet0".to_owned()]);
    let changed = Interface { is_up: false, addresses: Vec::new(), members, ..bridge.clone() };
    let anew = Interface { index: 7, ..bridge.clone() };
    let left = Leftover::Bridge(bridge);
    assert!(left.is_same(&Leftover::Bridge(changed)));
    assert!(!left.is_same(&Leftover::Bridge(anew)));
    assert!(!left.is_same(&Leftover::Process(process(6, "virbr0"))));
}
