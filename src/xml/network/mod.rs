//! libvirt's `<network>` as structs: what it knows by name has a type, what it does not know is kept.
//! It judges values one by one; whether they fit together libvirt says, in its own words.

mod dns;
mod dnsmasq;
mod forward;
mod given;
mod ip;
mod outline;
mod port;
mod questions;
#[cfg(test)]
mod tests;

use virtwire_protocol::remote::Uuid;

pub use dns::{Dns, DnsForwarder, DnsHost, DnsSrv, DnsTxt};
pub use forward::{
    DeviceKind, Forward, ForwardInterface, ForwardMode, HostdevDriver, HostdevDriverName, Nat, NatAddresses,
    NatPorts, PciAddress,
};
pub use ip::{
    Bootp, Dhcp, DhcpHost, DhcpRange, Family, Ip, Lease, LeaseUnit, NotAPrefixLength, PrefixLength, Route,
};
pub use outline::Outline;
pub use port::{
    Bandwidth, NativeMode, PortGroup, Rate, VirtualPort, VirtualPortParameters, VirtualPortType, Vlan,
    VlanTag,
};

use super::typed::{elements, words};
use super::{Element, MacAddress};

words! {
    /// Who fills a bridge's table of MAC addresses.
    MacTableManager {
        /// The kernel, by learning and flooding.
        Kernel = "kernel",
        /// libvirt, from the XML of guests. Since libvirt 1.2.11.
        Libvirt = "libvirt",
    }
}

elements! {
    /// `<network>`: the definition of a network, built here or read from libvirt.
    ///
    /// Reading one and writing it again loses nothing, also of what a newer libvirt may know. What a field says already,
    /// stays as it is spelled; what is new is written where libvirt has it. An element that is dropped takes along what
    /// it held; comments before it stay where they are.
    ///
    /// A network built here, and then changed:
    ///
    /// ```
    /// # #[cfg(feature = "testdaemon")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use virtwire::xml::{Bridge, Dhcp, DhcpHost, DhcpRange, Forward, ForwardMode, Ip, Network};
    /// use virtwire::{Connection, Definition};
    ///
    /// let range = DhcpRange::new("10.20.0.100".parse()?, "10.20.0.199".parse()?);
    /// let dhcp = Dhcp { ranges: vec![range], ..Dhcp::default() };
    /// let lab = Network {
    ///     forward: Some(Forward::from(ForwardMode::Nat)),
    ///     bridge: Some(Bridge::from("virbr-lab")),
    ///     ips: vec![Ip { dhcp: Some(dhcp), ..Ip::new("10.20.0.1".parse()?, 24)? }],
    ///     ..Network::new("lab")
    /// };
    ///
    /// let connection = Connection::open("test:///default").await?;
    /// let network = connection.define_network(lab.to_xml(), false).await?;
    ///
    /// let mut defined = Network::parse(network.xml_desc(Definition::Inactive).await?.as_bytes())?;
    /// assert_eq!(defined.ips, lab.ips);
    /// assert!(defined.mac.is_some(), "libvirt has chosen an address for the bridge");
    ///
    /// let printer = DhcpHost::new("52:54:00:12:34:56".parse()?, "10.20.0.9".parse()?);
    /// defined.ips[0].dhcp.get_or_insert_default().hosts.push(printer);
    /// connection.define_network(defined.to_xml(), false).await?;
    /// # connection.close().await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testdaemon"))]
    /// # fn main() {}
    /// ```
    #[derive(Default)]
    Network = "network" {
        /// Guest interfaces that are attached now; absent for none, and in stored definitions. libvirt says it, and does
        /// not read it: see [`Network::attached`].
        connections: Option<u32> = attribute("connections"),
        /// Whether guests may speak IPv6 among each other where the network has no IPv6 address. Since libvirt 1.0.1.
        ipv6: Option<bool> = attribute("ipv6"),
        /// Whether guests may choose what their interfaces receive. Since libvirt 1.2.10.
        trust_guest_rx_filters: Option<bool> = attribute("trustGuestRxFilters"),
        /// The name, unique on its host; without `/`.
        name: String = required_text("name"),
        /// The UUID, unique on its host; libvirt chooses one where it is not said.
        uuid: Option<Uuid> = text("uuid"),
        /// A short description in one line. Since libvirt 9.7.0.
        title: Option<String> = text("title"),
        /// A description. Since libvirt 9.7.0.
        description: Option<String> = text("description"),
        /// What applications have stored, an element for each, as it is: see [`Network::metadata_of`].
        metadata: Option<Element> = element("metadata"),
        /// How guests reach other networks; without it they do not.
        forward: Option<Forward> = child,
        /// The bridge of the network; libvirt chooses a name where it makes one.
        bridge: Option<Bridge> = child,
        /// Bytes that fit a packet: the bridge's MTU. Since libvirt 3.1.0.
        mtu: Option<u32> = inner("mtu", "size"),
        /// The address of the bridge, where libvirt makes one; it chooses one where it is not said.
        mac: Option<MacAddress> = inner("mac", "address"),
        /// The DNS domain of the guests.
        domain: Option<Domain> = child,
        /// The DNS server.
        dns: Option<Dns> = child,
        /// The VLANs of each port.
        vlan: Option<Vlan> = child,
        /// How much all guests carry together.
        bandwidth: Option<Bandwidth> = child,
        /// Whether guests are kept from each other. Since libvirt 6.1.0.
        port_isolated: Option<bool> = inner("port", "isolated"),
        /// The addresses of the bridge.
        ips: Vec<Ip> = children,
        /// Routes of the host's to what lies behind guests. Since libvirt 1.0.6.
        routes: Vec<Route> = children,
        /// How each port is announced to a switch.
        virtualport: Option<VirtualPort> = child,
        /// Groups of ports, for which the above may differ.
        portgroups: Vec<PortGroup> = children,
        /// Lines for the configuration of dnsmasq, which nobody checks: those of `<dnsmasq:options>`. Since libvirt 5.6.0.
        dnsmasq_options: Vec<String> = dnsmasq_options,
    }

    /// `<bridge>`: the bridge of a network.
    #[derive(Default)]
    Bridge = "bridge" {
        /// The name; a `%d` in it is for libvirt to fill in.
        name: Option<String> = attribute("name"),
        /// The zone of firewalld. Since libvirt 5.1.0.
        zone: Option<String> = attribute("zone"),
        /// Whether it speaks the spanning tree protocol; it does where it is not said.
        stp: Option<bool> = not_off("stp"),
        /// Seconds that a new member waits until it forwards; 0 where it is not said.
        delay: Option<u64> = seconds("delay"),
        /// Who fills its table of MAC addresses; the kernel where it is not said.
        mac_table_manager: Option<MacTableManager> = attribute("macTableManager"),
    }

    /// `<domain>`: the DNS domain of a network's guests.
    #[derive(Default)]
    Domain = "domain" {
        /// The domain.
        name: Option<String> = attribute("name"),
        /// Whether the host's servers are not asked for its names. Since libvirt 1.2.12.
        local_only: Option<bool> = attribute("localOnly"),
        /// Whether the host asks this network for its names, by systemd-resolved; needs `local_only`. Since libvirt 10.1.0.
        register: Option<bool> = attribute("register"),
    }
}

impl Network {
    /// An isolated network of this name, without addresses.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl From<&str> for Bridge {
    fn from(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }
}

impl From<&str> for Domain {
    fn from(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }
}
