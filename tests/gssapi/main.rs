//! GSSAPI against real daemons and a real KDC, with virsh and the same tickets beside.
#![cfg(all(feature = "cli", feature = "gssapi", feature = "trace"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test's helper fails the test")]

#[path = "../lab/mod.rs"]
mod lab;
#[path = "../tls/pki.rs"]
mod pki;
mod realm;
mod refused;
#[path = "../tls/server.rs"]
mod tls;
mod ways;
