//! A connection to a libvirt server: a handle that is cheap to clone, and the task behind it.

mod about;
mod driver;
mod keepalive;
#[cfg(feature = "sasl")]
mod layer;
mod options;
mod routes;
mod shared;
mod subscribe;

#[cfg(all(feature = "evidence", feature = "ssh"))]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use virtwire_protocol::frame::{Frame, Status};
use virtwire_protocol::procedure::{Kind, ProcedureInfo};
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::connect::{
    ConnectClose, ConnectGetLibVersion, ConnectOpen, ConnectSupportsFeature, OPEN_READ_ONLY, feature,
};
use virtwire_protocol::session::{self, Outgoing};
use virtwire_protocol::{Call, Version};

pub use self::keepalive::Keepalive;
#[cfg(feature = "sasl")]
pub(crate) use self::layer::SecurityLayer;
pub use self::options::{Options, Timeouts};
pub(crate) use self::routes::{Registration, Topic};

use self::driver::{CLOSE_DEADLINE, Command, Driver, Errand, Lost, Request};
use self::keepalive::Clock;
use self::shared::Shared;
use crate::auth::{self, Peer};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::step::deadline;
use crate::trace;
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

#[derive(Debug)]
struct Inner {
    commands: mpsc::UnboundedSender<Command>,
    /// One permit a call in flight; so the queue of commands is bounded too.
    slots: Arc<Semaphore>,
    calls_in_flight: u32,
    shared: Arc<Shared>,
    timeouts: Timeouts,
    daemon: Option<i32>,
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
        let work = async {
            let (read_only, within) = (options.read_only, options.timeouts.opening);
            let link = transport::connect(&Route { uri, config, read_only, within }).await?;
            if let Some(listener) = &options.warn {
                link.warnings.iter().for_each(|warning| (listener.0)(warning));
            }
            let peer = Peer { uri: Some(uri), is_private: link.is_private };
            let opened = Self::open_link(link, &peer, &uri.server_name(), options).await;
            opened.map_err(|error| transport::explained(uri, error))
        };
        trace::opening(uri, work).await
    }

    async fn open_over(link: Link, name: &str, options: &Options) -> Result<Self> {
        let peer = Peer { uri: None, is_private: link.is_private };
        trace::opening(name, Self::open_link(link, &peer, name, options)).await
    }

    async fn open_link(link: Link, peer: &Peer<'_>, name: &str, options: &Options) -> Result<Self> {
        let connection = Self::start(link, peer, options);
        auth::authenticate(&connection, peer, options).await?;
        let flags = if options.read_only { OPEN_READ_ONLY } else { 0 };
        let open = ConnectOpen { name: Some(Text::try_from(name)?), flags };
        connection.opening_step(&open, &format!("opening {name}"), options.timeouts.opening).await?;
        connection.inner.shared.is_open.store(true, Ordering::Relaxed);
        if options.keepalive.is_some() {
            connection.ask_for_keepalive();
        }
        Ok(connection)
    }

    fn start(link: Link, #[allow(unused)] peer: &Peer<'_>, options: &Options) -> Self {
        let (commands, receiver) = mpsc::unbounded_channel();
        let calls_in_flight = options.calls_in_flight;
        let slots = Arc::new(Semaphore::new(calls_in_flight as usize));
        let shared = Arc::new(Shared::default());
        let session = trace::session(options.trace.as_ref());
        let clock = options.keepalive.map(Clock::new);
        let driver =
            Driver::new(link.stream, session, clock, receiver, Arc::clone(&slots), Arc::clone(&shared));
        tokio::spawn(driver.run());
        let inner = Inner {
            commands,
            slots,
            calls_in_flight,
            shared,
            timeouts: options.timeouts,
            daemon: link.daemon,
            #[cfg(all(feature = "evidence", feature = "ssh"))]
            elsewhere: link.shell.map(|shell| Elsewhere {
                shell,
                uri: peer.uri.map(Uri::on_its_host).unwrap_or_default(),
                read_only: options.read_only,
                copy: options.copy.clone(),
                within: options.timeouts.query,
            }),
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
        self.inner.daemon
    }

    /// How a virtwire on the server's host is asked, where ssh leads there.
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.inner.elsewhere.as_ref()
    }

    /// Asks the server to ping, and whether it answers pings, without waiting for that: it travels with the first calls of
    /// the user's.
    fn ask_for_keepalive(&self) {
        let ask = ConnectSupportsFeature { feature: feature::PROGRAM_KEEPALIVE };
        if let (Ok(outgoing), Ok(slot)) =
            (Outgoing::new(&ask), Arc::clone(&self.inner.slots).try_acquire_owned())
        {
            let errand = Some(Errand::Keepalive);
            let request = Request { outgoing, claimed: Arc::default(), answer: None, errand, slot };
            let _ = self.inner.commands.send(Command::Call(request));
        }
    }

    /// Protects every byte from here on, before the next call is sent. A connection that cannot be protected ends, and
    /// that call tells why.
    #[cfg(feature = "sasl")]
    pub(crate) fn protect(&self, layer: Box<dyn SecurityLayer>) {
        // A task that is gone sends nothing more.
        let _ = self.inner.commands.send(Command::Protect(layer));
    }

    /// Calls any declared procedure. The deadline is that of its kind: query or change.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Closed`](crate::ErrorKind::Closed) or
    /// [`Protocol`](crate::ErrorKind::Protocol) where a query was not answered, or a change was never sent;
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where a change was sent and not answered;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the server is older than the procedure;
    /// any other of libvirt's own errors as the server sent it.
    pub async fn call<C: Call>(&self, call: &C) -> Result<C::Reply> {
        let within = match C::INFO.kind {
            Kind::Change => self.inner.timeouts.change,
            Kind::Query | Kind::Event => self.inner.timeouts.query,
        };
        match self.call_within(call, within).await {
            Err(error) if error.is_rpc() => Err(self.explained(error, C::INFO).await),
            outcome => outcome,
        }
    }

    /// Calls any declared procedure with a deadline of the caller's own.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn call_within<C: Call>(&self, call: &C, within: Duration) -> Result<C::Reply> {
        self.call_for(call, within, None).await
    }

    /// A call whose reply may be for more than its caller.
    async fn call_for<C: Call>(
        &self,
        call: &C,
        within: Duration,
        errand: Option<Errand>,
    ) -> Result<C::Reply> {
        let outgoing = Outgoing::new(call).map_err(|error| Error::invalid(error.to_string()))?;
        let size = outgoing.size();
        let frame = trace::call(C::INFO, size, self.exchange(outgoing, C::INFO, within, errand)).await?;
        session::value::<C>(&frame).map_err(|error| {
            let says_error = frame.header.status == Status::Error;
            let error = Error::reply(C::INFO.name, error);
            // Of a change, an answer that cannot be read says nothing, unless it says that there was an error; nor does
            // one that only tells of a lost daemon behind this one.
            if C::INFO.kind == Kind::Change && (!says_error || error.is_others_loss()) {
                error.leaves_unknown(C::INFO.name)
            } else {
                error
            }
        })
    }

    /// A call of the opening: its deadline's error names the step.
    pub(crate) async fn opening_step<C: Call>(
        &self,
        call: &C,
        what: &str,
        within: Duration,
    ) -> Result<C::Reply> {
        let answered = self.call_within(call, within).await;
        answered.map_err(|error| {
            if error.kind() == ErrorKind::Timeout { Error::timeout(what, within) } else { error }
        })
    }

    /// Sends one call and awaits its reply: the layer that knows bytes only.
    async fn exchange(
        &self,
        outgoing: Outgoing,
        info: &ProcedureInfo,
        within: Duration,
        errand: Option<Errand>,
    ) -> Result<Frame> {
        let deadline = deadline(Instant::now(), within);
        let slot = match timeout_at(deadline, Arc::clone(&self.inner.slots).acquire_owned()).await {
            Ok(Ok(slot)) => slot,
            Ok(Err(_)) => return Err(self.cause()),
            Err(_) => {
                return Err(Error::timeout(format!("{} (waiting for its turn)", info.name), within));
            }
        };
        let claimed = Arc::new(AtomicBool::new(false));
        let (answer, answered) = oneshot::channel();
        let request = Request { outgoing, claimed: Arc::clone(&claimed), answer: Some(answer), errand, slot };
        if self.inner.commands.send(Command::Call(request)).is_err() {
            return Err(self.cause());
        }
        let (cause, was_sent) = match timeout_at(deadline, answered).await {
            Ok(Ok(Ok(frame))) => return Ok(frame),
            Ok(Ok(Err(Lost { cause, was_sent }))) => (cause, was_sent),
            Ok(Err(_)) => (self.cause(), claimed.load(Ordering::Acquire)),
            Err(_) => (Error::timeout(info.name, within), claimed.swap(true, Ordering::AcqRel)),
        };
        let is_unknown = was_sent && info.kind == Kind::Change;
        Err(if is_unknown { cause.leaves_unknown(info.name) } else { cause })
    }

    /// Why the connection ended.
    fn cause(&self) -> Error {
        self.inner.shared.cause.get().cloned().unwrap_or_else(Error::closed)
    }

    /// "Unknown procedure" by a server that is older than the procedure is said so.
    async fn explained(&self, error: Error, info: &ProcedureInfo) -> Error {
        match self.lib_version().await {
            Ok(version) if version < info.since => Error::unsupported(format!(
                "{} needs libvirt {} or newer; the server is {version}",
                info.name, info.since
            )),
            _ => error,
        }
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
        if self.inner.slots.is_closed() {
            return Ok(());
        }
        let _stop = StopOnDrop(&self.inner);
        let deadline = deadline(Instant::now(), CLOSE_DEADLINE);
        // Half of the time for calls in flight: a daemon works at calls side by side, and one that the goodbye overtakes
        // finds no connection, which the daemon logs as an error.
        let all = self.inner.slots.acquire_many(self.inner.calls_in_flight);
        drop(timeout(CLOSE_DEADLINE / 2, all).await);
        self.call_within(&ConnectClose {}, deadline.saturating_duration_since(Instant::now())).await
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

struct StopOnDrop<'a>(&'a Inner);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.slots.close();
        // A task that is gone needs no telling.
        let _ = self.0.commands.send(Command::Stop);
    }
}
