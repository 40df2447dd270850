//! SASL against real daemons with libsasl's own database, with virsh beside, and against servers that cheat.

#[path = "../lab/mod.rs"]
mod lab;
mod mechanisms;
mod prompt;
mod server;
