//! The names that a server or libvirt.conf knows.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap_complete::CompletionCandidate;
use tokio::time::timeout;
use virtwire::Network;
use virtwire::config::Config;
use virtwire::protocol::remote::network::list;

use crate::cli::args::Globals;
use crate::cli::args::option::Options;
use crate::cli::commands::net_update::{COMMANDS, SECTIONS};
#[cfg(feature = "net-event")]
use crate::cli::report::event::KINDS;
use crate::cli::session::Session;
use crate::cli::words::Words;

/// A person waits with the line half typed.
const PATIENCE: Duration = Duration::from_secs(2);

/// The networks for which a command makes sense, of the server that the line names.
pub(super) fn networks(command: &str, words: &[OsString], typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(globals) = globals(words) else { return Vec::new() };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() else {
        return Vec::new();
    };
    let asked = async { timeout(PATIENCE, known(&globals, wanted(command))).await };
    let networks = runtime.block_on(asked).unwrap_or_default();
    let names = networks.iter().filter_map(|network| std::str::from_utf8(network.name().as_bytes()).ok());
    starting_with(typed, names)
}

/// The flags of the list of networks for which a command makes sense.
fn wanted(command: &str) -> u32 {
    match command {
        "net-start" => list::INACTIVE,
        "net-destroy" | "net-dhcp-leases" | "net-port-list" | "net-port-create" => list::ACTIVE,
        "net-undefine" | "net-autostart" | "net-edit" => list::PERSISTENT,
        _ => 0,
    }
}

async fn known(globals: &Globals, flags: u32) -> Vec<Network> {
    let session = Session::new(globals);
    let Ok(connection) = session.connect().await else { return Vec::new() };
    let networks = connection.networks(flags).await.map(|networks| networks.iter().collect());
    session.close().await;
    networks.unwrap_or_default()
}

/// What stands before the command, as far as the line is typed. Only looking: nobody is to be asked for a password.
fn globals(words: &[OsString]) -> Option<Globals> {
    let typed = Words::read(words.iter().cloned()).globals;
    let matches = Globals::parser().ignore_errors(true).try_get_matches_from(typed).ok()?;
    let mut globals = Globals::read(&matches);
    globals.readonly = true;
    Some(globals)
}

/// URIs of this host, and the aliases of libvirt.conf.
pub(super) fn uris(typed: &OsStr) -> Vec<CompletionCandidate> {
    let config = Config::load().unwrap_or_default();
    let usual = ["qemu:///system", "qemu:///session", "network:///system", "test:///default"];
    let aliases = config.uri_aliases.iter().map(|(alias, _)| alias.as_str());
    starting_with(typed, usual.into_iter().chain(aliases))
}

/// The words that an argument takes, where these are known; networks are not among them.
pub(super) fn words(command: &str, argument: &str) -> Vec<&'static str> {
    match (command, argument) {
        ("net-update", "command" | "COMMAND") => COMMANDS.iter().map(|(word, _)| *word).collect(),
        ("net-update", "section" | "SECTION") => SECTIONS.iter().map(|(word, _)| *word).collect(),
        #[cfg(feature = "net-event")]
        ("net-event", "event" | "EVENT") => KINDS.to_vec(),
        _ => Vec::new(),
    }
}

pub(super) fn starting_with<'a>(
    typed: &OsStr,
    names: impl Iterator<Item = &'a str>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    // What a terminal would act on is not to be typed, either.
    let is_plain = |name: &&str| !name.chars().any(char::is_control);
    let mut names: Vec<_> = names.filter(is_plain).filter(|name| name.starts_with(&*typed)).collect();
    names.sort_unstable();
    names.into_iter().map(CompletionCandidate::new).collect()
}
