//! The arguments of the commands on networks.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueHint;

use super::Selection;
use super::option::{Form, Kind, options};

options! {
    /// A network, by name or UUID: `NETWORK` or `--network NETWORK`.
    pub(crate) struct OneNetwork {
        /// Name or UUID
        positional: Option<String> { value: "NETWORK", kind: Kind::Required, excludes: &["network"] },
        /// The same
        option: Option<String> { long: "network", value: "NETWORK", is_hidden: true },
    }

    /// `net-list`.
    pub(crate) struct NetList {
        /// Inactive networks only
        pub(crate) inactive: bool { long: "inactive" },
        /// Active and inactive networks
        pub(crate) all: bool { long: "all" },
        /// Persistent networks only
        pub(crate) persistent: bool { long: "persistent" },
        /// Transient networks only
        pub(crate) transient: bool { long: "transient" },
        /// Autostarted networks only
        pub(crate) autostart: bool { long: "autostart" },
        /// Networks that are not autostarted only
        pub(crate) no_autostart: bool { long: "no-autostart" },
        /// Print UUIDs only
        pub(crate) uuid: bool { long: "uuid" },
        /// Print names only
        pub(crate) name: bool { long: "name" },
        /// Print the table, as without this option
        pub(crate) table: bool { long: "table" },
        /// Print titles, too, in the table
        pub(crate) title: bool { long: "title" },
    }

    /// `net-dumpxml`.
    pub(crate) struct NetDumpxml {
        pub(crate) network: OneNetwork,
        /// The stored definition, also while the network runs
        pub(crate) inactive: bool { long: "inactive" },
        pub(crate) selection: Selection,
    }

    /// `net-autostart`.
    pub(crate) struct NetAutostart {
        pub(crate) network: OneNetwork,
        /// No longer start it with the host
        pub(crate) disable: bool { long: "disable" },
    }

    /// Networks to switch: `NETWORK...`, `--network NETWORK`, or all of them.
    pub(crate) struct Networks {
        /// Names or UUIDs; 'default' where none is given
        positional: Vec<String> { value: "NETWORK", form: NAME, excludes: &["network", "all"] },
        /// The same
        option: Option<String> {
            long: "network", value: "NETWORK", form: NAME, is_hidden: true, excludes: &["all"]
        },
        /// Every network
        pub(crate) all: bool { long: "all" },
        /// A network that does not exist is as good as done
        pub(crate) missing_ok: bool { long: "missing-ok" },
    }

    /// `net-disable`.
    pub(crate) struct NetDisable {
        pub(crate) networks: Networks,
        /// Only say what would be done
        pub(crate) dry_run: bool { long: "dry-run" },
        /// Cut attached guests off
        pub(crate) allow_attached: bool { long: "allow-attached" },
        /// Let a network vanish that is not stored, its XML saved
        pub(crate) allow_transient: bool { long: "allow-transient" },
        /// Where the XML of such a network is saved [.]
        pub(crate) save_to: Option<PathBuf> { long: "save-to", value: "FOLDER", hint: ValueHint::DirPath },
    }

    /// `net-enable`.
    pub(crate) struct NetEnable {
        pub(crate) networks: Networks,
        /// Only say what would be done
        pub(crate) dry_run: bool { long: "dry-run" },
        /// On now, but not with the host
        pub(crate) no_autostart: bool { long: "no-autostart" },
    }

    /// A file of XML: `FILE` or `--file FILE`.
    pub(crate) struct FromFile {
        /// A file that holds the network's XML
        positional: Option<OsString> {
            value: "FILE", hint: ValueHint::FilePath, kind: Kind::Required, excludes: &["file"]
        },
        /// The same
        option: Option<OsString> { long: "file", value: "FILE", is_hidden: true },
        /// Let the server check the XML against its schema
        pub(crate) validate: bool { long: "validate" },
    }
}

#[cfg(feature = "edit")]
options! {
    /// `net-edit`.
    pub(crate) struct NetEdit {
        pub(crate) network: OneNetwork,
        /// Store also what libvirt's schema does not allow
        pub(crate) skip_validate: bool { long: "skip-validate" },
    }
}

/// No network is called nothing.
const NAME: &Form =
    &Form::Checked(|text| if text.is_empty() { Err("a network is wanted".to_owned()) } else { Ok(()) });

impl OneNetwork {
    /// The network as it was given.
    pub(crate) fn given(&self) -> &str {
        let given = self.positional.as_deref().or(self.option.as_deref());
        given.unwrap_or_default()
    }
}

impl Networks {
    /// The networks as they were given, each once.
    pub(crate) fn given(&self) -> Vec<String> {
        let mut given = Vec::new();
        for name in self.positional.iter().chain(&self.option) {
            if !given.contains(name) {
                given.push(name.clone());
            }
        }
        if given.is_empty() { vec!["default".to_owned()] } else { given }
    }
}

impl FromFile {
    /// The file as it was given.
    pub(crate) fn file(&self) -> OsString {
        let given = self.positional.as_ref().or(self.option.as_ref());
        given.cloned().unwrap_or_default()
    }
}
