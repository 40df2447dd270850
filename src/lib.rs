//! The libvirt client that needs no libvirt.
//!
//! This crate speaks libvirt's remote protocol itself: no C library is linked or compiled.
//!
//! ```
//! # #[cfg(feature = "testdaemon")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> virtwire::Result<()> {
//! use virtwire::Connection;
//!
//! let connection = Connection::open("test:///default").await?;
//! let network = connection.lookup_network_by_name("default").await?;
//! network.destroy().await?;
//! assert!(!network.is_active().await?);
//! connection.close().await?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "testdaemon"))]
//! # fn main() {}
//! ```
//!
//! Nouns and verbs are libvirt's own:
//! - [`Connection`] is a server; [`Options`] say how it is opened and how long anything may take.
//! - [`Network`] and [`NetworkPort`] are what there is; [`NetworkState`] is how all networks are, in one round trip.
//! - [`NetworkEvents`] tell what happens; [`Domain`] is a guest, as far as finding out who uses a network.
//! - [`Connection::call`] calls any procedure that [`protocol::remote`] declares, also those that have no method yet.
//! - [`Error`] says whose fault it was, and whether anything may have been changed.
//!
//! - [`events`] has what the streams tell, [`network`] and [`protocol`] the numbers, [`uri`] and [`config`] which server is meant;
//!   [`shell`] quotes a command's words.
//!
//! What a feature brings is in a module of its own:
//!
//! | feature | module | what for |
//! |---|---|---|
//! | `evidence` | `disable` | switches networks off and on, and proves it |
//! | `evidence` | `evidence` | what a network should consist of on its host, what was seen, and what that means; leftovers |
//! | `evidence` | `host` | one look at this host: interfaces, dnsmasq, firewall rules, forwarding |
//! | `xml` | `xml` | reads and writes libvirt's XML, a network's as a typed value |
//! | `blocking` | `blocking` | the same API for programs that are not async |
//! | `testdaemon` | `testdaemon` | the hypervisor of `test:///default` |
//!
//! [`Options::trace`] shows each frame to a function; with `tracing`, opening and each call are spans at level debug
//! (target `virtwire`: procedure, serial, status, duration, sizes), and each frame is an event at level trace (target
//! `virtwire::frame`). Whether frames are wanted is asked once a connection.

mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod config;
mod connection;
#[cfg(feature = "evidence")]
pub mod disable;
mod domain;
mod error;
pub mod events;
#[cfg(feature = "evidence")]
pub mod evidence;
#[cfg(all(any(test, fuzzing), feature = "sasl"))]
pub mod fuzzing;
#[cfg(feature = "evidence")]
pub mod host;
pub mod network;
pub mod shell;
mod step;
#[cfg(feature = "testdaemon")]
pub mod testdaemon;
mod trace;
mod transport;
pub mod uri;
#[cfg(feature = "xml")]
pub mod xml;

#[cfg(feature = "sasl")]
pub use auth::{Credentials, CredentialsRequest};
pub use connection::{Connection, Keepalive, Options, Reconnect, Timeouts};
pub use domain::{Domain, DomainState};
pub use error::{Error, ErrorKind, Result};
pub use events::{NetworkEvent, NetworkEvents};
pub use network::{
    AddressFamily, Affect, Definition, DhcpLease, DhcpLeases, Metadata, Network, NetworkPort, NetworkState,
    Networks, Section, UpdateCommand,
};
pub use transport::ByteStream;
pub use virtwire_protocol as protocol;
pub use virtwire_protocol::trace::{Direction, FrameRecord};

/// Compiles and runs the program of README.
#[cfg(all(doctest, feature = "testdaemon"))]
#[doc = include_str!("../README.md")]
struct Readme;
