//! libvirt's remote protocol without I/O: bytes in, values out.
//!
//! This crate opens nothing and awaits nothing. [`xdr`] is the codec, [`frame`] the envelope, [`session`] a client's
//! side of one connection, [`service`] a server's, [`trace`] what people read of both. The programs are tables:
//! [`remote`] is libvirt's own API, one procedure a row.

mod declare;
pub mod error_body;
pub mod frame;
pub mod keepalive;
pub mod procedure;
pub mod remote;
pub mod service;
pub mod session;
pub mod trace;
mod version;
mod wiped;
pub mod xdr;

pub use procedure::{Call, Event, Procedure};
pub use version::Version;

/// The version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Compiles and runs the program of README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
