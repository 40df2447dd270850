//! The command line: words in, one outcome out. It decides nothing that the library could decide.

mod advice;
#[cfg(feature = "ansible")]
mod ansible;
mod args;
#[cfg(any(feature = "edit", feature = "sasl"))]
mod ask;
mod commands;
#[cfg(feature = "completions")]
mod completion;
#[cfg(feature = "edit")]
mod editor;
mod failure;
mod help;
#[cfg(feature = "several")]
mod hosts;
#[cfg(any(feature = "ansible", feature = "several"))]
mod input;
mod interrupt;
#[cfg(any(feature = "annotations", feature = "xpath"))]
mod layout;
#[cfg(feature = "sasl")]
mod login;
#[cfg(feature = "man")]
mod man;
mod missing;
mod output;
#[cfg(feature = "page")]
mod page;
mod report;
mod session;
mod status;
#[cfg(feature = "trace")]
mod trace;
mod usage;
mod words;
#[cfg(feature = "xpath")]
mod xpath;

use std::env;
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;

use self::args::Arguments;
use self::failure::Failure;
#[cfg(feature = "several")]
use self::hosts::Targets;
use self::output::{Printer, Teller, document::Document};
use self::session::Session;
use self::status::Status;

/// Reads the arguments, does what they say, prints what came of it.
pub(crate) fn main() -> ExitCode {
    #[cfg(feature = "completions")]
    if completion::answer() {
        return Status::Done.into();
    }
    #[cfg(feature = "ansible")]
    if let Some(status) = ansible::answer() {
        return status.into();
    }
    let (words, parsed) = Arguments::read(env::args_os());
    let status = match parsed {
        Ok(arguments) => run(&Rc::new(arguments)),
        Err(error) => usage::answer(&error, &words),
    };
    status.into()
}

fn run(arguments: &Rc<Arguments>) -> Status {
    on_one_thread(Box::pin(execute(arguments))).unwrap_or_else(|error| {
        Printer::new(&arguments.globals)
            .print(&mut Document::failed(Failure::io("Failed to start", &error)), &arguments.view())
    })
}

/// One thread does everything: there is one connection, and a person who waits.
fn on_one_thread(work: Pin<Box<dyn Future<Output = Status> + '_>>) -> io::Result<Status> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let status = runtime.block_on(work);
    // What is stuck while it writes is not waited for.
    runtime.shutdown_background();
    Ok(status)
}

async fn execute(arguments: &Rc<Arguments>) -> Status {
    let printer = Printer::new(&arguments.globals);
    #[cfg(feature = "page")]
    if let args::Command::Report(page) = &arguments.command {
        return page::run(arguments, page).await;
    }
    on_all(arguments, &printer).await
}

/// On each host that is meant.
#[cfg(feature = "several")]
async fn on_all(arguments: &Rc<Arguments>, printer: &Printer) -> Status {
    let targets = match Targets::of(arguments) {
        Ok(targets) => targets,
        Err(failure) => return printer.refuse(failure),
    };
    if let Some(failure) = usage::unfit(arguments, targets.are_several()) {
        return printer.refuse(failure);
    }
    if !targets.are_several() {
        return on_one(arguments, &targets.only(), printer).await;
    }
    #[cfg(feature = "json")]
    if printer.format == args::Format::Jsonl {
        let (tally, lost) = hosts::stream(arguments, &targets).await;
        return printer.sum_up(&tally, lost);
    }
    let (documents, tally) = hosts::run(arguments, &targets).await;
    printer.print_several(&documents, &tally, &arguments.view())
}

/// On the host that is meant.
#[cfg(not(feature = "several"))]
async fn on_all(arguments: &Rc<Arguments>, printer: &Printer) -> Status {
    let mut uris = arguments.globals.uris();
    let first = uris.next();
    if uris.any(|uri| Some(uri) != first) {
        return printer.refuse(Failure::not_built("commands on several hosts", "several"));
    }
    if let Some(failure) = usage::unfit(arguments, false) {
        return printer.refuse(failure);
    }
    let session = Session::new(&arguments.globals);
    #[cfg(feature = "sasl")]
    let session = session.asking();
    on_one(arguments, &session, printer).await
}

/// What was found out is printed before the connection is closed: closing takes a round trip, and its failure is
/// nobody's concern.
async fn on_one(arguments: &Arguments, session: &Session, printer: &Printer) -> Status {
    let teller = Teller::new(arguments, session.uri());
    #[cfg(feature = "several")]
    let outcome = match arguments.globals.host_timeout {
        None => commands::run(session, &arguments.command, &teller).await,
        Some(limit) => hosts::in_time(arguments, session, &teller, limit).await,
    };
    #[cfg(not(feature = "several"))]
    let outcome = commands::run(session, &arguments.command, &teller).await;
    let mut document = Document::of(arguments.command.name(), session, outcome);
    let status =
        if teller.is_stuck() { document.status() } else { printer.print(&mut document, &arguments.view()) };
    session.close().await;
    status
}
