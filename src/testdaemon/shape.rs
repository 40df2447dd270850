//! The order in which libvirt prints each element and attribute of its network documents. What is not in these tables
//! libvirt does not store; it neither judges nor changes a value.

use crate::xml::{Element, Node};

/// An element that libvirt knows.
pub(super) struct Shape {
    name: &'static str,
    attributes: &'static [&'static str],
    elements: &'static [Shape],
    /// Whether it may come more than once; where it may not, the first one counts.
    repeats: bool,
    content: Content,
}

enum Content {
    /// Only the elements of the table.
    Elements,
    /// Only the elements of the table, and a start and an end tag also where there are none.
    OpenElements,
    /// Text.
    Text,
    /// Whatever is there.
    Anything,
}

const fn one(name: &'static str, attributes: &'static [&'static str], elements: &'static [Shape]) -> Shape {
    Shape { name, attributes, elements, repeats: false, content: Content::Elements }
}

const fn many(name: &'static str, attributes: &'static [&'static str], elements: &'static [Shape]) -> Shape {
    Shape { repeats: true, ..one(name, attributes, elements) }
}

const fn text(name: &'static str) -> Shape {
    Shape { content: Content::Text, ..one(name, &[], &[]) }
}

const LEASE: &[Shape] = &[one("lease", &["expiry", "unit"], &[])];

const BANDWIDTH: Shape = Shape {
    content: Content::OpenElements,
    ..one(
        "bandwidth",
        &["classID"],
        &[
            one("inbound", &["average", "peak", "floor", "burst"], &[]),
            one("outbound", &["average", "peak", "floor", "burst"], &[]),
        ],
    )
};

const VLAN: Shape = one("vlan", &["trunk"], &[many("tag", &["id", "nativeMode"], &[])]);

const VIRTUALPORT: Shape = one(
    "virtualport",
    &["type"],
    &[one(
        "parameters",
        &["managerid", "typeid", "typeidversion", "instanceid", "interfaceid", "profileid"],
        &[],
    )],
);

const PCI_ADDRESS: Shape = many("address", &["type", "domain", "bus", "slot", "function"], &[]);

const ISOLATED: Shape = one("port", &["isolated"], &[]);

const FORWARD: Shape = one(
    "forward",
    &["dev", "mode", "managed"],
    &[
        one("driver", &["name"], &[]),
        one("nat", &["ipv6"], &[one("address", &["start", "end"], &[]), one("port", &["start", "end"], &[])]),
        one("pf", &["dev"], &[]),
        many("interface", &["dev"], &[]),
        PCI_ADDRESS,
    ],
);

const DNS: Shape = one(
    "dns",
    &["enable", "forwardPlainNames"],
    &[
        many("forwarder", &["domain", "addr"], &[]),
        many("txt", &["name", "value"], &[]),
        many("srv", &["service", "protocol", "domain", "target", "port", "priority", "weight"], &[]),
        many("host", &["ip"], &[Shape { repeats: true, ..text("hostname") }]),
    ],
);

const IP: Shape = many(
    "ip",
    &["family", "address", "netmask", "prefix", "localPtr"],
    &[
        one("tftp", &["root"], &[]),
        one(
            "dhcp",
            &[],
            &[
                many("range", &["start", "end"], LEASE),
                many("host", &["mac", "id", "name", "ip"], LEASE),
                one("bootp", &["file", "server"], &[]),
            ],
        ),
    ],
);

const PORTGROUP: Shape = Shape {
    content: Content::OpenElements,
    ..many("portgroup", &["name", "default", "trustGuestRxFilters"], &[VLAN, VIRTUALPORT, BANDWIDTH])
};

/// `<network>`. `connections` is not stored: it says what is attached now.
pub(super) const NETWORK: Shape = one(
    "network",
    &["xmlns:dnsmasq", "ipv6", "trustGuestRxFilters"],
    &[
        text("name"),
        text("uuid"),
        text("title"),
        text("description"),
        Shape { content: Content::Anything, ..one("metadata", &[], &[]) },
        FORWARD,
        one("bridge", &["name", "zone", "stp", "delay", "macTableManager"], &[]),
        one("mtu", &["size"], &[]),
        one("mac", &["address"], &[]),
        one("domain", &["name", "localOnly"], &[]),
        DNS,
        VLAN,
        BANDWIDTH,
        ISOLATED,
        IP,
        many("route", &["family", "address", "netmask", "prefix", "gateway", "metric"], &[]),
        VIRTUALPORT,
        PORTGROUP,
        one("dnsmasq:options", &[], &[many("dnsmasq:option", &["value"], &[])]),
    ],
);

/// `<networkport>`.
pub(super) const PORT: Shape = one(
    "networkport",
    &[],
    &[
        text("uuid"),
        one("owner", &[], &[text("name"), text("uuid")]),
        text("group"),
        one("mac", &["address"], &[]),
        VIRTUALPORT,
        BANDWIDTH,
        VLAN,
        ISOLATED,
        one("rxfilters", &["trustGuest"], &[]),
        one(
            "plug",
            &["type", "bridge", "macTableManager", "dev", "mode", "managed"],
            &[one("driver", &["name"], &[]), PCI_ADDRESS],
        ),
    ],
);

impl Shape {
    /// What libvirt stores of `element`, in the order in which libvirt prints it.
    pub(super) fn of(&self, element: &Element) -> Element {
        let mut shaped = Element::new(&element.name);
        for name in self.attributes {
            if let Some(value) = element.attribute(name) {
                shaped.set_attribute(name, value);
            }
        }
        match self.content {
            Content::Anything => return without_blanks(element),
            Content::Text => return shaped.with_text(element.text()),
            Content::Elements | Content::OpenElements => {}
        }
        for shape in self.elements {
            let limit = if shape.repeats { usize::MAX } else { 1 };
            let found = element.elements_named(shape.name).take(limit);
            shaped.nodes.extend(found.map(|element| Node::Element(shape.of(element))));
        }
        shaped
    }

    /// Gives every element without content, where libvirt prints two tags for it, a line break as content.
    /// `indent`: the spaces before `element`.
    pub(super) fn lay_out(&self, element: &mut Element, indent: usize) {
        for node in &mut element.nodes {
            let Node::Element(inner) = node else { continue };
            if let Some(shape) = self.elements.iter().find(|shape| shape.name == inner.name) {
                shape.lay_out(inner, indent + 2);
            }
        }
        if element.nodes.is_empty() && matches!(self.content, Content::OpenElements) {
            element.nodes.push(Node::Text(format!("\n{}", " ".repeat(indent))));
        }
    }
}

/// The element without the blanks between the elements in it, which libvirt does not store.
fn without_blanks(element: &Element) -> Element {
    let is_text = |node: &Node| matches!(node, Node::Text(text) if !text.trim_ascii().is_empty());
    let keeps_blanks = element.nodes.len() == 1 || element.nodes.iter().any(is_text);
    let kept = element.nodes.iter().filter_map(|node| match node {
        Node::Element(inner) => Some(Node::Element(without_blanks(inner))),
        Node::Text(_) if !keeps_blanks => None,
        other => Some(other.clone()),
    });
    Element { name: element.name.clone(), attributes: element.attributes.clone(), nodes: kept.collect() }
}
