//! The arguments of the commands on parts of a network: leases, sections of its XML, annotations.

use std::ffi::OsString;

use clap::ValueHint;
use virtwire::Affect;

use super::OneNetwork;
use super::option::options;

options! {
    /// `net-dhcp-leases`.
    pub(crate) struct NetDhcpLeases {
        pub(crate) network: OneNetwork,
        /// Only those of this MAC address
        pub(crate) mac: Option<String> { long: "mac", value: "MAC" },
    }

    /// Which part of an XML document is printed.
    pub(crate) struct Selection {
        /// Print only what this XPath expression selects
        pub(crate) xpath: Option<String> { long: "xpath", value: "XPATH" },
        /// Put what is selected into one element, <nodes>
        pub(crate) wrap: bool { long: "wrap" },
    }

    /// Which definition of a network is meant.
    pub(crate) struct Affected {
        /// The running network
        pub(crate) live: bool { long: "live" },
        /// The stored definition
        pub(crate) config: bool { long: "config" },
        /// The running network, else the stored one
        pub(crate) current: bool { long: "current" },
    }

    /// `net-update`.
    pub(crate) struct NetUpdate {
        pub(crate) network: OneNetwork,
        /// add-first, add-last (also add), delete or modify
        pub(crate) command: String { long: "command", value: "COMMAND" },
        /// bridge, domain, ip, ip-dhcp-host, ip-dhcp-range,
        /// forward, forward-interface, forward-pf,
        /// portgroup, dns-host, dns-txt or dns-srv
        pub(crate) section: String { long: "section", value: "SECTION" },
        /// The element, or a file that holds it
        pub(crate) xml: OsString { long: "xml", value: "XML", hint: ValueHint::FilePath },
        /// In which of several parents, from 0 on
        pub(crate) parent_index: Option<String> { long: "parent-index", value: "NUMBER" },
        pub(crate) affected: Affected,
    }
}

#[cfg(feature = "annotations")]
options! {
    /// `net-desc`.
    pub(crate) struct NetDesc {
        pub(crate) network: OneNetwork,
        pub(crate) affected: Affected,
        /// The title, not the description
        pub(crate) title: bool { long: "title" },
        /// Change it in an editor
        pub(crate) edit: bool { long: "edit" },
        /// The new text, of one word or several; none removes it
        pub(crate) new_desc: Vec<OsString> { long: "new-desc", value: "TEXT" },
    }

    /// `net-metadata`.
    pub(crate) struct NetMetadata {
        pub(crate) network: OneNetwork,
        /// The namespace of the element
        pub(crate) uri: String { long: "uri", value: "URI" },
        pub(crate) affected: Affected,
        /// Change the element in an editor
        pub(crate) edit: bool { long: "edit" },
        /// The prefix that the element is stored with
        pub(crate) key: Option<String> { long: "key", value: "KEY" },
        /// The new element
        pub(crate) set: Option<OsString> { long: "set", value: "XML" },
        /// Remove the element
        pub(crate) remove: bool { long: "remove" },
    }
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
