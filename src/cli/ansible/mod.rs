//! The program as a module of Ansible's: one JSON object of arguments in, one JSON object of results out. What is done, and
//! how, is the commands'; nothing is decided here but how Ansible is told.
//!
//! Ansible copies a module to the host under its own name and calls it with the file that holds the arguments; called by
//! the name of a module, the program is that module. `virtwire ansible-module NAME FILE` is the same by any name.

mod given;
mod info;
mod network;
mod result;
#[cfg(test)]
mod tests;
mod wanted;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use self::given::Given;
use self::result::Result;
use super::args::{Arguments, seconds};
use super::failure::{Failure, Kind};
use super::input;
use super::output::json;
use super::status::Status;
use super::usage::refused;

/// What Ansible puts before the name of a module that it copies.
const PREFIX: &str = "AnsiballZ_";

/// The word that asks for a module by any name of the program.
const WORD: &str = "ansible-module";

/// A module's name and the words behind it, where the program is called as one.
fn called(mut words: impl Iterator<Item = OsString>) -> Option<(String, Vec<OsString>)> {
    let own = words.next()?;
    let own = Path::new(&own).file_name().and_then(OsStr::to_str).unwrap_or_default();
    let own = own.strip_prefix(PREFIX).unwrap_or(own);
    if [network::NAME, info::NAME].contains(&own) {
        return Some((own.to_owned(), words.collect()));
    }
    if words.next()? != WORD {
        return None;
    }
    let name = words.next().unwrap_or_default().to_string_lossy().into_owned();
    Some((name, words.collect()))
}

/// Does what Ansible wants, where the program is called as a module: that failed, or it did not. Nothing: there is a command
/// to be run.
pub(super) fn answer() -> Option<Status> {
    let (module, words) = called(env::args_os())?;
    let work = async { tell(&run(&module, &words).await) };
    let told = super::on_one_thread(Box::pin(work));
    Some(told.unwrap_or_else(|error| tell(&Failure::io("Failed to start", &error).into())))
}

fn tell(result: &Result) -> Status {
    let is_written = io::stdout().lock().write_all(&json::render(&result.to_json())).is_ok();
    if result.has_failed() || !is_written { Status::Failed } else { Status::Done }
}

async fn run(module: &str, words: &[OsString]) -> Result {
    let text = match words {
        [file] => match input::read(Path::new(file)) {
            Ok(text) => text,
            Err(error) => return Failure::io("Failed to read the arguments", &error).into(),
        },
        _ => return usage(format!("{WORD} NAME FILE: one file of arguments is wanted")).into(),
    };
    let done = match (module, Given::read(module, &text)) {
        (_, Err(failure)) => Err(failure),
        (network::NAME, Ok(given)) => network::run(given).await,
        (info::NAME, Ok(given)) => info::run(given).await,
        (other, _) => Err(usage(format!("there is no module '{other}': {}, {}", network::NAME, info::NAME))),
    };
    done.unwrap_or_else(Into::into)
}

/// The arguments are wrong; nothing was tried.
fn usage(message: impl AsRef<[u8]>) -> Failure {
    Failure::new(Kind::Usage, message)
}

/// The command line that means the same.
fn command_line(
    given: &mut Given,
    words: impl IntoIterator<Item = String>,
) -> std::result::Result<Arguments, Failure> {
    let mut line = vec!["virtwire".to_owned()];
    line.extend(given.text("uri")?.map(|uri| format!("--connect={uri}")));
    if let Some(text) = given.text("timeout")? {
        seconds::some(&text).map_err(|error| usage(format!("argument 'timeout': {error}")))?;
        line.push(format!("--timeout={text}"));
    }
    line.extend(words);
    let (_, parsed) = Arguments::read(line.into_iter().map(OsString::from));
    parsed.map_err(|unread| usage(refused(&unread.error)))
}
