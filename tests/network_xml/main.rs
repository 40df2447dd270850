//! `virtwire::xml::Network` against libvirt itself: its published examples, its schema, real daemons; and against those who
//! mean harm.

#![cfg(feature = "xml")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stops where it stands fails"
)]

mod built;
mod change;
mod daemon;
mod examples;
mod hostile;
#[path = "../lab/mod.rs"]
mod lab;
mod schema;

use examples::examples;
use virtwire::xml::{Element, Network};

#[test]
fn every_published_example_is_written_as_it_was_read() {
    let Some(examples) = examples("9.0.0") else { return };
    assert!(examples.len() >= 140, "{}", examples.len());
    for example in examples.iter().chain(&examples::examples("11.3.0").expect("both are fetched at once")) {
        let element = Element::parse(example.xml.as_bytes()).expect("libvirt's examples are well-formed");
        let network =
            Network::from_element(element.clone()).unwrap_or_else(|e| panic!("{}: {e}", example.name));
        assert_eq!(network.to_element(), element, "{}", example.name);
        let again = Network::parse(network.to_xml()).expect("what was written is read");
        assert_eq!(again, network, "{}", example.name);
    }
}

/// What libvirt prints comes out as the same bytes; the tests' own expected outputs are printed by libvirt.
#[test]
fn what_libvirt_prints_is_written_as_the_same_bytes() {
    let Some(examples) = examples("11.3.0") else { return };
    let printed: Vec<_> = examples.iter().filter(|example| example.name.contains("xml2xmlout/")).collect();
    assert!(printed.len() >= 40, "{}", printed.len());
    for example in printed {
        let network = Network::parse(&example.xml).unwrap_or_else(|e| panic!("{}: {e}", example.name));
        assert_eq!(network.to_xml(), example.xml, "{}", example.name);
    }
}
