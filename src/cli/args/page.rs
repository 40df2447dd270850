//! The arguments of `report`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

// `report`: what a page is about, and what it is made from.
#[derive(Debug, Args)]
pub(crate) struct PageOf {
    /// Results of 'virtwire -o jsonl net-inspect', in place of asking
    #[arg(value_name = "RESULTS", value_hint = ValueHint::FilePath)]
    pub(crate) results: Vec<PathBuf>,
    /// The page's file, replaced; '-' is standard output
    #[arg(short, long = "output", id = "page", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Hosts to ask, a URI a line, as before the command
    #[arg(long = "hosts", id = "list", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) hosts: Option<PathBuf>,
    /// The network that it is about [default]
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "all",
        default_value = "default",
        hide_default_value = true
    )]
    network: String,
    /// About every network of libvirt's
    #[arg(long)]
    all: bool,
}

impl PageOf {
    /// The network in question; nothing for all of them.
    pub(crate) fn about(&self) -> Option<&str> {
        if self.all { None } else { Some(&self.network) }
    }
}
