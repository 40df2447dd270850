//! Asking for all that a judgement needs: the daemon for what it says of its networks and guests, the host for what is
//! there. Changes nothing.

use tokio::task::JoinSet;
use virtwire_protocol::remote::network::NetworkGetDhcpLeases;
use virtwire_protocol::remote::{self, Text, Uuid};

use super::expected::Expected;
use super::finding::{Aspect, Finding, Word};
use super::guests::{Guest, Nic, guests, unread};
use super::judge::{Case, Judgement, judge};
use super::orphans::Orphans;
use super::parts::Parts;
use super::ports::{self, Port};
use super::rules::Other;
use super::told::{Condition, Told};
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::host::{Host, Whose};
use crate::network::{Definition, Network, NetworkState};
use crate::xml;

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

/// All that was asked and seen, for every network of one daemon.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::Connection;
/// use virtwire::evidence::{Survey, Word};
///
/// let connection = Connection::open("test:///default").await?;
/// let survey = Survey::of(&connection).await?;
/// for known in &survey.networks {
///     let inspection = survey.inspect(known);
///     println!("{}: {:?}", known.name, inspection.judgement.health);
///     for finding in inspection.judgement.of_word(Word::Missing) {
///         println!("  missing: {} {}", finding.aspect.as_str(), finding.what);
///     }
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The networks that are known.
    pub networks: Vec<Known>,
    /// Why there may be others, where that is so.
    pub unread: Option<String>,
    /// The interfaces of all guests, or why they could not be read.
    pub nics: std::result::Result<Vec<Nic>, String>,
    /// What the host showed.
    pub host: Host,
}

/// One network: what is said of it, what was seen, and what that means.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::Connection;
/// use virtwire::evidence::Survey;
///
/// let connection = Connection::open("test:///default").await?;
/// let survey = Survey::of(&connection).await?;
/// let known = survey.networks.iter().find(|known| known.name == "default").expect("it has one");
/// let inspection = survey.inspect(known);
/// // The hypervisor of tests is no daemon of this host: nothing was seen, and that is said.
/// assert!(!inspection.judgement.is_verified());
/// println!("{} guests, because of {:?}", inspection.guests.len(), inspection.judgement.unverified);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// What is said of it.
    pub known: Known,
    /// What of it is on the host.
    pub parts: Parts,
    /// Who hangs on it.
    pub guests: Vec<Guest>,
    /// What it all means.
    pub judgement: Judgement,
}

impl Survey {
    /// Asks a daemon for all its networks, and looks at its host, where that is this one.
    ///
    /// # Errors
    /// As [`Connection::call`]: where the networks cannot be listed, or the connection is lost. What else cannot be had,
    /// such as the XML of one network or guest, is part of the survey.
    pub async fn of(connection: &Connection) -> Result<Self> {
        let states = connection.network_states().await?;
        let whose = Whose::Daemon(connection.daemon());
        let (networks, nics, host) =
            tokio::join!(known(connection, states), nics(connection), Host::look(whose));
        let (networks, unread) = networks?;
        Ok(Self { networks, unread, nics, host })
    }

    /// The networks other than this one, for telling what is whose.
    #[must_use]
    pub fn others(&self, known: &Known) -> Vec<Other<'_>> {
        let others = self.networks.iter().filter(|other| other.name != known.name);
        others.map(|other| Other { expected: &other.expected, is_active: other.told.is_active() }).collect()
    }

    /// Judges one of the networks.
    #[must_use]
    pub fn inspect(&self, known: &Known) -> Inspection {
        let Known { expected, told, .. } = known;
        let parts = Parts::of(expected, told.is_active(), &self.others(known), &self.host);
        let case = Case { expected, told, parts: &parts, before: None };
        let mut judgement = judge(&case);
        let nics = self.nics.as_deref().unwrap_or_default();
        let guests = guests(&known.expected, &parts, nics, &known.ports, known.connections);
        if let Err(reason) = &self.nics {
            let unseen = Finding::new(Word::Unverified, Aspect::Guests, reason.clone());
            judgement.findings.push(unseen);
        }
        judgement.findings.extend(unread(nics));
        Inspection { known: known.clone(), parts, guests, judgement }
    }

    /// The traces of networks that are not known.
    ///
    /// # Errors
    /// Why nothing can be called a trace of such a network: there may be networks that are not known.
    pub fn orphans(&self) -> std::result::Result<Orphans, String> {
        if let Some(reason) = &self.unread {
            return Err(reason.clone());
        }
        let known: Vec<Other<'_>> = self
            .networks
            .iter()
            .map(|known| Other { expected: &known.expected, is_active: known.told.is_active() })
            .collect();
        Ok(Orphans::of(&known, &self.host))
    }
}

/// All networks, and why some of them may not be known for what they are.
async fn known(connection: &Connection, states: Vec<NetworkState>) -> Result<(Vec<Known>, Option<String>)> {
    let mut asked = JoinSet::new();
    for (place, state) in states.into_iter().enumerate() {
        let connection = connection.clone();
        asked.spawn(async move { (place, Known::of(&connection, &state).await, state) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(place, ..)| *place);
    let (mut networks, mut unread) = (Vec::new(), None);
    for (_, answer, state) in answers {
        match answer {
            Ok(known) => networks.push(known),
            // It vanished meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
            Err(error) => {
                let known = Known::unread(&state.network, &error);
                unread = unread.or_else(|| Some(format!("network {} cannot be read: {error}", known.name)));
                networks.push(known);
            }
        }
    }
    Ok((networks, unread))
}

impl Known {
    /// Asks for all that is to be known of one network.
    pub(crate) async fn of(connection: &Connection, state: &NetworkState) -> Result<Self> {
        let (network, condition) = (&state.network, Condition::of(state));
        let live = network.xml_desc(Definition::Current);
        if !condition.is_active {
            return Ok(Self::new(network, condition, &read(&live.await?)?));
        }
        let (live, stored, ports, leases) = tokio::join!(
            live,
            stored(network, condition),
            ports::ports(network),
            leases(connection, network)
        );
        let live = read(&live?)?;
        Ok(Self {
            differs_from_stored: stored.is_some_and(|stored| live.differs_from_stored(&stored)),
            ports: ports.unwrap_or_default(),
            leases,
            ..Self::new(network, condition, &live)
        })
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

    pub(crate) fn new(network: &Network, condition: Condition, xml: &xml::Network) -> Self {
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

fn read(xml: &Text) -> Result<xml::Network> {
    xml::Network::parse(xml.as_bytes())
        .map_err(|error| Error::unreadable(format!("libvirt's XML of the network cannot be read: {error}")))
}

/// The stored definition of a network that runs.
async fn stored(network: &Network, condition: Condition) -> Option<xml::Network> {
    if !condition.is_persistent {
        return None;
    }
    xml::Network::parse(network.xml_desc(Definition::Inactive).await.ok()?.as_bytes()).ok()
}

async fn leases(connection: &Connection, network: &Network) -> Option<usize> {
    let net = remote::Network { name: network.name().clone(), uuid: network.uuid() };
    let call = NetworkGetDhcpLeases { net, mac: None, need_results: 1, flags: 0 };
    Some(connection.call(&call).await.ok()?.leases.len())
}

/// The interfaces of all guests.
pub(crate) async fn nics(connection: &Connection) -> std::result::Result<Vec<Nic>, String> {
    let unseen = |error: &Error| match error.kind() {
        ErrorKind::Unsupported => "this daemon knows no guests".to_owned(),
        _ => format!("the guests cannot be read: {error}"),
    };
    let domains = connection.domains(0).await.map_err(|error| unseen(&error))?;
    let mut asked = JoinSet::new();
    for domain in domains {
        asked.spawn(async move {
            let xml = domain.xml_desc(Definition::Current).await;
            let is_running = domain.id().is_some();
            let nics = xml.and_then(|xml| Nic::all(xml.as_bytes(), is_running));
            (domain, nics)
        });
    }
    let mut nics = Vec::new();
    for (domain, answer) in asked.join_all().await {
        match answer {
            Ok(of_this) => nics.extend(of_this),
            Err(error) if is_gone(&error) => {}
            Err(error) if error.kind() == ErrorKind::Closed => return Err(unseen(&error)),
            Err(error) => {
                nics.push(Nic::unread(domain.name().to_string(), domain.id().is_some(), &error));
            }
        }
    }
    // Servers list guests in any order; the interfaces of one stay in that of its XML.
    nics.sort_by(|one, other| one.guest.cmp(&other.guest));
    Ok(nics)
}

/// A guest that went since it was listed.
fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.libvirt().is_some_and(|body| body.code == NO_DOMAIN)
}

/// Code `VIR_ERR_NO_DOMAIN`.
const NO_DOMAIN: i32 = 42;
