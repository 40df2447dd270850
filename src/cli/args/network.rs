//! The arguments of the commands on networks.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

// A network, by name or UUID: `NETWORK` or `--network NETWORK`.
#[derive(Debug, Args)]
pub(crate) struct OneNetwork {
    /// Name or UUID
    #[arg(value_name = "NETWORK", required_unless_present = "option", conflicts_with = "option")]
    positional: Option<String>,
    /// The same
    #[arg(id = "option", long = "network", value_name = "NETWORK", hide = true)]
    option: Option<String>,
}

impl OneNetwork {
    /// The network as it was given.
    pub(crate) fn given(&self) -> &str {
        let given = self.positional.as_deref().or(self.option.as_deref());
        given.unwrap_or_default()
    }
}

// `net-list`.
#[derive(Debug, Args)]
pub(crate) struct NetList {
    /// Inactive networks only
    #[arg(long)]
    pub(crate) inactive: bool,
    /// Active and inactive networks
    #[arg(long)]
    pub(crate) all: bool,
    /// Persistent networks only
    #[arg(long)]
    pub(crate) persistent: bool,
    /// Transient networks only
    #[arg(long)]
    pub(crate) transient: bool,
    /// Autostarted networks only
    #[arg(long)]
    pub(crate) autostart: bool,
    /// Networks that are not autostarted only
    #[arg(long)]
    pub(crate) no_autostart: bool,
    /// Print UUIDs only
    #[arg(long)]
    pub(crate) uuid: bool,
    /// Print names only
    #[arg(long)]
    pub(crate) name: bool,
    /// Print the table, as without this option
    #[arg(long)]
    pub(crate) table: bool,
    /// Print titles, too, in the table
    #[arg(long)]
    pub(crate) title: bool,
}

// `net-dumpxml`.
#[derive(Debug, Args)]
pub(crate) struct NetDumpxml {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// The stored definition, also while the network runs
    #[arg(long)]
    pub(crate) inactive: bool,
    #[command(flatten)]
    pub(crate) selection: super::Selection,
}

// `net-edit`.
#[cfg(feature = "edit")]
#[derive(Debug, Args)]
pub(crate) struct NetEdit {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// Store also what libvirt's schema does not allow
    #[arg(long)]
    pub(crate) skip_validate: bool,
}

// `net-autostart`.
#[derive(Debug, Args)]
pub(crate) struct NetAutostart {
    #[command(flatten)]
    pub(crate) network: OneNetwork,
    /// No longer start it with the host
    #[arg(long)]
    pub(crate) disable: bool,
}

// Networks to switch: `NETWORK...`, `--network NETWORK`, or all of them.
#[derive(Debug, Args)]
pub(crate) struct Networks {
    /// Names or UUIDs; 'default' where none is given
    #[arg(value_name = "NETWORK", value_parser = name, conflicts_with_all = ["option", "all"])]
    positional: Vec<String>,
    /// The same
    #[arg(id = "option", long = "network", value_name = "NETWORK", value_parser = name, hide = true)]
    #[arg(conflicts_with = "all")]
    option: Option<String>,
    /// Every network
    #[arg(long)]
    pub(crate) all: bool,
    /// A network that does not exist is as good as done
    #[arg(long)]
    pub(crate) missing_ok: bool,
}

/// No network is called nothing.
fn name(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a network is wanted".to_owned()) } else { Ok(text.to_owned()) }
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

// `net-disable`.
#[derive(Debug, Args)]
pub(crate) struct NetDisable {
    #[command(flatten)]
    pub(crate) networks: Networks,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Cut attached guests off
    #[arg(long)]
    pub(crate) allow_attached: bool,
    /// Let a network vanish that is not stored, its XML saved
    #[arg(long)]
    pub(crate) allow_transient: bool,
    /// Where the XML of such a network is saved [.]
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    pub(crate) save_to: Option<PathBuf>,
}

// `net-enable`.
#[derive(Debug, Args)]
pub(crate) struct NetEnable {
    #[command(flatten)]
    pub(crate) networks: Networks,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// On now, but not with the host
    #[arg(long)]
    pub(crate) no_autostart: bool,
}

// A file of XML: `FILE` or `--file FILE`.
#[derive(Debug, Args)]
pub(crate) struct FromFile {
    /// A file that holds the network's XML
    #[arg(value_name = "FILE", required_unless_present = "option", conflicts_with = "option")]
    #[arg(value_hint = clap::ValueHint::FilePath)]
    positional: Option<OsString>,
    /// The same
    #[arg(id = "option", long = "file", value_name = "FILE", hide = true)]
    option: Option<OsString>,
    /// Let the server check the XML against its schema
    #[arg(long)]
    pub(crate) validate: bool,
}

impl FromFile {
    /// The file as it was given.
    pub(crate) fn file(&self) -> OsString {
        let given = self.positional.as_ref().or(self.option.as_ref());
        given.cloned().unwrap_or_default()
    }
}
