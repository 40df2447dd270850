//! Guests, by their XML and by the members of the bridge.

use super::*;

fn domain(name: &str, interface: &str) -> String {
    format!(
        "<domain type='qemu'><name>{name}</name><devices><interface type='user'/>{interface}</devices></domain>"
    )
}

const BY_NETWORK: &str = "<interface type='network'>\
    <source network='default' portid='1b7f5f0c-6a86-4e64-8e15-0f4a0a3c1d11' bridge='virbr0'/>\
    <target dev='vnet0'/></interface>";
const BY_BRIDGE: &str = "<interface type='bridge'><source bridge='virbr0'/><target dev='vnet1'/></interface>";

fn nics(domains: &[(&str, &str, bool)]) -> Vec<Nic> {
    let all = |(name, interface, is_running): &(&str, &str, bool)| {
        Nic::all(domain(name, interface).as_bytes(), *is_running).expect("it is XML")
    };
    domains.iter().flat_map(all).collect()
}

/// Name, interface and tie of each guest.
fn tied(expected: &Expected, host: &Host, nics: &[Nic]) -> Vec<(String, String, Tie)> {
    let parts = Parts::of(expected, true, &[], host);
    let plain =
        |guest: Guest| (guest.name.unwrap_or_default(), guest.interface.unwrap_or_default(), guest.tie);
    guests(expected, &parts, nics, &[], 0).into_iter().map(plain).collect()
}

fn is(name: &str, interface: &str, tie: Tie) -> (String, String, Tie) {
    (name.to_owned(), interface.to_owned(), tie)
}

#[test]
fn a_guests_xml_tells_where_it_is_plugged_in() {
    let nic = nics(&[("web", BY_NETWORK, true)]).remove(0);
    assert_eq!(nic.source, Source::Network("default".to_owned()));
    assert_eq!(
        nic.port.map(|port| port.to_string()).as_deref(),
        Some("1b7f5f0c-6a86-4e64-8e15-0f4a0a3c1d11")
    );
    assert_eq!(nics(&[("web", BY_BRIDGE, false)]).remove(0).device, None, "it has none while it is off");
    assert_eq!(Nic::all(b"<domain><name>x</name></domain>", true).expect("it is XML"), []);
    let cut = Nic::all(b"<domain><name>x</name>", true).expect_err("it has no end");
    assert!(cut.to_string().starts_with("its XML cannot be read: "), "{cut}");
}

#[test]
fn guests_are_found_by_network_by_bridge_and_by_membership() {
    let mut host = full_host();
    bridge_of(&mut host).members = Some(vec!["veth9".to_owned(), "vnet0".to_owned(), "vnet1".to_owned()]);
    let nics = nics(&[("web", BY_NETWORK, true), ("db", BY_BRIDGE, true), ("off", BY_NETWORK, false)]);
    assert_eq!(
        tied(&nat(), &host, &nics),
        [
            is("web", "vnet0", Tie::Member),
            is("db", "vnet1", Tie::Member),
            is("off", "", Tie::Needs),
            is("", "veth9", Tie::Member),
        ]
    );
}

#[test]
fn a_guest_that_runs_and_is_no_member_is_cut_off() {
    let nics = nics(&[("web", BY_NETWORK, true)]);
    assert_eq!(tied(&nat(), &full_host(), &nics), [is("web", "vnet0", Tie::CutOff)]);
    assert_eq!(tied(&nat(), &empty_host(), &nics), [is("web", "vnet0", Tie::CutOff)]);
}

#[test]
fn a_bridge_that_cannot_be_seen_leaves_the_guests_xml() {
    let host = Host { interfaces: Err(Unseen::NotThisHost), ..full_host() };
    let nics = nics(&[("web", BY_NETWORK, true), ("db", BY_BRIDGE, true), ("off", BY_NETWORK, false)]);
    let seen = tied(&nat(), &host, &nics);
    assert_eq!(
        seen,
        [is("web", "vnet0", Tie::Xml), is("db", "vnet1", Tie::BridgeXml), is("off", "", Tie::Needs)]
    );
    let attached: Vec<bool> = seen.iter().map(|(_, _, tie)| tie.is_attached()).collect();
    assert_eq!(attached, [true, true, false]);
}

#[test]
fn guests_of_other_networks_are_none_of_this_one() {
    let other = BY_NETWORK.replace("default", "other").replace("virbr0", "virbr1");
    assert_eq!(tied(&nat(), &full_host(), &nics(&[("web", &other, true), ("off", &other, false)])), []);
}

#[test]
fn ports_and_connections_that_nothing_else_shows_are_guests_too() {
    let mut host = full_host();
    bridge_of(&mut host).members = Some(vec!["vnet0".to_owned()]);
    let nics = nics(&[("web", BY_NETWORK, true), ("off", BY_NETWORK, false)]);
    let parts = Parts::of(&nat(), true, &[], &host);
    let port = |byte: u8, owner: Option<&str>| Port {
        uuid: virtwire_protocol::remote::Uuid([byte; 16]),
        owner: owner.map(str::to_owned),
    };
    let webs = Port { uuid: nics.first().unwrap().port.unwrap(), owner: None };
    let of = |ports: &[Port], connections| {
        let all = guests(&nat(), &parts, &nics, ports, connections);
        all.into_iter().skip(2).map(|guest| (guest.name, guest.tie)).collect::<Vec<_>>()
    };
    assert_eq!(of(std::slice::from_ref(&webs), 1), []);
    assert_eq!(of(&[port(1, Some("web"))], 1), [], "known by its name");
    let other = port(2, Some("other"));
    assert_eq!(of(std::slice::from_ref(&other), 2), [(other.owner.clone(), Tie::Port(other.uuid))]);
    assert_eq!(of(&[port(3, None)], 2), [(None, Tie::Port(port(3, None).uuid))]);
    assert_eq!(of(&[webs], 5), [(None, Tie::Connections(5))]);
}
