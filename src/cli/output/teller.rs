//! What a command tells while it still runs: a document at a time, each written out at once. A reader that is slow must
//! stall nothing but what it does not read.

use std::cell::Cell;
#[cfg(feature = "net-event")]
use std::io;

use super::View;
#[cfg(feature = "net-event")]
use super::document::{Document, Outcome};
#[cfg(all(feature = "json", feature = "net-event"))]
use super::json;
#[cfg(feature = "net-event")]
use super::{table, write_apart};
use crate::cli::args::Arguments;
#[cfg(all(feature = "net-event", feature = "json"))]
use crate::cli::args::Format;

/// Writes one command's documents.
#[cfg_attr(not(feature = "net-event"), allow(dead_code, reason = "no other command tells anything"))]
pub(crate) struct Teller<'a> {
    arguments: &'a Arguments,
    uri: &'a str,
    view: View,
    is_stuck: Cell<bool>,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(arguments: &'a Arguments, uri: &'a str) -> Self {
        Self { arguments, uri, view: arguments.view(), is_stuck: Cell::new(false) }
    }

    /// Writes what came up, and waits until it is written, on a thread that the connection does not need.
    #[cfg(feature = "net-event")]
    pub(crate) async fn tell(&self, outcome: Outcome) -> io::Result<()> {
        #[cfg_attr(not(feature = "json"), allow(unused_mut, reason = "no other format notes the time"))]
        let mut document = Document::new(self.arguments.command.name(), self.uri, outcome);
        let format = self.arguments.globals.output;
        let stdout = match format {
            #[cfg(feature = "json")]
            Format::Json => json::render(&document),
            #[cfg(feature = "json")]
            Format::Jsonl => json::line(&mut document),
            // No command that tells has another format.
            _ => table::told(&document, &self.view),
        };
        let stderr = table::errors(&document);
        self.is_stuck.set(true);
        let written = write_apart(stdout, stderr, format).await;
        self.is_stuck.set(false);
        written
    }

    /// Whether it was given up to wait until something is written: then nothing more can be.
    pub(crate) fn is_stuck(&self) -> bool {
        self.is_stuck.get()
    }
}
