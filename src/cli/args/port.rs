//! The arguments of the commands on ports of networks.

use std::ffi::OsString;

use clap::ValueHint;

use super::option::options;
use super::{OneNetwork, Selection};

options! {
    /// `net-port-list`.
    pub(crate) struct NetPortList {
        pub(crate) network: OneNetwork,
        /// Print UUIDs only
        pub(crate) uuid: bool { long: "uuid" },
        /// Print the table, as without this option
        pub(crate) table: bool { long: "table" },
    }

    /// `net-port-create`.
    pub(crate) struct NetPortCreate {
        pub(crate) network: OneNetwork,
        /// A file that holds the port's XML
        pub(crate) file: OsString { long: "file", value: "FILE", hint: ValueHint::FilePath },
        /// Let the server check the XML against its schema
        pub(crate) validate: bool { long: "validate" },
    }

    /// `net-port-delete`.
    pub(crate) struct NetPortDelete {
        pub(crate) port: OnePort,
    }

    /// `net-port-dumpxml`.
    pub(crate) struct NetPortDumpxml {
        pub(crate) port: OnePort,
        pub(crate) selection: Selection,
    }

    /// A port of a network.
    pub(crate) struct OnePort {
        pub(crate) network: OneNetwork,
        /// The port's UUID
        pub(crate) port: String { long: "port", value: "PORT" },
    }
}
