//! Events as an iterator.

use std::sync::Arc;

use virtwire_protocol::remote::Text;

use super::Network;
use super::facade::Blocking;
use super::runtime::Runtime;
use crate::Result;
use crate::events::{NetworkLifecycle, NetworkMetadata};

/// What happened to a network, or to the events themselves: an [event](crate::NetworkEvent).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NetworkEvent {
    /// A network was defined, undefined, started or stopped.
    Lifecycle {
        /// Which.
        network: Network,
        /// What happened to it.
        change: NetworkLifecycle,
        /// More about it.
        detail: i32,
    },
    /// A network's metadata was changed.
    MetadataChange {
        /// Which.
        network: Network,
        /// What of it.
        metadata: NetworkMetadata,
        /// The namespace of an application's own element.
        uri: Option<Text>,
    },
    /// Here so many events were lost.
    Lost(u64),
}

impl Blocking<crate::NetworkEvent> for NetworkEvent {
    fn over(event: crate::NetworkEvent, runtime: &Arc<Runtime>) -> Self {
        match event {
            crate::NetworkEvent::Lifecycle { network, change, detail } => {
                Self::Lifecycle { network: Blocking::over(network, runtime), change, detail }
            }
            crate::NetworkEvent::MetadataChange { network, metadata, uri } => {
                Self::MetadataChange { network: Blocking::over(network, runtime), metadata, uri }
            }
            crate::NetworkEvent::Lost(count) => Self::Lost(count),
        }
    }
}

/// The [events](crate::NetworkEvents) of networks: an iterator that waits for each.
///
/// It ends when the connection does: another thread may [close](super::Connection::close) a clone of that. Then the last
/// item is the error that says so.
#[derive(Debug)]
pub struct NetworkEvents {
    inner: crate::NetworkEvents,
    runtime: Arc<Runtime>,
}

impl NetworkEvents {
    /// As [`has_metadata_changes`](crate::NetworkEvents::has_metadata_changes).
    #[must_use]
    pub fn has_metadata_changes(&self) -> bool {
        self.inner.has_metadata_changes()
    }
}

impl Blocking<crate::NetworkEvents> for NetworkEvents {
    fn over(inner: crate::NetworkEvents, runtime: &Arc<Runtime>) -> Self {
        Self { inner, runtime: Arc::clone(runtime) }
    }
}

impl Iterator for NetworkEvents {
    type Item = Result<NetworkEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        let event = self.runtime.wait(self.inner.next())?;
        Some(Blocking::over(event, &self.runtime))
    }
}
