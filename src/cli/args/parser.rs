//! The parser of what is declared.

use std::ffi::{OsStr, OsString};
use std::mem;

#[cfg(any(feature = "completions", feature = "man", test))]
use clap::builder::PossibleValue;
use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

use super::option::{Form, Kind, Opt};

/// Declared for the program.
pub(super) const VERSION: Opt = Opt {
    long: "version",
    short: Some('V'),
    other_short: Some('v'),
    help: "Print the version",
    kind: Kind::Version,
    ..Opt::PLAIN
};

/// Declared for the program, and for every command.
pub(super) const HELP: Opt =
    Opt { long: "help", short: Some('h'), help: "Print help", kind: Kind::Help, ..Opt::PLAIN };

/// A parser of these options, where an option may be given once only, or the last one counts of several.
pub(super) fn of(name: &'static str, options: &[&'static Opt], is_last: bool) -> Command {
    Command::new(name)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .args(options.iter().map(|option| option.arg(is_last)))
}

/// What a command line, or a part of it, says.
pub(super) fn parse(mut parser: Command, words: &[OsString]) -> Result<ArgMatches, Error> {
    let matches = parser.try_get_matches_from_mut(words);
    // To take it apart would cost a tenth of reading a command line, just before the program ends or waits.
    mem::forget(parser);
    matches
}

impl Opt {
    /// As the parser knows it.
    fn arg(&'static self, is_last: bool) -> Arg {
        let action = match self.kind {
            Kind::Flag => ArgAction::SetTrue,
            Kind::One | Kind::Required => ArgAction::Set,
            Kind::Several => ArgAction::Append,
            Kind::Help => ArgAction::Help,
            Kind::Version => ArgAction::Version,
        };
        let some = |name: &'static str| (!name.is_empty()).then_some(name);
        let mut arg = Arg::new(self.id())
            .long(some(self.long))
            .short(self.short)
            .alias(some(self.other_long))
            .short_alias(self.other_short)
            .action(action)
            .conflicts_with_all(self.excludes);
        if self.takes_value() {
            arg = arg.value_name(self.value).value_parser(*self.form);
        }
        if self.is_data() && self.kind == Kind::Several {
            arg = arg.num_args(1..);
        }
        if is_last && matches!(self.kind, Kind::Flag | Kind::One) {
            arg = arg.overrides_with(self.id());
        }
        match self.kind {
            Kind::Required if self.excludes.is_empty() => arg.required(true),
            Kind::Required => arg.required_unless_present_any(self.excludes),
            _ => arg,
        }
    }
}

/// Values stay as they were given: what they are read as is the business of who reads them.
impl TypedValueParser for Form {
    type Value = OsString;

    fn parse_ref(&self, _: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<OsString, Error> {
        let judged = match (self, value.to_str()) {
            (Self::Path, _) if value.is_empty() => Err((ErrorKind::InvalidValue, String::new())),
            (Self::Any | Self::Path, _) | (Self::Text, Some(_)) => Ok(()),
            (Self::OneOf(words), _) if words.iter().any(|(word, _)| value == *word) => Ok(()),
            (Self::OneOf(words), _) => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Err((ErrorKind::InvalidValue, format!("possible are {}", words.join(", "))))
            }
            (Self::Checked(check), Some(text)) => {
                check(text).map_err(|why| (ErrorKind::ValueValidation, why))
            }
            (Self::Text | Self::Checked(_), None) => return Err(Error::new(ErrorKind::InvalidUtf8)),
        };
        judged.map(|()| value.to_owned()).map_err(|(kind, why)| {
            let mut error = Error::new(kind);
            let context = [
                (ContextKind::InvalidArg, arg.map(Arg::to_string).unwrap_or_default()),
                (ContextKind::InvalidValue, value.to_string_lossy().into_owned()),
                (ContextKind::Custom, why),
            ];
            for (kind, text) in context {
                error.insert(kind, ContextValue::String(text));
            }
            error
        })
    }

    #[cfg(any(feature = "completions", feature = "man", test))]
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.described()
    }
}
