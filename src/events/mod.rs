//! What a server tells unasked: streams of typed events. Calls and replies are none of its concern.

mod queue;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use virtwire_protocol::procedure::{Event, Procedure};
use virtwire_protocol::remote::network::{
    ConnectNetworkEventRegisterAny, NetworkEventCallbackMetadataChange, NetworkEventLifecycle,
};
use virtwire_protocol::remote::{self, Text};
use virtwire_protocol::xdr;

pub(crate) use self::queue::Queue;

use self::queue::Item;
use crate::connection::{Connection, Topic};
use crate::error::{Cause, Error, Result};
use crate::network::Network;

/// Kinds of events (`virNetworkEventID`).
const LIFECYCLE: i32 = 0;
const METADATA_CHANGE: i32 = 1;

/// What a stream of events yields. `N` is what a network is to who reads it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NetworkEvent<N = Network> {
    /// A network was defined, undefined, started or stopped.
    Lifecycle {
        /// Which.
        network: N,
        /// What happened to it.
        change: NetworkLifecycle,
        /// More about it: 0, since libvirt has not given any value a meaning yet.
        detail: i32,
    },
    /// A network's title, description, or what an application keeps with it was changed.
    MetadataChange {
        /// Which.
        network: N,
        /// What of it.
        metadata: NetworkMetadata,
        /// The namespace of an application's own element.
        uri: Option<Text>,
    },
    /// Here so many events were lost, since the stream was not read in time: what was known is to be asked for again.
    Lost(u64),
    /// Here the connection was lost, for this reason, and was [opened again](crate::Reconnect): what happened meanwhile is
    /// not told, so what was known is to be asked for again. Only where that was asked for.
    Gap(Error),
}

/// What happened to a network (`virNetworkEventLifecycleType`). Libvirt tells nothing of autostart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkLifecycle {
    /// Its definition was stored.
    Defined,
    /// Its stored definition was removed.
    Undefined,
    /// It was started.
    Started,
    /// It was stopped.
    Stopped,
    /// What this version does not know.
    Unknown(i32),
}

impl From<i32> for NetworkLifecycle {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Defined,
            1 => Self::Undefined,
            2 => Self::Started,
            3 => Self::Stopped,
            unknown => Self::Unknown(unknown),
        }
    }
}

/// A kind of metadata (`virNetworkMetadataType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkMetadata {
    /// The description.
    Description,
    /// The title.
    Title,
    /// An application's own element.
    Element,
    /// What this version does not know.
    Unknown(i32),
}

impl From<i32> for NetworkMetadata {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Description,
            1 => Self::Title,
            2 => Self::Element,
            unknown => Self::Unknown(unknown),
        }
    }
}

/// The events of networks, in the order in which the server sent them, from [`Connection::network_events`] or
/// [`Network::events`].
///
/// It is a [`Stream`], and can be read by [`NetworkEvents::next`] alone. Room for events is bounded
/// ([`Options::event_queue`](crate::Options::event_queue)): where it is not read in time, the newest are lost, and the
/// stream says so in their place. Nothing else waits for it.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::events::NetworkLifecycle::Started;
/// use virtwire::{Connection, NetworkEvent};
///
/// let connection = Connection::open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// let mut events = network.events().await?;
/// network.destroy().await?;
/// network.create().await?;
/// while let Some(event) = events.next().await.transpose()? {
///     match event {
///         NetworkEvent::Lifecycle { change, .. } => {
///             println!("{} {change:?}", network.name());
///             if change == Started {
///                 break;
///             }
///         }
///         NetworkEvent::Lost(count) => println!("{count} events lost: is it active? {}", network.is_active().await?),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
///
/// An error as an item is an event that cannot be understood, or else why the connection ended; the latter is the last
/// item. It comes also where the server hangs or vanished ([`Keepalive`](crate::Keepalive)). The stream
/// keeps the connection open. Dropping it ends it at the server too, in the background.
#[derive(Debug)]
pub struct NetworkEvents {
    connection: Connection,
    queue: Arc<Queue>,
    has_metadata_changes: bool,
    has_ended: bool,
}

impl Connection {
    /// The events of all networks, from now on: what is asked for once this has returned misses nothing that the events
    /// do not tell.
    ///
    /// ```
    /// # #[cfg(feature = "testdaemon")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> virtwire::Result<()> {
    /// use virtwire::events::NetworkLifecycle;
    /// use virtwire::{Connection, NetworkEvent};
    ///
    /// let connection = Connection::open("test:///default").await?;
    /// let mut events = connection.network_events().await?;
    /// connection.lookup_network_by_name("default").await?.destroy().await?;
    /// if let Some(NetworkEvent::Lifecycle { network, change, .. }) = events.next().await.transpose()? {
    ///     assert_eq!(network.name(), &"default");
    ///     assert_eq!(change, NetworkLifecycle::Stopped);
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testdaemon"))]
    /// # fn main() {}
    /// ```
    ///
    /// Two round trips, or three to libvirt 9.7.0 and newer, which tells changes of metadata, too; none where another
    /// stream of this connection has been asked for the same.
    ///
    /// # Errors
    /// As [`Connection::call`]. [`Unsupported`](crate::ErrorKind::Unsupported) by servers before libvirt 1.2.1.
    pub async fn network_events(&self) -> Result<NetworkEvents> {
        self.to_the_end(NetworkEvents::register(self.clone(), None)).await
    }
}

impl Network {
    /// The events of this network, found by its UUID, from now on: also once it is undefined, and when it is defined again.
    ///
    /// # Errors
    /// As [`Connection::network_events`].
    pub async fn events(&self) -> Result<NetworkEvents> {
        let register = NetworkEvents::register(self.connection.clone(), Some(self.wire.clone()));
        self.connection.to_the_end(register).await
    }
}

impl NetworkEvents {
    async fn register(connection: Connection, network: Option<remote::Network>) -> Result<Self> {
        let queue = Arc::new(Queue::new(connection.event_queue()));
        // From here on, dropping it undoes what has been done.
        let mut events = Self { connection, queue, has_metadata_changes: false, has_ended: false };
        let lifecycle = events.subscribe::<NetworkEventLifecycle>(LIFECYCLE, network.clone());
        let ((), version) = tokio::try_join!(lifecycle, events.connection.lib_version())?;
        // Asked, an older server would log an error.
        if version >= NetworkEventCallbackMetadataChange::INFO.since {
            events.subscribe::<NetworkEventCallbackMetadataChange>(METADATA_CHANGE, network).await?;
            events.has_metadata_changes = true;
        }
        Ok(events)
    }

    async fn subscribe<E: Event>(&self, event_id: i32, net: Option<remote::Network>) -> Result<()> {
        let topic = Topic { procedure: E::INFO.number, object: net.as_ref().map(|net| net.uuid) };
        let call = ConnectNetworkEventRegisterAny { event_id, net };
        self.connection.subscribe(topic, &call, &self.queue).await
    }

    /// Whether changes of metadata are told, too: by libvirt 9.7.0 and newer.
    #[must_use]
    pub fn has_metadata_changes(&self) -> bool {
        self.has_metadata_changes
    }

    /// The next event; `None` behind the end of the connection. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<NetworkEvent>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    fn event(&self, procedure: i32, body: &Bytes) -> Result<NetworkEvent> {
        let network = |wire| Network { connection: self.connection.clone(), wire };
        if procedure == NetworkEventLifecycle::INFO.number {
            let NetworkEventLifecycle { net, event, detail, .. } = decode(body)?;
            Ok(NetworkEvent::Lifecycle { network: network(net), change: event.into(), detail })
        } else {
            let NetworkEventCallbackMetadataChange { net, r#type, nsuri, .. } = decode(body)?;
            Ok(NetworkEvent::MetadataChange { network: network(net), metadata: r#type.into(), uri: nsuri })
        }
    }
}

fn decode<E: Event>(body: &Bytes) -> Result<E> {
    xdr::from_bytes(body).map_err(|source| Cause::Event { event: E::INFO.name, source }.into())
}

impl Stream for NetworkEvents {
    type Item = Result<NetworkEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let item = match ready!(self.queue.poll_take(cx)) {
            Item::Event(procedure, body) => self.event(procedure, &body),
            Item::Lost(count) => Ok(NetworkEvent::Lost(count)),
            Item::Gap(cause) => Ok(NetworkEvent::Gap(cause)),
            Item::End(cause) => {
                self.has_ended = true;
                Err(cause)
            }
        };
        Poll::Ready(Some(item))
    }
}

impl Drop for NetworkEvents {
    fn drop(&mut self) {
        self.queue.abandon();
        self.connection.unsubscribe();
    }
}
