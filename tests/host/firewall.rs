//! The firewall, in each way that a kernel keeps it.

use virtwire::host::{Backend, Chain, Host, Rule, Whose};

use crate::lab::Lab;
use crate::lab::state::State;
use crate::within;

/// The rules of a backend that was seen whole.
pub(crate) fn rules(host: &Host, backend: Backend) -> &[Rule] {
    let looks: Vec<_> = host.firewall.iter().filter(|(kept, _)| *kept == backend).collect();
    let [(_, Ok(rules))] = looks.as_slice() else { panic!("not seen whole: {looks:?}") };
    rules
}

/// The rules in libvirt's own chains, as the lab has them.
fn of_libvirt(rules: &[Rule]) -> Vec<String> {
    let own = rules.iter().filter(|rule| rule.chain.starts_with("LIBVIRT_"));
    own.map(|rule| format!("-A {} {}", rule.chain, rule.text)).collect()
}

fn in_table(rules: &[Rule], table: &str) -> usize {
    rules.iter().filter(|rule| rule.table == table && rule.chain.starts_with("LIBVIRT_")).count()
}

/// The tables that a namespace has, of both kinds.
fn tables(lab: &Lab) -> String {
    let ask = "nft list tables; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names";
    lab.exec(&["sh", "-c", ask]).expect_ok().out()
}

#[test]
fn a_look_makes_no_table() {
    let Some(lab) = Lab::start() else { return };
    lab.exec(&["sh", "-c", "nft flush ruleset"]).expect_ok();
    assert_eq!(tables(&lab), "");
    let host = within::network_of(&lab, Whose::Ours);
    assert_eq!(tables(&lab), "");
    for backend in [Backend::IptablesNft, Backend::IptablesLegacy, Backend::Nftables] {
        assert_eq!(rules(&host, backend), []);
    }
    assert_eq!(host.chains, []);
}

#[test]
fn the_rules_of_a_network_are_seen_once_each_and_its_chains_stay() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let host = within::network_of(&lab, Whose::Ours);
    let seen = rules(&host, Backend::IptablesNft);
    assert_eq!(of_libvirt(seen), lab.rules());
    assert_eq!(["filter", "nat", "mangle"].map(|table| in_table(seen, table)), [13, 5, 1]);
    assert_eq!((rules(&host, Backend::IptablesLegacy), rules(&host, Backend::Nftables)), (&[][..], &[][..]));
    let masquerade: Vec<_> = seen.iter().filter(|rule| rule.text.contains("MASQUERADE")).collect();
    assert_eq!(masquerade.len(), 3);
    assert!(masquerade.iter().all(|rule| {
        rule.subnets
            .iter()
            .all(|(address, length)| (address.to_string(), *length) == ("192.168.122.0".to_owned(), 24))
    }));

    lab.virsh(&["net-destroy", "default"]).expect_ok();
    let host = within::network_of(&lab, Whose::Ours);
    let left = rules(&host, Backend::IptablesNft);
    assert_eq!(of_libvirt(left), Vec::<String>::new());
    let jumps =
        left.iter().filter(|rule| rule.target.as_ref().is_some_and(|name| name.starts_with("LIBVIRT_")));
    // Of each family: INPUT, OUTPUT and three in FORWARD; POSTROUTING of nat and of mangle.
    assert_eq!(jumps.count(), 14);
    let is_libvirts = |chain: &&Chain| chain.name.starts_with("LIBVIRT_") && !chain.is_base;
    assert_eq!(host.chains.iter().filter(is_libvirts).count(), 14);
}

#[test]
fn rules_of_iptables_of_old_are_seen_beside_the_others() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let add = "iptables-legacy -t nat -A PREROUTING -p tcp -j DNAT --to-destination 192.168.122.50:80; \
               ip6tables-legacy -A FORWARD -i virbr0 -j ACCEPT";
    lab.exec(&["sh", "-c", add]).expect_ok();
    let host = within::network_of(&lab, Whose::Ours);
    let [v4, v6] = rules(&host, Backend::IptablesLegacy) else { panic!("{:?}", host.firewall) };
    assert_eq!((v4.family.as_str(), v4.table.as_str(), v4.chain.as_str()), ("ip", "nat", "PREROUTING"));
    assert_eq!(v4.subnets, [([192, 168, 122, 50].into(), 32)]);
    assert_eq!(
        (v6.family.as_str(), v6.table.as_str(), v6.interfaces.as_slice()),
        ("ip6", "filter", &["virbr0".to_owned()][..])
    );
    assert_eq!(of_libvirt(rules(&host, Backend::IptablesNft)).len(), 19);
}

#[test]
fn rules_of_nftables_outlive_the_interface_that_they_name_by_index() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let make = "ip link add vwnft type bridge; nft add table inet mine; nft add chain inet mine c; \
                nft add rule inet mine c iif vwnft ip daddr 192.168.77.0/24 counter accept; \
                cat /sys/class/net/vwnft/ifindex";
    let index = lab.exec(&["sh", "-c", make]).expect_ok().out().trim().parse().expect("an index");
    let seen = |host: &Host| {
        let [rule] = rules(host, Backend::Nftables) else { panic!("{:?}", host.firewall) };
        rule.clone()
    };
    let with = seen(&within::network_of(&lab, Whose::Ours));
    assert_eq!((with.family.as_str(), with.table.as_str(), with.chain.as_str()), ("inet", "mine", "c"));
    assert_eq!(
        (with.interfaces.as_slice(), with.indexes.as_slice()),
        (&["vwnft".to_owned()][..], &[index][..])
    );
    assert_eq!(with.subnets, [([192, 168, 77, 0].into(), 24)]);
    lab.exec(&["ip", "link", "delete", "vwnft"]).expect_ok();
    let without = seen(&within::network_of(&lab, Whose::Ours));
    assert_eq!((without.interfaces.as_slice(), without.indexes.as_slice()), (&[][..], &[index][..]));
    let handle = without.handle.expect("nft prints handles").to_string();
    lab.exec(&["nft", "delete", "rule", "inet", "mine", "c", "handle", &handle]).expect_ok();
    assert_eq!(rules(&within::network_of(&lab, Whose::Ours), Backend::Nftables), []);
}
