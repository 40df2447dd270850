//! Questions that a network's definition answers. What only its host can say is not among them.

use std::net::IpAddr;

use super::{ForwardMode, Nat, NatPorts, Network};
use crate::xml::{Element, namespace};

/// What libvirt writes into the XML of a running network that names no ports.
const ALL_PORTS: std::ops::RangeInclusive<u16> = 1024..=65535;

impl Network {
    /// How guests reach other networks; isolated where there is no `<forward>`.
    #[must_use]
    pub fn forward_mode(&self) -> &ForwardMode {
        self.forward.as_ref().map_or(&ForwardMode::Isolated, |forward| &forward.mode)
    }

    /// Whether libvirt makes the network's bridge when it starts, and removes it when it stops.
    #[must_use]
    pub fn owns_bridge(&self) -> bool {
        self.forward_mode().owns_bridge()
    }

    /// The name of its bridge, which libvirt owns or not; `None` where it has none, or none was chosen yet.
    #[must_use]
    pub fn bridge_name(&self) -> Option<&str> {
        self.bridge.as_ref()?.name.as_deref().filter(|name| !name.is_empty())
    }

    /// Guest interfaces that are attached now, as live XML counts them.
    #[must_use]
    pub fn attached(&self) -> u32 {
        self.connections.unwrap_or(0)
    }

    /// Its subnets, each as its first address and how many bits of that are the same in all of it: the routes that the
    /// host has to it while it runs. A network whose routes the host has already cannot start.
    pub fn subnets(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        self.ips.iter().filter_map(super::Ip::subnet)
    }

    /// Whether it gives addresses to guests: `<dhcp>` names any.
    #[must_use]
    pub fn has_dhcp(&self) -> bool {
        let dhcp = self.ips.iter().filter_map(|ip| ip.dhcp.as_ref());
        dhcp.into_iter().any(|dhcp| !dhcp.ranges.is_empty() || !dhcp.hosts.is_empty())
    }

    /// Whether it answers names to guests: it owns its bridge, has an address there, and DNS is not switched off.
    #[must_use]
    pub fn has_dns(&self) -> bool {
        let is_off = self.dns.as_ref().is_some_and(|dns| dns.enable == Some(false));
        self.owns_bridge() && !self.ips.is_empty() && !is_off
    }

    /// What the application of this namespace has stored, if anything.
    #[must_use]
    pub fn metadata_of(&self, uri: &str) -> Option<&Element> {
        let metadata = self.metadata.as_ref()?;
        metadata.elements().find(|element| namespace::of(element, &[metadata]) == Some(uri))
    }

    /// Whether it, as it runs, is another network than `stored` will be once it is started: what libvirt fills in while a
    /// network runs does not count, such as who is attached. What neither has a field for is not compared.
    #[must_use]
    pub fn differs_from_stored(&self, stored: &Self) -> bool {
        self.at_rest(stored) != stored.at_rest(stored)
    }

    /// The network without what libvirt fills in while `stored` runs.
    fn at_rest(&self, stored: &Self) -> Self {
        let mut network = Self { connections: None, ..self.clone() };
        let Some(forward) = &mut network.forward else { return network };
        if let Some(from_pf) = stored.forward.as_ref().filter(|stored| stored.pf.is_some()) {
            // The virtual functions are the host's to count.
            forward.interfaces.clone_from(&from_pf.interfaces);
            forward.addresses.clone_from(&from_pf.addresses);
        }
        forward.interfaces.iter_mut().for_each(|interface| interface.connections = None);
        forward.addresses.iter_mut().for_each(|address| address.connections = None);
        forward.nat = forward.nat.take().map(Nat::without_default_ports).filter(|nat| *nat != Nat::default());
        network
    }
}

impl Nat {
    fn without_default_ports(mut self) -> Self {
        let is_default =
            |ports: &NatPorts| ports.start == *ALL_PORTS.start() && ports.end == *ALL_PORTS.end();
        self.ports = self.ports.filter(|ports| !is_default(ports));
        self
    }
}
