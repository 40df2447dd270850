//! What commands find out and do, as values. How they look is not decided here.

pub(crate) mod cleanup;
#[cfg(feature = "net-event")]
pub(crate) mod event;
pub(crate) mod inspect;
#[cfg(feature = "page")]
pub(crate) mod read;
pub(crate) mod switch;
mod texts;
pub(crate) mod time;

#[cfg(feature = "page")]
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use virtwire::protocol::remote::{Text as WireText, Uuid};

use self::texts::texts;

texts! {
    /// A network's name.
    Name { name name_hex }
    /// A bridge's name.
    Bridge { bridge bridge_hex }
    /// libvirt's XML.
    Xml { xml xml_hex }
    /// The path of a file.
    File { file file_hex }
    /// What went wrong, in libvirt's words or ours.
    Message { message message_hex }
}

#[cfg(feature = "net-event")]
texts! {
    /// A namespace.
    Uri { uri uri_hex }
}

pub(crate) mod parts;

/// What a command found out or did.
#[allow(clippy::enum_variant_names, reason = "other kinds of objects come")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum Report {
    /// `net-list`.
    NetworkList(NetworkList),
    /// `net-info`.
    NetworkInfo(NetworkInfo),
    /// `net-dumpxml`.
    NetworkXml(NetworkXml),
    /// `net-name`.
    NetworkName(NetworkIdentity),
    /// `net-uuid`.
    NetworkUuid(NetworkIdentity),
    /// A change to one network.
    NetworkChange(NetworkChange),
    /// `net-dhcp-leases`.
    NetworkLeases(parts::NetworkLeases),
    /// `net-port-list`.
    #[cfg(feature = "net-port")]
    NetworkPorts(parts::NetworkPorts),
    /// `net-port-dumpxml`.
    #[cfg(feature = "net-port")]
    NetworkPortXml(parts::NetworkPortXml),
    /// A change to one port.
    #[cfg(feature = "net-port")]
    NetworkPortChange(parts::NetworkPortChange),
    /// `net-update`.
    NetworkUpdate(parts::NetworkUpdate),
    /// `net-desc`.
    #[cfg(feature = "annotations")]
    NetworkDescription(parts::NetworkDescription),
    /// `net-metadata`.
    #[cfg(feature = "annotations")]
    NetworkMetadata(parts::NetworkMetadata),
    /// `net-disable`, `net-enable`.
    NetworkSwitch(switch::NetworkSwitch),
    /// `net-event --list`.
    #[cfg(feature = "net-event")]
    NetworkEventKinds(event::NetworkEventKinds),
    /// `net-event`: one event.
    #[cfg(feature = "net-event")]
    NetworkEvent(event::NetworkEvent),
    /// `net-event`: events are missing here.
    #[cfg(feature = "net-event")]
    NetworkEventsLost(event::NetworkEventsLost),
    /// `net-event`: what happened here is not known.
    #[cfg(feature = "net-event")]
    NetworkEventsGap(event::NetworkEventsGap),
    /// `net-event`: the last it says.
    #[cfg(feature = "net-event")]
    NetworkEventsEnd(event::NetworkEventsEnd),
    /// `net-inspect`.
    NetworkInspection(inspect::NetworkInspection),
    /// `net-cleanup`.
    NetworkCleanup(cleanup::NetworkCleanup),
    /// `version`.
    Versions(Versions),
    /// `report`.
    #[cfg(feature = "page")]
    PageWritten(PageWritten),
    /// `completions`, `man`.
    #[cfg(any(feature = "completions", feature = "man"))]
    Text(Text),
}

/// Who takes part in a conversation, and in which version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Versions {
    /// This program, and the library of the same name.
    pub(crate) virtwire: String,
    pub(crate) protocol: Protocol,
    /// libvirt's version there; absent where no server answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// Absent where no server answered, or it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hypervisor: Option<Hypervisor>,
}

/// What this program speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Protocol {
    /// The crate `virtwire-protocol`.
    pub(crate) library: String,
    /// The version of libvirt's remote protocol.
    pub(crate) remote: u32,
    /// The newest libvirt of which a procedure is used.
    pub(crate) newest: String,
}

/// What runs the guests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Hypervisor {
    /// Such as `QEMU`.
    pub(crate) kind: String,
    /// Absent where it has none, as where there is nothing but networks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
}

/// A page about hosts, and what it says.
#[cfg(feature = "page")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct PageWritten {
    /// Its file.
    pub(crate) page: String,
    pub(crate) hosts: usize,
    /// How many hosts are in which state; those that none is in are left out.
    pub(crate) states: BTreeMap<String, usize>,
    /// What stands at its top.
    pub(crate) sentence: String,
}

/// What the program says of itself.
#[cfg(any(feature = "completions", feature = "man"))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Text {
    pub(crate) text: String,
}

/// Which network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkIdentity {
    #[serde(flatten)]
    pub(crate) name: Name,
    /// As text of 36 characters.
    #[serde(serialize_with = "as_text")]
    #[cfg_attr(test, serde(deserialize_with = "of_text"))]
    pub(crate) uuid: Uuid,
}

fn as_text<S: Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uuid)
}

#[cfg(test)]
fn of_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = <String as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl NetworkIdentity {
    pub(crate) fn new(name: &WireText, uuid: Uuid) -> Self {
        Self { name: name.clone().into_bytes().into(), uuid }
    }
}

impl From<&virtwire::Network> for NetworkIdentity {
    fn from(network: &virtwire::Network) -> Self {
        Self::new(network.name(), network.uuid())
    }
}

/// Networks, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkList {
    pub(crate) networks: Vec<ListedNetwork>,
}

/// A network of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct ListedNetwork {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// Absent where only names or UUIDs were asked for.
    #[serde(flatten)]
    pub(crate) state: Option<NetworkState>,
    /// Absent where titles were not asked for.
    #[serde(flatten)]
    pub(crate) title: Option<parts::Title>,
}

/// How a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkState {
    pub(crate) active: bool,
    pub(crate) persistent: bool,
    pub(crate) autostart: bool,
}

impl From<&virtwire::NetworkState> for NetworkState {
    fn from(state: &virtwire::NetworkState) -> Self {
        Self { active: state.is_active, persistent: state.is_persistent, autostart: state.is_autostarted }
    }
}

/// All about one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkInfo {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    #[serde(flatten)]
    pub(crate) state: NetworkState,
    /// Absent where the network uses none.
    #[serde(flatten)]
    pub(crate) bridge: Option<Bridge>,
}

/// A network's XML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkXml {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// Whether the stored definition was asked for.
    pub(crate) inactive: bool,
    #[serde(flatten)]
    pub(crate) dump: parts::Dump,
}

/// A change that was made to one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkChange {
    pub(crate) change: Change,
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// The network as it was given: by name or by UUID. Absent where a file was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<String>,
    /// The file that defines the network.
    #[serde(flatten)]
    pub(crate) file: Option<File>,
}

/// What was done to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Started,
    Destroyed,
    Undefined,
    Autostarted,
    NotAutostarted,
    Defined,
    Created,
    #[cfg(feature = "edit")]
    Edited,
    #[cfg(feature = "edit")]
    NotEdited,
}
