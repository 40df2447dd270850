//! The arguments, typed. What they are for is said in `help.rs`.

mod command;
#[cfg(any(feature = "completions", feature = "man", test))]
mod described;
#[cfg(feature = "net-event")]
mod event;
mod inspect;
#[cfg(any(feature = "completions", feature = "man", feature = "testdaemon"))]
mod itself;
mod kind;
mod network;
pub(crate) mod option;
#[cfg(feature = "page")]
mod page;
mod parser;
mod parts;
#[cfg(feature = "net-port")]
mod port;
pub(crate) mod seconds;

use std::ffi::OsString;
#[cfg(feature = "several")]
use std::path::Path;
#[cfg(feature = "several")]
use std::path::PathBuf;
use std::time::Duration;

use clap::Error;
#[cfg(feature = "several")]
use clap::ValueHint;
use virtwire::Keepalive;

pub(crate) use self::command::{COMMANDS, Command, Spec};
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
use self::option::{Form, Kind, Opt, Options, Row, choice, options};
#[cfg(feature = "page")]
pub(crate) use self::page::PageOf;
use self::parser::{HELP, VERSION};
pub(crate) use self::parts::{Affected, NetDhcpLeases, NetUpdate, Selection};
#[cfg(feature = "annotations")]
pub(crate) use self::parts::{NetDesc, NetMetadata};
#[cfg(feature = "net-port")]
pub(crate) use self::port::{NetPortCreate, NetPortDelete, NetPortDumpxml, NetPortList, OnePort};
use super::help;
use super::output::View;
use super::words::Words;

/// A command line, read.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) globals: Globals,
    pub(crate) command: Command,
}

/// A command line that asks for help, or that is wrong.
pub(crate) struct Unread {
    pub(crate) error: Error,
    /// The command behind whose word it is so.
    pub(crate) command: Option<&'static Spec>,
}

options! {
    /// What stands before the command.
    pub(crate) struct Globals {
        /// The hypervisor; several times: on each of them
        pub(crate) connect: Vec<String> { long: "connect", short: Some('c'), value: "URI" },
        /// A file of hypervisors, a URI a line; '-': stdin
        #[cfg(feature = "several")]
        pub(crate) hosts: Option<PathBuf> { long: "hosts", value: "FILE", hint: ValueHint::FilePath },
        /// Let the server refuse every change
        pub(crate) readonly: bool { long: "readonly", short: Some('r') },
        /// No headers, no words of success, no empty line
        pub(crate) quiet: bool { long: "quiet", short: Some('q') },
        /// Text as virsh's, or JSON in a documented schema;
        /// jsonl: a line a host, as soon as it is done;
        /// net-inspect has mermaid and prometheus, too
        pub(crate) output: Format {
            long: "output", short: Some('o'), value: "table|json", kind: Kind::One
        },
        /// How long to wait for each answer
        pub(crate) timeout: Option<Duration> { long: "timeout", value: "SECONDS" },
        /// How long each of several hosts may take [300]
        #[cfg(feature = "several")]
        pub(crate) host_timeout: Option<Duration> { long: "host-timeout", value: "SECONDS" },
        /// How many of several hosts at once [32]
        #[cfg(feature = "several")]
        parallel: Option<u32> { long: "parallel", value: "N", form: AT_ONCE },
        /// Begin no other host after one has failed
        #[cfg(feature = "several")]
        pub(crate) fail_fast: bool { long: "fail-fast" },
        /// Between pings to a silent server; 0 is off [5]
        pub(crate) keepalive_interval: Option<Duration> {
            long: "keepalive", short: Some('k'), other_long: "keepalive-interval", value: "SECONDS",
            form: &Form::Checked(|text| seconds::or_none(text).map(drop))
        },
        /// How many pings may stay unanswered [5]
        pub(crate) keepalive_count: Option<u32> { long: "keepalive-count", short: Some('K'), value: "N" },
        /// Over ssh, look there by a copy of this program
        #[cfg(feature = "ssh")]
        pub(crate) send_self: bool { long: "send-self" },
        /// Show each frame on stderr, secrets left out
        #[cfg(feature = "trace")]
        pub(crate) trace: bool { long: "trace" },
    }
}

choice! {
    /// What the output looks like.
    pub(crate) enum Format {
        /// As virsh prints it.
        Table = "table",
        /// One JSON document.
        Json = "json",
        /// The same as soon as there is one, a line each, with the time.
        Jsonl = "jsonl",
        /// A picture that documents and tickets render.
        Mermaid = "mermaid",
        /// A file for the textfile collector of Prometheus' node_exporter.
        Prometheus = "prometheus",
    }
}

impl Arguments {
    /// What a command line says, and the words of which it is made.
    pub(crate) fn read(line: impl Iterator<Item = OsString>) -> (Words, Result<Self, Unread>) {
        let words = Words::read(line);
        let arguments = Self::parse(&words);
        (words, arguments)
    }

    fn parse(words: &Words) -> Result<Self, Unread> {
        let globals = parser::parse(Globals::parser(), &words.globals)
            .map_err(|error| Unread { error, command: None })?;
        let command = words.asked()?;
        let matches = parser::parse(command.parser(), &words.behind)
            .map_err(|error| Unread { error, command: Some(command) })?;
        Ok(Self { globals: Globals::read(&globals), command: (command.read)(&matches) })
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

/// How many hosts can be asked at once.
#[cfg(feature = "several")]
const AT_ONCE: &Form = &Form::Checked(|text| match text.parse() {
    Ok(1..=1024_u32) => Ok(()),
    _ => Err("a number from 1 to 1024 is wanted".to_owned()),
});

impl Globals {
    /// All that the program declares, in order.
    pub(crate) fn options() -> Vec<&'static Opt> {
        let mut options = Row::options(Self::ROWS);
        options.extend([&VERSION, &HELP]);
        options
    }

    /// The parser of what stands before the command, where the last one counts of several.
    pub(crate) fn parser() -> clap::Command {
        parser::of("virtwire", &Self::options(), true).version(env!("CARGO_PKG_VERSION"))
    }

    /// How many hosts are asked at once.
    #[cfg(feature = "several")]
    pub(crate) fn parallel(&self) -> usize {
        self.parallel.map_or(32, |number| number.try_into().unwrap_or(usize::MAX))
    }

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

#[cfg(test)]
mod tests;
