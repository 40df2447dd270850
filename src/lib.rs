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
#[cfg(feature = "evidence")]
pub mod host;
pub mod network;
#[cfg(feature = "testdaemon")]
pub mod testdaemon;
mod transport;
pub mod uri;
#[cfg(feature = "xml")]
pub mod xml;

pub use connection::{Connection, Options, Timeouts};
pub use domain::{Domain, DomainState};
pub use error::{Error, ErrorKind, Result};
pub use events::{NetworkEvent, NetworkEvents};
pub use network::{
    AddressFamily, Affect, Definition, DhcpLease, Metadata, Network, NetworkPort, NetworkState, Section,
    UpdateCommand,
};
pub use transport::ByteStream;
pub use virtwire_protocol as protocol;
pub use virtwire_protocol::trace::{Direction, FrameRecord};

/// Compiles and runs the program of README.
#[cfg(all(doctest, feature = "testdaemon"))]
#[doc = include_str!("../README.md")]
struct Readme;
