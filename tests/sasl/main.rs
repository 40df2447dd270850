//! SASL against real daemons with libsasl's own database, with virsh beside, and against servers that cheat.

mod cheats;
#[path = "../lab/mod.rs"]
mod lab;
mod layer;
mod mechanisms;
#[path = "../peer/mod.rs"]
mod peer;
mod prompt;
mod server;
