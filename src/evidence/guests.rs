//! Guests and the networks that they hang on: by their own XML and by who is a member of which bridge.

use virtwire_protocol::remote::Uuid;

use super::expected::Expected;
use super::finding::{Aspect, Finding, Word};
use super::parts::{Bridge, Parts};
use super::ports::Port;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::xml::Element;

/// A network interface of a guest, as the guest's XML has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nic {
    /// The guest's name.
    pub guest: String,
    /// The guest runs.
    pub is_running: bool,
    /// What it is plugged into.
    pub source: Source,
    /// The interface of the host that it appears as, while the guest runs.
    pub device: Option<String>,
    /// The port of the network that it has, while the guest runs.
    pub port: Option<Uuid>,
}

/// What a guest's interface is plugged into.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A network, by name.
    Network(String),
    /// A bridge, by name: libvirt's networks know nothing of this guest.
    Bridge(String),
    /// The guest could not be read, because of this: it may have any interfaces, or none.
    Unread(String),
}

/// How a guest hangs on a network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guest {
    /// Its name; absent where only its interface was seen.
    pub name: Option<String>,
    /// The interface of the host that it appears as.
    pub interface: Option<String>,
    /// What shows it.
    pub tie: Tie,
}

/// What shows that a guest hangs on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tie {
    /// Its interface is a member of the bridge.
    Member,
    /// Its XML names the network, and its interface could not be looked at.
    Xml,
    /// Its XML names the bridge, and its interface could not be looked at.
    BridgeXml,
    /// It has a port of the network, and nothing else shows it.
    Port(Uuid),
    /// So many interfaces are attached by the network's own XML, more than anything else shows.
    Connections(usize),
    /// It runs and its XML names the network, and its interface is no member of the bridge.
    CutOff,
    /// It does not run, and needs the network to start.
    Needs,
}

impl Nic {
    /// The interfaces of a guest that are plugged into a network or a bridge, by a `<domain>` document.
    ///
    /// ```
    /// use virtwire::evidence::{Nic, Source};
    ///
    /// let nics = Nic::all(
    ///     b"<domain><name>web</name><devices>\
    ///         <interface type='network'><source network='default'/><target dev='vnet0'/></interface>\
    ///       </devices></domain>",
    ///     true,
    /// )?;
    /// assert_eq!(nics[0].source, Source::Network("default".to_owned()));
    /// assert_eq!(nics[0].device.as_deref(), Some("vnet0"));
    /// # virtwire::Result::Ok(())
    /// ```
    ///
    /// # Errors
    /// [`Protocol`](crate::ErrorKind::Protocol): the document cannot be read.
    pub fn all(domain_xml: &[u8], is_running: bool) -> Result<Vec<Self>> {
        let domain = Element::parse(domain_xml)
            .map_err(|error| Error::unreadable(format!("its XML cannot be read: {error}")))?;
        let guest = domain.child_text("name").unwrap_or_default().into_owned();
        let Some(devices) = domain.child("devices") else { return Ok(Vec::new()) };
        let nic = |interface: &Element| {
            let source = interface.child("source")?;
            let of = |name| source.attribute(name).map(str::to_owned);
            let target = interface.child("target").and_then(|target| target.attribute("dev"));
            Some(Self {
                guest: guest.clone(),
                is_running,
                source: of("network").map(Source::Network).or_else(|| of("bridge").map(Source::Bridge))?,
                device: target.filter(|_| is_running).map(str::to_owned),
                port: source.attribute("portid").and_then(|uuid| uuid.parse().ok()),
            })
        };
        Ok(devices.elements_named("interface").filter_map(nic).collect())
    }

    /// What stands for the interfaces of a guest that could not be read.
    pub(super) fn unread(guest: &Domain, reason: &Error) -> Self {
        let (guest, is_running) = (guest.name().to_string(), guest.id().is_some());
        Self { guest, is_running, source: Source::Unread(reason.to_string()), device: None, port: None }
    }

    fn hangs_on(&self, expected: &Expected) -> bool {
        match &self.source {
            Source::Network(network) => *network == expected.name,
            Source::Bridge(bridge) => expected.mode.owns_bridge() && expected.bridge.as_ref() == Some(bridge),
            Source::Unread(_) => false,
        }
    }
}

/// The guests that hang on a network: those whose XML says so, members of its bridge that no guest's XML names, ports
/// that none of these has, and `connections=` of its live XML where it counts more than all of them.
#[must_use]
pub fn guests(
    expected: &Expected,
    parts: &Parts,
    nics: &[Nic],
    ports: &[Port],
    connections: usize,
) -> Vec<Guest> {
    let members = members(parts);
    let hanging: Vec<&Nic> = nics.iter().filter(|nic| nic.hangs_on(expected)).collect();
    let mut guests: Vec<Guest> = hanging
        .iter()
        .map(|nic| Guest {
            name: Some(nic.guest.clone()),
            interface: nic.device.clone(),
            tie: tie(nic, members),
        })
        .collect();
    let is_told = |member: &&String| hanging.iter().any(|nic| nic.device.as_ref() == Some(*member));
    for member in members.unwrap_or_default().iter().filter(|member| !is_told(member)) {
        // A guest that was plugged in by hand has a name all the same.
        let owner = nics.iter().find(|nic| nic.device.as_ref() == Some(member));
        let name = owner.map(|nic| nic.guest.clone());
        guests.push(Guest { name, interface: Some(member.clone()), tie: Tie::Member });
    }
    for port in ports {
        let is_known = |guest: &Guest| guest.name.is_some() && guest.name == port.owner;
        if !hanging.iter().any(|nic| nic.port == Some(port.uuid)) && !guests.iter().any(is_known) {
            guests.push(Guest { name: port.owner.clone(), interface: None, tie: Tie::Port(port.uuid) });
        }
    }
    if guests.iter().filter(|guest| guest.tie != Tie::Needs).count() < connections {
        guests.push(Guest { name: None, interface: None, tie: Tie::Connections(connections) });
    }
    guests
}

/// The guests that could not be read, or none of which could: nothing is said of them.
pub(super) fn unread(nics: &std::result::Result<Vec<Nic>, String>) -> Vec<Finding> {
    let finding = |what: String| Finding::new(Word::Unverified, Aspect::Guests, what);
    let of_one = |nic: &Nic| match &nic.source {
        Source::Unread(reason) => Some(finding(format!("guest {}: {reason}", nic.guest))),
        Source::Network(_) | Source::Bridge(_) => None,
    };
    match nics {
        Ok(nics) => nics.iter().filter_map(of_one).collect(),
        Err(reason) => vec![finding(reason.clone())],
    }
}

/// The members of the network's bridge; `None` where that could not be looked at. A bridge that is not there has none.
fn members(parts: &Parts) -> Option<&[String]> {
    match &parts.bridge {
        Ok(Bridge::Own(interface) | Bridge::Hosts(interface)) => {
            Some(interface.members.as_deref().unwrap_or_default())
        }
        Ok(Bridge::Listed(interface)) => interface.members.as_deref(),
        Ok(Bridge::Absent | Bridge::Other(_)) => Some(&[]),
        Ok(Bridge::NotNeeded) | Err(_) => None,
    }
}

fn tie(nic: &Nic, members: Option<&[String]>) -> Tie {
    match (&nic.device, members, &nic.source) {
        _ if !nic.is_running => Tie::Needs,
        (Some(device), Some(members), _) if members.contains(device) => Tie::Member,
        (Some(_), Some(_), _) => Tie::CutOff,
        (_, _, Source::Bridge(_)) => Tie::BridgeXml,
        _ => Tie::Xml,
    }
}

impl Tie {
    /// Whether the guest would lose its network if this one stopped.
    #[must_use]
    pub fn is_attached(self) -> bool {
        !matches!(self, Self::CutOff | Self::Needs)
    }
}
