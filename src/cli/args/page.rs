//! The arguments of `report`.

use std::path::PathBuf;

use clap::ValueHint;

use super::option::options;

options! {
    /// `report`: what a page is about, and what it is made from.
    pub(crate) struct PageOf {
        /// Results of 'virtwire -o jsonl net-inspect', in place of asking
        pub(crate) results: Vec<PathBuf> { value: "RESULTS", hint: ValueHint::FilePath },
        /// The page's file, replaced; '-' is standard output
        pub(crate) output: PathBuf {
            long: "output", short: Some('o'), value: "FILE", hint: ValueHint::FilePath
        },
        /// Hosts to ask, a URI a line, as before the command
        pub(crate) hosts: Option<PathBuf> { long: "hosts", value: "FILE", hint: ValueHint::FilePath },
        /// The network that it is about [default]
        network: Option<String> { long: "network", value: "NAME", excludes: &["all"] },
        /// About every network of libvirt's
        all: bool { long: "all" },
    }
}

impl PageOf {
    /// The network in question; nothing for all of them.
    pub(crate) fn about(&self) -> Option<&str> {
        if self.all { None } else { Some(self.network.as_deref().unwrap_or("default")) }
    }
}
