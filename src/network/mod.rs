//! Networks: libvirt's own nouns and verbs. It decides nothing for its caller: each method is libvirt's call of that name.

mod lease;
mod listed;
mod metadata;
mod port;
mod update;

use std::ops::Range;

use virtwire_protocol::remote::network::{
    ConnectListAllNetworks, NetworkCreate, NetworkCreateXml, NetworkCreateXmlFlags, NetworkDefineXml,
    NetworkDefineXmlFlags, NetworkDestroy, NetworkGetAutostart, NetworkGetBridgeName, NetworkGetXmlDesc,
    NetworkIsActive, NetworkIsPersistent, NetworkLookupByName, NetworkLookupByUuid, NetworkSetAutostart,
    NetworkUndefine, XML_INACTIVE, XML_VALIDATE, list,
};
use virtwire_protocol::remote::{self, Text, Uuid};

pub use self::lease::{AddressFamily, DhcpLease, DhcpLeases};
use self::listed::Listed;
pub use self::listed::{Networks, NetworksIter};
pub use self::metadata::Metadata;
pub use self::port::NetworkPort;
pub use self::update::{Affect, Section, UpdateCommand};

use crate::connection::Connection;
use crate::error::Result;

/// A network of one server. Every method is a call of its own, and fails as [`Connection::call`] does.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::{Connection, Definition};
///
/// let connection = Connection::open("test:///default").await?;
/// let xml = "<network><name>lab</name><bridge name='virbr7'/></network>";
/// let network = connection.define_network(xml, false).await?;
/// network.create().await?;
/// network.set_autostart(true).await?;
/// assert_eq!(network.bridge_name().await?, "virbr7");
/// println!("{}", network.xml_desc(Definition::Current).await?);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) connection: Connection,
    pub(crate) wire: remote::Network,
}

/// A network, and how it was when all were listed.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// let connection = virtwire::Connection::open("test:///default").await?;
/// for state in connection.network_states().await? {
///     // One round trip for all of them, whatever their number.
///     println!("{} {} {}", state.network.name(), state.is_active, state.is_autostarted);
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NetworkState {
    /// The network.
    pub network: Network,
    /// Whether it is running.
    pub is_active: bool,
    /// Whether it has a stored definition; one that has not vanishes when it is destroyed.
    pub is_persistent: bool,
    /// Whether it starts with the host.
    pub is_autostarted: bool,
}

/// Which of a network's two definitions is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Definition {
    /// The running one, or the stored one of a network that is not running.
    #[default]
    Current,
    /// The stored one.
    Inactive,
}

impl Connection {
    /// The networks that match `flags` (see [`list`]); 0 is all of them. One round trip, whatever their number.
    ///
    /// # Errors
    /// As [`Connection::call`]. Servers before libvirt 0.10.2 are [`Unsupported`](crate::ErrorKind::Unsupported).
    pub async fn networks(&self, flags: u32) -> Result<Networks> {
        let reply = self.call(&ConnectListAllNetworks { need_results: 1, flags }).await?;
        Ok(Networks { connection: self.clone(), listed: reply.nets })
    }

    /// All networks with their states, in the server's order, those that are not persistent last. One round trip,
    /// whatever their number, and one more where something changed meanwhile.
    ///
    /// # Errors
    /// As [`Connection::networks`].
    pub async fn network_states(&self) -> Result<Vec<NetworkState>> {
        if let Some(states) = self.look_at_networks(true).await? {
            return Ok(states);
        }
        Ok(self.look_at_networks(false).await?.unwrap_or_default())
    }

    /// Joins three lists: active, persistent and autostarted. What is inactive is persistent, so these are all. They
    /// are three answers; where they cannot be of one moment, and are to be, there is no result.
    async fn look_at_networks(&self, of_one_moment: bool) -> Result<Option<Vec<NetworkState>>> {
        let list = |flags| async move { self.call(&ConnectListAllNetworks { need_results: 1, flags }).await };
        let (active, persistent, autostarted) =
            tokio::try_join!(list(list::ACTIVE), list(list::PERSISTENT), list(list::AUTOSTART))?;
        // Room at once for all that there can be: growing, it would hold twice as much for a moment.
        let most = [&active, &persistent, &autostarted].map(|reply| reply.nets.len()).iter().sum();
        let states = Vec::with_capacity(most);
        let mut table = StateTable { connection: self, states, by_uuid: Vec::new() };
        table.mark(&persistent.nets, |state| state.is_persistent = true);
        let persistent_count = table.states.len();
        table.mark(&autostarted.nets, |state| state.is_autostarted = true);
        let is_consistent = table.states.len() == persistent_count;
        table.mark(&active.nets, |state| state.is_active = true);
        Ok((is_consistent || !of_one_moment).then_some(table.states))
    }

    /// The network of this name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn lookup_network_by_name(&self, name: &str) -> Result<Network> {
        let reply = self.call(&NetworkLookupByName { name: Text::try_from(name)? }).await?;
        Ok(self.network(reply.net))
    }

    /// The network of this UUID.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn lookup_network_by_uuid(&self, uuid: Uuid) -> Result<Network> {
        let reply = self.call(&NetworkLookupByUuid { uuid }).await?;
        Ok(self.network(reply.net))
    }

    /// Stores a definition, without starting it. With `validate`, the server checks the XML against its schema.
    /// The XML is sent as it is, whatever its encoding.
    ///
    /// # Errors
    /// As [`Connection::call`]: libvirt's own errors say what is wrong with the XML. `validate` needs libvirt 7.7.0.
    pub async fn define_network(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<Network> {
        let xml = Text::new(xml.as_ref().to_vec())?;
        let net = if validate {
            self.call(&NetworkDefineXmlFlags { xml, flags: XML_VALIDATE }).await?.net
        } else {
            self.call(&NetworkDefineXml { xml }).await?.net
        };
        Ok(self.network(net))
    }

    /// Starts a network that is stored nowhere. With `validate`, the server checks the XML against its schema.
    /// The XML is sent as it is, whatever its encoding.
    ///
    /// # Errors
    /// As [`Connection::call`]: libvirt's own errors say what is wrong with the XML. `validate` needs libvirt 7.8.0.
    pub async fn create_network_xml(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<Network> {
        let xml = Text::new(xml.as_ref().to_vec())?;
        let net = if validate {
            self.call(&NetworkCreateXmlFlags { xml, flags: XML_VALIDATE }).await?.net
        } else {
            self.call(&NetworkCreateXml { xml }).await?.net
        };
        Ok(self.network(net))
    }

    fn network(&self, wire: remote::Network) -> Network {
        Network { connection: self.clone(), wire }
    }
}

/// The UUID that a user's word for a network may be: as virsh has it, only what is 36 bytes long is taken for one, and
/// anything else is a name, 32 hexadecimal digits included.
#[must_use]
pub fn uuid_of(word: &str) -> Option<Uuid> {
    word.parse().ok().filter(|_| word.len() == 36)
}

/// The one of these that a user's word means: by UUID first, and by name then.
#[cfg(feature = "evidence")]
pub(crate) fn meant<'a, T>(
    all: &'a [T],
    word: &str,
    identity: impl Fn(&T) -> (Option<Uuid>, &Text),
) -> Option<&'a T> {
    let uuid = uuid_of(word);
    let by_uuid = all.iter().find(|one| uuid.is_some() && identity(one).0 == uuid);
    by_uuid.or_else(|| all.iter().find(|one| *identity(one).1 == *word))
}

/// States in the order of the server, and, where another list has another order, their places in the order of UUIDs: four
/// bytes each, so that memory stays near what was received.
struct StateTable<'a> {
    connection: &'a Connection,
    states: Vec<NetworkState>,
    by_uuid: Vec<u32>,
}

impl StateTable<'_> {
    fn mark(&mut self, listed: &Listed, set: impl Fn(&mut NetworkState)) {
        let known = self.states.len();
        let (mut next, mut steps) = (0, known);
        for wire in listed.iter() {
            match self.ahead(next..known, &mut steps, wire.uuid).or_else(|| self.place_of(known, wire.uuid)) {
                Some(place) => {
                    self.states.get_mut(place).into_iter().for_each(&set);
                    next = place + 1;
                }
                None => {
                    let network = Network { connection: self.connection.clone(), wire };
                    let (is_active, is_persistent, is_autostarted) = (false, false, false);
                    let mut state = NetworkState { network, is_active, is_persistent, is_autostarted };
                    set(&mut state);
                    self.states.push(state);
                }
            }
        }
    }

    /// A server lists in the same order each time, so that the next network mostly lies next. To look there takes as many
    /// steps, for a whole list, as there are states.
    fn ahead(&self, places: Range<usize>, steps: &mut usize, uuid: Uuid) -> Option<usize> {
        let next = places.start;
        let mut states = self.states.get(places)?.iter().take(*steps);
        let found = states.position(|state| state.network.uuid() == uuid);
        *steps = found.map_or(0, |distance| *steps - distance - 1);
        found.map(|distance| next + distance)
    }

    fn place_of(&mut self, known: usize, uuid: Uuid) -> Option<usize> {
        self.sort(known);
        let uuid_at = |place: &u32| self.states.get(*place as usize).map(|state| state.network.uuid());
        let at = self.by_uuid.binary_search_by_key(&Some(uuid), uuid_at).ok()?;
        self.by_uuid.get(at).map(|place| *place as usize)
    }

    fn sort(&mut self, known: usize) {
        let Self { states, by_uuid, .. } = self;
        if by_uuid.len() == known {
            return;
        }
        by_uuid.reserve_exact(known - by_uuid.len());
        // At most three lists of 16,384.
        by_uuid.extend((by_uuid.len()..known).filter_map(|place| u32::try_from(place).ok()));
        by_uuid.sort_by_key(|place| states.get(*place as usize).map(|state| state.network.uuid()));
    }
}

impl Network {
    /// The name: unique on its server, and not necessarily UTF-8.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.wire.name
    }

    /// The UUID: unique on its server.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.wire.uuid
    }

    /// Starts it.
    ///
    /// # Errors
    /// libvirt's own `operation invalid` (55) where it is running; any of libvirt's where bridge or subnet are taken.
    pub async fn create(&self) -> Result<()> {
        self.connection.call(&NetworkCreate { net: self.wire.clone() }).await
    }

    /// Stops it. A transient network vanishes. Attached guests are cut off, and libvirt does not ask.
    ///
    /// # Errors
    /// libvirt's own `operation invalid` (55) where it is not running.
    pub async fn destroy(&self) -> Result<()> {
        self.connection.call(&NetworkDestroy { net: self.wire.clone() }).await
    }

    /// Forgets its stored definition. One that is running goes on, and is transient from then on.
    ///
    /// # Errors
    /// libvirt's own `operation invalid` (55) where nothing is stored.
    pub async fn undefine(&self) -> Result<()> {
        self.connection.call(&NetworkUndefine { net: self.wire.clone() }).await
    }

    /// Says whether it starts with the host.
    ///
    /// # Errors
    /// libvirt's own `operation invalid` (55) where it is transient.
    pub async fn set_autostart(&self, autostart: bool) -> Result<()> {
        let call = NetworkSetAutostart { net: self.wire.clone(), autostart: i32::from(autostart) };
        self.connection.call(&call).await
    }

    /// Whether it starts with the host.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn autostart(&self) -> Result<bool> {
        let reply = self.connection.call(&NetworkGetAutostart { net: self.wire.clone() }).await?;
        Ok(reply.autostart != 0)
    }

    /// Whether it is running.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn is_active(&self) -> Result<bool> {
        Ok(self.connection.call(&NetworkIsActive { net: self.wire.clone() }).await?.active != 0)
    }

    /// Whether it has a stored definition.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn is_persistent(&self) -> Result<bool> {
        Ok(self.connection.call(&NetworkIsPersistent { net: self.wire.clone() }).await?.persistent != 0)
    }

    /// The name of its bridge.
    ///
    /// # Errors
    /// libvirt's own `internal error` where it has none: forward modes that use no bridge.
    pub async fn bridge_name(&self) -> Result<Text> {
        Ok(self.connection.call(&NetworkGetBridgeName { net: self.wire.clone() }).await?.name)
    }

    /// Its XML, as libvirt writes it.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn xml_desc(&self, definition: Definition) -> Result<Text> {
        let flags = match definition {
            Definition::Current => 0,
            Definition::Inactive => XML_INACTIVE,
        };
        Ok(self.connection.call(&NetworkGetXmlDesc { net: self.wire.clone(), flags }).await?.xml)
    }
}
