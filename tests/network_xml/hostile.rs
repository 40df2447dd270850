//! Documents that mean harm are refused, or read, in time and within their limits.

use std::time::{Duration, Instant};

use virtwire::xml::{DhcpHost, DnsTxt, Element, Limits, Network, ParseErrorKind as Kind, Problem, ReadError};

/// A document of the largest size is read in less, in a debug build beside other tests.
const IN_TIME: Duration = Duration::from_secs(20);

fn refused(xml: impl AsRef<[u8]>) -> Kind {
    let started = Instant::now();
    let result = Network::parse(xml);
    assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
    match result {
        Err(ReadError::Parse(error)) => error.kind,
        other => panic!("not refused by the parser: {other:?}"),
    }
}

fn network(content: &str) -> String {
    format!("<network><name>n</name>{content}</network>")
}

#[test]
fn entities_are_never_expanded() {
    let mut laughs = "<!DOCTYPE network [<!ENTITY a0 'ha'>".to_owned();
    for level in 1..30 {
        laughs.push_str(&format!("<!ENTITY a{level} '&a{0};&a{0};&a{0};&a{0};'>", level - 1));
    }
    laughs.push_str("]><network><name>&a29;</name></network>");
    assert_eq!(refused(laughs), Kind::DocumentType);
    let file =
        "<!DOCTYPE network [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><network><name>&f;</name></network>";
    assert_eq!(refused(file), Kind::DocumentType);
    assert_eq!(refused(network("<title>&f;</title>")), Kind::Entity("f".to_owned()));
    assert_eq!(refused(network("<mtu size='&f;'/>")), Kind::Entity("f".to_owned()));
    assert_eq!(refused("<!DOCTYPE network SYSTEM 'http://localhost/x'><network/>"), Kind::DocumentType);
}

#[test]
fn depth_size_and_number_have_limits() {
    assert_eq!(refused(format!("<network>{}", "<ip>".repeat(1_000_000))), Kind::Depth(512));
    let long = network(&" ".repeat(8 << 20));
    assert_eq!(refused(&long), Kind::Size(long.len()));
    assert_eq!(refused(network(&"<ip/>".repeat(1_100_000))), Kind::Nodes(1 << 20));
    let attributes: String = (0..2_000).map(|number| format!(" a{number}=''")).collect();
    let few = Limits { nodes: 1_000, ..Limits::default() };
    let refused = Element::parse_within(format!("<ip{attributes}/>").as_bytes(), few).unwrap_err();
    assert_eq!(refused.kind, Kind::Nodes(1_000));
}

#[test]
fn what_applications_annotate_is_read_however_deep_and_wide_libvirt_takes_it() {
    let deep = "<a:d>".repeat(500) + &"</a:d>".repeat(500);
    let wide = "<a:w/>".repeat(300_000);
    for annotation in [deep, wide] {
        let xml = network(&format!("<metadata><a:x xmlns:a='urn:a'>{annotation}</a:x></metadata>"));
        let read = Network::parse(&xml).unwrap();
        // Not compared by a macro that would print them.
        assert!(read.clone().to_element() == read.to_element());
        assert!(Network::parse(read.to_xml()).is_ok());
    }
}

#[test]
fn bytes_that_are_not_xml_are_refused() {
    assert_eq!(refused(b"<network><name>\xc3\x28</name></network>"), Kind::Encoding);
    assert_eq!(refused(b"<network><name>\xed\xa0\x80</name></network>"), Kind::Encoding);
    assert_eq!(refused("<?xml version='1.0' encoding='utf-16'?><network/>"), Kind::Encoding);
    assert_eq!(refused(b"\xff\xfe<\0n\0e\0t\0"), Kind::Encoding);
    assert_eq!(refused("<network><name>a\0</name></network>"), Kind::Character(0));
    assert_eq!(refused(network("<mtu size='1' size='2'/>")), Kind::DuplicateAttribute("size".to_owned()));
    assert_eq!(refused(""), Kind::Empty);
    assert_eq!(refused(network("") + "<network/>"), Kind::OutsideOfRoot);
}

#[test]
fn as_much_as_the_limits_allow_is_read_and_written_in_time() {
    let host = |number: u32| {
        format!("<host name='h{number}' ip='10.{}.{}.{}'/>", number >> 16, number >> 8 & 255, number & 255)
    };
    let hosts: String = (0..60_000).map(host).collect();
    let xml = network(&format!("<ip address='10.0.0.1'><dhcp>{hosts}</dhcp></ip>"));
    let started = Instant::now();
    let mut network = Network::parse(xml).expect("it is within the limits");
    let dhcp = network.ips[0].dhcp.as_mut().expect("it has DHCP");
    assert_eq!(dhcp.hosts.len(), 60_000);
    dhcp.hosts.drain(..30_000);
    dhcp.hosts.extend((0..30_000).map(|_| DhcpHost { name: Some("new".to_owned()), ..DhcpHost::default() }));
    let again = Network::parse(network.to_xml()).expect("what was written is read");
    assert_eq!(again, network);
    assert!(started.elapsed() < IN_TIME, "{:?}", started.elapsed());
}

#[test]
fn numbers_out_of_range_are_errors_and_never_others() {
    for (xml, attribute) in [
        ("<mtu size='4294967296'/>", "size"),
        ("<mtu size='-1'/>", "size"),
        ("<mtu size='1e3'/>", "size"),
        ("<mtu size='0x10'/>", "size"),
        ("<bridge delay='18446744073709551616'/>", "delay"),
        ("<dns><srv service='a' protocol='tcp' port='65536'/></dns>", "port"),
        ("<virtualport><parameters typeid='16777216'/></virtualport>", "typeid"),
        ("<vlan><tag id='99999999999999999999999999'/></vlan>", "id"),
        ("<ip address='10.0.0.1' prefix='256'/>", "prefix"),
        ("<ip address='10.0.0.256'/>", "address"),
        ("<ip address='10.0.0.1%eth0'/>", "address"),
        ("<ip address='fe80::1%'/>", "address"),
        ("<bridge delay='-9223372036854775809'/>", "delay"),
    ] {
        match Network::parse(network(xml)) {
            Err(ReadError::Element(error)) => {
                assert_eq!(error.attribute.as_deref(), Some(attribute), "{xml}");
                assert!(matches!(error.problem, Problem::Value { .. }), "{xml}");
            }
            other => panic!("{xml}: {other:?}"),
        }
    }
}

#[test]
fn no_value_breaks_out_of_its_place() {
    let nasty = "</name><forward/>'\"<&>]]>\n\t\r é\u{1f600}";
    let mut network = Network::new(nasty);
    network.title = Some(nasty.to_owned());
    network.dns.get_or_insert_default().txts =
        vec![DnsTxt { name: nasty.to_owned(), value: nasty.to_owned(), ..DnsTxt::default() }];
    network.dnsmasq_options = vec![nasty.to_owned()];
    network.metadata = Some(Element::new("whatever").with("x", nasty).with_text(nasty));
    let mut again = Network::parse(network.to_xml()).expect("what was written is read");
    let metadata = again.metadata.take().expect("it is there");
    assert_eq!((metadata.name.as_str(), metadata.attribute("x")), ("metadata", Some(nasty)));
    assert_eq!(metadata.text(), nasty);
    network.metadata = None;
    assert_eq!(again, network);
}
