//! From one document to bytes on stdout and stderr. One file per format.

mod cleanup;
mod clock;
mod colour;
pub(crate) mod document;
mod escape;
#[cfg(feature = "net-event")]
mod event;
mod grid;
mod inspect;
#[cfg(feature = "json")]
pub(in crate::cli) mod json;
#[cfg(feature = "exports")]
mod mermaid;
mod parts;
#[cfg(feature = "exports")]
mod prometheus;
#[cfg(feature = "several")]
mod several;
mod switch;
mod table;
mod teller;
mod width;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use self::document::Document;
#[cfg(feature = "several")]
use self::document::{Documents, Tally};
use super::args::{Command, Format, Globals};
use super::failure::Failure;
use super::report::Report;
use super::status::Status;

pub(crate) use self::escape::path as shown_path;
#[cfg(feature = "page")]
pub(in crate::cli) use self::inspect::verdict;
pub(in crate::cli) use self::switch::attached;
pub(crate) use self::teller::Teller;

/// How virsh's text shows an outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// No headers, no success messages, no empty line at the end.
    pub(crate) quiet: bool,
    /// virsh connects before it reads the command where a URI is given: no empty line where that fails.
    connects_first: bool,
    /// The command was not even understood.
    is_usage: bool,
    /// The command is not one of virsh's.
    is_ours: bool,
    /// Whether lines of events begin with the time.
    has_times: bool,
    pub(crate) list: ListView,
    /// `net-list` has a column of titles.
    has_title: bool,
}

/// What `net-list` prints of each network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ListView {
    #[default]
    Table,
    Name,
    Uuid,
}

impl View {
    pub(crate) fn of(globals: &Globals, command: &Command) -> Self {
        let list = match command {
            Command::NetList(list) if list.name => ListView::Name,
            Command::NetList(list) if list.uuid => ListView::Uuid,
            #[cfg(feature = "net-port")]
            Command::NetPortList(list) if list.uuid => ListView::Uuid,
            _ => ListView::Table,
        };
        Self {
            quiet: globals.quiet,
            connects_first: !globals.connect.is_empty(),
            is_usage: command.is_unclear(),
            is_ours: command.is_ours(),
            has_times: command.has_times(),
            list,
            has_title: matches!(command, Command::NetList(list) if list.title),
        }
    }

    /// For a command line that was not understood.
    pub(crate) fn usage() -> Self {
        Self { is_usage: true, ..Self::default() }
    }

    /// Whether an empty line closes the output, as it does after every command that virsh has begun.
    fn has_closing_line(&self, failure: Option<&Failure>) -> bool {
        let is_early = failure.is_some_and(|failure| failure.is_at_connecting) && self.connects_first;
        !self.quiet && !self.is_usage && !self.is_ours && !is_early
    }
}

/// Writes documents in one format.
pub(crate) struct Printer {
    pub(crate) format: Format,
}

impl Printer {
    pub(crate) fn new(globals: &Globals) -> Self {
        Self { format: globals.output }
    }

    /// Writes what a command came to, and says how the program ends: output that could not be written is a failure,
    /// unless nobody wanted to read it.
    pub(crate) fn print(&self, document: &mut Document, view: &View) -> Status {
        let stdout = match self.format {
            Format::Table => table::render(document, view),
            #[cfg(feature = "json")]
            Format::Json => json::render(document),
            #[cfg(feature = "json")]
            Format::Jsonl => json::line(document),
            #[cfg(feature = "exports")]
            Format::Mermaid => mermaid::render(document),
            #[cfg(feature = "exports")]
            Format::Prometheus => prometheus::render(document),
            #[cfg(not(all(feature = "json", feature = "exports")))]
            _ => table::render(document, view),
        };
        let lost = write_out(&stdout, self.format, is_painted(document));
        write_err(&table::errors(document));
        if let (Some(_), Some(Report::NetworkSwitch(switch))) = (&lost, &document.result) {
            write_err(&switch::lost(switch));
        }
        ended(lost, document.status())
    }

    /// Writes what a command came to on several hosts, each whole and behind its name.
    #[cfg(feature = "several")]
    pub(crate) fn print_several(&self, documents: &Documents, tally: &Tally, view: &View) -> Status {
        #[cfg(feature = "json")]
        if self.format == Format::Json {
            let lost = write_out(&json::render(documents), self.format, false);
            write_err(&several::errors(documents, tally));
            return ended(lost, documents.status());
        }
        let mut lost = None;
        for (at, document) in documents.hosts.iter().filter(|host| !host.not_begun).enumerate() {
            let stdout = several::render(document, view, at == 0);
            lost = lost.or(write_out(&stdout, self.format, is_painted(document)));
            write_err(&several::errors_of(document));
            if let (Some(_), Some(Report::NetworkSwitch(switch))) = (&lost, &document.result) {
                write_err(&switch::lost(switch));
            }
        }
        write_err(&several::summary(tally));
        ended(lost, documents.status())
    }

    /// Says what came of several hosts that were told of one by one. The error is why not all could be told.
    #[cfg(all(feature = "json", feature = "several"))]
    pub(crate) fn sum_up(&self, tally: &Tally, lost: Option<io::Error>) -> Status {
        write_err(&several::summary(tally));
        let lost = lost.filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        ended(lost, tally.error().map_or(Status::Done, |failure| failure.status))
    }

    /// Says that what was asked cannot be what was meant.
    pub(crate) fn refuse(&self, failure: Failure) -> Status {
        let format = match self.format {
            #[cfg(feature = "json")]
            format @ (Format::Json | Format::Jsonl) => format,
            _ => Format::Table,
        };
        Self { format }.print(&mut Document::failed(failure), &View::usage())
    }

    /// Writes help.
    pub(crate) fn print_plain(&self, text: &str) -> Status {
        ended(write_out(text.as_bytes(), self.format, false), Status::Done)
    }
}

/// Whether words of ours stand in it that have colours.
fn is_painted(document: &Document) -> bool {
    matches!(
        document.result,
        Some(Report::NetworkSwitch(_) | Report::NetworkInspection(_) | Report::NetworkCleanup(_))
    )
}

/// What went wrong with the command itself has been told before.
fn ended(lost: Option<io::Error>, status: Status) -> Status {
    let Some(error) = lost else { return status };
    write_err(&table::failure_lines(&Failure::io("Failed to write the output", &error)));
    if status == Status::Done { Status::Failed } else { status }
}

/// Writes to stdout. The error is why output was lost; a reader that went away has seen enough.
fn write_out(bytes: &[u8], format: Format, is_painted: bool) -> Option<io::Error> {
    let error = try_write_out(bytes, format, is_painted).err()?;
    (error.kind() != io::ErrorKind::BrokenPipe).then_some(error)
}

/// Writes what one of several hosts came to as a line of its own, and waits until it is written.
#[cfg(all(feature = "json", feature = "several"))]
pub(crate) async fn tell_one(document: &mut Document) -> io::Result<()> {
    write_apart(json::line(document), several::errors_of(document), Format::Jsonl).await
}

/// Writes on a thread that no connection needs: a reader that is slow is to stall none.
#[cfg(any(feature = "net-event", all(feature = "json", feature = "several")))]
async fn write_apart(stdout: Vec<u8>, stderr: Vec<u8>, format: Format) -> io::Result<()> {
    let written = tokio::task::spawn_blocking(move || {
        let written = try_write_out(&stdout, format, false);
        write_err(&stderr);
        written
    });
    written.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn try_write_out(bytes: &[u8], format: Format, is_painted: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    // JSON escapes by itself what a terminal would act on.
    let written = if format == Format::Table && stdout.is_terminal() {
        stdout.write_all(&shown(bytes, is_painted))
    } else {
        stdout.write_all(bytes)
    };
    written.and_then(|()| stdout.flush())
}

/// Says a line beside what goes to stdout.
#[cfg(feature = "page")]
pub(crate) fn to_stderr(line: &str) {
    write_err(format!("{line}\n").as_bytes());
}

/// There is nobody to tell where stderr cannot be written.
fn write_err(bytes: &[u8]) {
    let mut stderr = io::stderr().lock();
    let _ =
        if stderr.is_terminal() { stderr.write_all(&shown(bytes, true)) } else { stderr.write_all(bytes) };
}

/// As a terminal is to show it: escaped first, so that the only colours are ours.
fn shown(bytes: &[u8], is_painted: bool) -> Cow<'_, [u8]> {
    let escaped = escape::for_terminal(bytes);
    if is_painted && colour::is_wanted() { colour::paint(&escaped).into() } else { escaped }
}
