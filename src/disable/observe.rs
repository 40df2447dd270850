//! What a network is now: its state, its definitions, and the guests that would be cut off.

use tokio::task::JoinSet;
use virtwire_protocol::remote::{Text, Uuid};

use crate::connection::Connection;
use crate::error::{ErrorKind, Result};
use crate::host::{self, Unseen};
use crate::network::{Definition, Network, NetworkState};
use crate::xml::{Element, NetworkView};

/// How a network is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// It is running.
    pub is_active: bool,
    /// It has a stored definition.
    pub is_persistent: bool,
    /// It starts with the host.
    pub is_autostarted: bool,
}

/// A guest that is attached to a network, by what shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guest {
    /// A port of the network, and the domain that owns it where its XML says so.
    Port {
        /// The port.
        uuid: Uuid,
        /// The domain's name.
        domain: Option<String>,
    },
    /// The network's live XML counts this many attached interfaces, more than there are ports.
    Connections(u32),
    /// An interface that is a member of the network's bridge on this host.
    Member(String),
}

/// A network as it was found.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The network.
    pub network: Network,
    /// How it is switched.
    pub condition: Condition,
    /// The XML of the running network, where it runs.
    pub live_xml: Option<Text>,
    /// The stored XML, where one is stored.
    pub inactive_xml: Option<Text>,
    /// Who is attached to it.
    pub guests: Vec<Guest>,
    /// Why the members of its bridge could not be seen, where they could not. `None` too while it is not running.
    pub unseen: Option<Unseen>,
}

impl Observed {
    /// Looks at a network closely.
    pub(super) async fn of(connection: &Connection, state: NetworkState) -> Result<Self> {
        let condition = Condition::of(&state);
        let network = state.network;
        let live = async {
            let is_live = condition.is_active;
            if is_live { network.xml_desc(Definition::Current).await.map(Some) } else { Ok(None) }
        };
        let inactive = async {
            let is_stored = condition.is_persistent;
            if is_stored { network.xml_desc(Definition::Inactive).await.map(Some) } else { Ok(None) }
        };
        let ports = async { if condition.is_active { ports(&network).await } else { Ok(Vec::new()) } };
        let (live_xml, inactive_xml, mut guests) = tokio::try_join!(live, inactive, ports)?;
        let mut unseen = None;
        if let Some(xml) = &live_xml {
            // libvirt's own XML that cannot be read must not pass for a network without guests.
            let view = Element::parse(xml.as_bytes()).ok().as_ref().and_then(NetworkView::of);
            let view =
                view.ok_or_else(|| crate::Error::invalid("libvirt's XML of the network cannot be read"))?;
            if view.connections as usize > guests.len() {
                guests.push(Guest::Connections(view.connections));
            }
            match members(&view, connection.daemon()) {
                Ok(members) => guests.extend(members.into_iter().map(Guest::Member)),
                Err(reason) => unseen = Some(reason),
            }
        }
        Ok(Self { network, condition, live_xml, inactive_xml, guests, unseen })
    }
}

impl Condition {
    pub(super) fn of(state: &NetworkState) -> Self {
        Self {
            is_active: state.is_active,
            is_persistent: state.is_persistent,
            is_autostarted: state.is_autostarted,
        }
    }
}

fn members(view: &NetworkView, daemon: Option<i32>) -> std::result::Result<Vec<String>, Unseen> {
    // Only a bridge that libvirt made has its address in the XML. One of the host's own stays, with its members.
    let (Some(bridge), Some(mac)) = (&view.bridge, &view.mac) else {
        return Err(Unseen::NoBridge);
    };
    host::bridge_members(bridge, mac, daemon)
}

async fn ports(network: &Network) -> Result<Vec<Guest>> {
    let ports = match network.ports().await {
        Ok(ports) => ports,
        // Before 5.5.0 there were no ports: `connections=` tells alone.
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut asked = JoinSet::new();
    for port in ports {
        asked.spawn(async move {
            let domain = port.xml_desc().await.ok().and_then(|xml| owner(&xml));
            (port.uuid(), domain)
        });
    }
    let mut guests = asked.join_all().await;
    guests.sort();
    Ok(guests.into_iter().map(|(uuid, domain)| Guest::Port { uuid, domain }).collect())
}

fn owner(port_xml: &Text) -> Option<String> {
    let port = Element::parse(port_xml.as_bytes()).ok()?;
    Some(port.find("owner/name")?.text().into_owned())
}
