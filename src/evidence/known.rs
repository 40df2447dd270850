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
            Err(error) => networks.push(Known::unread(
                state.network.name().clone(),
                Some(state.network.uuid()),
                error.to_string(),
            )),
        }
    }
    Ok(networks)
}

impl Known {
    async fn of(state: &NetworkState, depth: Depth) -> Result<Self> {
        let (network, condition) = (&state.network, Condition::of(state));
        let live = read(network, Definition::Current);
        if depth == Depth::Parts || !condition.is_active {
            return Ok(Self::told(state, &live.await?));
        }
        let (live, stored, ports, leases) =
            tokio::join!(live, stored(network, condition), ports::ports(network), network.dhcp_leases(None));
        let live = live?;
        Ok(Self {
            differs_from_stored: stored.is_some_and(|stored| live.differs_from_stored(&stored)),
            ports: ports.unwrap_or_default(),
            leases: leases.ok().map(|leases| leases.len()),
            ..Self::told(state, &live)
        })
    }

    /// What of it tells whose a part is.
    pub(super) fn as_other(&self) -> Other<'_> {
        Other { expected: &self.expected, is_active: self.told.is_active() }
    }

    /// One that cannot be read.
    pub(super) fn unread(name: Text, uuid: Option<Uuid>, reason: String) -> Self {
        let expected = Expected::of_name(&name.to_string());
        Self::bare(name, uuid, Told::Unknown(reason), expected)
    }

    /// One of which a daemon told this XML.
    pub(super) fn told(state: &NetworkState, xml: &Outline) -> Self {
        let (network, told) = (&state.network, Told::Is(Condition::of(state)));
        Self { uuid: Some(network.uuid()), ..Self::read(network.name().clone(), told, xml) }
    }

    /// One of which this XML is known.
    pub(super) fn read(name: Text, told: Told, xml: &Outline) -> Self {
        let expected = Expected::of(xml);
        let connections = usize::try_from(xml.attached()).unwrap_or(usize::MAX);
        Self { connections, ..Self::bare(name, expected.uuid, told, expected) }
    }

    fn bare(name: Text, uuid: Option<Uuid>, told: Told, expected: Expected) -> Self {
        let (ports, leases) = (Vec::new(), None);
        Self { name, uuid, told, expected, differs_from_stored: false, connections: 0, ports, leases }
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
