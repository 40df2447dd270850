//! Events as an iterator.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::Network;
use super::facade::Blocking;
use super::runtime::Runtime;
use crate::error::{Error, Result};

/// What happened to a network, or to the events themselves.
pub type NetworkEvent = crate::NetworkEvent<Network>;

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
            crate::NetworkEvent::Gap(cause) => Self::Gap(cause),
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

    /// The next event, where one comes in time: so a program can look after something else now and then.
    ///
    /// ```
    /// # #[cfg(feature = "testdaemon")]
    /// # fn main() -> virtwire::Result<()> {
    /// use std::time::Duration;
    /// use virtwire::blocking::Connection;
    ///
    /// let connection = Connection::open("test:///default")?;
    /// let mut events = connection.network_events()?;
    /// assert!(events.next_timeout(Duration::from_millis(10))?.is_none());
    /// connection.lookup_network_by_name("default")?.destroy()?;
    /// assert!(events.next_timeout(Duration::from_secs(10))?.is_some());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testdaemon"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// What the iterator yields as an error: an event that cannot be understood, or why the connection ended. Behind that,
    /// [`Closed`](crate::ErrorKind::Closed).
    pub fn next_timeout(&mut self, within: Duration) -> Result<Option<NetworkEvent>> {
        let next = self.runtime.wait(async { timeout(within, self.inner.next()).await });
        match next {
            Ok(Some(event)) => Result::<NetworkEvent>::over(event, &self.runtime).map(Some),
            Ok(None) => Err(Error::closed()),
            Err(_) => Ok(None),
        }
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
