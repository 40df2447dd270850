//! `<dnsmasq:options>`, which is in a namespace of its own, under whatever prefix.

use std::marker::PhantomData;
use std::mem;

use crate::xml::typed::{Row, Source, Target};
use crate::xml::{Element, ElementError, Node, namespace};

const NAMESPACE: &str = "http://libvirt.org/schemas/network/dnsmasq/1.0";

/// The prefix that libvirt writes.
const PREFIX: &str = "dnsmasq";

impl Row {
    pub(in crate::xml) const fn dnsmasq_options(_: PhantomData<Vec<String>>) -> Self {
        Self::Made(|network| {
            let lines = lines(network);
            if lines.is_empty() {
                return None;
            }
            let mut options = Element::new("options").with("xmlns", NAMESPACE);
            for line in lines {
                let mut option = Element::new("option");
                option.set_attribute("value", line);
                options.nodes.push(Node::Element(option));
            }
            Some(options)
        })
    }
}

impl Source {
    /// The lines in all `<options>` of dnsmasq's namespace.
    pub(in crate::xml) fn dnsmasq_options(&self) -> Result<Vec<String>, Box<ElementError>> {
        Ok(lines(self.whole()))
    }
}

impl Target {
    pub(in crate::xml) fn dnsmasq_options(&mut self, wanted: &[String]) {
        let network = self.whole();
        if lines(network) == wanted {
            return;
        }
        let (old, others) = mem::take(&mut network.nodes).into_iter().partition::<Vec<_>, _>(
            |node| matches!(node, Node::Element(element) if is(element, "options", &[network])),
        );
        network.nodes = others;
        if wanted.is_empty() {
            return;
        }
        let mut options = match old.into_iter().next() {
            Some(Node::Element(options)) => options,
            _ => Element::new(format!("{}:options", declared_prefix(network))),
        };
        options.nodes.retain(|node| !matches!(node, Node::Element(_)));
        let option = match options.name.split_once(':') {
            Some((prefix, _)) => format!("{prefix}:option"),
            None => "option".to_owned(),
        };
        let lines = wanted.iter().map(|line| Node::Element(Element::new(&option).with("value", line)));
        options.nodes.extend(lines);
        network.nodes.push(Node::Element(options));
    }
}

/// The prefix of the namespace in this network, declared from here on at the latest.
fn declared_prefix(network: &mut Element) -> String {
    let declared = network
        .attributes
        .iter()
        .find_map(|attribute| attribute.name.strip_prefix("xmlns:").filter(|_| attribute.value == NAMESPACE));
    if let Some(prefix) = declared {
        return prefix.to_owned();
    }
    // libvirt's own, unless it means something else here.
    let prefixes = std::iter::once(PREFIX.to_owned()).chain((1..).map(|number| format!("{PREFIX}{number}")));
    let is_free = |prefix: &String| network.attribute(&format!("xmlns:{prefix}")).is_none();
    let prefix = prefixes.into_iter().find(is_free).unwrap_or_default();
    let attribute = crate::xml::Attribute { name: format!("xmlns:{prefix}"), value: NAMESPACE.to_owned() };
    network.attributes.insert(0, attribute);
    prefix
}

fn lines(network: &Element) -> Vec<String> {
    let mut lines = Vec::new();
    for options in network.elements().filter(|element| is(element, "options", &[network])) {
        for option in options.elements().filter(|option| is(option, "option", &[options, network])) {
            lines.extend(option.attribute("value").map(str::to_owned));
        }
    }
    lines
}

fn is(element: &Element, name: &str, around: &[&Element]) -> bool {
    namespace::local_name(element) == name && namespace::of(element, around) == Some(NAMESPACE)
}
