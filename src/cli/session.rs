//! The connection that a command uses, opened when the command first needs it.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "net-event")]
use virtwire::Reconnect;
use virtwire::config::{Config, variable};
use virtwire::disable::Switch;
use virtwire::uri::{Transport, Uri, shown};
use virtwire::{Connection, Error, Options, Timeouts};

use super::advice::{self, Place};
use super::args::Globals;
use super::failure::{Failure, Kind};
#[cfg(feature = "sasl")]
use super::login;
#[cfg(feature = "several")]
use super::output::document::Outcome;
#[cfg(feature = "trace")]
use super::trace;

const WHAT: &str = "failed to connect to the hypervisor";

/// Where a command works: one URI, and the connection to it.
pub(crate) struct Session {
    options: Options,
    read_only: bool,
    /// Others work beside it: what a person is told or asked must not be so for each.
    is_one_of_several: bool,
    /// No other is logged in to meanwhile.
    is_asked_alone: bool,
    /// As it may be shown.
    uri: String,
    /// The URI taken apart, and what libvirt.conf says; or why that cannot be.
    target: Result<(Uri, Config), Error>,
    connection: RefCell<Option<Connection>>,
    /// What is to be told where the command is given up now.
    #[cfg(feature = "several")]
    so_far: RefCell<Option<Outcome>>,
}

impl Session {
    /// Finds out which URI is meant, and opens nothing; of several, it is the first.
    #[cfg(any(feature = "completions", not(feature = "several")))]
    pub(crate) fn new(globals: &Globals) -> Self {
        Self::to(globals, globals.uris().next(), Config::load())
    }

    /// One of several. Where they are logged in to at once, ssh asks nothing: the questions of one would be answered to
    /// another.
    #[cfg(feature = "several")]
    pub(crate) fn beside_others(self, #[allow(unused)] are_at_once: bool) -> Self {
        #[cfg(feature = "ssh")]
        let options = self.options.ssh_may_ask(!are_at_once);
        #[cfg(not(feature = "ssh"))]
        let options = self.options;
        Self { is_one_of_several: true, is_asked_alone: !are_at_once, options, ..self }
    }

    /// The same for the URI that was given, if any was, by what libvirt.conf says.
    pub(crate) fn to(globals: &Globals, given: Option<&str>, config: Result<Config, Error>) -> Self {
        let options =
            Options::new().read_only(globals.readonly).keepalive(globals.keepalive()).warn(to_stderr_once());
        let options = match globals.timeout {
            Some(timeout) => options.timeouts(Timeouts::all(timeout)),
            None => options,
        };
        #[cfg(feature = "ssh")]
        let options = match std::env::current_exe() {
            Ok(program) if globals.send_self => options.send_to_look(program),
            _ => options,
        };
        #[cfg(feature = "trace")]
        let options = if globals.trace { options.trace(trace::to_stderr()) } else { options };
        let given = given.map(str::to_owned).or_else(|| variable("VIRSH_DEFAULT_CONNECT_URI"));
        let uri = match &config {
            Ok(config) => config.uri(given.as_deref()),
            Err(_) => given.unwrap_or_default(),
        };
        let target = config.and_then(|config| Ok((Uri::parse(&uri)?, config)));
        Self {
            options,
            read_only: globals.readonly,
            is_one_of_several: false,
            is_asked_alone: true,
            uri: shown(&uri).into_owned(),
            target,
            connection: RefCell::default(),
            #[cfg(feature = "several")]
            so_far: RefCell::default(),
        }
    }

    /// The same, where a person may be asked for what only they know.
    #[cfg(feature = "sasl")]
    pub(crate) fn asking(self) -> Self {
        Self { options: self.options.credentials(login::ask), ..self }
    }

    /// The URI that is meant, with defaults and aliases resolved.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Refuses where nothing can be stored: a person is not to write what is then lost.
    #[cfg(feature = "edit")]
    pub(crate) fn check_writable(&self, what: &str) -> Result<(), Failure> {
        if !self.read_only {
            return Ok(());
        }
        let failure = Failure::new(Kind::Denied, "a read-only connection stores nothing");
        Err(failure.what(what).advice("leave out -r (--readonly)".to_owned()))
    }

    /// The host's name; nothing for this one.
    pub(crate) fn host(&self) -> Option<&str> {
        let host = self.target.as_ref().ok().map(|(uri, _)| uri.host());
        host.filter(|host| !host.is_empty())
    }

    pub(crate) fn is_one_of_several(&self) -> bool {
        self.is_one_of_several
    }

    /// Whether the URI means a daemon of the user's own.
    pub(crate) fn is_users_own(&self) -> bool {
        self.place().is_users_own
    }

    /// Whether the URI means the daemon that keeps this host's networks, at one of its usual sockets.
    pub(crate) fn is_hosts_own(&self) -> bool {
        let place = self.place();
        let is_local = self.target.as_ref().is_ok_and(|(uri, _)| uri.transport() == Transport::Unix);
        is_local && !place.is_users_own && !place.is_socket_named
    }

    /// What is to be said where a daemon of the user's own has nothing to show: it must not look like a host without
    /// networks.
    pub(crate) fn note_of_own(&self) -> Option<String> {
        let uri = &self.uri;
        self.is_users_own().then(|| {
            format!("{uri} is a daemon of your own; the host's networks are at 'virtwire -c qemu:///system net-list --all'")
        })
    }

    /// The connection, opened by whoever asks first.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        self.connect_by(&self.options).await
    }

    /// The same, to be opened again whenever it is lost.
    #[cfg(feature = "net-event")]
    pub(crate) async fn stay_connected(&self) -> Result<Connection, Failure> {
        self.connect_by(&self.options.clone().reconnect(Reconnect::default())).await
    }

    async fn connect_by(&self, options: &Options) -> Result<Connection, Failure> {
        if let Some(connection) = self.connection.borrow().clone() {
            return Ok(connection);
        }
        let opened = match &self.target {
            Ok((uri, config)) => options.open_uri(uri, config).await,
            Err(error) => Err(error.clone()),
        };
        let connection = opened.map_err(|error| self.unconnected(&error))?;
        self.adopt(&connection);
        Ok(connection)
    }

    fn is_by_ssh(&self) -> bool {
        self.target.as_ref().is_ok_and(|(uri, _)| uri.transport() == Transport::Ssh)
    }

    fn unconnected(&self, error: &Error) -> Failure {
        let mut failure = self.failure(WHAT, error);
        failure.is_at_connecting = true;
        if self.is_asked_alone || !self.is_by_ssh() || failure.kind != Kind::Denied {
            return failure;
        }
        let unasked = "of several hosts at once ssh asks nothing: '--parallel 1' lets it";
        let advice =
            failure.advice.iter().map(String::as_str).chain([unasked]).collect::<Vec<_>>().join("; ");
        failure.advice(advice)
    }

    /// The same connection, for switching networks with it.
    pub(crate) async fn switch(&self) -> Result<Switch, Failure> {
        let connection = self.connect().await?;
        match &self.target {
            Ok((uri, config)) => {
                Ok(Switch::over(connection, uri.clone(), config.clone(), self.options.clone()))
            }
            Err(error) => Err(self.failure(WHAT, error)),
        }
    }

    /// Goes on with a connection that was opened in place of a lost one.
    pub(crate) fn adopt(&self, connection: &Connection) {
        self.connection.replace(Some(connection.clone()));
    }

    /// Whoever asks next opens another connection: this one was lost.
    #[cfg(any(feature = "edit", feature = "several"))]
    pub(crate) fn forget(&self) {
        self.connection.take();
    }

    /// From now on, this is told where the command is given up.
    #[cfg(feature = "several")]
    pub(crate) fn keep(&self, so_far: Outcome) {
        self.so_far.replace(Some(so_far));
    }

    /// Given up, and what is known all the same. The connection is left as it is.
    #[cfg(feature = "several")]
    pub(crate) fn given_up(&self, failure: Failure) -> Outcome {
        self.forget();
        Outcome { failure: Some(failure), ..self.so_far.take().unwrap_or_default() }
    }

    /// Whether a connection was opened: without one, nothing was changed.
    #[cfg(feature = "several")]
    pub(crate) fn was_connected(&self) -> bool {
        self.connection.borrow().is_some()
    }

    /// What failed, why, and what to do about it here.
    pub(crate) fn failure(&self, what: impl Into<String>, error: &Error) -> Failure {
        self.cause(error).what(what)
    }

    /// Why something failed, and what to do about it here, where virsh does not say what failed.
    pub(crate) fn cause(&self, error: &Error) -> Failure {
        Failure::of(error).advice(advice::about(error, &self.place()))
    }

    fn place(&self) -> Place<'_> {
        let uri = self.target.as_ref().ok().map(|(uri, _)| uri);
        let is_socket_named = uri.is_some_and(|uri| uri.parameter("socket").is_some());
        Place {
            uri: &self.uri,
            // A socket that was named may be anyone's.
            is_users_own: uri.is_some_and(Uri::is_session) && !is_socket_named,
            read_only: self.read_only,
            is_socket_named,
        }
    }

    /// Says goodbye, if there was a connection. That nobody answers is of no concern: all is said and done.
    pub(crate) async fn close(&self) {
        let open = self.connection.take();
        if let Some(connection) = open {
            let _ = connection.close().await;
        }
    }
}

/// Says each warning once, however often a connection is opened. That nobody reads it is of no concern.
fn to_stderr_once() -> impl Fn(&str) + Send + Sync + 'static {
    let said = Mutex::new(Vec::new());
    move |warning| {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.iter().all(|other| other != warning) {
            said.push(warning.to_owned());
            let _ = writeln!(std::io::stderr(), "warning: {warning}");
        }
    }
}
