//! What a network is now: its state, what is to be known before it is stopped, and the guests that would be cut off.

use virtwire_protocol::remote::{Text, Uuid};

use super::goal::Goal;
use crate::error::{Error, Result};
use crate::evidence::{self, Condition, Eye};
use crate::host::Unseen;
use crate::network::{Definition, Network, NetworkState};
use crate::xml::Outline;

/// A guest that is attached to a network, by what shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guest {
    /// A port of the network, and the domain that owns it where its XML says so. Only the first 16 are asked.
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
#[non_exhaustive]
pub struct Observed {
    /// The network.
    pub network: Network,
    /// How it is switched.
    pub condition: Condition,
    /// What is to be known before it is stopped; absent where it is not to be stopped.
    pub running: Option<Running>,
    /// An interface of this host that has the name of the bridge which starting it would make; absent where there is
    /// none, where it cannot be seen, and where the network is not to be started.
    pub in_the_way: Option<String>,
}

/// What is to be known of a running network before it is stopped.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Running {
    /// Its XML.
    pub live_xml: Text,
    /// What is stored differs from what runs: starting it again will not bring back the same.
    pub differs_from_stored: bool,
    /// Who is attached to it.
    pub guests: Vec<Guest>,
    /// Why the members of its bridge could not be seen, where they could not.
    pub unseen: Option<Unseen>,
}

impl Observed {
    /// Looks at a network as closely as `goal` needs it.
    pub(super) async fn of(eye: &mut Eye, state: NetworkState, goal: Goal) -> Result<Self> {
        let mut condition = Condition::of(&state);
        let network = state.network;
        if !condition.is_persistent {
            // It may have been stored between the lists that say otherwise, and everything hangs on it.
            condition.is_persistent = network.is_persistent().await?;
        }
        let (running, in_the_way) = match (goal.active(), condition.is_active) {
            (Some(false), true) => (Some(Running::of(eye, &network, condition).await?), None),
            (Some(true), false) => (None, in_the_way(eye, &network).await?),
            _ => (None, None),
        };
        Ok(Self { network, condition, running, in_the_way })
    }
}

/// Starting a network fails where its bridge's name is taken, and libvirt 11 then deletes what has that name.
async fn in_the_way(eye: &mut Eye, network: &Network) -> Result<Option<String>> {
    let stored = read(&network.xml_desc(Definition::Inactive).await?)?;
    let is_own = stored.forward_mode().owns_bridge();
    let Some(bridge) = stored.bridge_name().filter(|_| is_own) else { return Ok(None) };
    let mac = stored.value("mac", "address").unwrap_or_default();
    let seen = eye.bridge_members(bridge, mac).await;
    Ok(matches!(seen, Ok(_) | Err(Unseen::OtherBridge(_))).then(|| bridge.to_owned()))
}

impl Running {
    async fn of(eye: &mut Eye, network: &Network, condition: Condition) -> Result<Self> {
        let stored = async {
            let is_stored = condition.is_persistent;
            if is_stored { network.xml_desc(Definition::Inactive).await.map(Some) } else { Ok(None) }
        };
        let live = network.xml_desc(Definition::Current);
        let (live_xml, stored_xml, mut guests) = tokio::try_join!(live, stored, guests(network))?;
        let live = read(&live_xml)?;
        let connections = live.attached();
        if usize::try_from(connections).unwrap_or(usize::MAX) > guests.len() {
            guests.push(Guest::Connections(connections));
        }
        let unseen = match members(eye, &live).await {
            Ok(members) => {
                guests.extend(members.into_iter().map(Guest::Member));
                None
            }
            // No gap in what is seen: there is nothing to see.
            Err(Unseen::NoBridge) => None,
            Err(reason) => Some(reason),
        };
        let differs_from_stored = match &stored_xml {
            Some(stored) => live.differs_from_stored(&read(stored)?),
            None => false,
        };
        Ok(Self { live_xml, differs_from_stored, guests, unseen })
    }
}

/// libvirt's own XML that cannot be read must not pass for a network without guests.
fn read(xml: &Text) -> Result<Outline> {
    Outline::parse(xml.as_bytes()).map_err(|error| {
        let text =
            format!("libvirt's XML of the network cannot be read, so its guests are not known: {error}");
        Error::unreadable(text)
    })
}

async fn members(eye: &mut Eye, network: &Outline) -> std::result::Result<Vec<String>, Unseen> {
    // Only a bridge that libvirt made has its address in the XML. One of the host's own stays, with its members.
    let (Some(bridge), Some(mac)) = (network.bridge_name(), network.value("mac", "address")) else {
        return Err(Unseen::NoBridge);
    };
    eye.bridge_members(bridge, mac).await
}

async fn guests(network: &Network) -> Result<Vec<Guest>> {
    let ports = evidence::ports(network).await?;
    Ok(ports.into_iter().map(|port| Guest::Port { uuid: port.uuid, domain: port.owner }).collect())
}
