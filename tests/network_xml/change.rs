//! One thing is changed in a network that a real daemon has: it shows that change, and no other.

use virtwire::xml::{
    Bandwidth, DhcpHost, DhcpRange, DnsHost, DnsTxt, Element, Forward, ForwardMode, Ip, Lease, Network, Node,
    PortGroup, Rate, Route,
};
use virtwire::{Connection, Definition};

use crate::built::{self, ip};
use crate::lab::Lab;

pub(crate) type Change = fn(&mut Network);

/// A change, the lines that go, the lines that come.
type Case = (Change, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (|n| n.ipv6 = None, &[], &[]),
    (|n| n.mtu = Some(9000), &["<mtu size='1400'/>"], &["<mtu size='9000'/>"]),
    (|n| n.mtu = None, &["<mtu size='1400'/>"], &[]),
    (
        |n| n.mac = "52:54:00:ff:ff:01".parse().ok(),
        &["<mac address='52:54:00:11:22:33'/>"],
        &["<mac address='52:54:00:ff:ff:01'/>"],
    ),
    (
        |n| n.bridge.as_mut().expect("a bridge").delay = Some(4),
        &["<bridge name='virbr-built' stp='off' delay='2' macTableManager='libvirt'/>"],
        &["<bridge name='virbr-built' stp='off' delay='4' macTableManager='libvirt'/>"],
    ),
    (
        |n| n.bridge.as_mut().expect("a bridge").mac_table_manager = None,
        &["<bridge name='virbr-built' stp='off' delay='2' macTableManager='libvirt'/>"],
        &["<bridge name='virbr-built' stp='off' delay='2'/>"],
    ),
    (
        |n| n.domain.as_mut().expect("a domain").local_only = None,
        &["<domain name='a.example' localOnly='yes'/>"],
        &["<domain name='a.example'/>"],
    ),
    (
        |n| n.domain = Some("b.example".into()),
        &["<domain name='a.example' localOnly='yes'/>"],
        &["<domain name='b.example'/>"],
    ),
    (
        |n| n.forward.as_mut().expect("it forwards").set_dev(Some("eth1")),
        &["<forward dev='eth0' mode='nat'>", "<interface dev='eth0'/>"],
        &["<forward dev='eth1' mode='nat'>", "<interface dev='eth1'/>"],
    ),
    (
        |n| n.forward.as_mut().expect("it forwards").set_dev(None),
        &["<forward dev='eth0' mode='nat'>", "<interface dev='eth0'/>"],
        &["<forward mode='nat'>"],
    ),
    (
        |n| n.forward.as_mut().expect("it forwards").nat.as_mut().expect("nat").ports = Some((7, 8).into()),
        &["<port start='2000' end='3000'/>"],
        &["<port start='7' end='8'/>"],
    ),
    (
        |n| n.forward = Some(Forward::from(ForwardMode::Route)),
        &[
            "<forward dev='eth0' mode='nat'>",
            "<nat>",
            "<address start='192.0.2.1' end='192.0.2.9'/>",
            "<port start='2000' end='3000'/>",
            "</nat>",
            "<interface dev='eth0'/>",
            "</forward>",
        ],
        &["<forward mode='route'/>"],
    ),
    (
        |n| {
            n.dns.as_mut().expect("dns").hosts.push(DnsHost::new(ip("10.7.0.77"), ["new"]));
        },
        &[],
        &["<host ip='10.7.0.77'>", "<hostname>new</hostname>", "</host>"],
    ),
    (
        |n| n.dns.as_mut().expect("dns").hosts[0].hostnames[1] = "h3".to_owned(),
        &["<hostname>h2</hostname>"],
        &["<hostname>h3</hostname>"],
    ),
    (
        |n| {
            let txt = DnsTxt { name: "u".to_owned(), value: "<'\"&é>".to_owned(), ..DnsTxt::default() };
            n.dns.as_mut().expect("dns").txts.insert(0, txt);
        },
        &[],
        &["<txt name='u' value='&lt;&apos;&quot;&amp;é&gt;'/>"],
    ),
    (
        |n| {
            n.dns.as_mut().expect("dns").forwarders.remove(0);
        },
        &["<forwarder domain='a.example' addr='192.0.2.53'/>"],
        &[],
    ),
    (
        |n| {
            let range = DhcpRange {
                lease: Some(Lease::seconds(300)),
                ..DhcpRange::new(ip("10.7.0.150"), ip("10.7.0.160"))
            };
            n.ips[0].dhcp.as_mut().expect("dhcp").ranges.push(range);
        },
        &[],
        &["<range start='10.7.0.150' end='10.7.0.160'>", "<lease expiry='300' unit='seconds'/>", "</range>"],
    ),
    (
        |n| {
            let host = DhcpHost::new("52:54:00:00:00:0c".parse().expect("a MAC address"), ip("10.7.0.202"));
            n.ips[0].dhcp.as_mut().expect("dhcp").hosts.push(host);
        },
        &[],
        &["<host mac='52:54:00:00:00:0c' ip='10.7.0.202'/>"],
    ),
    (
        |n| {
            n.ips[0].dhcp.as_mut().expect("dhcp").hosts.remove(0);
        },
        &["<host mac='52:54:00:00:00:0a' name='a' ip='10.7.0.200'/>"],
        &[],
    ),
    (
        |n| n.ips[0].dhcp.as_mut().expect("dhcp").bootp = None,
        &["<bootp file='boot.img' server='10.7.0.3'/>"],
        &[],
    ),
    (|n| n.ips[0].tftp_root = None, &["<tftp root='/srv/tftp'/>"], &[]),
    (
        |n| n.ips.push(Ip::new(ip("fd09::1"), 48).expect("48 bits")),
        &[],
        &["<ip family='ipv6' address='fd09::1' prefix='48'/>"],
    ),
    (
        |n| n.routes[0] = Route::new(ip("10.9.0.0"), 16, ip("10.7.0.5")).expect("16 bits"),
        &["<route address='10.8.0.0' prefix='16' gateway='10.7.0.5' metric='3'/>"],
        &["<route address='10.9.0.0' prefix='16' gateway='10.7.0.5'/>"],
    ),
    (
        |n| {
            let inbound = Some(Rate { average: Some(100), ..Rate::default() });
            n.bandwidth = Some(Bandwidth { inbound, ..Bandwidth::default() });
        },
        &["<inbound average='7' peak='9' burst='5'/>", "<outbound average='8' peak='9' burst='5'/>"],
        &["<inbound average='100'/>"],
    ),
    (|n| n.port_isolated = Some(false), &["<port isolated='yes'/>"], &["<port isolated='no'/>"]),
    (
        |n| {
            let group = PortGroup { name: "g".to_owned(), default: Some(true), ..PortGroup::default() };
            n.portgroups.push(group);
        },
        &[],
        &["<portgroup name='g' default='yes'/>"],
    ),
    (
        |n| n.dnsmasq_options[1] = "cname=c,d".to_owned(),
        &["<dnsmasq:option value='cname=a,b'/>"],
        &["<dnsmasq:option value='cname=c,d'/>"],
    ),
    (
        |n| n.metadata = None,
        &["<metadata>", "<m:a xmlns:m=\"urn:m\" x=\"é&lt;&quot;'&gt;\"/>", "</metadata>"],
        &[],
    ),
];

#[tokio::test]
async fn the_daemon_shows_the_one_change_and_no_other() {
    let Some(lab) = Lab::start() else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    // Its first line is asked apart: it says several things.
    let base = Network { ipv6: None, ..built::nat() }.to_xml();
    for (number, (change, going, coming)) in CASES.iter().enumerate() {
        let before = define(&connection, &base).await;
        let mut network = Network::parse(&before).expect("a daemon's own XML");
        change(&mut network);
        let after = define(&connection, &network.to_xml()).await;
        let [before, after] = [layout(&before), layout(&after)];
        let [gone, come] = [lines_without(&before, &after), lines_without(&after, &before)];
        assert_eq!((gone.as_slice(), come.as_slice()), (*going, *coming), "change {number}:\n{after}");
    }
    connection.close().await.expect("the daemon says goodbye");
}

async fn define(connection: &Connection, xml: &str) -> String {
    let network =
        connection.define_network(xml, false).await.unwrap_or_else(|error| panic!("{error}\n{xml}"));
    let printed = network.xml_desc(Definition::Inactive).await.expect("a stored network has XML");
    printed.to_str().expect("it is UTF-8").to_owned()
}

/// The document in the layout of one libvirt, whichever printed it: empty elements have one tag or two.
fn layout(printed: &str) -> String {
    let mut element = Element::parse(printed.as_bytes()).expect("a daemon's own XML");
    drop_blanks(&mut element);
    element.to_xml()
}

fn drop_blanks(element: &mut Element) {
    element.nodes.retain_mut(|node| match node {
        Node::Element(inner) => {
            drop_blanks(inner);
            true
        }
        Node::Text(text) => !text.trim().is_empty(),
        _ => true,
    });
}

/// The lines of `text` that `other` has not, or not as often.
fn lines_without<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let mut others: Vec<_> = other.lines().map(str::trim).collect();
    let is_new = |line: &&str| match others.iter().position(|other| other == line) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    };
    text.lines().map(str::trim).filter(is_new).collect()
}
