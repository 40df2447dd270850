#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that unwraps fails where it should")]

use super::{Element, Limits, Node, ParseErrorKind};

/// As libvirt 9.0.0 printed it, with one guest attached.
const LIVE: &str = "<network connections='1'>
  <name>default</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <forward dev='eth0' mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
    <interface dev='eth0'/>
  </forward>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:aa:c2:2b'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00:1::1' prefix='64'>
  </ip>
</network>
";

/// As libvirt prints what an application has stored: quotes, blanks and references as its XML library writes them.
const METADATA: &str = "<network>
  <name>a&lt;&amp;&gt;&quot;&apos;é</name>
  <metadata>
    <app:a xmlns:app=\"urn:a\" x=\"'&quot;é&#10;\">it's é &gt; \"e\"</app:a>
     <b xmlns=\"urn:b\"/><c> <d/>  </c>
  </metadata>
  <bridge name='virbr0' stp='on' delay='0'/>
</network>
";

fn kind(text: &str) -> ParseErrorKind {
    Element::parse(text.as_bytes()).unwrap_err().kind
}

#[test]
fn what_libvirt_printed_is_written_as_the_same_bytes() {
    for document in [LIVE, METADATA, "<a/>\n", "<a>\n  <!-- c -->\n  <?p i?>\n  <b x=''/>\n</a>\n"] {
        assert_eq!(Element::parse(document.as_bytes()).unwrap().to_xml(), document);
    }
}

#[test]
fn names_attributes_and_text_are_read_as_values() {
    let root = Element::parse(METADATA.as_bytes()).unwrap();
    assert_eq!(root.child_text("name").unwrap(), "a<&>\"'é");
    let stored = root.find("metadata/app:a").unwrap();
    assert_eq!(stored.attribute("x"), Some("'\"é\n"));
    assert_eq!(stored.attribute("xmlns:app"), Some("urn:a"));
    assert_eq!(stored.text(), "it's é > \"e\"");
    assert_eq!(root.find("metadata/none"), None);
    assert_eq!(root.attribute("x"), None);
}

#[test]
fn a_path_is_followed_into_every_element_of_that_name() {
    let root = Element::parse(b"<n><ip a='1'/><ip a='2'><dhcp b='3'/></ip></n>").unwrap();
    assert_eq!(root.find("ip").unwrap().attribute("a"), Some("1"));
    assert_eq!(root.find("ip/dhcp").unwrap().attribute("b"), Some("3"));
}

#[test]
fn blanks_between_elements_are_dropped_and_beside_text_kept() {
    let root = Element::parse(b"\n<a>\n <b>\n </b> <c> x <d/> </c></a>\n").unwrap();
    let c = Element::new("c").with_text(" x ").with_element(Element::new("d")).with_text(" ");
    let expected = Element::new("a").with_element(Element::new("b").with_text("\n ")).with_element(c);
    assert_eq!(root, expected);
    assert_eq!(root.to_xml(), "<a>\n  <b>\n </b>\n  <c> x <d/> </c>\n</a>\n");
}

#[test]
fn a_declaration_cdata_and_comments_are_understood() {
    let root = Element::parse(
        "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- x -->\n<a><![CDATA[<&]]>&#x41;&#66;<!--y--></a>\n<!-- z -->".as_bytes(),
    )
    .unwrap();
    assert_eq!(root.text(), "<&AB");
    assert_eq!(root.nodes.last(), Some(&Node::Comment("y".to_owned())));
    assert_eq!(root.to_xml(), "<a>&lt;&amp;AB<!--y--></a>\n");
}

#[test]
fn what_is_not_accepted_is_an_error_of_its_own_kind() {
    use ParseErrorKind as Kind;
    let doctype = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
    assert_eq!(kind(doctype), Kind::DocumentType);
    assert_eq!(kind("<a>&b;</a>"), Kind::Entity("b".to_owned()));
    assert_eq!(kind("<a b='&c;'/>"), Kind::Entity("c".to_owned()));
    assert_eq!(kind("<a b='1' b='2'/>"), Kind::DuplicateAttribute("b".to_owned()));
    assert_eq!(
        kind("<a><b></a>"),
        Kind::Malformed("ill-formed document: expected `</b>`, but `</a>` was found".to_owned())
    );
    assert_eq!(kind("<a><b>"), Kind::Unclosed("b".to_owned()));
    assert_eq!(kind(""), Kind::Empty);
    assert_eq!(kind(" <!-- a --> "), Kind::Empty);
    assert_eq!(kind("<a/><b/>"), Kind::OutsideOfRoot);
    assert_eq!(kind("<a/>b"), Kind::OutsideOfRoot);
    assert_eq!(kind("a<a/>"), Kind::OutsideOfRoot);
    assert_eq!(kind("<1/>"), Kind::Name("1".to_owned()));
    assert_eq!(kind("<a>&#1;</a>"), Kind::Character(1));
    assert_eq!(kind("<a b='\u{1f}'/>"), Kind::Character(0x1f));
    assert_eq!(kind("<?xml version='1.0' encoding='latin1'?><a/>"), Kind::Encoding);
    assert!(matches!(kind("<a b=c/>"), Kind::Malformed(_)));
    assert!(matches!(kind("<a b='<'/>"), Kind::Malformed(_)));
    assert!(matches!(kind("<a>&b</a>"), Kind::Malformed(_)));
    assert!(matches!(kind("<a>]]></a>"), Kind::Malformed(_)));
    assert!(matches!(kind("<a <b/>"), Kind::Malformed(_) | Kind::Name(_)));
}

#[test]
fn an_error_names_the_line() {
    let error = Element::parse(b"<a>\n<b/>\n&c;\n</a>").unwrap_err();
    assert_eq!(error.to_string(), "line 3: unknown entity `c`");
    let error = Element::parse(b"<a>\n\xff</a>").unwrap_err();
    assert_eq!((error.line, error.kind), (2, ParseErrorKind::Encoding));
}

#[test]
fn limits_hold_at_their_very_value() {
    let limits = Limits { size: 31, depth: 3, nodes: 4 };
    let within = |text: &str| Element::parse_within(text.as_bytes(), limits).map_err(|error| error.kind);
    assert!(within("<a><b><c/></b></a>").is_ok());
    assert_eq!(within("<a><b><c><d/></c></b></a>"), Err(ParseErrorKind::Depth(3)));
    assert!(within("<a x='1'><b/>t</a>").is_ok());
    assert_eq!(within("<a x='1'><b/>t<c/></a>"), Err(ParseErrorKind::Nodes(4)));
    assert!(within("<a>123456789012345678901234</a>").is_ok());
    assert_eq!(within("<a>1234567890123456789012345</a>"), Err(ParseErrorKind::Size(32)));
}

#[test]
fn many_attributes_of_one_element_are_read_in_time() {
    let attributes: String = (0..300_000).map(|n| format!(" a{n}=''")).collect();
    let started = std::time::Instant::now();
    assert!(Element::parse(format!("<a{attributes}/>").as_bytes()).is_ok());
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn no_input_makes_it_panic_and_what_it_reads_it_reads_again() {
    let seeds = [LIVE, METADATA, "<?xml version='1.0'?><a><![CDATA[x]]>&#x41;<!--y--><?p q?></a>"];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut accepted = 0;
    for seed in seeds {
        for cut in 0..seed.len() {
            let mut bytes = seed.as_bytes().to_vec();
            assert!(Element::parse(&bytes[..cut]).is_err() || seed[cut..].trim().is_empty());
            for _ in 0..8 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let [at, byte, ..] = random.to_le_bytes();
                let at = (usize::from(at) + cut) % bytes.len();
                bytes[at] = if byte < 128 { byte } else { b"<>&;'\"/!?-"[usize::from(byte) % 10] };
                if let Ok(element) = Element::parse(&bytes) {
                    accepted += 1;
                    assert_eq!(Element::parse(element.to_xml().as_bytes()).as_ref(), Ok(&element));
                }
            }
        }
    }
    assert!(accepted > 100, "only {accepted} mutations were read");
}
