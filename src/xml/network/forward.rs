//! How a network's guests reach other networks.

use std::net::Ipv4Addr;

use crate::xml::typed::{elements, words};

words! {
    /// How guests reach other networks.
    #[derive(Default)]
    ForwardMode {
        /// The host routes, and guests appear under its own address; libvirt runs bridge, DHCP, DNS and firewall rules.
        #[default]
        Nat = "nat",
        /// The host routes; libvirt runs bridge, DHCP, DNS and firewall rules.
        Route = "route",
        /// As `route`, without firewall rules. Since libvirt 2.2.0.
        Open = "open",
        /// They do not: the same as no `<forward>` at all.
        Isolated = "none",
        /// By a bridge that the host has already, or by macvtap in mode `bridge` on the listed interfaces.
        Bridge = "bridge",
        /// By macvtap in mode `private` on the listed interfaces.
        Private = "private",
        /// By macvtap in mode `vepa` on the listed interfaces.
        Vepa = "vepa",
        /// By macvtap in mode `passthrough`: one guest to each of the listed interfaces.
        Passthrough = "passthrough",
        /// Each guest is given a PCI device of its own.
        Hostdev = "hostdev",
    }

    /// By what driver a guest is given a PCI device.
    HostdevDriverName {
        /// VFIO.
        Vfio = "vfio",
        /// KVM's own assignment, which libvirt 10.0.0 and later refuse.
        Kvm = "kvm",
        /// Xen.
        Xen = "xen",
    }

    /// What kind of device an address means.
    #[derive(Default)]
    DeviceKind {
        /// A PCI device, the only kind there is.
        #[default]
        Pci = "pci",
    }
}

elements! {
    /// `<forward>`: how guests reach other networks. A network without it is isolated.
    ///
    /// ```
    /// use virtwire::xml::{Forward, ForwardMode};
    ///
    /// let mut forward = Forward::from(ForwardMode::Route);
    /// forward.set_dev(Some("eth1"));
    /// assert_eq!(forward.to_xml(), "<forward dev='eth1' mode='route'>\n  <interface dev='eth1'/>\n</forward>\n");
    /// ```
    #[derive(Default)]
    Forward = "forward" {
        /// The only interface of the host that is forwarded to. The same as the first of `interfaces`, or libvirt refuses
        /// it: see [`Forward::set_dev`].
        dev: Option<String> = attribute("dev"),
        /// How; libvirt takes `nat` where it is not said.
        mode: ForwardMode = defaulted("mode"),
        /// Whether libvirt detaches the devices from the host, and gives them back, by itself; mode `hostdev` only.
        managed: Option<bool> = is_yes("managed"),
        /// By what driver a guest gets its device; mode `hostdev` only.
        driver: Option<HostdevDriver> = child,
        /// What addresses are translated to; mode `nat` only.
        nat: Option<Nat> = child,
        /// The physical function whose virtual functions are given to guests; not with `dev`.
        pf: Option<String> = inner("pf", "dev"),
        /// Interfaces of the host that guests share, or that are given to them.
        interfaces: Vec<ForwardInterface> = children,
        /// Devices of the host that are given to guests, in mode `hostdev`; not with `dev` or `interfaces`.
        addresses: Vec<PciAddress> = children,
    }

    /// `<driver>` in [`Forward`].
    #[derive(Default)]
    HostdevDriver = "driver" {
        /// The driver.
        name: Option<HostdevDriverName> = attribute("name"),
        /// The host's module for this model of device, such as `mlx5_vfio_pci`. Since libvirt 10.0.0.
        model: Option<String> = attribute("model"),
    }

    /// `<nat>` in [`Forward`]: what the addresses of guests are translated to.
    #[derive(Default)]
    Nat = "nat" {
        /// Whether IPv6 is translated, too, which is routed otherwise. Since libvirt 6.5.0.
        ipv6: Option<bool> = attribute("ipv6"),
        /// The public addresses; the host's own where there are none.
        addresses: Option<NatAddresses> = child,
        /// The ports; libvirt takes 1024 to 65535, and writes that into the XML of the running network.
        ports: Option<NatPorts> = child,
    }

    /// `<address>` in [`Nat`]: a range of addresses.
    NatAddresses = "address" {
        /// The first address.
        start: Ipv4Addr = required("start"),
        /// The last address.
        end: Ipv4Addr = required("end"),
    }

    /// `<port>` in [`Nat`]: a range of ports.
    NatPorts = "port" {
        /// The first port.
        start: u16 = required("start"),
        /// The last port.
        end: u16 = required("end"),
    }

    /// `<interface>` in [`Forward`]: an interface of the host.
    #[derive(Default)]
    ForwardInterface = "interface" {
        /// Its name.
        dev: String = required("dev"),
        /// Guest interfaces that use it now; absent for none. libvirt says it, and does not read it.
        connections: Option<u32> = attribute("connections"),
    }

    /// `<address>` in [`Forward`]: a device of the host. A part that is absent is 0.
    #[derive(Default)]
    PciAddress = "address" {
        /// The kind of device.
        kind: DeviceKind = defaulted("type"),
        /// The PCI domain.
        domain: u32 = hex("domain", 4),
        /// The bus.
        bus: u8 = hex("bus", 2),
        /// The slot, 0 to 31.
        slot: u8 = hex("slot", 2),
        /// The function, 0 to 7.
        function: u8 = hex("function", 1),
        /// Guest interfaces that use it now; absent for none. libvirt says it, and does not read it.
        connections: Option<u32> = attribute("connections"),
    }
}

impl From<ForwardMode> for Forward {
    fn from(mode: ForwardMode) -> Self {
        Self { mode, ..Self::default() }
    }
}

impl From<(Ipv4Addr, Ipv4Addr)> for NatAddresses {
    fn from((start, end): (Ipv4Addr, Ipv4Addr)) -> Self {
        Self { start, end, kept: crate::xml::Kept::default() }
    }
}

impl From<(u16, u16)> for NatPorts {
    fn from((start, end): (u16, u16)) -> Self {
        Self { start, end, kept: crate::xml::Kept::default() }
    }
}

impl From<&str> for ForwardInterface {
    fn from(dev: &str) -> Self {
        Self { dev: dev.to_owned(), ..Self::default() }
    }
}

impl ForwardMode {
    /// Whether libvirt makes a bridge in this mode, gives it its addresses, and removes it: nat, route, open, isolated.
    /// In other modes the bridge is the host's own, or there is none.
    #[must_use]
    pub const fn owns_bridge(&self) -> bool {
        matches!(self, Self::Nat | Self::Route | Self::Open | Self::Isolated)
    }
}

impl Forward {
    /// Forwards to this interface of the host alone, or to any of them.
    pub fn set_dev(&mut self, dev: Option<&str>) {
        self.dev = dev.map(str::to_owned);
        match (self.interfaces.as_mut_slice(), dev) {
            ([first, ..], Some(dev)) => dev.clone_into(&mut first.dev),
            ([], Some(dev)) => self.interfaces.push(dev.into()),
            (_, None) => self.interfaces.clear(),
        }
    }
}
