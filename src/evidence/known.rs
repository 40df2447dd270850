//! What is said of networks by the daemon that keeps them. Looks at no host.

use virtwire_protocol::remote::{Text, Uuid};

use super::at_once;
use super::expected::Expected;
use super::ports::{self, Port};
use super::rules::Other;
use super::told::{Condition, Told};
use crate::error::{Error, ErrorKind, Result};
use crate::network::{Definition, Network, NetworkState};
use crate::xml::Outline;

/// How much is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What tells whose a part of the host is.
    Parts,
    /// All, guests included.
    All,
}

/// A network, and what is said of it by who keeps it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Known {
    /// Its name.
    pub name: Text,
    /// Its UUID.
    pub uuid: Option<Uuid>,
    /// How it is switched.
    pub told: Told,
    /// What it consists of while it runs, from its live XML where it runs.
    pub expected: Expected,
    /// What is stored differs from what runs.
    pub differs_from_stored: bool,
    /// How many interfaces of guests are attached, by its live XML.
    pub connections: usize,
    /// Its ports.
    pub ports: Vec<Port>,
    /// How many addresses its DHCP server has given out, where it could be asked.
    pub leases: Option<usize>,
}

/// What is said of each of these networks; `depth` says how much of it.
pub(super) async fn known(states: Vec<NetworkState>, depth: Depth) -> Result<Vec<Known>> {
    let asked = states.into_iter().map(move |state| async move { (Known::of(&state, depth).await, state) });
    let mut networks = Vec::new();
    for (answer, state) in at_once::answers(asked).await {
        match answer {
            Ok(known) => networks.push(known),
            // It vanished meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
            Err(error) => networks.push(Known::unread(&state.network, &error)),
        }
    }
    Ok(networks)
}

impl Known {
    async fn of(state: &NetworkState, depth: Depth) -> Result<Self> {
        let (network, condition) = (&state.network, Condition::of(state));
        let live = read(network, Definition::Current);
        if depth == Depth::Parts || !condition.is_active {
            return Ok(Self::new(network, condition, &live.await?));
        }
        let (live, stored, ports, leases) =
            tokio::join!(live, stored(network, condition), ports::ports(network), network.dhcp_leases(None));
        let live = live?;
        Ok(Self {
            differs_from_stored: stored.is_some_and(|stored| live.differs_from_stored(&stored)),
            ports: ports.unwrap_or_default(),
            leases: leases.ok().map(|leases| leases.len()),
            ..Self::new(network, condition, &live)
        })
    }

    /// What of it tells whose a part is.
    pub(super) fn as_other(&self) -> Other<'_> {
        Other { expected: &self.expected, is_active: self.told.is_active() }
    }

    /// One that cannot be read.
    fn unread(network: &Network, reason: &Error) -> Self {
        Self {
            name: network.name().clone(),
            uuid: Some(network.uuid()),
            told: Told::Unknown(reason.to_string()),
            expected: Expected::of_name(&network.name().to_string()),
            differs_from_stored: false,
            connections: 0,
            ports: Vec::new(),
            leases: None,
        }
    }

    pub(crate) fn new(network: &Network, condition: Condition, xml: &Outline) -> Self {
        Self {
            name: network.name().clone(),
            uuid: Some(network.uuid()),
            told: Told::Is(condition),
            expected: Expected::of(xml),
            differs_from_stored: false,
            connections: usize::try_from(xml.attached()).unwrap_or(usize::MAX),
            ports: Vec::new(),
            leases: None,
        }
    }
}

/// What one of a network's definitions says.
pub(super) async fn read(network: &Network, definition: Definition) -> Result<Outline> {
    let xml = network.xml_desc(definition).await?;
    Outline::parse(xml.as_bytes())
        .map_err(|error| Error::unreadable(format!("libvirt's XML of the network cannot be read: {error}")))
}

/// The stored definition of a network that runs.
async fn stored(network: &Network, condition: Condition) -> Option<Outline> {
    if condition.is_persistent { read(network, Definition::Inactive).await.ok() } else { None }
}
