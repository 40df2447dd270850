//! Switching networks off and on, as a state and not an action: look, plan, apply, look again.
//!
//! ```
//! # #[cfg(feature = "testdaemon")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> virtwire::Result<()> {
//! use virtwire::disable::{Goal, Outcome, Request, Switch, Undo, Verdict};
//!
//! let mut switch = Switch::open("test:///default", &virtwire::Options::new()).await?;
//! let Outcome::Found(report) = switch.run("default", &Request::new(Goal::Disabled)).await else { panic!("not there") };
//! assert!(matches!(report.verdict, Verdict::Reached));
//! assert_eq!(report.undo, [Undo::Enable { autostart: false }]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "testdaemon"))]
//! # fn main() {}
//! ```
//!
//! Enums on which a caller acts, such as [`Step`] and [`Undo`], are closed: one that passes over a step which it does
//! not know would not do what was wanted. Those that only tell, such as [`Verdict`], may grow.

mod apply;
mod goal;
mod observe;
mod obstacle;
mod plan;
mod report;
mod saved;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::connection::{Connection, Options};
use crate::error::{ErrorKind, Result};
use crate::evidence::{Catalogue, Eye, Watch};
use crate::network::{Network, NetworkState, meant};
use crate::uri::Uri;

pub use crate::evidence::Condition;
pub use goal::Goal;
pub use observe::{Guest, Observed, Running};
pub use obstacle::Obstacle;
pub use plan::{Plan, Refusal, Request, Step, Undo, undo};
pub use report::{After, Outcome, Report, StepOutcome, Verdict};

/// Switches networks of one server, and reconnects to look again where an answer did not come.
#[derive(Debug)]
pub struct Switch {
    uri: Uri,
    config: Config,
    options: Options,
    connection: Connection,
    /// From where its host is looked at, once that was needed.
    eye: Option<Eye>,
    /// What its networks consist of.
    catalogue: Catalogue,
    /// The daemon was waited for in vain.
    is_given_up: bool,
}

impl Switch {
    /// Opens a connection to the server of `uri`.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub async fn open(uri: &str, options: &Options) -> Result<Self> {
        let config = Config::load()?;
        let uri = Uri::parse(&config.uri(Some(uri)))?;
        let connection = options.open_uri(&uri, &config).await?;
        Ok(Self::over(connection, uri, config, options.clone()))
    }

    /// Uses a connection that is open. The rest says how to open it once more.
    #[must_use]
    pub fn over(connection: Connection, uri: Uri, config: Config, options: Options) -> Self {
        Self {
            uri,
            config,
            options,
            connection,
            eye: None,
            catalogue: Catalogue::default(),
            is_given_up: false,
        }
    }

    /// The connection that is used now.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The networks that are there, in the server's order.
    ///
    /// # Errors
    /// As [`Connection::networks`].
    pub async fn networks(&mut self) -> Result<Vec<Network>> {
        Ok(self.states().await?.into_iter().map(|state| state.network).collect())
    }

    /// Brings the network that `name` names, by name or UUID, to the state that is wanted. Whatever goes wrong is
    /// part of the outcome; nothing is changed before everything has been read and nothing speaks against it.
    pub async fn run(&mut self, name: &str, request: &Request) -> Outcome {
        let states = match self.states().await {
            Ok(states) => states,
            Err(error) => return Outcome::Unread(error),
        };
        let found = meant(&states, name, |state| (Some(state.network.uuid()), state.network.name()));
        let Some(state) = found.cloned() else {
            return Outcome::Absent(states.iter().map(|state| state.network.name().clone()).collect());
        };
        let mut eye = match self.eye().await {
            Ok(eye) => eye,
            Err(error) => return Outcome::Unread(error),
        };
        let watch = Watch::begin(&self.connection, &mut eye, &state, &states, &mut self.catalogue).await;
        // Looking at the whole host may take seconds. Who is attached is looked at last, right before the change.
        let seen = Observed::of(&mut eye, state, request.goal).await;
        self.eye = Some(eye);
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => return Outcome::Unread(error),
        };
        let mut report = self.apply(seen, request).await;
        // Another one, where the connection had to be opened once more.
        if let (Some(watch), Ok(mut eye)) = (watch, self.eye().await) {
            report.look_at_host(&watch, &mut eye, request.goal).await;
            self.eye = Some(eye);
        }
        Outcome::Found(Box::new(report))
    }

    async fn eye(&mut self) -> Result<Eye> {
        match self.eye.take() {
            Some(eye) => Ok(eye),
            None => self.catalogue.eye(&self.connection).await,
        }
    }

    /// Reading may be repeated: a connection that was lost since is opened once more.
    async fn states(&mut self) -> Result<Vec<NetworkState>> {
        match self.connection.network_states().await {
            Err(error) if error.kind() == ErrorKind::Closed => {
                self.reopen().await?;
                self.connection.network_states().await
            }
            outcome => outcome,
        }
    }
}
