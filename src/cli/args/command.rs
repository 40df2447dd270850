//! The commands, as they are declared.

use clap::ArgMatches;

#[cfg(feature = "completions")]
use super::Completions;
#[cfg(feature = "man")]
use super::Man;
#[cfg(feature = "edit")]
use super::NetEdit;
#[cfg(feature = "net-event")]
use super::NetEvent;
#[cfg(feature = "page")]
use super::PageOf;
#[cfg(feature = "testdaemon")]
use super::Testd;
use super::option::{Opt, Options, Row};
use super::parser::{self, HELP};
use super::{
    FromFile, NetAutostart, NetCleanup, NetDhcpLeases, NetDisable, NetDumpxml, NetEnable, NetInspect,
    NetList, NetUpdate, OneNetwork, help,
};
#[cfg(feature = "annotations")]
use super::{NetDesc, NetMetadata};
#[cfg(feature = "net-port")]
use super::{NetPortCreate, NetPortDelete, NetPortDumpxml, NetPortList};

/// A command, as it is declared.
pub(crate) struct Spec {
    /// The command's word.
    pub(crate) name: &'static str,
    /// What it does, behind a blank.
    about: &'static str,
    /// What stands behind its name.
    usage: &'static str,
    /// What help says behind the options.
    pub(crate) after: &'static str,
    pub(crate) is_hidden: bool,
    rows: &'static [Row],
    pub(super) read: fn(&ArgMatches) -> Command,
}

impl Spec {
    /// The command of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.name == name)
    }

    /// What it does, in a line.
    pub(crate) fn about(&self) -> &'static str {
        self.about.trim_ascii_start()
    }

    /// How it is called.
    pub(crate) fn usage(&self) -> String {
        format!("virtwire {} {}", self.name, self.usage).trim_ascii_end().to_owned()
    }

    /// All that it declares, in order.
    pub(crate) fn options(&self) -> Vec<&'static Opt> {
        let mut options = Row::options(self.rows);
        options.push(&HELP);
        options
    }

    /// The parser of what stands behind its word. It is made for the command that was asked for: all of them take longer
    /// than to list networks.
    pub(crate) fn parser(&self) -> clap::Command {
        parser::of(self.name, &self.options(), false)
    }
}

/// Declares what each command is called, takes and says of itself.
macro_rules! commands {
    (
        $(#[$about:meta])*
        $vis:vis enum $enum:ident {
            $(
                #[doc = $help:literal]
                $(#[cfg($cfg:meta)])?
                $command:ident $(($args:ident))? = $name:literal {
                    usage: $usage:expr, after: $after:expr $(, is_hidden: $is_hidden:literal)?
                }
            ),* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        $vis enum $enum {
            $(
                #[doc = $help]
                $(#[cfg($cfg)])?
                $command $(($args))?,
            )*
        }

        impl $enum {
            /// The command's word.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $( $(#[cfg($cfg)])? Self::$command { .. } => $name, )*
                }
            }
        }

        /// Each command, in the order in which manual pages and completions have them.
        pub(crate) static COMMANDS: &[Spec] = &[
            $(
                $(#[cfg($cfg)])?
                Spec {
                    name: $name,
                    about: $help,
                    usage: $usage,
                    after: $after,
                    is_hidden: false $(|| $is_hidden)?,
                    rows: &[$(Row::All($args::ROWS))?],
                    read: |_matches| $enum::$command $(($args::read(_matches)))?,
                },
            )*
        ];
    };
}

commands! {
    /// What to do.
    #[allow(clippy::enum_variant_names, reason = "these are the words of the commands")]
    pub(crate) enum Command {
        /// List networks: the active ones, unless told otherwise
        NetList(NetList) = "net-list" { usage: "[OPTIONS]", after: help::NET_LIST },
        /// Tell all about a network
        NetInfo(OneNetwork) = "net-info" { usage: "NETWORK", after: help::NET_INFO },
        /// Print a network's XML
        NetDumpxml(NetDumpxml) = "net-dumpxml" { usage: "[OPTIONS] NETWORK", after: help::NET_DUMPXML },
        /// Print the name of the network that has a UUID
        NetName(OneNetwork) = "net-name" { usage: "NETWORK", after: help::NET_NAME },
        /// Print the UUID of the network that has a name
        NetUuid(OneNetwork) = "net-uuid" { usage: "NETWORK", after: help::NET_UUID },
        /// Start a defined network
        NetStart(OneNetwork) = "net-start" { usage: "NETWORK", after: help::NET_START },
        /// Start a network from XML, without storing it
        NetCreate(FromFile) = "net-create" { usage: "[--validate] FILE", after: help::NET_CREATE },
        /// Store a network from XML, without starting it
        NetDefine(FromFile) = "net-define" { usage: "[--validate] FILE", after: help::NET_DEFINE },
        /// Edit a network's stored XML in an editor
        #[cfg(feature = "edit")]
        NetEdit(NetEdit) = "net-edit" { usage: "[--skip-validate] NETWORK", after: help::NET_EDIT },
        /// Stop a network; guests on it are cut off
        NetDestroy(OneNetwork) = "net-destroy" { usage: "NETWORK", after: help::NET_DESTROY },
        /// Forget a network's stored definition
        NetUndefine(OneNetwork) = "net-undefine" { usage: "NETWORK", after: help::NET_UNDEFINE },
        /// Start a network with the host, or no longer
        NetAutostart(NetAutostart) = "net-autostart" {
            usage: "[--disable] NETWORK", after: help::NET_AUTOSTART
        },
        /// Change one part of a network, while it runs or for its next start
        NetUpdate(NetUpdate) = "net-update" {
            usage: "[OPTIONS] NETWORK COMMAND SECTION XML", after: help::NET_UPDATE
        },
        /// Show or change a network's description or title
        #[cfg(feature = "annotations")]
        NetDesc(NetDesc) = "net-desc" { usage: "[OPTIONS] NETWORK [TEXT]...", after: help::NET_DESC },
        /// Show or change what programs wrote down about a network
        #[cfg(feature = "annotations")]
        NetMetadata(NetMetadata) = "net-metadata" {
            usage: "[OPTIONS] NETWORK URI", after: help::NET_METADATA
        },
        /// List which guest has which address
        NetDhcpLeases(NetDhcpLeases) = "net-dhcp-leases" {
            usage: "[--mac MAC] NETWORK", after: help::NET_DHCP_LEASES
        },
        /// List the guest interfaces that are attached to a network
        #[cfg(feature = "net-port")]
        NetPortList(NetPortList) = "net-port-list" {
            usage: "[--uuid] NETWORK", after: help::NET_PORT_LIST
        },
        /// Attach a guest interface to a network
        #[cfg(feature = "net-port")]
        NetPortCreate(NetPortCreate) = "net-port-create" {
            usage: "[--validate] NETWORK FILE", after: help::NET_PORT_CREATE
        },
        /// Print the XML of a port of a network
        #[cfg(feature = "net-port")]
        NetPortDumpxml(NetPortDumpxml) = "net-port-dumpxml" {
            usage: "[OPTIONS] NETWORK PORT", after: help::NET_PORT_DUMPXML
        },
        /// Detach a guest interface from a network
        #[cfg(feature = "net-port")]
        NetPortDelete(NetPortDelete) = "net-port-delete" {
            usage: "NETWORK PORT", after: help::NET_PORT_DELETE
        },
        /// Switch networks off, and keep them off after a reboot
        NetDisable(NetDisable) = "net-disable" {
            usage: "[OPTIONS] [NETWORK]...", after: help::NET_DISABLE
        },
        /// Switch networks on, now and with the host
        NetEnable(NetEnable) = "net-enable" { usage: "[OPTIONS] [NETWORK]...", after: help::NET_ENABLE },
        /// Tell what happens to networks, as it happens
        #[cfg(feature = "net-event")]
        NetEvent(NetEvent) = "net-event" { usage: help::NET_EVENT_USAGE, after: help::NET_EVENT },
        /// Show what networks consist of on their host, and what is wrong with them
        NetInspect(NetInspect) = "net-inspect" {
            usage: "[OPTIONS] [NETWORK]...", after: help::NET_INSPECT
        },
        /// Show what stopped networks left on this host, or remove it
        NetCleanup(NetCleanup) = "net-cleanup" {
            usage: "[OPTIONS] [NETWORK]...", after: help::NET_CLEANUP
        },
        /// Write a page that shows where a network still lives, host by host
        #[cfg(feature = "page")]
        Report(PageOf) = "report" { usage: "[OPTIONS] -o FILE [RESULTS]...", after: help::REPORT },
        /// Tell the versions of this program, of the server and of its hypervisor
        Version = "version" { usage: "", after: help::VERSION },
        /// Print what lets a shell complete command lines, networks included
        #[cfg(feature = "completions")]
        Completions(Completions) = "completions" { usage: "<bash|zsh|fish>", after: help::COMPLETIONS },
        /// Print the manual page of the program, or of a command
        #[cfg(feature = "man")]
        Man(Man) = "man" { usage: "[OPTIONS] [COMMAND]", after: help::MAN },
        /// Look at this host for a virtwire at the other end of standard input
        #[cfg(feature = "ssh")]
        Look = "look" { usage: "", after: help::LOOK, is_hidden: true },
        /// Serve the hypervisor of test:///default on a socket, until interrupted
        #[cfg(feature = "testdaemon")]
        Testd(Testd) = "testd" { usage: "--listen <unix:PATH>", after: help::TESTD, is_hidden: true },
    }
}
