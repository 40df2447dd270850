//! The arguments, typed. What they are for is said in `help.rs`.

#[cfg(feature = "net-event")]
mod event;
mod inspect;
#[cfg(any(feature = "completions", feature = "man", feature = "testdaemon"))]
mod itself;
mod kind;
mod network;
#[cfg(feature = "page")]
mod page;
mod parts;
#[cfg(feature = "net-port")]
mod port;
pub(crate) mod seconds;

use std::ffi::OsString;
use std::mem;
#[cfg(feature = "several")]
use std::path::Path;
#[cfg(feature = "several")]
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use virtwire::Keepalive;

#[cfg(feature = "net-event")]
pub(crate) use self::event::NetEvent;
pub(crate) use self::inspect::{NetCleanup, NetInspect};
#[cfg(feature = "man")]
pub(crate) use self::itself::Man;
#[cfg(feature = "testdaemon")]
pub(crate) use self::itself::Testd;
#[cfg(feature = "completions")]
pub(crate) use self::itself::{Completions, Shell};
#[cfg(feature = "edit")]
pub(crate) use self::network::NetEdit;
pub(crate) use self::network::{
    FromFile, NetAutostart, NetDisable, NetDumpxml, NetEnable, NetList, Networks, OneNetwork,
};
#[cfg(feature = "page")]
pub(crate) use self::page::PageOf;
pub(crate) use self::parts::{Affected, NetDhcpLeases, NetUpdate, Selection};
#[cfg(feature = "annotations")]
pub(crate) use self::parts::{NetDesc, NetMetadata};
#[cfg(feature = "net-port")]
pub(crate) use self::port::{NetPortCreate, NetPortDelete, NetPortDumpxml, NetPortList, OnePort};
use super::help;
use super::output::View;
use super::words::Words;

/// The libvirt client that needs no libvirt.
#[derive(Debug, Parser)]
#[command(name = "virtwire", version, disable_version_flag = true, arg_required_else_help = false)]
#[command(help_template = help::TEMPLATE, after_help = help::COMMANDS, override_usage = help::USAGE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// What stands before the command.
#[derive(Debug, Args)]
pub(crate) struct Globals {
    /// The hypervisor; several times: on each of them
    #[arg(short, long, value_name = "URI")]
    pub(crate) connect: Vec<String>,
    /// A file of hypervisors, a URI a line; '-': stdin
    #[cfg(feature = "several")]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, overrides_with = "hosts")]
    pub(crate) hosts: Option<PathBuf>,
    /// Let the server refuse every change
    #[arg(short, long, overrides_with = "readonly")]
    pub(crate) readonly: bool,
    /// No headers, no words of success, no empty line
    #[arg(short, long, overrides_with = "quiet")]
    pub(crate) quiet: bool,
    #[arg(short, long, value_name = "table|json", value_enum, default_value_t, help = help::OUTPUT)]
    #[arg(hide_default_value = true, hide_possible_values = true, overrides_with = "output")]
    pub(crate) output: Format,
    /// How long to wait for each answer
    #[arg(long, value_name = "SECONDS", value_parser = seconds::some, overrides_with = "timeout")]
    pub(crate) timeout: Option<Duration>,
    /// How long each of several hosts may take [300]
    #[cfg(feature = "several")]
    #[arg(long, value_name = "SECONDS", value_parser = seconds::some, overrides_with = "host_timeout")]
    pub(crate) host_timeout: Option<Duration>,
    /// How many of several hosts at once [32]
    #[cfg(feature = "several")]
    #[arg(long, value_name = "N", default_value_t = 32, hide_default_value = true)]
    #[arg(value_parser = at_once, overrides_with = "parallel")]
    pub(crate) parallel: u16,
    /// Begin no other host after one has failed
    #[cfg(feature = "several")]
    #[arg(long, overrides_with = "fail_fast")]
    pub(crate) fail_fast: bool,
    /// Between pings to a silent server; 0 is off [5]
    #[arg(short, long = "keepalive", alias = "keepalive-interval", value_name = "SECONDS")]
    #[arg(value_parser = seconds::or_none, overrides_with = "keepalive_interval")]
    pub(crate) keepalive_interval: Option<Duration>,
    /// How many pings may stay unanswered [5]
    #[arg(short = 'K', long, value_name = "N", overrides_with = "keepalive_count")]
    pub(crate) keepalive_count: Option<u32>,
    /// Over ssh, look there by a copy of this program
    #[cfg(feature = "ssh")]
    #[arg(long, overrides_with = "send_self")]
    pub(crate) send_self: bool,
    /// Show each frame on stderr, secrets left out
    #[cfg(feature = "trace")]
    #[arg(long, overrides_with = "trace")]
    pub(crate) trace: bool,
    /// Print the version
    #[arg(short = 'V', short_alias = 'v', long, action = clap::ArgAction::Version)]
    version: (),
}

/// What the output looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As virsh prints it.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// The same as soon as there is one, a line each, with the time.
    Jsonl,
    /// A picture that documents and tickets render.
    Mermaid,
    /// A file for the textfile collector of Prometheus' node_exporter.
    Prometheus,
}

/// What to do. The options of a command are made when it is asked for: all of them take longer than to list networks.
/// What describes the struct of its options would then take the place of the words here: it is no doc comment.
#[allow(clippy::enum_variant_names, reason = "these are the words of the commands")]
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// List networks: the active ones, unless told otherwise
    #[command(after_help = help::NET_LIST, override_usage = "virtwire net-list [OPTIONS]")]
    NetList(NetList),
    /// Tell all about a network
    #[command(after_help = help::NET_INFO, override_usage = "virtwire net-info NETWORK")]
    NetInfo(OneNetwork),
    /// Print a network's XML
    #[command(after_help = help::NET_DUMPXML, override_usage = "virtwire net-dumpxml [OPTIONS] NETWORK")]
    NetDumpxml(NetDumpxml),
    /// Print the name of the network that has a UUID
    #[command(after_help = help::NET_NAME, override_usage = "virtwire net-name NETWORK")]
    NetName(OneNetwork),
    /// Print the UUID of the network that has a name
    #[command(after_help = help::NET_UUID, override_usage = "virtwire net-uuid NETWORK")]
    NetUuid(OneNetwork),
    /// Start a defined network
    #[command(after_help = help::NET_START, override_usage = "virtwire net-start NETWORK")]
    NetStart(OneNetwork),
    /// Start a network from XML, without storing it
    #[command(after_help = help::NET_CREATE, override_usage = "virtwire net-create [--validate] FILE")]
    NetCreate(FromFile),
    /// Store a network from XML, without starting it
    #[command(after_help = help::NET_DEFINE, override_usage = "virtwire net-define [--validate] FILE")]
    NetDefine(FromFile),
    /// Edit a network's stored XML in an editor
    #[cfg(feature = "edit")]
    #[command(after_help = help::NET_EDIT, override_usage = "virtwire net-edit [--skip-validate] NETWORK")]
    NetEdit(NetEdit),
    /// Stop a network; guests on it are cut off
    #[command(after_help = help::NET_DESTROY, override_usage = "virtwire net-destroy NETWORK")]
    NetDestroy(OneNetwork),
    /// Forget a network's stored definition
    #[command(after_help = help::NET_UNDEFINE, override_usage = "virtwire net-undefine NETWORK")]
    NetUndefine(OneNetwork),
    /// Start a network with the host, or no longer
    #[command(after_help = help::NET_AUTOSTART, override_usage = "virtwire net-autostart [--disable] NETWORK")]
    NetAutostart(NetAutostart),
    /// Change one part of a network, while it runs or for its next start
    #[command(after_help = help::NET_UPDATE)]
    #[command(override_usage = "virtwire net-update [OPTIONS] NETWORK COMMAND SECTION XML")]
    NetUpdate(NetUpdate),
    /// Show or change a network's description or title
    #[cfg(feature = "annotations")]
    #[command(after_help = help::NET_DESC, override_usage = "virtwire net-desc [OPTIONS] NETWORK [TEXT]...")]
    NetDesc(NetDesc),
    /// Show or change what programs wrote down about a network
    #[cfg(feature = "annotations")]
    #[command(after_help = help::NET_METADATA)]
    #[command(override_usage = "virtwire net-metadata [OPTIONS] NETWORK URI")]
    NetMetadata(NetMetadata),
    /// List which guest has which address
    #[command(after_help = help::NET_DHCP_LEASES)]
    #[command(override_usage = "virtwire net-dhcp-leases [--mac MAC] NETWORK")]
    NetDhcpLeases(NetDhcpLeases),
    /// List the guest interfaces that are attached to a network
    #[cfg(feature = "net-port")]
    #[command(after_help = help::NET_PORT_LIST, override_usage = "virtwire net-port-list [--uuid] NETWORK")]
    NetPortList(NetPortList),
    /// Attach a guest interface to a network
    #[cfg(feature = "net-port")]
    #[command(after_help = help::NET_PORT_CREATE)]
    #[command(override_usage = "virtwire net-port-create [--validate] NETWORK FILE")]
    NetPortCreate(NetPortCreate),
    /// Print the XML of a port of a network
    #[cfg(feature = "net-port")]
    #[command(after_help = help::NET_PORT_DUMPXML)]
    #[command(override_usage = "virtwire net-port-dumpxml [OPTIONS] NETWORK PORT")]
    NetPortDumpxml(NetPortDumpxml),
    /// Detach a guest interface from a network
    #[cfg(feature = "net-port")]
    #[command(after_help = help::NET_PORT_DELETE, override_usage = "virtwire net-port-delete NETWORK PORT")]
    NetPortDelete(NetPortDelete),
    /// Switch networks off, and keep them off after a reboot
    #[command(after_help = help::NET_DISABLE, override_usage = "virtwire net-disable [OPTIONS] [NETWORK]...")]
    NetDisable(NetDisable),
    /// Switch networks on, now and with the host
    #[command(after_help = help::NET_ENABLE, override_usage = "virtwire net-enable [OPTIONS] [NETWORK]...")]
    NetEnable(NetEnable),
    /// Tell what happens to networks, as it happens
    #[cfg(feature = "net-event")]
    #[command(after_help = help::NET_EVENT, override_usage = help::NET_EVENT_USAGE)]
    NetEvent(NetEvent),
    /// Show what networks consist of on their host, and what is wrong with them
    #[command(after_help = help::NET_INSPECT, override_usage = "virtwire net-inspect [OPTIONS] [NETWORK]...")]
    NetInspect(NetInspect),
    /// Show what stopped networks left on this host, or remove it
    #[command(after_help = help::NET_CLEANUP, override_usage = "virtwire net-cleanup [OPTIONS] [NETWORK]...")]
    NetCleanup(NetCleanup),
    /// Write a page that shows where a network still lives, host by host
    #[cfg(feature = "page")]
    #[command(after_help = help::REPORT)]
    #[command(override_usage = "virtwire report [OPTIONS] -o FILE [RESULTS]...")]
    Report(PageOf),
    /// Tell the versions of this program, of the server and of its hypervisor
    #[command(after_help = help::VERSION, override_usage = "virtwire version")]
    Version,
    /// Print what lets a shell complete command lines, networks included
    #[cfg(feature = "completions")]
    #[command(after_help = help::COMPLETIONS, override_usage = "virtwire completions <bash|zsh|fish>")]
    Completions(Completions),
    /// Print the manual page of the program, or of a command
    #[cfg(feature = "man")]
    #[command(after_help = help::MAN, override_usage = "virtwire man [OPTIONS] [COMMAND]")]
    Man(Man),
    /// Look at this host for a virtwire at the other end of standard input
    #[cfg(feature = "ssh")]
    #[command(hide = true, after_help = help::LOOK, override_usage = "virtwire look")]
    Look,
    /// Serve the hypervisor of test:///default on a socket, until interrupted
    #[cfg(feature = "testdaemon")]
    #[command(hide = true, after_help = help::TESTD, override_usage = "virtwire testd --listen <unix:PATH>")]
    Testd(Testd),
}

impl Command {
    /// The command's word.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NetList(_) => "net-list",
            Self::NetInfo(_) => "net-info",
            Self::NetDumpxml(_) => "net-dumpxml",
            Self::NetName(_) => "net-name",
            Self::NetUuid(_) => "net-uuid",
            Self::NetStart(_) => "net-start",
            Self::NetCreate(_) => "net-create",
            Self::NetDefine(_) => "net-define",
            #[cfg(feature = "net-event")]
            Self::NetEvent(_) => "net-event",
            #[cfg(feature = "edit")]
            Self::NetEdit(_) => "net-edit",
            Self::NetDestroy(_) => "net-destroy",
            Self::NetUndefine(_) => "net-undefine",
            Self::NetAutostart(_) => "net-autostart",
            Self::NetUpdate(_) => "net-update",
            #[cfg(feature = "annotations")]
            Self::NetDesc(_) => "net-desc",
            #[cfg(feature = "annotations")]
            Self::NetMetadata(_) => "net-metadata",
            Self::NetDhcpLeases(_) => "net-dhcp-leases",
            #[cfg(feature = "net-port")]
            Self::NetPortList(_) => "net-port-list",
            #[cfg(feature = "net-port")]
            Self::NetPortCreate(_) => "net-port-create",
            #[cfg(feature = "net-port")]
            Self::NetPortDumpxml(_) => "net-port-dumpxml",
            #[cfg(feature = "net-port")]
            Self::NetPortDelete(_) => "net-port-delete",
            Self::NetDisable(_) => "net-disable",
            Self::NetEnable(_) => "net-enable",
            Self::NetInspect(_) => "net-inspect",
            Self::NetCleanup(_) => "net-cleanup",
            #[cfg(feature = "page")]
            Self::Report(_) => "report",
            Self::Version => "version",
            #[cfg(feature = "completions")]
            Self::Completions(_) => "completions",
            #[cfg(feature = "man")]
            Self::Man(_) => "man",
            #[cfg(feature = "ssh")]
            Self::Look => "look",
            #[cfg(feature = "testdaemon")]
            Self::Testd(_) => "testd",
        }
    }
}

impl Arguments {
    /// What a command line says, and the words of which it is made.
    pub(crate) fn read(line: impl Iterator<Item = OsString>) -> (Words, Result<Self, clap::Error>) {
        let mut command = Self::command();
        let words = Words::read(&mut command, line);
        let parsed = command.try_get_matches_from_mut(&words.normalised);
        // To take it apart would cost a tenth of reading a command line, just before the program ends or waits.
        mem::forget(command);
        (words, parsed.and_then(|matches| Self::from_arg_matches(&matches)))
    }

    /// The commands, each with all of its options.
    pub(crate) fn all() -> clap::Command {
        let mut root = Self::command();
        root.build();
        root
    }

    /// One command, with its options.
    pub(crate) fn one(root: &clap::Command, name: &str) -> Option<clap::Command> {
        let mut command = root.find_subcommand(name)?.clone();
        command.build();
        Some(command)
    }

    /// What virsh's text is to show of the outcome.
    pub(crate) fn view(&self) -> View {
        View::of(&self.globals, &self.command)
    }

    /// The file that lists the hosts, where there is one.
    #[cfg(feature = "several")]
    pub(crate) fn hosts(&self) -> Option<&Path> {
        #[cfg(feature = "page")]
        if let Command::Report(PageOf { hosts: Some(hosts), .. }) = &self.command {
            return Some(hosts);
        }
        self.globals.hosts.as_deref()
    }
}

impl Globals {
    /// How a server that is gone without a word is noticed.
    pub(crate) fn keepalive(&self) -> Keepalive {
        let Keepalive { interval, count } = Keepalive::default();
        Keepalive {
            interval: self.keepalive_interval.unwrap_or(interval),
            count: self.keepalive_count.unwrap_or(count),
        }
    }

    /// Whether each frame is to be shown.
    #[cfg(feature = "several")]
    pub(crate) fn is_traced(&self) -> bool {
        #[cfg(feature = "trace")]
        let is_traced = self.trace;
        #[cfg(not(feature = "trace"))]
        let is_traced = false;
        is_traced
    }

    /// The URIs that were given; an empty one is none.
    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        self.connect.iter().map(String::as_str).filter(|uri| !uri.is_empty())
    }
}

/// Reads how many hosts are asked at once.
#[cfg(feature = "several")]
fn at_once(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "a number from 1 to 1024 is wanted".to_owned())
}

#[cfg(test)]
mod tests;
