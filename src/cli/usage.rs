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
    printer.print(&document, &View::usage())
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
    let several = if arguments.globals.hosts.is_some() {
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
    word.trim_matches(is_mark).to_lowercase()
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

fn first_line(error: &Error) -> String {
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
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::failure;
    use crate::cli::args::Arguments;
    use crate::cli::failure::Failure;
    use crate::cli::words::Words;

    fn wrong(line: &str) -> Option<Failure> {
        let words = Words::read(
            &Arguments::command(),
            line.split(' ').filter(|word| !word.is_empty()).map(Into::into),
        );
        let matches = Arguments::command().try_get_matches_from(&words.normalised);
        let error = matches.and_then(|matches| Arguments::from_arg_matches(&matches)).err()?;
        Some(failure(&error, &words))
    }

    #[test]
    fn wrong_usage_is_told_in_virshs_words() {
        for (line, message) in [
            ("v net-info", "command 'net-info' requires <network> option"),
            ("v net-update", "command 'net-update' requires <network> option"),
            ("v net-update n add", "command 'net-update' requires <section> option"),
            #[cfg(feature = "net-port")]
            ("v net-port-create n", "command 'net-port-create' requires <file> option"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete n p q", "unexpected data 'q'"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete n p --port q", "option --port already seen"),
            ("v net-dumpxml --inactive", "command 'net-dumpxml' requires <network> option"),
            ("v net-define", "command 'net-define' requires <file> option"),
            ("v net-info --network", "expected syntax: --network <string>"),
            ("v net-info a --network", "expected syntax: --network <string>"),
            ("v net-create --file", "expected syntax: --file <string>"),
            ("v net-info --bogus", "command 'net-info' doesn't support option --bogus"),
            ("v net-info --net", "command 'net-info' doesn't support option --net"),
            ("v net-list --al", "command 'net-list' doesn't support option --al"),
            ("v net-info act ina", "unexpected data 'ina'"),
            ("v net-list extra", "unexpected data 'extra'"),
            ("v net-list -a", "unexpected data '-a'"),
            ("v net-list -q", "unexpected data '-q'"),
            ("v net-list --all --all", "option --all already seen"),
            ("v net-info act --network ina", "option --network already seen"),
            ("v net-info --network act ina", "option --network already seen"),
            ("v net-info --network a --network b", "option --network already seen"),
            ("v net-list --all=yes", "invalid '=' after option --all"),
            ("v net-define --validate=1 x", "invalid '=' after option --validate"),
            ("v bogus", "unknown command: 'bogus'"),
            ("v help bogus", "unknown command: 'bogus'"),
            ("v net-disable -n", "command 'net-disable' doesn't support option -n"),
            ("v net-disable default -q", "command 'net-disable' doesn't support option -q"),
            ("v -q net-enable default -q", "command 'net-enable' doesn't support option -q"),
            ("v net-enable default --enable", "command 'net-enable' doesn't support option --enable"),
            ("v net-disable --all default", "--all and NETWORK exclude each other"),
            ("v net-disable default --all", "--all and NETWORK exclude each other"),
            ("v net-disable --network x --all", "--network and --all exclude each other"),
            ("v net-disable --network x y", "option --network already seen"),
            ("v net-disable --network=", "Failed to get option 'network': Option argument is empty"),
            ("v --bogus net-list", "unsupported option '--bogus'. See --help."),
            ("v", "a command is missing"),
        ] {
            let told =
                wrong(line).map(|failure| String::from_utf8_lossy(&failure.message.bytes()).into_owned());
            assert_eq!(told.as_deref(), Some(message), "{line}");
        }
    }

    #[test]
    fn what_was_meant_is_suggested() {
        let advice = |line| wrong(line).and_then(|failure| failure.advice).unwrap_or_default();
        assert_eq!(
            advice("v net-lst"),
            "did you mean 'net-list'? 'virtwire --help' shows commands and options"
        );
        for (line, meant) in [
            ("v list", "net-list"),
            ("v lst --all", "net-list"),
            ("v net list --all", "net-list"),
            ("v net lst", "net-list"),
            #[cfg(feature = "edit")]
            ("v edit default", "net-edit"),
            ("v help net-lst", "net-list"),
            ("v help list", "net-list"),
            ("v vresion", "version"),
        ] {
            assert!(
                advice(line).starts_with(&format!("did you mean '{meant}'? ")),
                "{line}: {}",
                advice(line)
            );
        }
        for line in ["v net", "v foo", "v help bogus", "v testd1", "v x", "v domuuid"] {
            assert_eq!(advice(line), "'virtwire --help' shows commands and options", "{line}");
        }
        assert_eq!(
            advice("v net-list --al"),
            "did you mean '--all'? 'virtwire net-list --help' shows how it is used"
        );
    }

    #[test]
    fn an_option_behind_the_command_is_told_where_it_stands() {
        let advice = |line| wrong(line).and_then(|failure| failure.advice).unwrap_or_default();
        for (line, told) in [
            ("v net-list -o json", "-o stands before the command: virtwire -o json net-list"),
            ("v net-list --timeout 5", "--timeout stands before the command: virtwire --timeout 5 net-list"),
            ("v -q net-list --quiet", "--quiet stands before the command: virtwire -q --quiet net-list"),
            ("v net-disable default -r", "-r stands before the command: virtwire -r net-disable ..."),
            (
                "v net-disable default -n",
                "a network of that name is given as '--network -n'; 'virtwire net-disable --help' shows how it is used",
            ),
        ] {
            assert_eq!(advice(line), told, "{line}");
        }
    }

    #[test]
    fn the_opposite_of_what_was_typed_is_not_suggested() {
        let advice = |line| wrong(line).and_then(|failure| failure.advice).unwrap_or_default();
        assert_eq!(
            advice("v net-autostart x --enable"),
            "'virtwire net-autostart --help' shows how it is used"
        );
        assert_eq!(advice("v net-enable x --autostart"), "'virtwire net-enable --help' shows how it is used");
        for (line, meant) in [("v net-list --persist", "--persistent"), ("v net-list --anem", "--name")] {
            assert!(advice(line).starts_with(&format!("did you mean '{meant}'?")), "{line}");
        }
    }

    #[test]
    fn a_wrong_value_before_the_command_points_to_the_programs_own_help() {
        for line in ["v --timeout 0 net-list", "v -o xml net-list", "v --output=xml net-list"] {
            let advice = wrong(line).and_then(|failure| failure.advice).unwrap_or_default();
            assert_eq!(advice, "'virtwire --help' shows commands and options", "{line}");
        }
    }

    #[test]
    fn nonsense_for_a_global_option_is_told() {
        let told =
            |line| wrong(line).map(|failure| String::from_utf8_lossy(&failure.message.bytes()).into_owned());
        let zero =
            "invalid value '0' for '--timeout <SECONDS>': between 0.001 and 1000000 seconds are possible";
        assert_eq!(told("v --timeout 0 net-list").as_deref(), Some(zero));
        assert_eq!(
            told("v -o xml net-list").as_deref(),
            Some(
                "invalid value 'xml' for '--output <table|json>': possible are table, json, jsonl, mermaid, prometheus"
            )
        );
        assert_eq!(told("v -c").as_deref(), Some("option '-c'/'--connect' requires an argument"));
        assert_eq!(told("v --timeout").as_deref(), Some("option '--timeout' requires an argument"));
    }
}
