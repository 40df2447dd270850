//! What a person gives as a network's definition, measured by what libvirt has stored: it chooses what is not said, and
//! spells out its defaults.

use super::{Bridge, Forward, ForwardInterface, Network};
use crate::xml::{Element, Kept, Node};

impl Network {
    /// This definition with what libvirt chose for `stored` and would choose anew here: UUID, the bridge's name and its
    /// address. Only so can it be stored in place of `stored`.
    #[must_use]
    pub fn completed_by(&self, stored: &Self) -> Self {
        let mut network = self.clone();
        network.uuid = network.uuid.or(stored.uuid);
        if !network.owns_bridge() || !stored.owns_bridge() {
            return network;
        }
        network.mac = network.mac.or(stored.mac);
        let is_chosen = |name: &str| name.is_empty() || name.contains("%d");
        if network.bridge.as_ref().and_then(|bridge| bridge.name.as_deref()).is_none_or(is_chosen) {
            let name = stored.bridge_name().map(str::to_owned);
            network.bridge = Some(Bridge { name, ..network.bridge.unwrap_or_default() });
        }
        network
    }

    /// Whether storing this definition in place of `stored` would change nothing. What neither has a field for is not
    /// compared.
    #[must_use]
    pub fn is_stored_as(&self, stored: &Self) -> bool {
        self.completed_by(stored).spelled_out() == stored.spelled_out()
    }

    /// This definition as XML in the order and the layout of `stored`, for people who compare both.
    #[must_use]
    pub fn to_xml_beside(&self, stored: Option<&Self>) -> String {
        let kept = stored.map_or_else(Kept::default, |stored| stored.kept.clone());
        without_layout(Self { kept, ..self.spelled_out() }.to_element()).to_xml()
    }

    /// The network with libvirt's defaults as libvirt writes them.
    fn spelled_out(&self) -> Self {
        let mut network = Self { connections: None, ..self.clone() };
        network.ipv6 = network.ipv6.filter(|is_so| *is_so);
        network.port_isolated = network.port_isolated.filter(|is_so| *is_so);
        if network.owns_bridge() {
            let bridge = network.bridge.get_or_insert_default();
            bridge.stp = bridge.stp.or(Some(true));
            bridge.delay = bridge.delay.or(Some(0));
        } else {
            network.mac = None;
        }
        if let Some(forward) = &mut network.forward {
            forward.spell_out();
        }
        for group in &mut network.portgroups {
            group.default = group.default.filter(|is_so| *is_so);
        }
        network.metadata = network.metadata.map(without_layout);
        network
    }
}

impl Forward {
    /// The only interface is the first of the interfaces, and the other way round.
    fn spell_out(&mut self) {
        self.managed = self.managed.filter(|is_so| *is_so);
        match (&self.dev, self.interfaces.first()) {
            (Some(dev), None) if self.pf.is_none() => {
                self.interfaces.push(ForwardInterface::from(dev.as_str()));
            }
            (None, Some(first)) => self.dev = Some(first.dev.clone()),
            _ => {}
        }
    }
}

/// An element without the white space between elements.
fn without_layout(mut element: Element) -> Element {
    let nodes = element.nodes.into_iter().filter_map(|node| match node {
        Node::Element(inner) => Some(Node::Element(without_layout(inner))),
        Node::Text(text) => (!text.trim().is_empty()).then_some(Node::Text(text)),
        Node::Comment(_) | Node::Instruction(_) => None,
    });
    element.nodes = nodes.collect();
    element
}
