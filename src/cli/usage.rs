//! Wrong usage in one or two lines, and help that was asked for.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory, Error};

use super::args::{Arguments, Command, Format};
use super::failure::{Failure, Kind};
use super::missing;
use super::output::document::Document;
use super::output::{Printer, View};
use super::status::Status;
use super::words::Words;

/// How many letters of an option may be wrong for it to be recognised.
const SLIPS_MAX: usize = 2;

/// Answers a command line that asks for help, or that is wrong.
pub(crate) fn answer(error: &Error, words: &Words) -> Status {
    let format = if words.json { Format::Json } else { Format::Table };
    let printer = Printer { format };
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return printer.print_plain(&error.to_string());
    }
    let mut document = Document::failed(failure(error, words));
    document.command = words.command.clone();
    printer.print(&mut document, &View::usage())
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
fn failure(error: &Error, words: &Words) -> Failure {
    let argument = argument(error);
    let missing = match error.kind() {
        ErrorKind::InvalidSubcommand => words.unknown_command().and_then(|(word, _)| missing::word(word)),
        ErrorKind::UnknownArgument => missing::word(&argument),
        _ => None,
    };
    if let Some(missing) = missing {
        return missing;
    }
    let command = words.command.as_deref().filter(|_| !is_about_global(error, &argument, words));
    let advice = advice(error, command, &argument, words);
    Failure::new(Kind::Usage, message(error, command, &argument, words)).advice(advice)
}

/// What the error is about. Of several that are missing, virsh tells the first, and the network stands first.
fn argument(error: &Error) -> String {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return text(error, ContextKind::InvalidArg).unwrap_or_default();
    }
    let missing = texts(error, ContextKind::InvalidArg);
    let network = missing.iter().find(|argument| bare(argument) == "network");
    network.or(missing.first()).cloned().unwrap_or_default()
}

/// Whether the error is about what stands before the command.
fn is_about_global(error: &Error, argument: &str, words: &Words) -> bool {
    let Some(option) = global(argument) else { return words.is_global(argument) };
    let long = option.get_long().map(|long| format!("--{long}"));
    let short = option.get_short().map(|short| format!("-{short}"));
    // Before the command it is known.
    error.kind() != ErrorKind::UnknownArgument
        && [long, short].iter().flatten().any(|name| words.is_global(name))
}

/// The option before the command that an argument names.
fn global(argument: &str) -> Option<Arg> {
    let name = argument.split([' ', '=']).next()?;
    let is_named = |option: &&Arg| match name.strip_prefix("--") {
        Some(long) => option.get_long() == Some(long),
        None => name.strip_prefix('-').is_some_and(|letters| letters.chars().next() == option.get_short()),
    };
    Arguments::command().get_arguments().find(is_named).cloned()
}

fn advice(error: &Error, command: Option<&str>, argument: &str, words: &Words) -> String {
    let help = match command {
        Some(command) if error.kind() != ErrorKind::InvalidSubcommand => {
            format!("'virtwire {command} --help' shows how it is used")
        }
        _ => "'virtwire --help' shows commands and options".to_owned(),
    };
    if error.kind() == ErrorKind::UnknownArgument && command.is_some() {
        if global(argument).is_some() {
            let meant = words.corrected(&Arguments::command());
            return format!("{argument} stands before the command: {meant}");
        }
        if words.takes_several && !argument.starts_with("--") {
            return format!("a network of that name is given as '--network {argument}'; {help}");
        }
    }
    match suggested(error, words) {
        Some(suggested) => format!("did you mean '{suggested}'? {help}"),
        None => help,
    }
}

/// What was probably meant. An option is taken for another one only where a slip or a shortening explains it: its
/// opposite is near, too.
fn suggested(error: &Error, words: &Words) -> Option<String> {
    if error.kind() == ErrorKind::InvalidSubcommand {
        let (unknown, next) = words.unknown_command()?;
        return meant_command(unknown, next);
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    meant_option(&text(error, ContextKind::InvalidArg)?, words)
}

/// The option that a word stands for, of the command's, or of those before it.
fn meant_option(typed: &str, words: &Words) -> Option<String> {
    let root = Arguments::command();
    let command = words.command.as_deref().and_then(|name| Arguments::one(&root, name));
    let options = command.as_ref().unwrap_or(&root).get_arguments().filter_map(Arg::get_long);
    let slips = |option: &String| strsim::osa_distance(typed, option);
    let nearest = options.map(|long| format!("--{long}")).min_by_key(|option| {
        // What is only shortened is no slip at all.
        if option.starts_with(typed) { 0 } else { slips(option) }
    })?;
    (nearest.starts_with(typed) || slips(&nearest) <= SLIPS_MAX).then_some(nearest)
}

/// The command that a word stands for, with the word behind it: most are about networks, so `list` and `net list` are
/// `net-list`.
fn meant_command(unknown: &str, next: Option<&str>) -> Option<String> {
    let root = Arguments::all();
    let visible = root.get_subcommands().filter(|command| !command.is_hide_set());
    let names = visible.map(|command| command.get_name().to_owned()).filter(|name| name != "help");
    let joined = next.map(|next| format!("{unknown}-{next}"));
    let typed = [joined, Some(format!("net-{unknown}")), Some(unknown.to_owned())];
    let slips = |name: &String| typed.iter().flatten().map(|typed| strsim::osa_distance(typed, name)).min();
    let nearest = names.min_by_key(slips)?;
    slips(&nearest).is_some_and(|slips| slips <= SLIPS_MAX).then_some(nearest)
}

fn message(error: &Error, command: Option<&str>, argument: &str, words: &Words) -> String {
    let name = bare(argument);
    match (error.kind(), command) {
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
        (ErrorKind::ArgumentConflict, _) => match text(error, ContextKind::PriorArg) {
            Some(prior) if bare(&prior) != name => {
                format!("{} and {} exclude each other", as_typed(argument), as_typed(&prior))
            }
            _ => format!("option --{name} already seen"),
        },
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
        _ => match texts(error, ContextKind::ValidValue).join(", ") {
            possible if possible.is_empty() => first_line(error),
            possible => format!("{}: possible are {possible}", first_line(error)),
        },
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
    match global(&format!("--{long}")).and_then(|option| option.get_short()) {
        Some(short) => format!("'-{short}'/'--{long}'"),
        None => format!("'--{long}'"),
    }
}

fn is_value_missing(error: &Error) -> bool {
    text(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty())
}

/// What the parser says, in a line.
pub(in crate::cli) fn first_line(error: &Error) -> String {
    let rendered = error.to_string();
    let line = rendered.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// What the parser says about one side of the error; of several suggestions the last is the best.
fn text(error: &Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).pop()
}

fn texts(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
