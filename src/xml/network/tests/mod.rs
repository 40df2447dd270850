//! Networks that are read, changed, written and compared, with exact values.

mod full;
mod keeping;

use std::net::IpAddr;

use self::full::{FULL, built};
use super::*;
use crate::xml::{ElementError, Problem, ReadError};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn full() -> Network {
    Network::parse(FULL).unwrap()
}

fn read(content: &str) -> Network {
    Network::parse(format!("<network><name>n</name>{content}</network>")).unwrap()
}

fn refused(xml: &str) -> ElementError {
    match Network::parse(xml) {
        Err(ReadError::Element(error)) => error,
        other => panic!("{xml}: {other:?}"),
    }
}

#[test]
fn everything_is_read_with_its_exact_value() {
    assert_eq!(full(), built());
}

#[test]
fn what_is_built_is_written_as_libvirt_would() {
    assert_eq!(built().to_xml(), FULL);
    assert_eq!(full().to_xml(), FULL);
    assert_eq!(Network::new("a").to_xml(), "<network>\n  <name>a</name>\n</network>\n");
}

#[test]
fn an_error_names_element_attribute_and_value() {
    let network = |content: &str| refused(&format!("<network><name>n</name>{content}</network>")).to_string();
    let same = |content: &str, expected: &str| assert_eq!(network(content), expected);
    same("<mtu size='big'/>", "network/mtu/@size: `big` is not a number from 0 to 4294967295");
    same("<mac address='52:54:00'/>", "network/mac/@address: `52:54:00` is not a MAC address");
    same("<uuid>x</uuid>", "network/uuid: `x` is not a UUID");
    same(
        "<ip address='10.0.0.1'/><ip address='10.0.1.1'><dhcp><range start='10.0.1.2'/></dhcp></ip>",
        "network/ip[2]/dhcp/range[1]/@end: it is missing",
    );
    same(
        "<ip address='10.0.0.1' prefix='129'/>",
        "network/ip[1]/@prefix: `129` is not a number of bits from 0 to 128",
    );
    same("<ip address='::1/64'/>", "network/ip[1]/@address: `::1/64` is not an IP address");
    same("<ip/>", "network/ip[1]/@address: it is missing");
    same("<dns enable='maybe'/>", "network/dns/@enable: `maybe` is not `yes` or `no`");
    same(
        "<virtualport><parameters managerid='256'/></virtualport>",
        "network/virtualport/parameters/@managerid: `256` is not a number from 0 to 255",
    );
    same(
        "<forward mode='hostdev'><address type='pci' bus='0x100'/></forward>",
        "network/forward/address[1]/@bus: `0x100` is not a number in range, decimal or in hexadecimal with 0x",
    );
    same(
        "<bandwidth><outbound average='-1'/></bandwidth>",
        "network/bandwidth/outbound/@average: `-1` is not a number from 0 to 18446744073709551615",
    );
    assert_eq!(refused("<network/>").to_string(), "network/name: it is missing");
    assert_eq!(refused("<domain/>").to_string(), "network: the element is `domain`");
    assert_eq!(
        refused("<network connections='-1'><name>n</name></network>"),
        ElementError {
            element: "network".to_owned(),
            attribute: Some("connections".to_owned()),
            problem: Problem::Value { value: "-1".to_owned(), expected: "a number from 0 to 4294967295" },
        },
        "what cannot be read is not nobody"
    );
}

#[test]
fn an_error_quotes_no_more_than_a_line() {
    let Problem::Value { value, .. } =
        refused(&format!("<network><name>n</name><mtu size='{}'/></network>", "x".repeat(1 << 20))).problem
    else {
        panic!("another problem");
    };
    assert_eq!(value.len(), 100);
}

#[test]
fn a_document_that_is_not_xml_is_an_error_of_the_parser() {
    assert!(matches!(Network::parse("<network>"), Err(ReadError::Parse(_))));
    assert!(matches!(Network::parse(b"<network>\xff</network>"), Err(ReadError::Parse(_))));
    let error = crate::Error::from(Network::parse("<network/>").unwrap_err());
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (crate::ErrorKind::Invalid, "network/name: it is missing")
    );
}

#[test]
fn words_of_a_newer_libvirt_are_kept_as_they_are() {
    let network = read("<forward mode='teleport'/><bridge macTableManager='cloud'/>");
    assert_eq!(*network.forward_mode(), ForwardMode::Other("teleport".to_owned()));
    assert!(!network.owns_bridge());
    assert!(network.to_xml().contains("<bridge macTableManager='cloud'/>"));
}

#[test]
fn a_part_of_a_network_is_read_and_written_alone() {
    let host = DhcpHost::parse("<host mac='52:54:0:0:0:1' ip='10.0.0.9'/>").unwrap();
    assert_eq!(host, DhcpHost::new("52:54:00:00:00:01".parse().unwrap(), ip("10.0.0.9")));
    assert_eq!(host.to_xml(), "<host mac='52:54:0:0:0:1' ip='10.0.0.9'/>\n");
    assert!(matches!(DhcpRange::parse("<host/>"), Err(ReadError::Element(_))));
}

#[test]
fn a_network_answers_what_it_is() {
    let modes = ["nat", "route", "open", "none", "bridge", "private", "vepa", "passthrough", "hostdev"];
    let owns = |mode: &str| read(&format!("<forward mode='{mode}'/>")).owns_bridge();
    assert_eq!(modes.map(owns), [true, true, true, true, false, false, false, false, false]);
    assert!(read("").owns_bridge(), "isolated");
    assert_eq!(*read("<forward/>").forward_mode(), ForwardMode::Nat);
    assert_eq!(read("<bridge name=''/>").bridge_name(), None);
    assert_eq!(full().bridge_name(), Some("virbr7"));
    assert_eq!((full().attached(), read("").attached()), (2, 0));
    let subnets: Vec<_> = full().subnets().collect();
    assert_eq!(subnets, [(ip("192.168.122.0"), 24), (ip("2001:db8:ca2:2::"), 64)]);
    let dhcp = |content: &str| read(&format!("<ip address='10.0.0.1'>{content}</ip>")).has_dhcp();
    assert!(full().has_dhcp() && dhcp("<dhcp><host name='a' ip='10.0.0.2'/></dhcp>"));
    assert!(!dhcp("") && !dhcp("<dhcp/>") && !read("").has_dhcp());
    let ip_and = |content: &str| read(&format!("<ip address='10.0.0.1'/>{content}")).has_dns();
    assert!(ip_and("") && ip_and("<dns/>") && !read("").has_dns());
    assert!(!ip_and("<dns enable='no'/>") && !ip_and("<forward mode='bridge'/>"));
}

#[test]
fn what_an_application_stored_is_found_by_its_namespace() {
    let network = full();
    assert_eq!(network.metadata_of("urn:a").unwrap().text(), "1");
    assert_eq!(network.metadata_of("urn:b").unwrap().name, "b");
    assert_eq!(network.metadata_of("urn:c"), None);
    assert_eq!(read("").metadata_of("urn:a"), None);
}

#[test]
fn a_subnets_length_comes_from_prefix_netmask_or_class() {
    let subnet = |attributes: &str| read(&format!("<ip {attributes}/>")).ips[0].subnet();
    assert_eq!(subnet("address='10.1.2.7' prefix='30'"), Some((ip("10.1.2.4"), 30)));
    assert_eq!(subnet("address='10.1.3.1' netmask='255.255.254.0'"), Some((ip("10.1.2.0"), 23)));
    assert_eq!(subnet("address='10.1.2.3'"), Some((ip("10.0.0.0"), 8)));
    assert_eq!(subnet("address='10.1.2.3' prefix='0'"), Some((ip("10.0.0.0"), 8)));
    assert_eq!(subnet("address='128.1.2.3'"), Some((ip("128.1.0.0"), 16)));
    assert_eq!(subnet("address='192.1.2.3'"), Some((ip("192.1.2.0"), 24)));
    assert_eq!(subnet("address='224.1.2.3'"), None);
    assert_eq!(subnet("address='10.1.2.3' prefix='33'"), None);
    assert_eq!(subnet("family='ipv6' address='fd00::1:2'"), Some((ip("fd00::"), 64)));
    assert_eq!(subnet("family='ipv6' address='fd00::1:2' prefix='127'"), Some((ip("fd00::1:2"), 127)));
    assert_eq!(Ip::new(ip("10.0.0.1"), 33), Err(NotAPrefixLength(33)));
    assert!(Route::new(ip("fd00::"), 129, ip("fd00::1")).is_err());
}

#[test]
fn a_lease_says_how_long_it_is() {
    let lasts = |xml: &str| Lease::parse(xml).unwrap().duration().map(|time| time.as_secs());
    assert_eq!(lasts("<lease expiry='2'/>"), Some(120));
    assert_eq!(lasts("<lease expiry='3' unit='hours'/>"), Some(10_800));
    assert_eq!(lasts("<lease expiry='121' unit='seconds'/>"), Some(121));
    assert_eq!(lasts("<lease expiry='0' unit='hours'/>"), None);
    assert_eq!(lasts("<lease expiry='1' unit='moons'/>"), None);
    assert_eq!(Lease::seconds(300).to_xml(), "<lease expiry='300' unit='seconds'/>\n");
}

#[test]
fn a_mac_address_is_six_bytes_and_nothing_else() {
    let mac = |text: &str| text.parse::<MacAddress>();
    assert_eq!(mac("0:1:22:aB:Cd:ff"), Ok(MacAddress([0, 1, 0x22, 0xab, 0xcd, 0xff])));
    for wrong in [
        "",
        "0:1:2:3:4",
        "0:1:2:3:4:5:6",
        "0:1:2:3:4:",
        "0:1:2:3:4:100",
        "0:1:2:3:4:+5",
        "0-1-2-3-4-5",
        " 0:1:2:3:4:5",
    ] {
        assert!(mac(wrong).is_err(), "{wrong}");
    }
    assert!(
        mac("01:00:5e:00:00:01").unwrap().is_multicast() && !mac("52:54:00:00:00:01").unwrap().is_multicast()
    );
}

#[test]
fn what_libvirt_fills_in_while_a_network_runs_is_no_difference() {
    let stored = read("<forward mode='nat'/><ip address='10.0.0.1'/>");
    let differs = |live: &str| {
        Network::parse(format!("<network connections='3'><name>n</name>{live}</network>"))
            .unwrap()
            .differs_from_stored(&stored)
    };
    let nat =
        |ports: &str| format!("<forward mode='nat'><nat>{ports}</nat></forward><ip address='10.0.0.1'/>");
    assert!(!differs(&nat("<port start='1024' end='65535'/>")));
    assert!(differs(&nat("<port start='1025' end='65535'/>")));
    assert!(differs("<forward mode='route'/><ip address='10.0.0.1'/>"));
    assert!(
        differs(&nat("").replace("/>", "><dhcp><host name='a' ip='10.0.0.2'/></dhcp></ip>")),
        "a host was added live"
    );
    let pool = read("<forward mode='hostdev'><pf dev='eth0'/></forward>");
    let running = read(
        "<forward mode='hostdev'><pf dev='eth0'/><address type='pci' bus='3' connections='1'/></forward>",
    );
    assert!(!running.differs_from_stored(&pool));
    let vepa = |connections: &str| {
        read(&format!("<forward dev='a' mode='vepa'><interface dev='a' {connections}/></forward>"))
    };
    assert!(!vepa("connections='1'").differs_from_stored(&vepa("")));
}

#[test]
fn forwarding_to_one_interface_is_said_in_both_places() {
    let mut forward =
        Forward::parse("<forward mode='nat' dev='eth0'><interface dev='eth0' x='1'/></forward>").unwrap();
    forward.set_dev(Some("eth1"));
    assert_eq!(
        forward.to_xml(),
        "<forward mode='nat' dev='eth1'>\n  <interface dev='eth1' x='1'/>\n</forward>\n"
    );
    forward.set_dev(None);
    assert_eq!(forward.to_xml(), "<forward mode='nat'/>\n");
}
