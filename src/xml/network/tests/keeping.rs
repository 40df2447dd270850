//! What has no field, and how things are spelled, survives reading and writing, and every change of something else.

use super::super::*;
use super::full::FULL;
use super::{full, ip, read};
use crate::xml::{Attribute, Node};

/// Puts an unknown attribute and unknown content into this element and all elements in it, except in what is kept whole.
fn strew(element: &mut Element, count: &mut usize) {
    let has_text = element.nodes.iter().any(|node| matches!(node, Node::Text(_)));
    for node in &mut element.nodes {
        if let Node::Element(inner) = node {
            strew(inner, count);
        }
    }
    *count += 1;
    let unknown = |number: usize| {
        Element::new("x:unknown").with("n", number.to_string()).with_element(Element::new("y"))
    };
    element.attributes.insert(0, Attribute { name: "x:first".to_owned(), value: count.to_string() });
    element.attributes.push(Attribute { name: "last".to_owned(), value: "'\"<&".to_owned() });
    if has_text {
        element.nodes.push(Node::Comment(count.to_string()));
        return;
    }
    for at in (0..=element.nodes.len()).rev() {
        element.nodes.insert(at, Node::Element(unknown(at)));
        element.nodes.insert(at, Node::Instruction(format!("p {at}")));
        element.nodes.insert(at, Node::Comment(format!(" {count} {at} ")));
    }
}

fn strewn() -> Element {
    let mut element = Element::parse(FULL.as_bytes()).unwrap();
    let mut count = 0;
    strew(&mut element, &mut count);
    let elements = FULL.matches('<').count() - FULL.matches("</").count();
    assert_eq!(count, elements);
    element
}

#[test]
fn unknown_content_everywhere_is_written_as_it_was_read() {
    let element = strewn();
    let network = Network::from_element(element.clone()).unwrap();
    assert_eq!(network.to_element(), element);
    assert_eq!(network.to_xml(), element.to_xml());
    assert_eq!(network.ips, full().ips, "the fields are those of the document without unknown content");
}

#[test]
fn a_change_touches_nothing_else() {
    let mut network = Network::from_element(strewn()).unwrap();
    network.mtu = Some(1400);
    network.ips[0].dhcp.as_mut().unwrap().hosts[0].name = Some("bar".to_owned());
    network.portgroups[0].bandwidth.as_mut().unwrap().inbound.as_mut().unwrap().average = Some(501);
    let expected = strewn().to_xml();
    let expected = expected.replace("size='9000'", "size='1400'").replace("name='foo'", "name='bar'");
    assert_eq!(network.to_xml(), expected.replace("average='500'", "average='501'"));
}

#[test]
fn the_spelling_of_what_is_not_changed_stays() {
    let document = "<network ipv6='YES'>
  <ip prefix='064' address='FD00:0::1' family='ipv6'/>
  <mac address='52:54:0:AA:C2:2B'/>
  <forward mode='hostdev'>
    <address function='7' slot='0X1F' bus='010' type='pci' domain='0'/>
  </forward>
  <virtualport type='802.1Qbg'>
    <parameters typeid='0xABC'/>
  </virtualport>
  <name>n<!-- m --></name>
  <uuid/>
  <bridge name='' delay='00'/>
</network>
";
    let mut network = Network::parse(document).unwrap();
    assert_eq!(network.to_xml(), document);
    let device = network.forward.as_ref().unwrap().addresses[0].clone();
    assert_eq!((device.domain, device.bus, device.slot, device.function), (0, 8, 31, 7));
    assert_eq!((network.uuid, network.ipv6), (None, Some(true)));
    network.ipv6 = Some(false);
    assert_eq!(network.to_xml(), document.replace("YES", "no"));
}

#[test]
fn what_libvirt_takes_is_read_as_libvirt_reads_it() {
    let document = "<network>
  <name>n</name>
  <forward mode='hostdev' managed='maybe'/>
  <bridge stp='yes' delay='-1'/>
  <dns>
    <forwarder addr='fe80::1%eth0'/>
  </dns>
  <portgroup name='p' default='true'/>
</network>
";
    let mut network = Network::parse(document).unwrap();
    assert_eq!(network.to_xml(), document);
    let bridge = network.bridge.clone().unwrap();
    assert_eq!((bridge.stp, bridge.delay), (Some(true), Some(u64::MAX)));
    assert_eq!(network.forward.as_ref().unwrap().managed, Some(false));
    assert_eq!(network.portgroups[0].default, Some(false));
    let forwarder = &mut network.dns.as_mut().unwrap().forwarders[0];
    assert_eq!(forwarder.address, Some(ip("fe80::1")));
    forwarder.address = Some(ip("fe80::2"));
    network.portgroups[0].default = Some(true);
    let expected = document.replace("fe80::1%eth0", "fe80::2").replace("'true'", "'yes'");
    assert_eq!(network.to_xml(), expected);
}

#[test]
fn what_is_new_stands_where_libvirt_has_it() {
    let mut network = Network::parse(
        "<network><!-- mine --><name>n</name><ip address='10.0.0.1' prefix='24'>\n  </ip></network>",
    )
    .unwrap();
    network.connections = Some(1);
    network.uuid = Some("81ff0d90-c91e-6742-64da-4a736edb9a9b".parse().unwrap());
    network.domain = Some("a.example".into());
    network.routes.push(Route::new(ip("10.1.0.0"), 16, ip("10.0.0.2")).unwrap());
    network.ips.push(Ip::new(ip("fd00::1"), 64).unwrap());
    network.ips[0].local_ptr = Some(true);
    network.ips[0].dhcp.get_or_insert_default().ranges.push(DhcpRange::new(ip("10.0.0.2"), ip("10.0.0.9")));
    let expected = "<network connections='1'>
  <!-- mine -->
  <name>n</name>
  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>
  <domain name='a.example'/>
  <ip address='10.0.0.1' prefix='24' localPtr='yes'>
    <dhcp>
      <range start='10.0.0.2' end='10.0.0.9'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00::1' prefix='64'/>
  <route address='10.1.0.0' prefix='16' gateway='10.0.0.2'/>
</network>
";
    assert_eq!(network.to_xml(), expected);
}

#[test]
fn what_is_dropped_is_gone_with_all_it_held() {
    let mut network = Network::from_element(strewn()).unwrap();
    network.forward = None;
    network.dns = None;
    network.mtu = None;
    network.title = None;
    network.ips.remove(0);
    network.dnsmasq_options.clear();
    let again = Network::parse(network.to_xml()).unwrap();
    assert_eq!(again, network);
    assert_eq!((again.forward, again.dns, again.mtu, again.title), (None, None, None, None));
    assert_eq!(again.ips, [full().ips[1].clone()]);
    let built = Network { forward: None, dns: None, mtu: None, title: None, ..full() };
    assert!(!built.to_xml().contains("forward") && !built.to_xml().contains("mtu"));
}

#[test]
fn of_elements_that_should_come_once_the_first_counts_and_dropping_it_drops_all() {
    let document = "<network>\n  <name>n</name>\n  <dns enable='no'/>\n  <dns enable='yes'/>\n  <mtu size='1'/>\n  <mtu size='2'/>\n</network>\n";
    let mut network = Network::parse(document).unwrap();
    assert_eq!(network.to_xml(), document);
    assert_eq!((network.dns.as_ref().unwrap().enable, network.mtu), (Some(false), Some(1)));
    network.mtu = Some(3);
    assert_eq!(network.to_xml(), document.replace("size='1'", "size='3'"));
    network.mtu = None;
    network.dns = None;
    assert_eq!(network.to_xml(), "<network>\n  <name>n</name>\n</network>\n");
}

#[test]
fn an_element_without_the_attribute_that_is_known_is_left_alone() {
    let document = "<network>\n  <name>n</name>\n  <mtu new='1'/>\n  <port kind='x'/>\n</network>\n";
    let mut network = Network::parse(document).unwrap();
    assert_eq!((network.mtu, network.port_isolated), (None, None));
    assert_eq!(network.to_xml(), document);
    network.mtu = Some(5);
    assert_eq!(network.to_xml(), document.replace("new='1'", "new='1' size='5'"));
}

#[test]
fn options_for_dnsmasq_are_known_by_their_namespace() {
    let uri = "http://libvirt.org/schemas/network/dnsmasq/1.0";
    let documents = [
        format!(
            "<network xmlns:d='{uri}'><name>n</name><d:options><d:option value='a'/></d:options></network>"
        ),
        format!("<network><name>n</name><options xmlns='{uri}'><option value='a'/></options></network>"),
        format!(
            "<network xmlns:dnsmasq='urn:else'><name>n</name><dnsmasq:options><dnsmasq:option value='b'/></dnsmasq:options><x:options xmlns:x='{uri}'><x:option value='a'/></x:options></network>"
        ),
    ];
    for document in documents {
        let mut network = Network::parse(&document).unwrap();
        assert_eq!(network.dnsmasq_options, ["a"], "{document}");
        assert_eq!(network.to_element(), Element::parse(document.as_bytes()).unwrap());
        network.dnsmasq_options.push("c".to_owned());
        assert_eq!(Network::parse(network.to_xml()).unwrap().dnsmasq_options, ["a", "c"]);
        assert_eq!(network.to_xml().contains("value='b'"), document.contains("value='b'"));
    }
    let mut other = Network::parse("<network xmlns:dnsmasq='urn:else'><name>n</name></network>").unwrap();
    other.dnsmasq_options.push("c".to_owned());
    assert_eq!(Network::parse(other.to_xml()).unwrap().dnsmasq_options, ["c"]);
    assert_eq!(
        read("<dnsmasq:options><dnsmasq:option value='a'/></dnsmasq:options>").dnsmasq_options,
        [""; 0]
    );
}
