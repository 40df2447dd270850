//! What a `<network>` document says, read-only: the few facts that are needed to judge a network before it is touched.
//! A view never fails: what is not there, or not understood, is absent.

use std::net::{IpAddr, Ipv4Addr};

use virtwire_protocol::remote::Uuid;

use super::Element;

/// The facts of one `<network>` document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkView {
    /// `<name>`.
    pub name: Option<String>,
    /// `<uuid>`.
    pub uuid: Option<Uuid>,
    /// `connections=`: guest interfaces that are attached now; 0 where it is absent, as libvirt leaves it out then, and
    /// `None` where it is there and no number.
    pub connections: Option<u32>,
    /// `<bridge name=>`. In forward mode `bridge` it is a bridge of the host's, which libvirt does not own.
    pub bridge: Option<String>,
    /// `<mac address=>`: the address of the bridge.
    pub mac: Option<String>,
    /// `<forward>`; absent for an isolated network.
    pub forward: Option<Forward>,
    /// `<ip>`, each.
    pub subnets: Vec<Subnet>,
}

/// How guests reach other networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// `mode=`; libvirt takes `nat` where it is absent.
    pub mode: String,
    /// `dev=`: the only interface of the host that is forwarded to.
    pub dev: Option<String>,
}

/// One address of the bridge, and its subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// `family=`: `ipv4`, the default, or `ipv6`.
    pub family: String,
    /// `address=`.
    pub address: Option<IpAddr>,
    /// `netmask=`.
    pub netmask: Option<IpAddr>,
    /// `prefix=`, in bits; libvirt writes this or a netmask, as it was defined.
    pub prefix: Option<u8>,
    /// `<dhcp><range>`, each.
    pub ranges: Vec<DhcpRange>,
}

/// Addresses that the network's DHCP server gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpRange {
    /// The first address.
    pub start: IpAddr,
    /// The last address.
    pub end: IpAddr,
}

impl NetworkView {
    /// The view of a document, where its element is `<network>`.
    #[must_use]
    pub fn of(network: &Element) -> Option<Self> {
        if network.name != "network" {
            return None;
        }
        let attribute = |path, name| Some(network.find(path)?.attribute(name)?.to_owned());
        Some(Self {
            name: network.child_text("name").map(Into::into),
            uuid: network.child_text("uuid").and_then(|uuid| uuid.parse().ok()),
            connections: network.attribute("connections").map_or(Some(0), |count| count.parse().ok()),
            bridge: attribute("bridge", "name"),
            mac: attribute("mac", "address"),
            forward: network.child("forward").map(Forward::of),
            subnets: network.elements_named("ip").map(Subnet::of).collect(),
        })
    }

    /// The IPv4 routes that the host has to this network's subnets while it runs: each subnet's first address, and the
    /// length of its prefix. A network whose routes the host has already cannot start.
    #[must_use]
    pub fn routes(&self) -> Vec<(Ipv4Addr, u8)> {
        let route = |subnet: &Subnet| match (subnet.address?, subnet.prefix_length()?) {
            (IpAddr::V4(address), length @ ..=32) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                Some((Ipv4Addr::from(address.to_bits() & mask), length))
            }
            _ => None,
        };
        self.subnets.iter().filter_map(route).collect()
    }
}

impl Forward {
    fn of(forward: &Element) -> Self {
        Self {
            mode: forward.attribute("mode").unwrap_or("nat").to_owned(),
            dev: forward.attribute("dev").map(str::to_owned),
        }
    }
}

impl Subnet {
    /// What an `<ip>` element says.
    #[must_use]
    pub fn of(ip: &Element) -> Self {
        let dhcp = ip.elements_named("dhcp");
        Self {
            family: ip.attribute("family").unwrap_or("ipv4").to_owned(),
            address: parsed(ip, "address"),
            netmask: parsed(ip, "netmask"),
            prefix: parsed(ip, "prefix"),
            ranges: dhcp.flat_map(|dhcp| dhcp.elements_named("range")).filter_map(DhcpRange::of).collect(),
        }
    }

    /// How many bits of the address are the subnet's: from the prefix or the netmask, or else from the old classes of
    /// addresses, as libvirt has it. `None` without an address.
    #[must_use]
    pub fn prefix_length(&self) -> Option<u8> {
        let from_netmask = || match self.netmask? {
            IpAddr::V4(mask) => u8::try_from(mask.to_bits().leading_ones()).ok(),
            IpAddr::V6(mask) => u8::try_from(mask.to_bits().leading_ones()).ok(),
        };
        let from_class = || match self.address? {
            IpAddr::V4(address) => match address.octets() {
                [0..=127, ..] => Some(8),
                [128..=191, ..] => Some(16),
                [192..=223, ..] => Some(24),
                _ => None,
            },
            IpAddr::V6(_) => Some(64),
        };
        self.prefix.or_else(from_netmask).or_else(from_class)
    }
}

impl DhcpRange {
    fn of(range: &Element) -> Option<Self> {
        Some(Self { start: parsed(range, "start")?, end: parsed(range, "end")? })
    }
}

fn parsed<T: std::str::FromStr>(element: &Element, attribute: &str) -> Option<T> {
    element.attribute(attribute)?.parse().ok()
}
