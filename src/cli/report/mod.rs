//! What commands find out and do, as values. How they look is not decided here.

pub(crate) mod cleanup;
#[cfg(feature = "net-event")]
pub(crate) mod event;
pub(crate) mod inspect;
#[cfg(feature = "page")]
pub(crate) mod read;
pub(crate) mod switch;
pub(crate) mod time;

use std::borrow::Cow;
#[cfg(feature = "page")]
use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use virtwire::protocol::remote::{Text as WireText, Uuid};

/// Text that need not be UTF-8. Where it is told: the text itself, lossy, and beside it its bytes in hex where it had to be
/// changed.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $text:ident $hex:ident })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(bytes::Bytes);

        impl $name {
            /// The bytes as they came.
            pub(crate) fn bytes(&self) -> &[u8] {
                &self.0
            }

            /// From what was told.
            #[cfg(any(test, feature = "page"))]
            #[allow(dead_code, reason = "not each is read back")]
            pub(crate) fn of_told(text: String, hex: Option<&str>) -> Self {
                let bytes = hex.and_then($crate::cli::report::bytes_of_hex);
                Self(bytes.unwrap_or_else(|| text.into_bytes()).into())
            }
        }

        impl From<&[u8]> for $name {
            fn from(bytes: &[u8]) -> Self {
                Self(bytes::Bytes::copy_from_slice(bytes))
            }
        }

        /// Lossy.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&String::from_utf8_lossy(self.bytes()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::cli::report::tell(self.bytes(), stringify!($text), stringify!($hex), serializer)
            }
        }

        #[cfg(test)]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                struct Told {
                    $text: String,
                    #[serde(default)]
                    $hex: Option<String>,
                }
                Told::deserialize(deserializer).map(|told| Self::of_told(told.$text, told.$hex.as_deref()))
            }
        }
    )* };
}

fn tell<S: Serializer>(
    bytes: &[u8],
    text: &'static str,
    hex: &'static str,
    to: S,
) -> Result<S::Ok, S::Error> {
    let lossy = String::from_utf8_lossy(bytes);
    let was_changed = matches!(lossy, Cow::Owned(_));
    let mut fields = to.serialize_struct(text, 1 + usize::from(was_changed))?;
    fields.serialize_field(text, &lossy)?;
    if was_changed {
        fields.serialize_field(hex, &hex_of_bytes(bytes))?;
    }
    fields.end()
}

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

fn hex_of_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(any(test, feature = "page"))]
fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

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
        Self { name: Name(name.clone().into_bytes()), uuid }
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

#[cfg(test)]
mod tests {
    use super::{Name, bytes_of_hex};

    #[test]
    fn utf8_needs_no_hex() {
        let name = Name::from("näme".as_bytes());
        assert_eq!(serde_json::to_string(&name).unwrap_or_default(), r#"{"name":"näme"}"#);
        assert_eq!(name.bytes(), "näme".as_bytes());
    }

    #[test]
    fn other_bytes_stand_beside_the_lossy_text() {
        let name = Name::from(&b"a\xffb"[..]);
        let json = serde_json::to_string(&name).unwrap_or_default();
        assert_eq!(json, "{\"name\":\"a\u{fffd}b\",\"name_hex\":\"61ff62\"}");
        assert_eq!(serde_json::from_str::<Name>(&json).ok(), Some(name.clone()));
        assert_eq!(name.bytes(), b"a\xffb");
    }

    #[test]
    fn what_is_no_hex_has_no_bytes() {
        assert_eq!(bytes_of_hex("0g"), None);
        assert_eq!(bytes_of_hex("00fF"), Some(vec![0, 255]));
    }
}
