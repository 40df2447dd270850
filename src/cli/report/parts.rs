//! What is found out and done about parts of a network: leases, ports, sections of its XML, annotations.

use serde::Serialize;

#[cfg(feature = "net-port")]
use super::File;
use super::texts::texts;
use super::{NetworkIdentity, Xml};

texts! {
    /// A MAC address.
    Mac { mac mac_hex }
    /// An IP address.
    Address { address address_hex }
    /// The name that a guest gave itself.
    Hostname { hostname hostname_hex }
    /// The ID that a guest gave itself.
    ClientId { client_id client_id_hex }
    /// A network's title.
    Title { title title_hex }
}

#[cfg(feature = "annotations")]
texts! {
    /// What a person wrote about a network.
    Text { text text_hex }
}

/// A network's leases, sorted by MAC address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkLeases {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    pub(crate) leases: Vec<Lease>,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Lease {
    /// The network's bridge.
    pub(crate) interface: String,
    /// Seconds since 1970 (UTC); 0 is never.
    pub(crate) expires_at: i64,
    /// `ipv4` or `ipv6`; absent where it is neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(flatten)]
    pub(crate) mac: Option<Mac>,
    /// The guest's identity association, with IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iaid: Option<String>,
    #[serde(flatten)]
    pub(crate) address: Address,
    pub(crate) prefix: u32,
    #[serde(flatten)]
    pub(crate) hostname: Option<Hostname>,
    #[serde(flatten)]
    pub(crate) client_id: Option<ClientId>,
}

/// A network's ports, sorted by UUID.
#[cfg(feature = "net-port")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkPorts {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// Their UUIDs.
    pub(crate) ports: Vec<String>,
}

/// A port's XML, or what was selected of it.
#[cfg(feature = "net-port")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkPortXml {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// Its UUID.
    pub(crate) port: String,
    #[serde(flatten)]
    pub(crate) dump: Dump,
}

/// XML, or what was selected of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Dump {
    /// All of it; absent where something was to be selected.
    #[serde(flatten)]
    pub(crate) xml: Option<Xml>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) selected: Option<Selected>,
}

/// What an XPath expression selected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Selected {
    pub(crate) xpath: String,
    /// In the order of the document.
    pub(crate) nodes: Vec<String>,
    /// The same in one element, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wrapped: Option<String>,
}

/// A change to one port.
#[cfg(feature = "net-port")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkPortChange {
    pub(crate) change: PortChange,
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// Its UUID.
    pub(crate) port: String,
    /// The file that describes it.
    #[serde(flatten)]
    pub(crate) file: Option<File>,
}

/// What was done to a port.
#[cfg(feature = "net-port")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PortChange {
    Created,
    Deleted,
}

/// A change to one section of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkUpdate {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// `add-first`, `add-last`, `delete` or `modify`.
    pub(crate) update: String,
    pub(crate) section: String,
    /// The running network was changed.
    pub(crate) live: bool,
    /// The stored definition was changed.
    pub(crate) config: bool,
}

/// A network's description or title.
#[cfg(feature = "annotations")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkDescription {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    pub(crate) field: DescriptionField,
    pub(crate) change: Annotating,
    /// How it is now.
    #[serde(flatten)]
    pub(crate) text: Text,
}

/// Which of the two texts.
#[cfg(feature = "annotations")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DescriptionField {
    Description,
    Title,
}

/// What was done to an annotation.
#[cfg(feature = "annotations")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Annotating {
    /// It was only read.
    None,
    Changed,
    /// It was edited, and is as it was.
    Unchanged,
    Removed,
}

/// An element of a network's metadata.
#[cfg(feature = "annotations")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkMetadata {
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    /// The namespace.
    pub(crate) uri: String,
    pub(crate) change: Annotating,
    /// As it was read; absent where it was changed or removed.
    #[serde(flatten)]
    pub(crate) xml: Option<Xml>,
}
