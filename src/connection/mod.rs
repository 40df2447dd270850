//! A connection to a libvirt server: a handle that is cheap to clone, and the task behind it.

mod about;
mod call;
mod driver;
mod keepalive;
mod options;
mod reconnect;
mod routes;
mod service;
mod shared;
mod subscribe;
mod wire;

#[cfg(all(feature = "evidence", feature = "ssh"))]
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::time::{Instant, timeout};
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::connect::{ConnectClose, ConnectGetLibVersion, ConnectOpen, OPEN_READ_ONLY};
use virtwire_protocol::{Call, Version};

pub use self::keepalive::Keepalive;
pub use self::options::{Options, Timeouts};
pub use self::reconnect::Reconnect;
pub(crate) use self::routes::{Registration, Topic};

use self::driver::{CLOSE_DEADLINE, Command};
use self::reconnect::{Following, Way};
use self::routes::Routes;
use self::service::Service;
use self::wire::Wire;
use crate::auth::{self, Opening, Peer};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::step::deadline;
use crate::trace;
#[cfg(feature = "sasl")]
use crate::transport::SecurityLayer;
#[cfg(all(feature = "evidence", feature = "ssh"))]
use crate::transport::Shell;
use crate::transport::{self, Link, Route};
use crate::uri::Uri;

/// A connection to a libvirt server.
///
/// Clones share one connection. Calls that are not awaited one by one may run in any order. Dropping the future of a
/// call never harms the connection; a change whose future is dropped may still be made. When the last handle is
/// dropped, the connection is closed in the background.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::Connection;
///
/// let connection = Connection::open("test:///default").await?;
/// // At once: both questions are on their way before either is answered.
/// let (version, states) = tokio::try_join!(connection.lib_version(), connection.network_states())?;
/// println!("libvirt {version} has {} networks", states.len());
/// connection.close().await?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Connection {
    inner: Arc<Inner>,
}

/// Work whose code is compiled where it stands.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

#[derive(Debug)]
struct Inner {
    service: watch::Sender<Service>,
    /// Where it is to be opened again once it is lost.
    following: Option<Following>,
    /// Where events go, whichever wire serves.
    routes: Arc<Routes>,
    calls_in_flight: u32,
    timeouts: Timeouts,
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    elsewhere: Option<Elsewhere>,
    /// Where streams of events end their registrations once they are dropped.
    runtime: Handle,
    /// Held while events are registered or deregistered: a server works at calls side by side, and takes nothing twice.
    registering: Mutex<()>,
    /// One permit: deregistrations that are not answered take one slot at most.
    deregistering: Arc<Semaphore>,
    event_queue: usize,
}

impl Connection {
    /// Opens a connection to the server of `uri`, such as `qemu:///system`, with the default [`Options`].
    ///
    /// The connection lives in the tokio runtime in which it is opened; ending that runtime ends it without a goodbye, and
    /// every call and stream of events with it.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O or time.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a URI or a configuration file that cannot be understood,
    /// [`Unreachable`](crate::ErrorKind::Unreachable) where no daemon answers,
    /// [`Denied`](crate::ErrorKind::Denied) where socket or authentication refuse,
    /// [`Timeout`](crate::ErrorKind::Timeout) where a step took too long, and libvirt's own errors.
    pub async fn open(uri: &str) -> Result<Self> {
        Options::new().open(uri).await
    }

    pub(crate) async fn open_with(uri: &Uri, config: &Config, options: &Options) -> Result<Self> {
        let connection = Self::open_wire(uri, config, options, Arc::default()).await?;
        if let Some(following) = options.reconnect {
            let (uri, config, options) = (uri.clone(), config.clone(), options.clone());
            following.begin(&connection, Way { uri, config, options })?;
        }
        Ok(connection)
    }

    /// Opens a connection once; what it is told goes to these routes. Boxed, so that all of opening, a third of the
    /// client, is compiled here, and not once more for whoever awaits it.
    fn open_wire<'a>(
        uri: &'a Uri,
        config: &'a Config,
        options: &'a Options,
        routes: Arc<Routes>,
    ) -> Boxed<'a, Self> {
        let work = async move {
            let Timeouts { opening: within, person, .. } = options.timeouts;
            let route = Route {
                uri,
                config,
                read_only: options.read_only,
                within,
                person,
                #[cfg(feature = "ssh")]
                ssh_may_ask: options.ssh_may_ask,
            };
            let link = transport::connect(&route).await?;
            if let Some(listener) = &options.warn {
                link.warnings.iter().for_each(|warning| (listener.0)(warning));
            }
            let opened = Self::open_link(link, Some(uri), &uri.server_name(), options, routes).await;
            #[cfg(any(feature = "ssh", feature = "tcp"))]
            let opened = opened.map_err(|error| transport::explained(uri, error));
            opened
        };
        Box::pin(trace::opening(uri, work))
    }

    async fn open_over(link: Link, name: &str, options: &Options) -> Result<Self> {
        trace::opening(name, Self::open_link(link, None, name, options, Arc::default())).await
    }

    async fn open_link(
        mut link: Link,
        uri: Option<&Uri>,
        name: &str,
        options: &Options,
        routes: Arc<Routes>,
    ) -> Result<Self> {
        let peer = Peer {
            uri,
            is_private: link.is_private,
            login: link.login.take(),
            within: options.timeouts.opening,
            person: options.timeouts.person,
            #[cfg(feature = "sasl")]
            ask: options.credentials.as_ref(),
        };
        let connection = Self::start(link, uri, options, routes);
        auth::authenticate(&connection, &peer).await?;
        let flags = if options.read_only { OPEN_READ_ONLY } else { 0 };
        let open = ConnectOpen { name: Some(Text::try_from(name)?), flags };
        connection.opening_step(&open, &format!("opening {name}"), options.timeouts.opening).await?;
        let wire = connection.inner.wire()?;
        wire.shared.is_open.store(true, Ordering::Relaxed);
        if options.keepalive.is_some() {
            wire.ask_for_keepalive();
        }
        Ok(connection)
    }

    /// Calls can be made from now on, those of opening first.
    fn start(link: Link, #[allow(unused)] uri: Option<&Uri>, options: &Options, routes: Arc<Routes>) -> Self {
        #[cfg(all(feature = "evidence", feature = "ssh"))]
        let elsewhere = Elsewhere::of(&link, uri, options);
        let wire = Wire::start(link, options, Arc::clone(&routes));
        let inner = Inner {
            service: watch::Sender::new(Service::Once(Arc::new(wire))),
            following: options.reconnect,
            routes,
            calls_in_flight: options.calls_in_flight,
            timeouts: options.timeouts,
            #[cfg(all(feature = "evidence", feature = "ssh"))]
            elsewhere,
            runtime: Handle::current(),
            registering: Mutex::default(),
            deregistering: Arc::new(Semaphore::new(1)),
            event_queue: options.event_queue,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The process at the other end, where that is one of this host: of a daemon that a service manager listens for,
    /// it is the service manager.
    #[must_use]
    pub fn daemon(&self) -> Option<i32> {
        self.inner.wire().ok()?.daemon
    }

    /// How a virtwire on the server's host is asked, where ssh leads there.
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.inner.elsewhere.as_ref()
    }

    /// The version of the server's libvirt.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn lib_version(&self) -> Result<Version> {
        let reply = self.call_within(&ConnectGetLibVersion {}, self.inner.timeouts.query).await?;
        Ok(Version(reply.lib_ver))
    }

    /// Says goodbye and waits for the answer, one second at most, so that the daemon's log stays clean. Every later
    /// call on any clone fails with [`Closed`](crate::ErrorKind::Closed), also where this future is dropped. Closing
    /// what is closed already is no error.
    ///
    /// # Errors
    /// Where the server did not answer in time; the connection is closed all the same.
    pub async fn close(&self) -> Result<()> {
        self.inner.follow_no_more();
        let Ok(wire) = self.inner.wire() else { return Ok(()) };
        if wire.slots.is_closed() {
            self.inner.routes.end(&Error::closed());
            return Ok(());
        }
        let _stop = StopOnDrop(&wire);
        let deadline = deadline(Instant::now(), CLOSE_DEADLINE);
        // Half of the time for calls in flight: a daemon works at calls side by side, and one that the goodbye overtakes
        // finds no connection, which the daemon logs as an error.
        let all = wire.slots.acquire_many(self.inner.calls_in_flight);
        drop(timeout(CLOSE_DEADLINE / 2, all).await);
        self.call_within(&ConnectClose {}, deadline.saturating_duration_since(Instant::now())).await
    }
}

impl Opening for Connection {
    async fn opening_step<C: Call + Sync>(&self, call: &C, what: &str, within: Duration) -> Result<C::Reply> {
        let answered = self.call_within(call, within).await;
        answered.map_err(|error| {
            if error.kind() == ErrorKind::Timeout { Error::timeout(what, within) } else { error }
        })
    }

    #[cfg(feature = "sasl")]
    fn protect(&self, layer: Box<dyn SecurityLayer>) {
        if let Ok(wire) = self.inner.wire() {
            // A task that is gone sends nothing more.
            let _ = wire.commands.send(Command::Protect(layer));
        }
    }
}

/// How a virtwire on the server's host is asked.
#[cfg(all(feature = "evidence", feature = "ssh"))]
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    pub(crate) shell: Shell,
    /// What is the URI of the same daemon there.
    pub(crate) uri: String,
    pub(crate) read_only: bool,
    /// The program to send, where it is not the installed one that looks.
    pub(crate) copy: Option<PathBuf>,
    /// How long a look may take.
    pub(crate) within: Duration,
}

#[cfg(all(feature = "evidence", feature = "ssh"))]
impl Elsewhere {
    fn of(link: &Link, uri: Option<&Uri>, options: &Options) -> Option<Self> {
        Some(Self {
            shell: link.shell.clone()?,
            uri: uri.map(Uri::on_its_host).unwrap_or_default(),
            read_only: options.read_only,
            copy: options.copy.clone(),
            within: options.timeouts.query,
        })
    }
}

struct StopOnDrop<'a>(&'a Wire);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.slots.close();
        // A task that is gone needs no telling.
        let _ = self.0.commands.send(Command::Stop);
    }
}
