//! The command line: words in, one outcome out. It decides nothing that the library could decide.

mod advice;
mod args;
mod ask;
mod commands;
mod completion;
mod editor;
mod failure;
mod help;
mod interrupt;
#[cfg(feature = "sasl")]
mod login;
mod man;
mod output;
mod report;
mod session;
mod shell;
mod status;
mod trace;
mod usage;
mod words;
mod xpath;

use std::env;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::{Arguments, Format};
use self::failure::Failure;
use self::output::{Printer, Teller, View, document::Document};
use self::session::Session;
use self::status::Status;
use self::words::Words;

/// Reads the arguments, does what they say, prints what came of it.
pub(crate) fn main() -> ExitCode {
    if completion::answer() {
        return Status::Done.into();
    }
    let command = Arguments::command();
    let words = Words::read(&command, env::args_os());
    let parsed = command.try_get_matches_from(&words.normalised);
    let status = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => run(&arguments),
        Err(error) => usage::answer(&error, &words),
    };
    status.into()
}

/// One thread does everything: there is one connection, and a person who waits.
fn run(arguments: &Arguments) -> Status {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(execute(arguments));
            // What is stuck while it writes is not waited for.
            runtime.shutdown_background();
            status
        }
        Err(error) => Printer::new(&arguments.globals)
            .print(&Document::failed(Failure::io("Failed to start", &error)), &arguments.view()),
    }
}

/// What was found out is printed before the connection is closed: closing takes a round trip, and its failure is
/// nobody's concern.
async fn execute(arguments: &Arguments) -> Status {
    if let Some(failure) = usage::unfit_format(arguments) {
        return Printer { format: Format::Table }.print(&Document::failed(failure), &View::usage());
    }
    let session = Session::new(&arguments.globals);
    #[cfg(feature = "sasl")]
    let session = session.asking();
    let teller = Teller::new(arguments, session.uri());
    let outcome = commands::run(&session, &arguments.command, &teller).await;
    let document = Document::new(arguments.command.name(), session.uri(), outcome);
    let status = if teller.is_stuck() {
        document.status()
    } else {
        Printer::new(&arguments.globals).print(&document, &arguments.view())
    };
    session.close().await;
    status
}
