//! A network's addresses, and what it gives to guests by DHCP.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::xml::typed::{Value, elements, words};
use crate::xml::{Kept, MacAddress};

/// How many bits of an address are its subnet's: 0 to 32 for IPv4, 0 to 128 for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixLength(u8);

/// A number of bits that no address of this family has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bits are more than such an address has")]
pub struct NotAPrefixLength(pub u8);

words! {
    /// A family of addresses.
    Family {
        /// IPv4.
        Ipv4 = "ipv4",
        /// IPv6.
        Ipv6 = "ipv6",
    }

    /// A unit of time.
    LeaseUnit {
        /// Seconds.
        Seconds = "seconds",
        /// Minutes.
        Minutes = "minutes",
        /// Hours.
        Hours = "hours",
    }
}

elements! {
    /// `<ip>`: an address of the bridge, its subnet, and what is served there.
    ///
    /// ```
    /// use virtwire::xml::{Dhcp, DhcpRange, Ip};
    ///
    /// let range = DhcpRange::new("10.0.0.2".parse()?, "10.0.0.254".parse()?);
    /// let dhcp = Dhcp { ranges: vec![range], ..Dhcp::default() };
    /// let ip = Ip { dhcp: Some(dhcp), ..Ip::new("10.0.0.1".parse()?, 24)? };
    /// assert_eq!(ip.subnet(), Some(("10.0.0.0".parse()?, 24)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Ip = "ip" {
        /// The family of the address, which libvirt wants for IPv6; `ipv4` where it is not said.
        family: Option<Family> = attribute("family"),
        /// The address of the bridge.
        address: IpAddr = required("address"),
        /// The netmask, for IPv4; not with `prefix`.
        netmask: Option<Ipv4Addr> = attribute("netmask"),
        /// How many bits of the address are the subnet's.
        prefix: Option<PrefixLength> = attribute("prefix"),
        /// Whether the DNS server keeps questions for names of this subnet's addresses to itself. Since libvirt 3.0.0.
        local_ptr: Option<bool> = attribute("localPtr"),
        /// The folder on the host that is served by TFTP; IPv4 only.
        tftp_root: Option<String> = inner("tftp", "root"),
        /// What is served by DHCP, on one address of each family.
        dhcp: Option<Dhcp> = child,
    }

    /// `<dhcp>` in [`Ip`]: what is served by DHCP.
    #[derive(Default)]
    Dhcp = "dhcp" {
        /// Addresses that are given out.
        ranges: Vec<DhcpRange> = children,
        /// Hosts that get addresses of their own.
        hosts: Vec<DhcpHost> = children,
        /// What guests boot from; IPv4 only.
        bootp: Option<Bootp> = child,
    }

    /// `<range>` in [`Dhcp`]: addresses that are given out, all within the subnet.
    DhcpRange = "range" {
        /// The first address.
        start: IpAddr = required("start"),
        /// The last address.
        end: IpAddr = required("end"),
        /// For how long; an hour where it is not said. Since libvirt 6.3.0.
        lease: Option<Lease> = child,
    }

    /// `<host>` in [`Dhcp`]: a host that gets an address of its own.
    #[derive(Default)]
    DhcpHost = "host" {
        /// By what it is known for IPv4; or else by its name.
        mac: Option<MacAddress> = attribute("mac"),
        /// By what it is known for IPv6: its DUID, as hexadecimal digits and colons; or else by its name.
        id: Option<String> = attribute("id"),
        /// Its name.
        name: Option<String> = attribute("name"),
        /// Its address. libvirt wants it, but not of a host that is to be deleted by `net-update`.
        ip: Option<IpAddr> = attribute("ip"),
        /// For how long; as that of ranges. Since libvirt 6.3.0.
        lease: Option<Lease> = child,
    }

    /// `<lease>` in [`DhcpRange`] and [`DhcpHost`]: for how long an address is given.
    #[derive(Default)]
    Lease = "lease" {
        /// How long, in `unit`s: at least two minutes, or 0 for ever.
        expiry: u64 = required("expiry"),
        /// The unit; minutes where it is not said.
        unit: Option<LeaseUnit> = attribute("unit"),
    }

    /// `<bootp>` in [`Dhcp`]: what guests boot from.
    #[derive(Default)]
    Bootp = "bootp" {
        /// The file.
        file: Option<String> = attribute("file"),
        /// The TFTP server that has it; the host where it is not said.
        server: Option<IpAddr> = attribute("server"),
    }

    /// `<route>`: a route of the host's to what lies behind a guest.
    Route = "route" {
        /// The family of the addresses, which libvirt wants for IPv6; `ipv4` where it is not said.
        family: Option<Family> = attribute("family"),
        /// The first address of what is reached. libvirt 11.3.0 wants it, 12.8.0 can do without.
        address: Option<IpAddr> = attribute("address"),
        /// Its netmask, for IPv4; not with `prefix`.
        netmask: Option<Ipv4Addr> = attribute("netmask"),
        /// How many bits of the address are the subnet's.
        prefix: Option<PrefixLength> = attribute("prefix"),
        /// The guest that it is reached by, in one of the network's own subnets.
        gateway: IpAddr = required("gateway"),
        /// Of routes to the same place, that with the lowest metric is taken; at least 1, which is the default.
        metric: Option<u32> = attribute("metric"),
    }
}

impl PrefixLength {
    /// The length of a prefix of an address of this family.
    ///
    /// # Errors
    /// More bits than such an address has.
    pub fn of(address: IpAddr, bits: u8) -> Result<Self, NotAPrefixLength> {
        if bits <= max_bits(address) { Ok(Self(bits)) } else { Err(NotAPrefixLength(bits)) }
    }

    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

impl Value for PrefixLength {
    const EXPECTED: &'static str = "a number of bits from 0 to 128";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|bits| *bits <= 128).map(Self)
    }

    fn written(&self) -> String {
        self.0.to_string()
    }
}

const fn max_bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// See [`Ip::prefix_length`].
pub(super) fn prefix_length(address: IpAddr, prefix: Option<u8>, netmask: Option<Ipv4Addr>) -> Option<u8> {
    let from_netmask = || u8::try_from(netmask?.to_bits().leading_ones()).ok();
    let from_class = || match address {
        IpAddr::V4(address) => match address.octets() {
            [0..=127, ..] => Some(8),
            [128..=191, ..] => Some(16),
            [192..=223, ..] => Some(24),
            _ => None,
        },
        IpAddr::V6(_) => Some(64),
    };
    // libvirt takes a prefix of 0 for none.
    let from_prefix = prefix.filter(|bits| *bits > 0);
    let length = from_prefix.or_else(from_netmask).or_else(from_class);
    length.filter(|bits| *bits <= max_bits(address))
}

impl Family {
    /// The family to be named beside this address, as libvirt wants it.
    const fn to_name(address: IpAddr) -> Option<Self> {
        if address.is_ipv4() { None } else { Some(Self::Ipv6) }
    }
}

impl Ip {
    /// An address of the bridge, and how many bits of it are the subnet's.
    ///
    /// # Errors
    /// More bits than the address has.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, NotAPrefixLength> {
        let prefix = Some(PrefixLength::of(address, prefix)?);
        let (family, netmask, local_ptr, tftp_root, dhcp) =
            (Family::to_name(address), None, None, None, None);
        Ok(Self { family, address, netmask, prefix, local_ptr, tftp_root, dhcp, kept: Kept::default() })
    }

    /// How many bits of the address are the subnet's: from the prefix or the netmask, or else from the old classes of
    /// addresses, as libvirt has it. `None` where that is no number of bits that such an address has.
    #[must_use]
    pub fn prefix_length(&self) -> Option<u8> {
        prefix_length(self.address, self.prefix.map(PrefixLength::bits), self.netmask)
    }

    /// The subnet: its first address, and how many bits of that are the same in all of it. `None` where the length is
    /// not known.
    #[must_use]
    pub fn subnet(&self) -> Option<(IpAddr, u8)> {
        let length = self.prefix_length()?;
        let first = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                std::net::Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
        };
        Some((first, length))
    }
}

impl DhcpRange {
    /// The addresses from one to the other, both included.
    #[must_use]
    pub fn new(start: IpAddr, end: IpAddr) -> Self {
        Self { start, end, lease: None, kept: Kept::default() }
    }
}

impl DhcpHost {
    /// A host that is known by the MAC address of its interface.
    #[must_use]
    pub fn new(mac: MacAddress, ip: IpAddr) -> Self {
        Self { mac: Some(mac), ip: Some(ip), ..Self::default() }
    }
}

impl Lease {
    /// A lease of so many seconds, or for ever with 0.
    #[must_use]
    pub fn seconds(expiry: u64) -> Self {
        Self { expiry, unit: Some(LeaseUnit::Seconds), ..Self::default() }
    }

    /// How long it is; `None` for ever, and for a unit that is not known here.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let seconds = match self.unit.as_ref().unwrap_or(&LeaseUnit::Minutes) {
            LeaseUnit::Seconds => 1,
            LeaseUnit::Minutes => 60,
            LeaseUnit::Hours => 3600,
            LeaseUnit::Other(_) => return None,
        };
        let length = self.expiry.saturating_mul(seconds);
        (length > 0).then_some(Duration::from_secs(length))
    }
}

impl Route {
    /// A route to the subnet of this first address and so many bits, by a guest.
    ///
    /// # Errors
    /// More bits than the address has.
    pub fn new(address: IpAddr, prefix: u8, gateway: IpAddr) -> Result<Self, NotAPrefixLength> {
        let prefix = Some(PrefixLength::of(address, prefix)?);
        let (family, netmask, metric) = (Family::to_name(address), None, None);
        Ok(Self { family, address: Some(address), netmask, prefix, gateway, metric, kept: Kept::default() })
    }
}
