//! What a network makes of its host while it runs, as its XML has it. Asks nothing and looks at nothing.

use std::net::IpAddr;

use virtwire_protocol::remote::Uuid;

use crate::xml::Element;
use crate::xml::network::{DhcpRange, NetworkView, Subnet};

/// How guests of a network reach other networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Not at all.
    Isolated,
    /// Behind addresses of the host's.
    Nat,
    /// As they are.
    Route,
    /// As they are, and libvirt makes no firewall rule.
    Open,
    /// Through what the host has already: nothing of it is libvirt's. The word is that of `<forward mode=>`.
    Hosts(String),
}

/// What a running network consists of on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The name; what is not UTF-8 in it is lossy.
    pub name: String,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// How its guests reach other networks.
    pub mode: Mode,
    /// The bridge's name. In [`Mode::Hosts`] it is the host's own.
    pub bridge: Option<String>,
    /// The bridge's MAC address, lower case; absent for one that libvirt did not make.
    pub mac: Option<String>,
    /// The bridge's index, once it was seen: rules of nftables name it even after the bridge is gone.
    pub index: Option<u32>,
    /// The bridge's addresses, with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// What its DHCP server gives out.
    pub ranges: Vec<DhcpRange>,
    /// A dnsmasq serves it.
    pub has_dnsmasq: bool,
    /// IPv6 is hidden behind addresses of the host's, too.
    pub has_ipv6_nat: bool,
}

impl Expected {
    /// What a `<network>` document makes of a host; `None` where it is another document.
    #[must_use]
    pub fn of(network: &Element) -> Option<Self> {
        let view = NetworkView::of(network)?;
        let mode = Mode::of(view.forward.as_ref().map(|forward| forward.mode.as_str()));
        let is_own = mode.is_libvirts();
        let addresses = view.subnets.iter().filter_map(|ip| Some((ip.address?, ip.prefix_length()?)));
        let nat_ipv6 = network.find("forward/nat").and_then(|nat| nat.attribute("ipv6"));
        Some(Self {
            name: view.name.clone().unwrap_or_default(),
            uuid: view.uuid,
            bridge: view.bridge.clone().filter(|bridge| !bridge.is_empty()),
            mac: view.mac.as_ref().filter(|_| is_own).map(|mac| mac.to_ascii_lowercase()),
            index: None,
            addresses: if is_own { addresses.collect() } else { Vec::new() },
            ranges: view.subnets.iter().flat_map(|ip| ip.ranges.iter().copied()).collect(),
            has_dnsmasq: is_own && has_dnsmasq(network, &view.subnets),
            has_ipv6_nat: mode == Mode::Nat && nat_ipv6 == Some("yes"),
            mode,
        })
    }

    /// Whether the bridge is libvirt's: made when the network starts, deleted when it stops.
    #[must_use]
    pub fn owns_bridge(&self) -> bool {
        self.mode.is_libvirts() && self.bridge.is_some()
    }

    /// Whether libvirt makes firewall rules for it.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.owns_bridge() && self.mode != Mode::Open
    }

    /// Whether some of these rules hide guests behind addresses of the host's.
    #[must_use]
    pub fn has_nat_rules(&self) -> bool {
        let is_hidden = |address: &IpAddr| address.is_ipv4() || self.has_ipv6_nat;
        self.mode == Mode::Nat && self.addresses.iter().any(|(address, _)| is_hidden(address))
    }

    /// Whether the kernel must forward packets for its guests: IPv4, IPv6. libvirt asks the kernel for it only where the
    /// network has addresses of the kind.
    #[must_use]
    pub fn forwards(&self) -> (bool, bool) {
        let is_forwarded = self.owns_bridge() && self.mode != Mode::Isolated;
        let has = |is_kind: fn(&IpAddr) -> bool| self.addresses.iter().any(|(address, _)| is_kind(address));
        (is_forwarded && has(IpAddr::is_ipv4), is_forwarded && has(IpAddr::is_ipv6))
    }

    /// Whether `address` with its prefix is one of the network's subnets, as a whole.
    #[must_use]
    pub fn is_subnet(&self, (address, length): (IpAddr, u8)) -> bool {
        let mut own = self.addresses.iter();
        own.any(|(own, own_length)| *own_length == length && is_within(address, *own, *own_length))
    }

    /// Whether `address` with its prefix lies inside one of the network's subnets, and is not all of it.
    #[must_use]
    pub fn holds(&self, (address, length): (IpAddr, u8)) -> bool {
        let mut own = self.addresses.iter();
        own.any(|(own, own_length)| length > *own_length && is_within(address, *own, *own_length))
    }
}

impl Mode {
    fn of(forward: Option<&str>) -> Self {
        match forward {
            None | Some("none") => Self::Isolated,
            Some("nat") => Self::Nat,
            Some("route") => Self::Route,
            Some("open") => Self::Open,
            Some(other) => Self::Hosts(other.to_owned()),
        }
    }

    /// Whether libvirt makes a bridge for a network of this mode.
    #[must_use]
    pub fn is_libvirts(&self) -> bool {
        !matches!(self, Self::Hosts(_))
    }
}

/// libvirt starts a dnsmasq where the network has an address and not all that dnsmasq serves is switched off.
fn has_dnsmasq(network: &Element, subnets: &[Subnet]) -> bool {
    let has_dns = network.child("dns").and_then(|dns| dns.attribute("enable")) != Some("no");
    let serves = |ip: &Element| {
        let in_dhcp = ip.find("dhcp/range").or_else(|| ip.find("dhcp/host"));
        in_dhcp.is_some() || ip.child("tftp").is_some()
    };
    !subnets.is_empty() && (has_dns || network.elements_named("ip").any(serves))
}

/// Whether the first `length` bits of both addresses are equal.
fn is_within(address: IpAddr, own: IpAddr, length: u8) -> bool {
    let differing = match (address, own) {
        (IpAddr::V4(address), IpAddr::V4(own)) => (address.to_bits() ^ own.to_bits()).leading_zeros(),
        (IpAddr::V6(address), IpAddr::V6(own)) => (address.to_bits() ^ own.to_bits()).leading_zeros(),
        _ => return false,
    };
    differing >= u32::from(length)
}
