//! What libvirt refuses in a network's definition, in its own words. It changes nothing.

use std::net::IpAddr;

use virtwire_protocol::error_body::code;
use virtwire_protocol::service::Answer;

use super::fault::{fault, more, xml};
use crate::xml::{Element, Ip, Network};

/// The forward modes that libvirt knows.
const MODES: &[&str] =
    &["none", "nat", "route", "open", "bridge", "private", "vepa", "passthrough", "hostdev"];

/// The network's name.
pub(super) fn name(network: &Element) -> Answer<String> {
    let name = network.child_text("name").unwrap_or_default();
    if name.is_empty() {
        return Err(fault(more::NO_NAME, ""));
    }
    for illegal in ['/', '\n'] {
        if name.contains(illegal) {
            return Err(xml(more::XML_DETAIL, format!("invalid char in name: {illegal}")));
        }
    }
    Ok(name.into_owned())
}

/// What is refused while a definition is parsed.
pub(super) fn network(network: &Element, name: &str) -> Answer<()> {
    let attribute =
        |path, attribute: &str| network.find(path).and_then(|element| element.attribute(attribute));
    if attribute("bridge", "delay").is_some_and(|delay| delay.parse::<u32>().is_err()) {
        return malformed(format!("Invalid delay value in network '{name}'"));
    }
    if let Some(address) = attribute("mac", "address") {
        mac(address, name)?;
    }
    if let Some(size) = attribute("mtu", "size").filter(|size| size.parse::<u32>().is_err()) {
        return malformed(format!("Invalid mtu size '{size}' in network '{name}'"));
    }
    for ip in network.elements_named("ip") {
        subnet(ip, name)?;
    }
    let mode = attribute("forward", "mode").unwrap_or("nat");
    if !MODES.contains(&mode) {
        return unsupported(format!("unknown forwarding type '{mode}'"));
    }
    Ok(())
}

fn mac(address: &str, name: &str) -> Answer<()> {
    if !is_mac(address) {
        return malformed(format!("Invalid bridge mac address '{address}' in network '{name}'"));
    }
    let first = address.split(':').next().map(|byte| u8::from_str_radix(byte, 16));
    match first {
        Some(Ok(first)) if first & 1 == 1 => {
            malformed(format!("Invalid multicast bridge mac address '{address}' in network '{name}'"))
        }
        _ => Ok(()),
    }
}

/// Whether the text is a MAC address: six bytes of one or two hexadecimal digits.
pub(super) fn is_mac(text: &str) -> bool {
    let is_byte =
        |byte: &str| matches!(byte.len(), 1..=2) && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.split(':').count() == 6 && text.split(':').all(is_byte)
}

fn subnet(ip: &Element, name: &str) -> Answer<()> {
    let Some(address) = ip.attribute("address") else {
        return malformed(format!("Missing required address attribute in network '{name}'"));
    };
    let Ok(parsed) = address.parse::<IpAddr>() else {
        return malformed(format!("Invalid address '{address}' in network '{name}'"));
    };
    let netmask = ip.attribute("netmask");
    if let Some(netmask) = netmask.filter(|netmask| netmask.parse::<IpAddr>().is_err()) {
        return malformed(format!("Invalid netmask '{netmask}' in network '{name}'"));
    }
    match (ip.attribute("family"), parsed) {
        (None | Some("ipv4"), IpAddr::V4(_)) => ipv4(ip, name)?,
        (Some("ipv6"), IpAddr::V6(_)) => ipv6(ip, address, name)?,
        (None, IpAddr::V6(_)) => {
            return unsupported(format!(
                "no family specified for non-IPv4 address '{address}' in network '{name}'"
            ));
        }
        (Some("ipv4"), IpAddr::V6(_)) => {
            return unsupported(format!(
                "ipv4 family specified for non-IPv4 address '{address}' in network '{name}'"
            ));
        }
        (Some("ipv6"), IpAddr::V4(_)) => {
            return unsupported(format!(
                "Family 'ipv6' specified for non-IPv6 address '{address}' in network '{name}'"
            ));
        }
        (Some(family), _) => return malformed(format!("Unrecognized family '{family}' in network '{name}'")),
    }
    let dhcp = ip.child("dhcp").map(|dhcp| dhcp.elements_named("range"));
    dhcp.into_iter().flatten().try_for_each(|range| self::range(ip, range, name))
}

fn ipv4(ip: &Element, name: &str) -> Answer<()> {
    let prefix = ip.attribute("prefix").map(str::parse::<u8>);
    match (ip.attribute("netmask"), prefix) {
        (Some(_), Some(Ok(1..))) => {
            unsupported(format!("Network '{name}' IP address cannot have both a prefix and a netmask"))
        }
        (_, Some(Ok(33..) | Err(_))) => {
            let prefix = ip.attribute("prefix").unwrap_or_default();
            unsupported(format!("Invalid IPv4 prefix '{prefix}' in network '{name}'"))
        }
        _ => Ok(()),
    }
}

fn ipv6(ip: &Element, address: &str, name: &str) -> Answer<()> {
    if ip.attribute("netmask").is_some() {
        return unsupported(format!("netmask not allowed for IPv6 address '{address}' in network '{name}'"));
    }
    match ip.attribute("prefix").map(|prefix| (prefix, prefix.parse::<u8>())) {
        Some((prefix, Ok(129..) | Err(_))) => {
            unsupported(format!("Invalid IPv6 prefix '{prefix}' in network '{name}'"))
        }
        _ => Ok(()),
    }
}

/// What is refused in a range of addresses that `ip` gives out.
pub(super) fn range(ip: &Element, range: &Element, name: &str) -> Answer<()> {
    let mut ends = [("start", None), ("end", None)];
    for (attribute, value) in &mut ends {
        let Some(text) = range.attribute(attribute) else {
            return malformed(format!("Missing '{attribute}' attribute in dhcp range for network '{name}'"));
        };
        let parsed = text.parse::<IpAddr>();
        *value = Some(parsed.map_err(|_| {
            let text = format!("Cannot parse socket address '{text}': Name or service not known");
            super::fault::from(0, code::SYSTEM_ERROR, text)
        })?);
    }
    let [(_, Some(start)), (_, Some(end))] = ends else {
        return Ok(());
    };
    let subnet = subnet_of(ip)?;
    let (network, Some(prefix)) = (subnet.address, subnet.prefix_length()) else {
        return Ok(());
    };
    let internal = |text: String| Err(super::fault::from(0, code::INTERNAL_ERROR, text));
    if start.is_ipv4() != end.is_ipv4() {
        return internal(format!("mismatch of address family in range {start} - {end}"));
    }
    if start.is_ipv4() != network.is_ipv4() {
        return internal(format!(
            "mismatch of address family in range {start} - {end} for network {network}"
        ));
    }
    let (Some(first), Some(last)) = (offset(start, network, prefix), offset(end, network, prefix)) else {
        return internal(format!("range {start} - {end} is not entirely within network {network}/{prefix}"));
    };
    if network.is_ipv4() && first == 0 {
        return internal(format!(
            "start of range {start} - {end} in network {network}/{prefix} is the network address"
        ));
    }
    if network.is_ipv4() && last == hosts(32, prefix) {
        return internal(format!(
            "end of range {start} - {end} in network {network}/{prefix} is the broadcast address"
        ));
    }
    if last < first {
        return internal(format!("range {start} - {end} is reversed "));
    }
    Ok(())
}

/// What an `<ip>` says of its address, whatever it contains.
pub(super) fn subnet_of(ip: &Element) -> Answer<Ip> {
    let alone = Element { nodes: Vec::new(), ..ip.clone() };
    Ip::from_element(alone).or_else(|error| malformed(error.to_string()))
}

/// What a definition says.
pub(super) fn facts(network: &Element) -> Answer<Network> {
    Network::from_element(network.clone()).or_else(|error| malformed(error.to_string()))
}

/// The last address of a subnet, counted from its first.
fn hosts(bits: u32, prefix: u8) -> u128 {
    let free = bits.saturating_sub(u32::from(prefix));
    u128::MAX.checked_shr(128 - free).unwrap_or(0)
}

/// Where `address` stands in the subnet of `network`, where it is in it.
fn offset(address: IpAddr, network: IpAddr, prefix: u8) -> Option<u128> {
    let (address, network, bits) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return None,
    };
    let free = hosts(bits, prefix);
    (address & !free == network & !free).then_some(address & free)
}

/// What is refused once the whole definition is known.
pub(super) fn after_parsing(network: &Element, name: &str) -> Answer<()> {
    let facts = facts(network)?;
    let mode = facts.forward_mode().as_str();
    let is_routed = matches!(mode, "nat" | "route" | "open");
    if is_routed && facts.ips.is_empty() {
        return malformed(format!(
            "{mode} forwarding requested, but no IP address provided for network '{name}'"
        ));
    }
    let devices = facts.forward.as_ref().map_or(0, |forward| forward.interfaces.len());
    if is_routed && devices > 1 {
        return malformed(format!(
            "multiple forwarding interfaces specified for network '{name}', only one is supported"
        ));
    }
    if mode == "open" && devices > 0 {
        return malformed(format!("forward dev not allowed for network '{name}' with forward mode='open'"));
    }
    if !is_routed && mode != "none" {
        return foreign_bridge(network, mode, name);
    }
    let has_dhcp = |ip: &&Ip| ip.dhcp.as_ref().is_some_and(|dhcp| !dhcp.ranges.is_empty());
    for family in ["IPv4", "IPv6"] {
        let ips = facts.ips.iter().filter(|ip| ip.address.is_ipv4() == (family == "IPv4"));
        if ips.filter(has_dhcp).count() > 1 {
            return unsupported(format!(
                "Multiple {family} dhcp sections found -- dhcp is supported only for a single {family} address on each network"
            ));
        }
    }
    Ok(())
}

/// What is refused in the modes in which libvirt makes no bridge of its own.
fn foreign_bridge(network: &Element, mode: &str, name: &str) -> Answer<()> {
    let bridge = network.child("bridge");
    if mode != "bridge" && bridge.is_some_and(|bridge| bridge.attribute("name").is_some()) {
        return malformed(format!("bridge name not allowed in {mode} mode (network '{name}')"));
    }
    let option = |name| bridge.and_then(|bridge| bridge.attribute(name));
    if option("stp").is_some()
        || option("zone").is_some()
        || option("delay").is_some_and(|delay| delay != "0")
    {
        return malformed(format!(
            "bridge delay/stp/zone options only allowed in open, route, nat, and isolated mode, not in {mode} (network '{name}')"
        ));
    }
    if let Some(element) =
        ["mac", "ip", "dns", "domain"].into_iter().find(|name| network.child(name).is_some())
    {
        return unsupported(format!(
            "Unsupported <{element}> element in network {name} with forward mode='{mode}'"
        ));
    }
    Ok(())
}

fn malformed<T>(text: String) -> Answer<T> {
    Err(fault(code::XML_ERROR, text))
}

fn unsupported(text: String) -> Answer<()> {
    Err(fault(code::CONFIG_UNSUPPORTED, text))
}
