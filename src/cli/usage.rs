//! Wrong usage in one or two lines, and help that was asked for.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory, Error};

use super::args::{Arguments, Format};
use super::failure::{Failure, Kind};
use super::output::document::Document;
use super::output::{Printer, View};
use super::status::Status;
use super::words::Words;

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

/// What is wrong, in virsh's words where it has some, and what to do.
fn failure(error: &Error, words: &Words) -> Failure {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let command = words.command.as_deref().filter(|_| !words.is_global(&argument));
    let help = match command {
        Some(command) if error.kind() != ErrorKind::InvalidSubcommand => {
            format!("'virtwire {command} --help' shows how it is used")
        }
        _ => "'virtwire --help' shows commands and options".to_owned(),
    };
    let suggested = text(error, ContextKind::SuggestedArg).or(text(error, ContextKind::SuggestedSubcommand));
    let advice = match suggested {
        Some(suggested) => format!("did you mean '{suggested}'? {help}"),
        None => help,
    };
    Failure::new(Kind::Usage, message(error, command, &argument)).advice(advice)
}

fn message(error: &Error, command: Option<&str>, argument: &str) -> String {
    let name = bare(argument);
    match (error.kind(), command) {
        (ErrorKind::MissingSubcommand, _) => "a command is missing".to_owned(),
        (ErrorKind::InvalidSubcommand, _) => format!("unknown command: '{}'", command.unwrap_or_default()),
        (ErrorKind::UnknownArgument, None) => format!("unsupported option '{argument}'. See --help."),
        (ErrorKind::UnknownArgument, Some(command)) if argument.starts_with("--") => {
            format!("command '{command}' doesn't support option {argument}")
        }
        (ErrorKind::UnknownArgument, Some(_)) => format!("unexpected data '{argument}'"),
        (ErrorKind::MissingRequiredArgument, Some(command)) => {
            format!("command '{command}' requires <{name}> option")
        }
        (ErrorKind::ArgumentConflict, _) => format!("option --{name} already seen"),
        (ErrorKind::TooManyValues, _) => format!("invalid '=' after option --{name}"),
        (ErrorKind::InvalidValue, Some(_)) if is_value_missing(error) => {
            format!("expected syntax: --{name} <string>")
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

/// `'-c'/'--connect'`: a global option by its names.
fn both_names(long: &str) -> String {
    let root = Arguments::command();
    let option = root.get_arguments().find(|option| option.get_long() == Some(long));
    match option.and_then(Arg::get_short) {
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
        assert_eq!(
            advice("v net-list --al"),
            "did you mean '--all'? 'virtwire net-list --help' shows how it is used"
        );
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
            Some("invalid value 'xml' for '--output <table|json>': possible are table, json")
        );
        assert_eq!(told("v -c").as_deref(), Some("option '-c'/'--connect' requires an argument"));
        assert_eq!(told("v --timeout").as_deref(), Some("option '--timeout' requires an argument"));
    }
}
