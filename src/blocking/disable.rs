//! Switching networks off and on.

use std::sync::Arc;

use super::facade::Blocking;
use super::runtime::Runtime;
use super::{Connection, Network};
use crate::disable::{self, Outcome, Request};
use crate::{Options, Result};

/// Switches networks of one server: a [switch](disable::Switch).
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # fn main() -> virtwire::Result<()> {
/// use virtwire::blocking::Switch;
/// use virtwire::disable::{Goal, Outcome, Request};
///
/// let mut switch = Switch::open("test:///default", &virtwire::Options::new())?;
/// let outcome = switch.run("default", &Request::new(Goal::Disabled).dry_run(true));
/// assert!(matches!(outcome, Outcome::Found(_)));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct Switch {
    inner: disable::Switch,
    runtime: Arc<Runtime>,
}

impl Switch {
    /// As [`open`](disable::Switch::open), awaited.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn open(uri: &str, options: &Options) -> Result<Self> {
        let runtime = Runtime::start()?;
        let inner = runtime.wait(disable::Switch::open(uri, options))?;
        Ok(Self { inner, runtime })
    }

    /// As [`connection`](disable::Switch::connection).
    #[must_use]
    pub fn connection(&self) -> Connection {
        Blocking::over(self.inner.connection().clone(), &self.runtime)
    }

    /// As [`networks`](disable::Switch::networks), awaited.
    ///
    /// # Errors
    /// As there.
    pub fn networks(&mut self) -> Result<Vec<Network>> {
        Blocking::over(self.runtime.wait(self.inner.networks()), &self.runtime)
    }

    /// As [`run`](disable::Switch::run), awaited.
    pub fn run(&mut self, name: &str, request: &Request) -> Outcome {
        self.runtime.wait(self.inner.run(name, request))
    }
}
