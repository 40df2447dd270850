//! The parser with all that it can tell others of itself: manual pages and completions are made from it.

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use super::option::{Form, Opt};
use super::{Arguments, COMMANDS, Globals, Spec};
use crate::cli::help;

impl Arguments {
    /// The program and its commands.
    pub(crate) fn described() -> Command {
        let mut root = described(Globals::parser(), &Globals::options())
            .about(help::ABOUT)
            .after_help(help::COMMANDS)
            .override_usage(help::USAGE)
            .subcommand_required(true)
            .disable_help_subcommand(false)
            .subcommands(COMMANDS.iter().map(Spec::described));
        root.build();
        root
    }
}

impl Spec {
    fn described(&self) -> Command {
        described(self.parser(), &self.options())
            .about(self.about())
            .after_help(self.after)
            .override_usage(self.usage())
            .hide(self.is_hidden)
    }
}

fn described(parser: Command, options: &[&Opt]) -> Command {
    parser.no_binary_name(false).mut_args(|arg| {
        match options.iter().find(|option| arg.get_id() == option.id()) {
            Some(option) => option.described(arg),
            None => arg,
        }
    })
}

impl Opt {
    fn described(&self, arg: Arg) -> Arg {
        let help = self.help().collect::<Vec<_>>().join("\n");
        arg.help(help).hide(self.is_hidden).value_hint(self.hint).hide_possible_values(self.takes_value())
    }
}

impl Form {
    /// The words that are possible, where others are not.
    pub(super) fn described(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let Self::OneOf(words) = self else { return None };
        Some(Box::new(words.iter().map(|(word, about)| {
            let value = PossibleValue::new(*word);
            let about = about.trim_ascii().trim_end_matches('.');
            if about.is_empty() { value } else { value.help(about) }
        })))
    }
}
