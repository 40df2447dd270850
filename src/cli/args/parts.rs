//! The arguments of the commands on parts of a network: leases, sections of its XML, annotations.

use std::ffi::OsString;

use clap::Args;
use virtwire::Affect;

use super::OneNetwork;

// `net-dhcp-leases`.
#[derive(Debug, Args)]
pub(crate) struct NetDhcpLeases {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// Only those of this MAC address
    #[arg(long, value_name = "MAC")]
    pub(crate) mac: Option<String>,
}

// Which part of an XML document is printed.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Print only what this XPath expression selects
    #[arg(long, value_name = "XPATH")]
    pub(crate) xpath: Option<String>,
    /// Put what is selected into one element, <nodes>
    #[arg(long)]
    pub(crate) wrap: bool,
}

// Which definition of a network is meant.
#[derive(Debug, Args)]
pub(crate) struct Affected {
    /// The running network
    #[arg(long)]
    pub(crate) live: bool,
    /// The stored definition
    #[arg(long)]
    pub(crate) config: bool,
    /// The running network, else the stored one
    #[arg(long)]
    pub(crate) current: bool,
}

impl Affected {
    /// The library's word for it.
    pub(crate) fn affect(&self) -> Affect {
        match (self.live, self.config) {
            (false, false) => Affect::Current,
            (true, false) => Affect::Live,
            (false, true) => Affect::Config,
            (true, true) => Affect::LiveAndConfig,
        }
    }
}

/// The sections of a network's XML, in lines that fit beside the options.
const SECTION: &str = "\
bridge, domain, ip, ip-dhcp-host, ip-dhcp-range,
forward, forward-interface, forward-pf,
portgroup, dns-host, dns-txt or dns-srv";

// `net-update`.
#[derive(Debug, Args)]
pub(crate) struct NetUpdate {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// add-first, add-last (also add), delete or modify
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: String,
    #[arg(long, value_name = "SECTION", help = SECTION)]
    pub(crate) section: String,
    /// The element, or a file that holds it
    #[arg(long, value_name = "XML", value_hint = clap::ValueHint::FilePath)]
    pub(crate) xml: OsString,
    /// In which of several parents, from 0 on
    #[arg(long, value_name = "NUMBER")]
    pub(crate) parent_index: Option<String>,
    #[command(flatten)]
    pub(crate) affected: Affected,
}

// `net-desc`.
#[cfg(feature = "annotations")]
#[derive(Debug, Args)]
pub(crate) struct NetDesc {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    #[command(flatten)]
    pub(crate) affected: Affected,
    /// The title, not the description
    #[arg(long)]
    pub(crate) title: bool,
    /// Change it in an editor
    #[arg(long)]
    pub(crate) edit: bool,
    /// The new text, of one word or several; none removes it
    #[arg(long, value_name = "TEXT", action = clap::ArgAction::Append)]
    pub(crate) new_desc: Vec<OsString>,
}

// `net-metadata`.
#[cfg(feature = "annotations")]
#[derive(Debug, Args)]
pub(crate) struct NetMetadata {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// The namespace of the element
    #[arg(long, value_name = "URI")]
    pub(crate) uri: String,
    #[command(flatten)]
    pub(crate) affected: Affected,
    /// Change the element in an editor
    #[arg(long)]
    pub(crate) edit: bool,
    /// The prefix that the element is stored with
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// The new element
    #[arg(long, value_name = "XML")]
    pub(crate) set: Option<OsString>,
    /// Remove the element
    #[arg(long)]
    pub(crate) remove: bool,
}
