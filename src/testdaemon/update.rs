//! Changes to a part of a network (`net-update`): the DHCP hosts and ranges that people do change. libvirt refuses some of
//! the other parts too, and so in its words; what only we lack is said to be unsupported.

use std::net::IpAddr;

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::network::NetworkUpdate;
use virtwire_protocol::service::{Answer, Service};

use super::check;
use super::client::{Client, OnState};
use super::definition::parse;
use super::fault::{check_flags, fault, more};
use super::state::{AFFECT_CONFIG, AFFECT_LIVE, State};
use crate::xml::{Element, Ip, Node};

/// What to do with the element (`virNetworkUpdateCommand`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Modify,
    Delete,
    AddLast,
    AddFirst,
}

impl Command {
    fn of(number: u32) -> Answer<Self> {
        match number {
            1 => Ok(Self::Modify),
            2 => Ok(Self::Delete),
            3 => Ok(Self::AddLast),
            4 => Ok(Self::AddFirst),
            _ => Err(fault(
                more::OPERATION_UNSUPPORTED,
                format!("unrecognized network update command code {number}"),
            )),
        }
    }
}

/// One change, understood as far as the wire goes.
struct Update<'a> {
    network: &'a str,
    command: Command,
    /// The element of the change.
    element: Element,
}

/// Edits `<dhcp>`, which is within the subnet.
type Edit = fn(&Update<'_>, &Ip, dhcp: &mut Element) -> Answer<()>;

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service.on_state(update)
}

fn update(state: &mut State, call: &NetworkUpdate) -> Answer<()> {
    check_flags(call.flags, AFFECT_LIVE | AFFECT_CONFIG, "networkUpdate")?;
    let network = state.network_mut(&call.net)?;
    let name = network.definition()?.name.clone();
    network.change(call.flags, |document| edited(document, &name, call))
}

fn edited(document: &Element, network: &str, call: &NetworkUpdate) -> Answer<Element> {
    let element = parse(call.xml.as_bytes(), "(network_update_xml)")?;
    let (wanted, edit): (&str, Edit) = match call.section {
        4 => ("host", edit_host),
        5 => ("range", edit_range),
        section => return Err(unsupported(section, network)),
    };
    if element.name != wanted {
        let text = format!(
            "unexpected element <{}>, expecting <{wanted}>, while updating network '{network}'",
            element.name
        );
        return Err(fault(code::XML_ERROR, text));
    }
    let update = Update { network, command: Command::of(call.command)?, element };
    let mut document = document.clone();
    let ip = subnet(&mut document, network, call.parent_index)?;
    let subnet = check::subnet_of(ip)?;
    if ip.child("dhcp").is_none() {
        ip.nodes.push(Node::Element(Element::new("dhcp")));
    }
    if update.element.name == "range" && update.command != Command::Modify {
        check::range(ip, &update.element, network)?;
    }
    if let Some(dhcp) = ip.child_mut("dhcp") {
        edit(&update, &subnet, dhcp)?;
    }
    Ok(document)
}

fn unsupported(section: u32, network: &str) -> Box<virtwire_protocol::error_body::ErrorBody> {
    let refused = match section {
        1 => "bridge",
        2 => "domain",
        3 => "ip",
        6 => "forward",
        7..=12 => {
            let detail = "updating this section in the in-memory hypervisor";
            return fault(code::NO_SUPPORT, detail);
        }
        _ => {
            let text = "can't update unrecognized section of network";
            return fault(more::OPERATION_UNSUPPORTED, text);
        }
    };
    let text = format!("can't update '{refused}' section of network '{network}'");
    fault(more::OPERATION_UNSUPPORTED, text)
}

/// The `<ip>` that is meant: the one of this index, or else the one with DHCP, or else the first.
fn subnet<'a>(document: &'a mut Element, network: &str, index: i32) -> Answer<&'a mut Element> {
    let has_dhcp = |ip: &Element| ip.child("dhcp").is_some();
    let wanted =
        usize::try_from(index).ok().or_else(|| document.elements_named("ip").position(has_dhcp)).unwrap_or(0);
    let mut subnets = document.nodes.iter_mut().filter_map(|node| match node {
        Node::Element(element) if element.name == "ip" => Some(element),
        _ => None,
    });
    subnets.nth(wanted).ok_or_else(|| {
        let at = if index < 0 { String::new() } else { format!("at index {index} ") };
        let text =
            format!("couldn't update dhcp host entry - no <ip> element found {at}in network '{network}'");
        fault(code::OPERATION_INVALID, text)
    })
}

fn edit_range(update: &Update<'_>, _: &Ip, dhcp: &mut Element) -> Answer<()> {
    let ends = |range: &Element| {
        ["start", "end"].map(|name| range.attribute(name).and_then(|end| end.parse::<IpAddr>().ok()))
    };
    let (start, end) = (attribute(&update.element, "start"), attribute(&update.element, "end"));
    let found = position(dhcp, "range", |range| ends(range) == ends(&update.element));
    match (update.command, found) {
        (Command::Modify, _) => {
            Err(fault(more::OPERATION_UNSUPPORTED, "dhcp ranges cannot be modified, only added or deleted"))
        }
        (Command::Delete, Some(at)) => {
            dhcp.nodes.remove(at);
            Ok(())
        }
        (Command::Delete, None) => {
            invalid(format!("couldn't locate a matching dhcp range entry in network '{}'", update.network))
        }
        (_, Some(_)) => invalid(format!(
            "there is an existing dhcp range entry in network '{}' that matches \"<range start='{start}' end='{end}'/>\"",
            update.network
        )),
        (_, None) => {
            update.add_to(dhcp);
            Ok(())
        }
    }
}

fn edit_host(update: &Update<'_>, subnet: &Ip, dhcp: &mut Element) -> Answer<()> {
    let host = &update.element;
    check_host(update, subnet)?;
    let same = |name: &str, other: &Element| match (host.attribute(name), other.attribute(name)) {
        (Some(mine), Some(other)) => Some(mine.eq_ignore_ascii_case(other)),
        (Some(_), None) => Some(name == "mac"),
        (None, _) => None,
    };
    let keys = ["mac", "name", "ip"];
    let is_like = |other: &Element| {
        keys.iter().any(|key| other.attribute(key).is_some() && same(key, other) == Some(true))
    };
    let is_all_like = |other: &Element| keys.iter().all(|key| same(key, other).unwrap_or(true));
    let found = match update.command {
        Command::Delete => position(dhcp, "host", is_all_like),
        _ => position(dhcp, "host", is_like),
    };
    let [mac, name, ip] = keys.map(|key| attribute(host, key));
    match (update.command, found) {
        (Command::Delete, Some(at)) => {
            dhcp.nodes.remove(at);
            Ok(())
        }
        (Command::Delete, None) => {
            invalid(format!("couldn't locate a matching dhcp host entry in network '{}'", update.network))
        }
        (Command::Modify, Some(at)) => {
            if let Some(node) = dhcp.nodes.get_mut(at) {
                *node = Node::Element(host.clone());
            }
            Ok(())
        }
        (Command::Modify, None) => invalid(format!(
            "couldn't locate an existing dhcp host entry with \"mac='{mac}'\" \"name='{name}'\" \"ip='{ip}'\" in network '{}'",
            update.network
        )),
        (_, Some(_)) => invalid(format!(
            "there is an existing dhcp host entry in network '{}' that matches \"<host mac='{mac}' name='{name}' ip='{ip}'/>\"",
            update.network
        )),
        (_, None) => {
            update.add_to(dhcp);
            Ok(())
        }
    }
}

fn check_host(update: &Update<'_>, subnet: &Ip) -> Answer<()> {
    let Update { network, element: host, .. } = update;
    let has = |name: &str| host.attribute(name).is_some();
    let refused = |text: String| Err(fault(code::XML_ERROR, text));
    if let Some(mac) = host.attribute("mac").filter(|mac| !check::is_mac(mac)) {
        return refused(format!("Cannot parse MAC address '{mac}' in network '{network}'"));
    }
    let ip = host.attribute("ip").map(str::parse::<IpAddr>);
    if let Some(Err(_)) = ip {
        return refused(format!("Invalid IP address in static host definition for network '{network}'"));
    }
    if update.command == Command::Delete {
        if !(has("mac") || has("name") || has("ip")) {
            return refused(format!(
                "At least one of name, mac, or ip attribute must be specified for static host definition in network '{network}' "
            ));
        }
        return Ok(());
    }
    if !(has("mac") || has("name")) && subnet.address.is_ipv4() {
        return refused(format!(
            "Static host definition in IPv4 network '{network}' must have mac or name attribute"
        ));
    }
    let Some(Ok(ip)) = ip else {
        return refused(format!("Missing IP address in static host definition for network '{network}'"));
    };
    if subnet.address.is_ipv4() != ip.is_ipv4() {
        return invalid(
            "the address family of a host entry IP must match the address family of the dhcp element's parent".to_owned(),
        );
    }
    Ok(())
}

impl Update<'_> {
    fn add_to(&self, dhcp: &mut Element) {
        let at = if self.command == Command::AddFirst { 0 } else { dhcp.nodes.len() };
        dhcp.nodes.insert(at, Node::Element(self.element.clone()));
    }
}

/// Where the first element of this name is that is wanted, among all nodes of `parent`.
fn position(parent: &Element, name: &str, is_wanted: impl Fn(&Element) -> bool) -> Option<usize> {
    parent.nodes.iter().position(|node| match node {
        Node::Element(element) => element.name == name && is_wanted(element),
        _ => false,
    })
}

/// An attribute for an error's text.
fn attribute<'a>(element: &'a Element, name: &str) -> &'a str {
    element.attribute(name).unwrap_or("(null)")
}

fn invalid(text: String) -> Answer<()> {
    Err(fault(code::OPERATION_INVALID, text))
}
