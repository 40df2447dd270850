//! What a network makes of its host while it runs, as its XML has it. Asks nothing and looks at nothing.

use std::net::IpAddr;

use virtwire_protocol::remote::Uuid;

use crate::xml::{ForwardMode, Outline};

/// What a running network consists of on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The name; what is not UTF-8 in it is lossy.
    pub name: String,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// How its guests reach other networks.
    pub mode: ForwardMode,
    /// The bridge's name. Unless libvirt makes it, it is the host's own.
    pub bridge: Option<String>,
    /// The bridge's MAC address, lower case; absent for one that libvirt did not make.
    pub mac: Option<String>,
    /// The bridge's index, once it was seen: rules of nftables name it even after the bridge is gone.
    pub index: Option<u32>,
    /// The bridge's addresses, with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// What its DHCP server gives out: first and last address.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// A dnsmasq serves it.
    pub has_dnsmasq: bool,
    /// IPv6 is hidden behind addresses of the host's, too.
    pub has_ipv6_nat: bool,
    /// The interface by which guests reach other networks, where the XML names one.
    pub device: Option<String>,
}

impl Expected {
    /// What a network makes of a host.
    #[must_use]
    pub fn of(network: &Outline) -> Self {
        let mode = network.forward_mode();
        let is_own = mode.owns_bridge();
        let device = network.value("forward", "dev").or_else(|| network.value("forward/interface", "dev"));
        let text = |name| network.element().child_text(name);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            name: text("name").unwrap_or_default().into_owned(),
            uuid: text("uuid").and_then(|uuid| uuid.parse().ok()),
            bridge: owned(network.bridge_name()),
            mac: owned(network.value("mac", "address").filter(|_| is_own)),
            index: None,
            addresses: if is_own { network.addresses().collect() } else { Vec::new() },
            ranges: network.ranges(),
            has_dnsmasq: is_own && is_served(network),
            has_ipv6_nat: mode == ForwardMode::Nat && network.value("forward/nat", "ipv6") == Some("yes"),
            device: owned(device),
            mode,
        }
    }

    /// Of a network of which nothing but its name is known.
    pub(super) fn of_name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            uuid: None,
            mode: ForwardMode::Nat,
            bridge: None,
            mac: None,
            index: None,
            addresses: Vec::new(),
            ranges: Vec::new(),
            has_dnsmasq: false,
            has_ipv6_nat: false,
            device: None,
        }
    }

    /// Whether the bridge is libvirt's: made when the network starts, deleted when it stops.
    #[must_use]
    pub fn owns_bridge(&self) -> bool {
        self.mode.owns_bridge() && self.bridge.is_some()
    }

    /// Whether libvirt makes firewall rules for it.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.owns_bridge() && self.mode != ForwardMode::Open
    }

    /// Whether guests of this address are hidden behind addresses of the host's.
    #[must_use]
    pub fn hides(&self, address: &IpAddr) -> bool {
        self.mode == ForwardMode::Nat && (address.is_ipv4() || self.has_ipv6_nat)
    }

    /// Whether the kernel must forward packets for its guests: IPv4, IPv6. libvirt asks the kernel for it only where the
    /// network has addresses of the kind.
    #[must_use]
    pub fn forwards(&self) -> (bool, bool) {
        let is_forwarded = self.owns_bridge() && self.mode != ForwardMode::Isolated;
        let has = |is_kind: fn(&IpAddr) -> bool| self.addresses.iter().any(|(address, _)| is_kind(address));
        (is_forwarded && has(IpAddr::is_ipv4), is_forwarded && has(IpAddr::is_ipv6))
    }

    /// Whether `address` with its prefix is one of the network's subnets, as a whole.
    #[must_use]
    pub fn is_subnet(&self, (address, length): (IpAddr, u8)) -> bool {
        let mut own = self.addresses.iter();
        own.any(|(own, own_length)| *own_length == length && is_within(address, *own, *own_length))
    }

    /// Whether some address that has this prefix is one of the network's, too.
    #[must_use]
    pub fn overlaps(&self, (address, length): (IpAddr, u8)) -> bool {
        let mut own = self.addresses.iter();
        own.any(|(own, own_length)| is_within(address, *own, length.min(*own_length)))
    }
}

/// Whether guests get names, addresses or files from a server of the network's: it has an address, and not all of that is
/// switched off.
fn is_served(network: &Outline) -> bool {
    let has = |path| network.element().find(path).is_some();
    let has_dns = has("ip") && network.value("dns", "enable") != Some("no");
    has_dns || ["ip/dhcp/range", "ip/dhcp/host", "ip/tftp"].into_iter().any(has)
}

/// Whether the first `length` bits of both addresses are equal.
pub(super) fn is_within(address: IpAddr, own: IpAddr, length: u8) -> bool {
    let differing = match (address, own) {
        (IpAddr::V4(address), IpAddr::V4(own)) => (address.to_bits() ^ own.to_bits()).leading_zeros(),
        (IpAddr::V6(address), IpAddr::V6(own)) => (address.to_bits() ^ own.to_bits()).leading_zeros(),
        _ => return false,
    };
    differing >= u32::from(length)
}
