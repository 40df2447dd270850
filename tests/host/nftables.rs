//! libvirt's own nftables rules, where the daemon is new enough to make them.

use virtwire::host::{Backend, Host, Rule, Whose};

use crate::lab::Lab;
use crate::lab::state::State;
use crate::{disk, firewall, within};

/// The rules that libvirt made for networks, not those that lead to them.
fn of_libvirt(host: &Host) -> Vec<Rule> {
    let own = |rule: &&Rule| rule.table == "libvirt_network" && rule.target.is_none();
    firewall::rules(host, Backend::Nftables).iter().filter(own).cloned().collect()
}

#[test]
fn a_networks_own_rules_are_known_by_index_and_by_handle() {
    let Some(lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    let index = index_of(&lab, "virbr0");
    let host = within::network_of(&lab, Whose::Ours);
    assert_eq!(firewall::rules(&host, Backend::IptablesNft), []);
    let rules = of_libvirt(&host);
    assert_eq!(rules.len(), 10, "{rules:#?}");
    assert_eq!(rules.iter().filter(|rule| rule.indexes.contains(&index)).count(), 5);
    let subnet = ([192, 168, 122, 0].into(), 24);
    assert_eq!(rules.iter().filter(|rule| rule.subnets.contains(&subnet)).count(), 7);
    assert_eq!(handles(&lab), by_handle(&rules));

    lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
    let orphans = of_libvirt(&within::network_of(&lab, Whose::Ours));
    assert!(orphans.iter().all(|rule| rule.interfaces.is_empty()));
    assert_eq!(orphans.iter().filter(|rule| rule.indexes.contains(&index)).count(), 5);
    assert_eq!(by_handle(&orphans), by_handle(&rules));

    lab.virsh(&["net-destroy", "default"]);
    let host = within::network_of(&lab, Whose::Ours);
    assert_eq!(of_libvirt(&host), []);
    let chains = host.chains.iter().filter(|chain| chain.table == "libvirt_network");
    assert_eq!(chains.filter(|chain| chain.name == "guest_nat" && chain.is_base).count(), 2);
}

fn index_of(lab: &Lab, interface: &str) -> u32 {
    let said = lab.exec(&["ip", "-o", "link", "show", interface]).expect_ok().out();
    said.split(':').next().expect("a number").parse().expect("a number")
}

/// Family, table, chain and handle.
type Place = (String, String, String, u64);

/// What the status file says.
fn handles(lab: &Lab) -> Vec<Place> {
    let rules = disk::only(&disk::look(lab)).rules();
    let mut places: Vec<_> =
        rules.into_iter().map(|rule| (rule.family, rule.table, rule.chain, rule.handle)).collect();
    places.sort();
    places
}

fn by_handle(rules: &[Rule]) -> Vec<Place> {
    let place = |rule: &Rule| {
        let handle = rule.handle.expect("nft prints handles");
        (rule.family.clone(), rule.table.clone(), rule.chain.clone(), handle)
    };
    let mut places: Vec<_> = rules.iter().map(place).collect();
    places.sort();
    places
}
