//! What a network's XML says, for those who ask a few questions of it and change nothing: without the structs.

use std::net::IpAddr;

use super::{ForwardMode, Network, ip};
use crate::xml::typed::outline;
use crate::xml::{Element, ElementError, Node, ReadError};

/// A `<network>` with all that [`Network`] has a field for, each value in one spelling, and nothing else. It reads what
/// [`Network`] reads, with the same errors.
///
/// ```
/// use virtwire::xml::{ForwardMode, Outline};
///
/// let xml = "<network><name>lab</name><forward/><mac address='52:54:00:1C:DA:2F'/></network>";
/// let lab = Outline::parse(xml.as_bytes())?;
/// assert_eq!(lab.forward_mode(), ForwardMode::Nat);
/// assert_eq!(lab.value("mac", "address"), Some("52:54:00:1c:da:2f"));
/// # Ok::<(), virtwire::xml::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline(Element);

impl Outline {
    /// Reads a `<network>` document within the default [`Limits`](crate::xml::Limits).
    ///
    /// # Errors
    /// As [`Network::parse`].
    pub fn parse(xml: &[u8]) -> Result<Self, ReadError> {
        Ok(Self::from_element(&Element::parse(xml)?)?)
    }

    /// Reads a `<network>` element.
    ///
    /// # Errors
    /// As [`Network::from_element`].
    pub fn from_element(element: &Element) -> Result<Self, ElementError> {
        outline::<Network>(element).map(Self)
    }

    /// The element.
    #[must_use]
    pub fn element(&self) -> &Element {
        &self.0
    }

    /// The attribute of an element at this path, such as `forward/nat`.
    #[must_use]
    pub fn value(&self, path: &str, attribute: &str) -> Option<&str> {
        self.0.find(path)?.attribute(attribute)
    }

    /// As [`Network::forward_mode`].
    #[must_use]
    pub fn forward_mode(&self) -> ForwardMode {
        self.value("forward", "mode").map_or(ForwardMode::Isolated, ForwardMode::from)
    }

    /// As [`Network::bridge_name`].
    #[must_use]
    pub fn bridge_name(&self) -> Option<&str> {
        self.value("bridge", "name").filter(|name| !name.is_empty())
    }

    /// As [`Network::attached`].
    #[must_use]
    pub fn attached(&self) -> u32 {
        self.0.attribute("connections").and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    /// The addresses of the bridge, each with how many bits of it are its subnet's; without those of which that is not
    /// known.
    pub fn addresses(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        self.0.elements_named("ip").filter_map(|ip| {
            let address = ip.attribute("address")?.parse().ok()?;
            let prefix = ip.attribute("prefix").and_then(|bits| bits.parse().ok());
            let netmask = ip.attribute("netmask").and_then(|mask| mask.parse().ok());
            Some((address, ip::prefix_length(address, prefix, netmask)?))
        })
    }

    /// What is given out by DHCP: first and last address.
    #[must_use]
    pub fn ranges(&self) -> Vec<(IpAddr, IpAddr)> {
        let mut ranges = Vec::new();
        for dhcp in self.0.elements_named("ip").filter_map(|ip| ip.child("dhcp")) {
            for range in dhcp.elements_named("range") {
                let end = |name| range.attribute(name)?.parse().ok();
                ranges.extend(end("start").zip(end("end")));
            }
        }
        ranges
    }

    /// As [`Network::differs_from_stored`].
    #[must_use]
    pub fn differs_from_stored(&self, stored: &Self) -> bool {
        let is_pool = stored.0.find("forward/pf").is_some();
        at_rest(self.0.clone(), is_pool) != at_rest(stored.0.clone(), is_pool)
    }
}

/// The network without what libvirt fills in while it runs; `is_pool`: the devices that it forwards to are the host's to
/// count.
fn at_rest(mut network: Element, is_pool: bool) -> Element {
    forget(&mut network, "connections");
    let Some(forward) = network.child_mut("forward") else { return network };
    forward.nodes.retain_mut(|node| {
        let Node::Element(device) = node else { return true };
        match device.name.as_str() {
            "interface" | "address" => {
                forget(device, "connections");
                !is_pool
            }
            "nat" => {
                device.nodes.retain(|node| !is_all_ports(node));
                !device.attributes.is_empty() || !device.nodes.is_empty()
            }
            _ => true,
        }
    });
    network
}

fn forget(element: &mut Element, attribute: &str) {
    element.attributes.retain(|held| held.name != attribute);
}

/// What libvirt writes into the XML of a running network that names no ports.
fn is_all_ports(node: &Node) -> bool {
    matches!(node, Node::Element(ports) if ports.name == "port"
        && ports.attribute("start") == Some("1024") && ports.attribute("end") == Some("65535"))
}
