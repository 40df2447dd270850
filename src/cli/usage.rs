//! Wrong usage in one or two lines, and help that was asked for.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::option::{self, Opt};
use super::args::{Arguments, COMMANDS, Command, Format, Globals, Spec, Unread};
use super::failure::{Failure, Kind};
use super::output::document::Document;
use super::output::{Printer, View};
use super::status::Status;
use super::words::Words;
use super::{help, missing};

/// How many letters of an option may be wrong for it to be recognised.
const SLIPS_MAX: usize = 2;

/// Answers a command line that asks for help, or that is wrong.
pub(crate) fn answer(unread: &Unread, words: &Words) -> Status {
    let format = if words.json { Format::Json } else { Format::Table };
    let printer = Printer { format };
    match (unread.error.kind(), unread.command) {
        (ErrorKind::DisplayHelp, Some(command)) => printer.print_plain(&help::of_command(command)),
        (ErrorKind::DisplayHelp, None) => printer.print_plain(&help::of_program()),
        (ErrorKind::DisplayVersion, _) => {
            printer.print_plain(&format!("virtwire {}\n", env!("CARGO_PKG_VERSION")))
        }
        _ => {
            let mut document = Document::failed(failure(unread, words));
            document.command = words.command.clone();
            printer.print(&mut document, &View::usage())
        }
    }
}

/// What is wrong with what the options before the command ask of it.
#[cfg_attr(not(feature = "several"), allow(unused_variables, reason = "one host is asked, or none"))]
pub(crate) fn unfit(arguments: &Arguments, are_several: bool) -> Option<Failure> {
    let unfit = unfit_format(arguments);
    #[cfg(feature = "several")]
    let unfit = unfit.or_else(|| if are_several { unfit_for_several(arguments) } else { None });
    unfit
}

/// What is wrong where a format was asked for that a command does not have.
fn unfit_format(arguments: &Arguments) -> Option<Failure> {
    match arguments.globals.output {
        Format::Json | Format::Jsonl if !cfg!(feature = "json") => {
            return Some(Failure::not_built("JSON", "json"));
        }
        Format::Mermaid | Format::Prometheus if !cfg!(feature = "exports") => {
            return Some(Failure::not_built("such output", "exports"));
        }
        _ => {}
    }
    let has_all = matches!(arguments.command, Command::NetInspect(_));
    let name = match arguments.globals.output {
        Format::Mermaid if !has_all => "mermaid",
        Format::Prometheus if !has_all => "prometheus",
        _ => return None,
    };
    let message = format!("command '{}' has no output '{name}'", arguments.command.name());
    Some(
        Failure::new(Kind::Usage, message)
            .advice("net-inspect has it; every command has table and json".to_owned()),
    )
}

/// What is wrong where several hosts were given to a command that makes sense on one only.
#[cfg(feature = "several")]
fn unfit_for_several(arguments: &Arguments) -> Option<Failure> {
    let name = arguments.command.name();
    let message = match arguments.globals.output {
        _ if !arguments.command.is_for_several() => format!("command '{name}' takes one host"),
        Format::Mermaid | Format::Prometheus => "this output takes one host".to_owned(),
        Format::Table | Format::Json | Format::Jsonl => return None,
    };
    let several = if arguments.hosts().is_some() {
        "--hosts names several"
    } else {
        "-c (--connect) is given more than once"
    };
    Some(Failure::new(Kind::Usage, message).advice(several.to_owned()))
}

/// What is wrong, in virsh's words where it has some, and what to do.
fn failure(unread: &Unread, words: &Words) -> Failure {
    let Unread { error, command } = unread;
    let argument = argument(error);
    let missing = match error.kind() {
        ErrorKind::InvalidSubcommand => words.unknown_command().and_then(|(word, _)| missing::word(word)),
        ErrorKind::UnknownArgument => missing::word(argument),
        _ => None,
    };
    if let Some(missing) = missing {
        return missing;
    }
    let advice = advice(error, *command, argument, words);
    Failure::new(Kind::Usage, message(error, *command, argument, words)).advice(advice)
}

/// What the error is about. Of several that are missing, virsh tells the first, and the network stands first.
fn argument(error: &Error) -> &str {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => {
            let network = missing.iter().find(|argument| bare(argument) == "network");
            network.or(missing.first()).map_or("", String::as_str)
        }
        _ => text(error, ContextKind::InvalidArg),
    }
}

/// The option that an argument names, of those that stand before the command only.
fn global(argument: &str) -> Option<&'static Opt> {
    let name = argument.split([' ', '=']).next()?;
    let is_named = |option: &&Opt| match name.strip_prefix("--") {
        Some(long) => option.long == long,
        None => name.strip_prefix('-').is_some_and(|letters| letters.chars().next() == option.short),
    };
    Globals::options().into_iter().filter(|option| option.kind != option::Kind::Help).find(is_named)
}

fn advice(error: &Error, command: Option<&Spec>, argument: &str, words: &Words) -> String {
    let help = match command {
        Some(Spec { name, .. }) => format!("'virtwire {name} --help' shows how it is used"),
        None => "'virtwire --help' shows commands and options".to_owned(),
    };
    if error.kind() == ErrorKind::UnknownArgument && command.is_some() {
        if global(argument).is_some() {
            return format!("{argument} stands before the command: {}", words.corrected());
        }
        if words.takes_several && !argument.starts_with("--") {
            return format!("a network of that name is given as '--network {argument}'; {help}");
        }
    }
    match suggested(error, command, words) {
        Some(suggested) => format!("did you mean '{suggested}'? {help}"),
        None => help,
    }
}

/// What was probably meant. An option is taken for another one only where a slip or a shortening explains it: its
/// opposite is near, too.
fn suggested(error: &Error, command: Option<&Spec>, words: &Words) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let (unknown, next) = words.unknown_command()?;
            meant_command(unknown, next).map(str::to_owned)
        }
        ErrorKind::UnknownArgument => {
            let options = command.map_or_else(Globals::options, Spec::options);
            meant_option(argument(error), &options)
        }
        _ => None,
    }
}

/// The option of these that a word stands for.
fn meant_option(typed: &str, options: &[&Opt]) -> Option<String> {
    let slips = |option: &String| strsim::osa_distance(typed, option);
    let named = options.iter().filter(|option| !option.is_data());
    let nearest = named.map(|option| format!("--{}", option.long)).min_by_key(|option| {
        // What is only shortened is no slip at all.
        if option.starts_with(typed) { 0 } else { slips(option) }
    })?;
    (nearest.starts_with(typed) || slips(&nearest) <= SLIPS_MAX).then_some(nearest)
}

/// The command that a word stands for, with the word behind it: most are about networks, so `list` and `net list` are
/// `net-list`.
fn meant_command(unknown: &str, next: Option<&str>) -> Option<&'static str> {
    let names = COMMANDS.iter().filter(|command| !command.is_hidden).map(|command| command.name);
    let joined = next.map(|next| format!("{unknown}-{next}"));
    let typed = [joined, Some(format!("net-{unknown}")), Some(unknown.to_owned())];
    let slips = |name: &&str| typed.iter().flatten().map(|typed| strsim::osa_distance(typed, name)).min();
    let nearest = names.min_by_key(slips)?;
    slips(&nearest).is_some_and(|slips| slips <= SLIPS_MAX).then_some(nearest)
}

fn message(error: &Error, command: Option<&Spec>, argument: &str, words: &Words) -> String {
    let name = bare(argument);
    match (error.kind(), command.map(|command| command.name)) {
        (ErrorKind::MissingSubcommand, _) => "a command is missing".to_owned(),
        (ErrorKind::InvalidSubcommand, _) => {
            let unknown = words.unknown_command().map(|(unknown, _)| unknown);
            format!("unknown command: '{}'", unknown.unwrap_or_default())
        }
        (ErrorKind::UnknownArgument, None) => format!("unsupported option '{argument}'. See --help."),
        (ErrorKind::UnknownArgument, Some(command)) if words.takes_several || argument.starts_with("--") => {
            format!("command '{command}' doesn't support option {argument}")
        }
        (ErrorKind::UnknownArgument, Some(_)) => format!("unexpected data '{argument}'"),
        (ErrorKind::MissingRequiredArgument, Some(command)) => {
            format!("command '{command}' requires <{name}> option")
        }
        (ErrorKind::ArgumentConflict, _) => {
            let prior = text(error, ContextKind::PriorArg);
            if prior.is_empty() || bare(prior) == name {
                format!("option --{name} already seen")
            } else {
                format!("{} and {} exclude each other", as_typed(argument), as_typed(prior))
            }
        }
        (ErrorKind::TooManyValues, _) => format!("invalid '=' after option --{name}"),
        (ErrorKind::InvalidValue, Some(_)) if is_value_missing(error) => {
            format!("expected syntax: --{name} <string>")
        }
        (ErrorKind::ValueValidation, Some(_)) if is_value_missing(error) => {
            format!("Failed to get option '{name}': Option argument is empty")
        }
        (ErrorKind::InvalidValue, None) if is_value_missing(error) => {
            format!("option {} requires an argument", both_names(&name))
        }
        _ => refused(error),
    }
}

/// What an argument is called: `<NETWORK>`, `--network <NETWORK>` and `--network` are all `network`.
fn bare(argument: &str) -> String {
    let word = argument.split([' ', '=']).next().unwrap_or_default();
    let is_mark = |c: char| matches!(c, '<' | '>' | '[' | ']' | '-' | '.');
    word.trim_matches(is_mark).to_ascii_lowercase()
}

/// `--all` and `[NETWORK]...` as they stand in a command line: `--all` and `NETWORK`.
fn as_typed(argument: &str) -> &str {
    argument.split(' ').next().unwrap_or_default().trim_matches(['<', '>', '[', ']', '.'])
}

/// `'-c'/'--connect'`: a global option by its names.
fn both_names(long: &str) -> String {
    match global(&format!("--{long}")) {
        Some(Opt { short: Some(short), .. }) => format!("'-{short}'/'--{long}'"),
        _ => format!("'--{long}'"),
    }
}

fn is_value_missing(error: &Error) -> bool {
    text(error, ContextKind::InvalidValue).is_empty()
}

/// What the parser has against a value.
pub(in crate::cli) fn refused(error: &Error) -> String {
    let text = |kind| text(error, kind);
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (value, argument) = (text(ContextKind::InvalidValue), text(ContextKind::InvalidArg));
            format!("invalid value '{value}' for '{argument}': {}", text(ContextKind::Custom))
        }
        kind => kind.to_string(),
    }
}

/// What the parser says about one side of the error: the last of several.
fn text(error: &Error, kind: ContextKind) -> &str {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text,
        Some(ContextValue::Strings(texts)) => texts.last().map_or("", String::as_str),
        _ => "",
    }
}

#[cfg(test)]
mod tests;
