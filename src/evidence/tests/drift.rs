//! Active networks that lack something, inactive ones of which something is there.

use super::*;

fn missing(judgement: &Judgement) -> Vec<String> {
    judgement.of_word(Word::Missing).map(|finding| finding.what.clone()).collect()
}

#[test]
fn a_deleted_bridge_is_missing_and_only_a_new_start_makes_it() {
    let mut host = full_host();
    host.interfaces.as_mut().unwrap().pop();
    let judgement = judged(&nat(), &told(true, true), &host);
    assert_eq!(judgement.health, Health::Degraded);
    assert_eq!(missing(&judgement), ["virbr0 52:54:00:91:a8:c6"]);
    assert_eq!(judgement.repairs, [Repair::StopAndStart]);
}

#[test]
fn a_killed_dnsmasq_is_missing_where_one_is_needed() {
    let mut host = full_host();
    host.dnsmasq = Ok(vec![process(99, "other")]);
    let judgement = judged(&nat(), &told(true, true), &host);
    assert_eq!(judgement.health, Health::Degraded);
    assert_eq!(missing(&judgement), ["no process serves this network"]);
    assert_eq!(judgement.repairs, [Repair::Reload]);
    let silent = expected_of(&xml("", "<dns enable='no'/><ip address='192.168.122.1' prefix='24'/>"));
    assert_eq!(judged(&silent, &told(true, true), &host).health, Health::Enabled);
}

#[test]
fn flushed_rules_are_missing_all_or_in_part() {
    let whole = full_host();
    let without = |is_flushed: fn(&Rule) -> bool| {
        let mut host = whole.clone();
        rules_of(&mut host).retain(|rule| !is_flushed(rule));
        let judgement = judged(&nat(), &told(true, true), &host);
        assert_eq!(judgement.health, Health::Degraded);
        (missing(&judgement), judgement.repairs)
    };
    let said = |what: &str, repair| (vec![what.to_owned()], vec![repair]);
    assert_eq!(without(|_| true), said("no rule of libvirt's for this network", Repair::Reload));
    let nat = "none that hides the guests' addresses (NAT)";
    assert_eq!(without(|rule| rule.table == "nat"), said(nat, Repair::Reload));
    assert_eq!(without(|rule| rule.chain.ends_with("_INP")), said("none in LIBVIRT_INP", Repair::Reload));
    // Reloading makes rules, and not what leads to them.
    let jump = "no rule in nat leads to LIBVIRT_PRT";
    assert_eq!(without(|rule| rule.chain == "POSTROUTING"), said(jump, Repair::Restart));
}

#[test]
fn a_network_without_rules_of_its_own_misses_none() {
    let mut host = full_host();
    rules_of(&mut host).clear();
    let open = expected_of(&xml("<forward mode='open'/>", IP));
    let judgement = judged(&open, &told(true, true), &host);
    assert_eq!(judgement.health, Health::Enabled, "{:?}", lines(&judgement));
}

#[test]
fn a_bridge_that_is_off_or_without_its_address_is_named_with_what_repairs_it() {
    let mut host = full_host();
    bridge_of(&mut host).is_up = false;
    bridge_of(&mut host).addresses.clear();
    let judgement = judged(&nat(), &told(true, true), &host);
    assert_eq!(judgement.health, Health::Degraded);
    assert_eq!(missing(&judgement), ["virbr0 is switched off", "address 192.168.122.1/24"]);
    let (name, address) = ("virbr0".to_owned(), "192.168.122.1/24".to_owned());
    assert_eq!(judgement.repairs, [Repair::SwitchOn(name.clone()), Repair::AddAddress(name, address)]);
}

#[test]
fn forwarding_that_is_off_is_missing_where_guests_need_it() {
    let mut host = full_host();
    host.forwarding = Ok(Forwarding { ipv4: false, ipv6: None });
    let judgement = judged(&nat(), &told(true, true), &host);
    assert_eq!(judgement.health, Health::Degraded);
    assert_eq!(judgement.repairs, [Repair::Forward("net.ipv4.ip_forward")]);
    rules_of(&mut host).retain(|rule| rule.table == "filter");
    let isolated = judged(&expected_of(&xml("", IP)), &told(true, true), &host);
    assert_eq!(isolated.health, Health::Enabled, "{:?}", lines(&isolated));
}

#[test]
fn what_an_inactive_or_absent_network_has_is_left_behind() {
    for told in [told(false, false), told(false, true), Told::Absent] {
        let judgement = judged(&nat(), &told, &full_host());
        assert_eq!(judgement.health, Health::LeftBehind);
        let left: Vec<_> = judgement.of_word(Word::Left).map(|finding| finding.what.as_str()).collect();
        assert_eq!(
            left,
            ["virbr0 52:54:00:91:a8:c6", "13684 13685", "6 (iptables-nft: filter 5, nat 1)"],
            "{told:?}"
        );
    }
}

#[test]
fn a_bridge_of_the_same_name_that_someone_else_made_is_foreign() {
    let mut host = empty_host();
    host.interfaces.as_mut().unwrap().push(interface("virbr0", 9, "02:00:00:00:00:01"));
    let judgement = judged(&nat(), &told(false, false), &host);
    assert_eq!(judgement.health, Health::Disabled, "it is not left behind");
    assert_eq!(
        lines(&judgement).first().unwrap(),
        "foreign bridge virbr0 02:00:00:00:00:01 (not this network's)"
    );
    let judgement = judged(&nat(), &told(true, true), &host);
    assert_eq!(judgement.health, Health::Degraded);
    let room = Repair::MakeRoom("virbr0".to_owned());
    assert_eq!(judgement.repairs.first(), Some(&room), "libvirt would delete it");
    // No bridge at all, but an interface of that name.
    let mut host = full_host();
    bridge_of(&mut host).members = None;
    assert_eq!(judged(&nat(), &told(true, true), &host).health, Health::Degraded);
}

#[test]
fn a_bridge_of_the_hosts_own_is_never_left_behind() {
    let hosts = expected_of(&xml("<forward mode='bridge'/>", ""));
    let mut host = full_host();
    for (told, health) in [(told(true, true), Health::Enabled), (told(false, false), Health::Disabled)] {
        let judgement = judged(&hosts, &told, &host);
        assert_eq!(judgement.health, health);
        assert_eq!(lines(&judgement), ["kept bridge virbr0 52:54:00:91:a8:c6 (the host's own)"]);
    }
    host.interfaces = Err(Unseen::NotThisHost);
    assert!(judged(&hosts, &told(false, false), &host).is_verified(), "there is nothing to verify");
    host.interfaces = Ok(Vec::new());
    assert_eq!(judged(&hosts, &told(true, true), &host).health, Health::Degraded, "its guests reach nothing");
}
