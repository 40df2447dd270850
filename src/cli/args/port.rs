//! The arguments of the commands on ports of networks.

use std::ffi::OsString;

use clap::Args;

use super::{OneNetwork, Selection};

// `net-port-list`.
#[derive(Debug, Args)]
pub(crate) struct NetPortList {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// Print UUIDs only
    #[arg(long)]
    pub(crate) uuid: bool,
    /// Print the table, as without this option
    #[arg(long)]
    pub(crate) table: bool,
}

// `net-port-create`.
#[derive(Debug, Args)]
pub(crate) struct NetPortCreate {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// A file that holds the port's XML
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: OsString,
    /// Let the server check the XML against its schema
    #[arg(long)]
    pub(crate) validate: bool,
}

// `net-port-delete`.
#[derive(Debug, Args)]
pub(crate) struct NetPortDelete {
    #[command(flatten)]
    pub(crate) port: OnePort,
}

// `net-port-dumpxml`.
#[derive(Debug, Args)]
pub(crate) struct NetPortDumpxml {
    #[command(flatten)]
    pub(crate) port: OnePort,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

// A port of a network.
#[derive(Debug, Args)]
pub(crate) struct OnePort {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// The port's UUID
    #[arg(long, value_name = "PORT")]
    pub(crate) port: String,
}
