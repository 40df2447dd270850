//! What `net-event` tells, as values.

use serde::Serialize;
use virtwire::events::{NetworkLifecycle, NetworkMetadata};

use super::time::Time;
use super::{NetworkIdentity, Uri};

/// The kinds of events, in virsh's words and order.
pub(crate) const KINDS: [&str; 2] = ["lifecycle", METADATA_CHANGE];

/// The one that libvirt has since 9.7.0.
pub(crate) const METADATA_CHANGE: &str = "metadata-change";

/// `net-event --list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkEventKinds {
    pub(crate) events: Vec<String>,
}

/// Something that happened to a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkEvent {
    /// When it came here.
    pub(crate) time: Time,
    #[serde(flatten)]
    pub(crate) identity: NetworkIdentity,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event {
    Lifecycle {
        change: Change,
        /// libvirt's number of a change that this program does not know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<i32>,
    },
    MetadataChange {
        metadata: Metadata,
        /// libvirt's number of a kind that this program does not know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<i32>,
        /// The namespace of an application's own element; absent for others.
        #[serde(flatten)]
        uri: Option<Uri>,
    },
}

/// What happened to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Defined,
    Undefined,
    Started,
    Stopped,
    Unknown,
}

/// What of a network's metadata was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metadata {
    Description,
    Title,
    Element,
    Unknown,
}

/// Events that came faster than they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkEventsLost {
    pub(crate) time: Time,
    pub(crate) lost: u64,
}

/// The connection was lost and opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkEventsGap {
    pub(crate) time: Time,
    pub(crate) cause: String,
}

/// Why no more events are told, and how many were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkEventsEnd {
    pub(crate) reason: End,
    pub(crate) received: u64,
}

/// Why no more events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum End {
    /// The one event that was waited for came.
    Done,
    TimedOut,
    Interrupted,
    /// The connection was lost, or the output could not be written.
    Failed,
}

impl Event {
    pub(crate) fn lifecycle(change: NetworkLifecycle) -> Self {
        let (change, number) = match change {
            NetworkLifecycle::Defined => (Change::Defined, None),
            NetworkLifecycle::Undefined => (Change::Undefined, None),
            NetworkLifecycle::Started => (Change::Started, None),
            NetworkLifecycle::Stopped => (Change::Stopped, None),
            NetworkLifecycle::Unknown(number) => (Change::Unknown, Some(number)),
            _ => (Change::Unknown, None),
        };
        Self::Lifecycle { change, number }
    }

    pub(crate) fn metadata(metadata: NetworkMetadata, uri: Option<&[u8]>) -> Self {
        let (metadata, number) = match metadata {
            NetworkMetadata::Description => (Metadata::Description, None),
            NetworkMetadata::Title => (Metadata::Title, None),
            NetworkMetadata::Element => (Metadata::Element, None),
            NetworkMetadata::Unknown(number) => (Metadata::Unknown, Some(number)),
            _ => (Metadata::Unknown, None),
        };
        Self::MetadataChange { metadata, number, uri: uri.map(Uri::from) }
    }
}
