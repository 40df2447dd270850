//! How a connection is opened, and how long it waits.

use std::fmt;
#[cfg(all(feature = "evidence", feature = "ssh"))]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use virtwire_protocol::trace::FrameRecord;

use super::reconnect::Following;
use super::{Connection, Keepalive, Reconnect};
#[cfg(feature = "sasl")]
use crate::auth::{Ask, Credentials, CredentialsRequest};
use crate::config::Config;
use crate::error::Result;
use crate::trace::Sink;
use crate::transport::{ByteStream, Link};
use crate::uri::Uri;

/// How long each kind of wait may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Each step of opening: connecting, asking how to authenticate, opening. 10 seconds unless set.
    pub opening: Duration,
    /// A step of opening in which a person is asked, by polkit say: the clock of `opening` stands then. 5 minutes
    /// unless set.
    pub person: Duration,
    /// A call that changes nothing, time spent waiting for a slot included. 30 seconds unless set.
    pub query: Duration,
    /// A call that changes something, time spent waiting for a slot included. 60 seconds unless set.
    pub change: Duration,
}

impl Timeouts {
    /// The same time for every kind of wait but the one in which a person is asked.
    #[must_use]
    pub fn all(timeout: Duration) -> Self {
        Self { opening: timeout, query: timeout, change: timeout, ..Self::default() }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            opening: Duration::from_secs(10),
            person: Duration::from_secs(300),
            query: Duration::from_secs(30),
            change: Duration::from_secs(60),
        }
    }
}

/// How to open a connection.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use std::time::Duration;
/// use virtwire::{ErrorKind, Options, Timeouts};
///
/// let options = Options::new().read_only(true).timeouts(Timeouts::all(Duration::from_secs(5)));
/// let connection = options.open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// let refused = network.destroy().await.unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Denied);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) read_only: bool,
    pub(super) keepalive: Option<Keepalive>,
    pub(crate) timeouts: Timeouts,
    pub(super) calls_in_flight: u32,
    pub(super) event_queue: usize,
    pub(super) reconnect: Option<Following>,
    pub(super) trace: Option<Sink>,
    pub(super) warn: Option<Listener>,
    #[cfg(feature = "ssh")]
    pub(super) ssh_may_ask: bool,
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    pub(super) copy: Option<PathBuf>,
    #[cfg(feature = "sasl")]
    pub(crate) credentials: Option<Ask>,
}

/// Whoever is told what is no error.
#[derive(Clone)]
pub(super) struct Listener(pub(super) Arc<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Options {
    /// What [`Connection::open`] uses: all changes allowed, [`Keepalive`] with its default, 4 calls in flight, 1024 events
    /// that wait for each stream.
    #[must_use]
    pub fn new() -> Self {
        Self {
            read_only: false,
            keepalive: Some(Keepalive::default()),
            timeouts: Timeouts::default(),
            calls_in_flight: 4,
            event_queue: 1024,
            reconnect: None,
            trace: None,
            warn: None,
            #[cfg(feature = "ssh")]
            ssh_may_ask: true,
            #[cfg(all(feature = "evidence", feature = "ssh"))]
            copy: None,
            #[cfg(feature = "sasl")]
            credentials: None,
        }
    }

    /// Whether the server is to refuse every change.
    #[must_use]
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// How a server that is gone without a word is noticed, and the server notices a client that is; `None`, and an
    /// interval of no time at all: neither asks for pings.
    #[must_use]
    pub fn keepalive(self, keepalive: impl Into<Option<Keepalive>>) -> Self {
        Self { keepalive: keepalive.into().filter(|keepalive| !keepalive.interval.is_zero()), ..self }
    }

    /// Opens a connection that is lost again, as the policy says; without one, all that is lost stays so.
    #[must_use]
    pub fn reconnect(self, policy: impl Into<Option<Reconnect>>) -> Self {
        Self { reconnect: policy.into().map(Following::new), ..self }
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// How many calls may be in flight at once: 4 unless set, 1 to 1024. A server of libvirt's default configuration
    /// stops reading a connection that has 5 calls unfinished.
    #[must_use]
    pub fn calls_in_flight(self, count: usize) -> Self {
        Self { calls_in_flight: u32::try_from(count).map_or(1024, |count| count.clamp(1, 1024)), ..self }
    }

    /// How many events may wait for each [stream](crate::events::NetworkEvents) to be read: 1024 unless set, 1 to 65,536,
    /// of 1 KiB each on average. Those that find no room are lost, and the stream says how many.
    #[must_use]
    pub fn event_queue(self, count: usize) -> Self {
        Self { event_queue: count.clamp(1, 65_536), ..self }
    }

    /// Shows every frame to `sink`, in both directions, keepalive and events included: what is received as soon as it is
    /// whole, what is sent when it is queued for that. Shown are header, size and decoded content, without secrets.
    ///
    /// The sink is called by the task that owns the connection, which waits for it. On a connection that is opened in
    /// place of a lost one it is called as well. One that panics ends the connection: `eprintln!` does where nobody reads
    /// standard error any more.
    ///
    /// ```
    /// # #[cfg(feature = "testdaemon")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> virtwire::Result<()> {
    /// use std::io::{Write, stderr};
    ///
    /// let options = virtwire::Options::new().trace(|record| drop(writeln!(stderr(), "{record}")));
    /// let connection = options.open("test:///default").await?;
    /// connection.lookup_network_by_name("default").await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testdaemon"))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn trace(self, sink: impl Fn(&FrameRecord<'_>) + Send + Sync + 'static) -> Self {
        Self { trace: Some(Sink::new(sink)), ..self }
    }

    /// Tells `listener` what is no error and yet should be put right, in one line without a full stop: today, that a
    /// server's certificate has the host's name where few clients still look for it, or that a revocation list is out of
    /// date. It is told each time that a
    /// connection is opened.
    #[must_use]
    pub fn warn(self, listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { warn: Some(Listener(Arc::new(listener))), ..self }
    }

    /// Whether `ssh` may ask a person at the terminal: for a password, a passphrase, or whether a host's key is right. It may
    /// unless set, where there is a terminal and the URI has no `no_tty=1`. Several hosts that are logged in to at once would
    /// ask over each other: there, say false.
    ///
    /// Where it may ask nothing, `ssh` is also kept out of the terminal's foreground, so that Ctrl-C does not end it.
    #[cfg(feature = "ssh")]
    #[must_use]
    pub fn ssh_may_ask(self, ssh_may_ask: bool) -> Self {
        Self { ssh_may_ask, ..self }
    }

    /// Over ssh, what is looked at on the server's host is looked at by a copy of this program, which is put into a private
    /// folder there and removed with the connection's last look: a virtwire, static and for the same kind of machine. Unless
    /// set, the virtwire that is installed there looks, if there is one.
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    #[must_use]
    pub fn send_to_look(self, program: impl Into<PathBuf>) -> Self {
        Self { copy: Some(program.into()), ..self }
    }

    /// Where a server wants a name and a password (SASL), and neither `auth.conf` nor the URI says them, `ask` is called. It
    /// may take its time ([`Timeouts::person`]) and block: it runs on a thread of its own. `None` is for a person who does
    /// not want to say; an error ends the opening. Without this, what is missing is an error.
    ///
    /// ```
    /// use virtwire::{Credentials, Options};
    ///
    /// let options = Options::new().credentials(|wanted| {
    ///     assert!(!wanted.host.is_empty());
    ///     Ok(Some(Credentials::new("alice", "sesame")))
    /// });
    /// # drop(options);
    /// ```
    #[cfg(feature = "sasl")]
    #[must_use]
    pub fn credentials(
        self,
        ask: impl Fn(&CredentialsRequest) -> Result<Option<Credentials>> + Send + Sync + 'static,
    ) -> Self {
        Self { credentials: Some(Ask::new(ask)), ..self }
    }

    /// How long each step of opening may take.
    #[cfg(feature = "evidence")]
    pub(crate) fn opening_timeout(&self) -> Duration {
        self.timeouts.opening
    }

    /// Opens a connection to the server of `uri`, or of what libvirt.conf says that this alias stands for: three round
    /// trips at most, each with a deadline of its own.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open(&self, uri: &str) -> Result<Connection> {
        let config = Config::load()?;
        self.open_uri(&Uri::parse(&config.uri(Some(uri)))?, &config).await
    }

    /// Opens a connection to the server of a URI that has been taken apart already.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open_uri(&self, uri: &Uri, config: &Config) -> Result<Connection> {
        Connection::open_with(uri, config, self).await
    }

    /// Opens the hypervisor `name`, such as `qemu:///system`, over a stream that leads to a server.
    ///
    /// # Errors
    /// As [`Connection::open`], apart from connecting.
    pub async fn open_over(&self, stream: impl ByteStream + 'static, name: &str) -> Result<Connection> {
        Connection::open_over(Link::to_anyone(stream), name, self).await
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
