//! The same API for programs that are not async: each method of a type here is that of the type of the same name
//! outside, and returns when it is done. Nothing is decided here; what is missing is one row in a table.
//!
//! ```
//! # #[cfg(feature = "testdaemon")]
//! # fn main() -> virtwire::Result<()> {
//! use virtwire::blocking::Connection;
//!
//! let connection = Connection::open("test:///default")?;
//! let network = connection.lookup_network_by_name("default")?;
//! network.destroy()?;
//! assert!(!network.is_active()?);
//! connection.close()
//! # }
//! # #[cfg(not(feature = "testdaemon"))]
//! # fn main() {}
//! ```
//!
//! Each [`Connection`] that is opened has a thread of its own, which its clones and all that was got from them share. It
//! reads, writes, and answers the server's pings: so the server does not give up a client that computes for minutes
//! between two calls. The calls themselves run on the threads that make them, as many at once as there are threads.
//!
//! Dropping the last of these that share a thread says goodbye to the server and waits for its answer, two seconds at most:
//! a program may end right after that. One that ends while it still holds some, in a `static` say, or by
//! `std::process::exit`, is to call [`Connection::close`] first, lest the daemon logs an error. In async code the goodbye
//! is said in the background.
//!
//! Functions of this crate that have no counterpart here are waited for by [`Connection::wait`].
//!
//! # Panics
//! In async code every method that waits panics, as tokio's `Handle::block_on` does, instead of holding up all that runs
//! on that thread: use the types outside there, or `tokio::task::spawn_blocking`, in which these may wait.

#[cfg(feature = "evidence")]
mod disable;
mod domain;
mod events;
mod facade;
mod network;
mod runtime;

use std::time::Duration;

use virtwire_protocol::remote::{Text, Uuid};
use virtwire_protocol::{Call, Version};

#[cfg(feature = "evidence")]
pub use disable::Switch;
pub use domain::Domain;
pub use events::{NetworkEvent, NetworkEvents};
pub use network::{Network, NetworkPort, NetworkState};

use self::facade::{Blocking, facade};
use self::runtime::Runtime;
use crate::{Options, Result};

facade! {
    /// A [connection](crate::Connection) to a libvirt server. Clones share it, also between threads.
    Connection over crate::Connection:

    get fn daemon(&self) -> Option<i32>;

    wait fn close(&self) -> Result<()>;
    wait fn lib_version(&self) -> Result<Version>;
    wait fn hypervisor(&self) -> Result<Text>;
    wait fn hypervisor_version(&self) -> Result<Version>;
    wait fn hostname(&self) -> Result<Text>;
    wait fn uri(&self) -> Result<Text>;

    wait fn networks(&self, flags: u32) -> Result<Vec<Network>>;
    wait fn network_states(&self) -> Result<Vec<NetworkState>>;
    wait fn lookup_network_by_name(&self, name: &str) -> Result<Network>;
    wait fn lookup_network_by_uuid(&self, uuid: Uuid) -> Result<Network>;
    wait fn define_network(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<Network>;
    wait fn create_network_xml(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<Network>;
    wait fn network_events(&self) -> Result<NetworkEvents>;

    wait fn domains(&self, flags: u32) -> Result<Vec<Domain>>;
    wait fn lookup_domain_by_name(&self, name: &str) -> Result<Domain>;
}

impl Connection {
    /// As [`Connection::open`](crate::Connection::open), awaited.
    ///
    /// # Errors
    /// As there; also [`Unsupported`](crate::ErrorKind::Unsupported) where no thread can be started.
    pub fn open(uri: &str) -> Result<Self> {
        Self::open_with(&Options::new(), uri)
    }

    /// As [`Options::open`], awaited.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn open_with(options: &Options, uri: &str) -> Result<Self> {
        let runtime = Runtime::start()?;
        Blocking::over(runtime.wait(options.open(uri)), &runtime)
    }

    /// As [`call`](crate::Connection::call), awaited.
    ///
    /// # Errors
    /// As there.
    pub fn call<C: Call>(&self, call: &C) -> Result<C::Reply> {
        self.runtime.wait(self.inner.call(call))
    }

    /// As [`call_within`](crate::Connection::call_within), awaited.
    ///
    /// # Errors
    /// As there.
    pub fn call_within<C: Call>(&self, call: &C, within: Duration) -> Result<C::Reply> {
        self.runtime.wait(self.inner.call_within(call, within))
    }

    /// The same connection for async code, such as functions of this crate that have no counterpart here; it works as
    /// long as this does. [`Connection::wait`] waits for what they do.
    #[must_use]
    pub fn inner(&self) -> &crate::Connection {
        &self.inner
    }

    /// Runs a future on this thread to its end, with the connection's runtime behind it.
    ///
    /// ```
    /// # #[cfg(all(feature = "testdaemon", feature = "evidence"))]
    /// # fn main() -> virtwire::Result<()> {
    /// use virtwire::blocking::Connection;
    /// use virtwire::evidence::Survey;
    ///
    /// let connection = Connection::open("test:///default")?;
    /// let survey = connection.wait(Survey::of(connection.inner()))?;
    /// for known in &survey.networks {
    ///     println!("{}: {:?}", known.name, survey.inspect(known).judgement.health);
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "testdaemon", feature = "evidence")))]
    /// # fn main() {}
    /// ```
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.wait(future)
    }
}
