//! A network's definition: from the XML that a client sends to what libvirt would store of it, and back to XML.

use std::net::IpAddr;

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::Uuid;
use virtwire_protocol::service::Answer;

use super::check;
use super::fault::{fault, more, xml};
use super::random;
use super::shape::NETWORK;
use crate::xml::{Attribute, Element, ForwardMode, Limits, Network, Node};

/// What one document of a client may hold: the memory of the hypervisor is bounded by this and the number of networks.
const LIMITS: Limits = Limits { size: 1 << 20, depth: 32, nodes: 1 << 14 };

/// Most bridges that are named automatically, as in libvirt.
const BRIDGE_MAX: usize = 256;

/// What libvirt calls an unused bridge, and the form of such names that a definition may ask for.
const BRIDGE_TEMPLATE: &str = "virbr%d";

/// Attributes that hold an address, which libvirt stores as a number.
const ADDRESSES: &[&str] = &["address", "netmask", "start", "end", "ip", "gateway", "addr", "server"];

/// A network as it is stored or as it runs.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) uuid: Uuid,
    pub(super) name: String,
    /// What the document says.
    pub(super) facts: Network,
    document: Element,
}

/// The element of a client's document, which must have this name.
pub(super) fn document(bytes: &[u8], root: &str, label: &str) -> Answer<Element> {
    let element = parse(bytes, label)?;
    if element.name != root {
        let text = format!("expecting root element of '{root}', not '{}'", element.name);
        return Err(xml(code::XML_ERROR, text));
    }
    Ok(element)
}

/// The element of a client's document; `label` stands for its file in errors.
pub(super) fn parse(bytes: &[u8], label: &str) -> Answer<Element> {
    let parsed = Element::parse_within(bytes, LIMITS);
    parsed.map_err(|error| xml(more::XML_DETAIL, format!("{label}:{}: {}\n", error.line, error.kind)))
}

impl Definition {
    /// The definition in `bytes`; `in_use` says whether another network of the hypervisor has a bridge of this name.
    pub(super) fn parse(bytes: &[u8], in_use: impl Fn(&str, &str) -> bool) -> Answer<Self> {
        let mut element = document(bytes, "network", "(network_definition)")?;
        let name = check::name(&element)?;
        let uuid = match element.child_text("uuid").filter(|uuid| !uuid.is_empty()) {
            None => random::uuid(),
            Some(uuid) => uuid.parse().map_err(|_| fault(code::INTERNAL_ERROR, "malformed uuid element"))?,
        };
        check::network(&element, &name)?;
        set_text(&mut element, "uuid", &uuid.to_string());
        complete_forward(&mut element);
        check::after_parsing(&element, &name)?;
        if has_own_bridge(&element) {
            complete_bridge(&mut element, |bridge| in_use(bridge, &name))?;
        }
        Self::of(&element)
    }

    /// The definition that `element` is, once libvirt has dropped and sorted what it would.
    pub(super) fn of(element: &Element) -> Answer<Self> {
        let mut document = NETWORK.of(element);
        normalise(&mut document);
        prune(&mut document);
        let facts = check::facts(&document)?;
        let uuid = facts.uuid.ok_or_else(|| fault(code::INTERNAL_ERROR, "malformed uuid element"))?;
        Ok(Self { uuid, name: facts.name.clone(), facts, document })
    }

    /// The host's routes to it while it runs, as far as libvirt minds them: those of IPv4.
    pub(super) fn routes(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        self.facts.subnets().filter(|(first, _)| first.is_ipv4())
    }

    /// What is stored, to be changed and made a definition again.
    pub(super) const fn document(&self) -> &Element {
        &self.document
    }

    /// The definition once the network runs: libvirt writes down the ports that it translates to.
    pub(super) fn started(&self) -> Answer<Self> {
        let is_nat = *self.facts.forward_mode() == ForwardMode::Nat;
        let has_ipv4 = self.facts.ips.iter().any(|ip| ip.address.is_ipv4());
        let mut element = self.document.clone();
        if let Some(forward) = element.child_mut("forward").filter(|_| is_nat && has_ipv4) {
            let mut nat = forward.child("nat").cloned().unwrap_or_else(|| Element::new("nat"));
            if nat.child("port").is_none() {
                nat = nat.with_element(Element::new("port").with("start", "1024").with("end", "65535"));
            }
            replace(forward, nat);
        }
        Self::of(&element)
    }

    /// The document as libvirt prints it, with this many guest interfaces attached.
    pub(super) fn to_xml(&self, connections: usize) -> String {
        let mut element = self.document.clone();
        if connections > 0 {
            let at = element.attributes.partition_point(|attribute| attribute.name.starts_with("xmlns"));
            let attribute = Attribute { name: "connections".to_owned(), value: connections.to_string() };
            element.attributes.insert(at, attribute);
        }
        NETWORK.lay_out(&mut element, 0);
        element.to_xml()
    }
}

/// Whether libvirt makes and names the bridge: in other modes it is the host's own, or there is none.
fn has_own_bridge(network: &Element) -> bool {
    let mode = network.child("forward").and_then(|forward| forward.attribute("mode"));
    matches!(mode, None | Some("nat" | "route" | "open"))
}

fn complete_forward(network: &mut Element) {
    let Some(forward) = network.child_mut("forward") else {
        return;
    };
    if forward.attribute("mode").is_none() {
        forward.set_attribute("mode", "nat");
    }
    match (forward.attribute("dev").map(str::to_owned), forward.child("interface")) {
        (Some(dev), None) => forward.nodes.push(Node::Element(Element::new("interface").with("dev", dev))),
        (None, Some(first)) if forward.child("pf").is_none() => {
            let dev = first.attribute("dev").unwrap_or_default().to_owned();
            forward.set_attribute("dev", dev);
        }
        _ => {}
    }
    let is_hostdev = forward.attribute("mode") == Some("hostdev");
    let is_managed = forward.attribute("managed").is_some_and(|managed| managed.eq_ignore_ascii_case("yes"));
    forward.attributes.retain(|attribute| attribute.name != "managed");
    if is_hostdev {
        forward.set_attribute("managed", if is_managed { "yes" } else { "no" });
    }
    if forward.attribute("mode") == Some("none") {
        network.nodes.retain(|node| !matches!(node, Node::Element(element) if element.name == "forward"));
    }
}

fn complete_bridge(network: &mut Element, in_use: impl Fn(&str) -> bool) -> Answer<()> {
    let mut bridge = network.child("bridge").cloned().unwrap_or_else(|| Element::new("bridge"));
    match bridge.attribute("name").filter(|name| !name.is_empty()) {
        Some(name) if !name.contains("%d") => {
            if in_use(name) {
                let text = format!("bridge name '{name}' already in use.");
                return Err(fault(code::INTERNAL_ERROR, text));
            }
        }
        asked => {
            let template = asked.filter(|name| name.matches('%').count() == 1).unwrap_or(BRIDGE_TEMPLATE);
            let mut names = (0..=BRIDGE_MAX).map(|number| template.replace("%d", &number.to_string()));
            let unused = names.find(|name| !in_use(name)).ok_or_else(|| {
                let text = format!("Bridge generation exceeded max id {BRIDGE_MAX}");
                fault(code::INTERNAL_ERROR, text)
            })?;
            bridge.set_attribute("name", unused);
        }
    }
    let stp = if bridge.attribute("stp") == Some("off") { "off" } else { "on" };
    bridge.set_attribute("stp", stp);
    let delay = bridge.attribute("delay").unwrap_or("0").to_owned();
    bridge.set_attribute("delay", delay);
    replace(network, bridge);
    if network.child("mac").and_then(|mac| mac.attribute("address")).is_none() {
        replace(network, Element::new("mac").with("address", random::mac()));
    }
    Ok(())
}

/// Puts `element` in the place of the first one of its name, or last.
pub(super) fn replace(parent: &mut Element, element: Element) {
    match parent.child_mut(&element.name) {
        Some(old) => *old = element,
        None => parent.nodes.push(Node::Element(element)),
    }
}

pub(super) fn set_text(parent: &mut Element, name: &str, text: &str) {
    replace(parent, Element::new(name).with_text(text));
}

/// Writes addresses as libvirt does, which stores them as numbers.
fn normalise(element: &mut Element) {
    if element.name == "metadata" {
        return;
    }
    for Attribute { name, value } in &mut element.attributes {
        if !ADDRESSES.contains(&name.as_str()) {
            continue;
        }
        if let Ok(address) = value.parse::<IpAddr>() {
            *value = address.to_string();
        } else if element.name == "mac" {
            *value = value.to_ascii_lowercase();
        }
    }
    for node in &mut element.nodes {
        if let Node::Element(inner) = node {
            normalise(inner);
        }
    }
}

/// Drops the elements that libvirt does not print where they say nothing.
fn prune(element: &mut Element) {
    element.nodes.retain_mut(|node| {
        let Node::Element(inner) = node else { return true };
        prune(inner);
        match inner.name.as_str() {
            "dhcp" => inner.child("range").is_some() || inner.child("host").is_some(),
            "nat" | "dns" => !inner.attributes.is_empty() || !inner.nodes.is_empty(),
            "dnsmasq:options" => !inner.nodes.is_empty(),
            _ => true,
        }
    });
    if element.child("dnsmasq:options").is_none() {
        element.attributes.retain(|attribute| attribute.name != "xmlns:dnsmasq");
    }
}
