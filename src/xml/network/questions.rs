//! Questions that a network's definition answers. What only its host can say is not among them.

use std::net::IpAddr;

use super::{ForwardMode, Network, Outline};
use crate::xml::{Element, namespace};

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
        let outline = |network: &Self| Outline::from_element(&network.to_element());
        match (outline(self), outline(stored)) {
            (Ok(running), Ok(stored)) => running.differs_from_stored(&stored),
            // What was never read may hold what cannot be read.
            _ => self != stored,
        }
    }
}
