//! The words of the command line, put in order so that they mean what they mean to virsh.
//!
//! Behind the command, a word that starts with one dash is data there, not an option, and an option takes the next
//! word as its value whatever it is. So options go first, each joined with its value, then `--`, then the data.
//!
//! The commands that take several networks are ours, and change them: there such a word stays an option, and is refused,
//! so that one which belongs before the command is never taken for one more network.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

use super::args::Arguments;

/// The words of one command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// In order, the program's name first.
    pub(crate) normalised: Vec<OsString>,
    /// The command, as it was typed.
    pub(crate) command: Option<String>,
    /// How many words stand before the command.
    before: usize,
    /// Whether the command takes several networks.
    pub(crate) takes_several: bool,
    /// The words behind the command, as they were typed.
    behind: Vec<OsString>,
    /// Whether JSON is wanted, as far as can be seen even where the rest is wrong.
    pub(crate) json: bool,
}

impl Words {
    /// Puts the words of `argv` in order, as the options of `root` and of its commands ask: those of the command that was
    /// asked for are made here, and stay made.
    pub(crate) fn read(root: &mut Command, argv: impl IntoIterator<Item = OsString>) -> Self {
        let mut argv = argv.into_iter();
        let mut words = Self::default();
        words.normalised.extend(argv.next());
        let command = words.read_global(root, &mut argv);
        words.before = words.normalised.len();
        let Some(command) = command else { return words };
        let known = command.to_str().and_then(|name| root.find_subcommand_mut(name));
        words.command = Some(command.to_string_lossy().into_owned());
        words.normalised.push(command);
        words.behind = argv.collect();
        match known {
            Some(known) => {
                known.build();
                words.read_behind(known);
            }
            None => words.normalised.extend(words.behind.iter().cloned()),
        }
        words
    }

    /// The word that is no command, where there is one, and the one behind it: `help` asks for another command.
    pub(crate) fn unknown_command(&self) -> Option<(&str, Option<&str>)> {
        let mut behind = self.behind.iter().filter_map(|word| word.to_str());
        match self.command.as_deref()? {
            "help" => behind.next().map(|word| (word, behind.next())),
            command => Some((command, behind.next())),
        }
    }

    /// Whether this option stands before the command.
    pub(crate) fn is_global(&self, option: &str) -> bool {
        let mut globals = self.globals().map(|word| word.to_string_lossy());
        if option.starts_with("--") {
            return globals.any(|word| word.split('=').next() == Some(option));
        }
        let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--");
        let letter = option.strip_prefix('-');
        letter.is_some_and(|letter| globals.any(|word| is_short(&word) && word.contains(letter)))
    }

    /// The line as it was meant, where options of `root` stand behind the command, where they mean nothing. What else
    /// stands there is shortened to dots.
    pub(crate) fn corrected(&self, root: &Command) -> String {
        let command = self.command.as_deref().unwrap_or_default();
        let mut options: Vec<_> = self.globals().map(|word| word.to_string_lossy()).collect();
        let mut rest = "";
        let mut behind = self.behind.iter();
        while let Some(word) = behind.next() {
            let is_option = self.is_misplaced(root, word);
            if !is_option {
                rest = " ...";
                if word == "--" { break } else { continue }
            }
            options.push(word.to_string_lossy());
            if let Some((_, None)) = valued_option(root, word) {
                options.extend(behind.next().map(|value| value.to_string_lossy()));
            }
        }
        let options: String = options.iter().map(|option| format!(" {option}")).collect();
        format!("virtwire{options} {command}{rest}")
    }

    /// Whether a word behind the command is made of options that stand before it.
    fn is_misplaced(&self, root: &Command, word: &OsStr) -> bool {
        let word = word.to_string_lossy();
        let own = self.command.as_deref().and_then(|name| Arguments::one(root, name));
        let has_long =
            |command: &Command, name: &str| command.get_arguments().any(|option| is_called(option, name));
        if let Some(long) = word.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or_default();
            return has_long(root, name) && !own.is_some_and(|own| has_long(&own, name));
        }
        let letter = word.strip_prefix('-').and_then(|letters| letters.chars().next());
        letter.is_some_and(|letter| root.get_arguments().any(|option| option.get_short() == Some(letter)))
    }

    /// The words before the command.
    fn globals(&self) -> impl Iterator<Item = &OsString> {
        self.normalised.iter().take(self.before).skip(1)
    }

    /// Reads up to the command, which it returns.
    fn read_global(&mut self, root: &Command, argv: &mut impl Iterator<Item = OsString>) -> Option<OsString> {
        while let Some(word) = argv.next() {
            if word == "--" {
                return argv.next();
            }
            if !word.as_encoded_bytes().starts_with(b"-") {
                return Some(word);
            }
            let valued = valued_option(root, &word);
            self.normalised.push(word);
            let Some((option, value)) = valued else { continue };
            let next = if value.is_none() { argv.next() } else { None };
            if option.get_id() == "output" {
                let value = value.as_deref().map(OsStr::new).or(next.as_deref());
                self.json = value.is_some_and(|value| value == "json" || value == "jsonl");
            }
            self.normalised.extend(next);
        }
        None
    }

    fn read_behind(&mut self, command: &Command) {
        let mut positionals = command.get_positionals();
        self.takes_several = positionals.any(|arg| matches!(arg.get_action(), ArgAction::Append));
        let mut places = Places::of(command);
        let mut data = Vec::new();
        let mut has_ended = false;
        let mut behind = self.behind.iter().cloned();
        while let Some(mut word) = behind.next() {
            if word == "--" && !has_ended {
                has_ended = true;
                continue;
            }
            let marks = if self.takes_several { "-" } else { "--" };
            if has_ended || (word != "-h" && !word.as_encoded_bytes().starts_with(marks.as_bytes())) {
                match places.next() {
                    Some(option) => self.normalised.push(format_named(option, &word)),
                    None => data.push(word),
                }
                continue;
            }
            if let Some((option, value)) = valued_option(command, &word) {
                places.take(option);
                let next = if value.is_none() { behind.next() } else { None };
                if let Some(value) = next {
                    word.push("=");
                    word.push(value);
                }
            }
            self.normalised.push(word);
        }
        if !data.is_empty() {
            self.normalised.push("--".into());
            self.normalised.extend(data);
        }
    }
}

/// The options whose values virsh takes without their names, in the order in which each command declares them. Others
/// are wanted by name.
const NAMELESS: [&str; 11] =
    ["mac", "port", "file", "command", "section", "xml", "parent-index", "uri", "key", "set", "new-desc"];

/// What the next word of data stands for.
struct Places<'a> {
    /// The network comes first, unless it was given by name.
    network: Option<&'a Arg>,
    options: VecDeque<&'a Arg>,
}

impl<'a> Places<'a> {
    fn of(command: &'a Command) -> Self {
        let is_nameless =
            |arg: &&Arg| !arg.is_hide_set() && arg.get_long().is_some_and(|long| NAMELESS.contains(&long));
        let network = command.get_arguments().find(|arg| arg.get_long() == Some("network"));
        Self { network, options: command.get_arguments().filter(is_nameless).collect() }
    }

    /// The option that a word of data is for; nothing where it is the network, or one too many.
    fn next(&mut self) -> Option<&'a Arg> {
        if self.network.take().is_some() {
            return None;
        }
        match self.options.front() {
            Some(option) if matches!(option.get_action(), ArgAction::Append) => Some(option),
            _ => self.options.pop_front(),
        }
    }

    /// This option was given by name.
    fn take(&mut self, option: &Arg) {
        self.network = self.network.filter(|network| network.get_id() != option.get_id());
        let is_repeatable = matches!(option.get_action(), ArgAction::Append);
        self.options.retain(|other| is_repeatable || other.get_id() != option.get_id());
    }
}

fn format_named(option: &Arg, value: &OsStr) -> OsString {
    let mut word = OsString::from(format!("--{}=", option.get_long().unwrap_or_default()));
    word.push(value);
    word
}

/// The option of `command` that `word` names, if it takes a value, and the value, if it is in the same word.
fn valued_option<'a>(command: &'a Command, word: &OsStr) -> Option<(&'a Arg, Option<String>)> {
    let takes_value = |arg: &&Arg| arg.get_action().takes_values();
    let word = word.to_string_lossy();
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        let option = command.get_arguments().find(|arg| is_called(arg, name));
        return option.filter(takes_value).map(|option| (option, value));
    }
    let letters = word.strip_prefix('-')?;
    letters.char_indices().find_map(|(at, letter)| {
        let named = command.get_arguments().find(|arg| arg.get_short() == Some(letter));
        let rest = letters.get(at + letter.len_utf8()..).unwrap_or_default();
        let value = rest.strip_prefix('=').unwrap_or(rest);
        let value = (!rest.is_empty()).then(|| value.to_owned());
        named.filter(takes_value).map(|option| (option, value))
    })
}

/// Whether this is the option's name, or another one of it.
fn is_called(option: &Arg, name: &str) -> bool {
    option.get_long() == Some(name) || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, Words};

    fn read(line: &str) -> Words {
        Words::read(&mut Arguments::command(), line.split(' ').map(Into::into))
    }

    fn normalised(line: &str) -> String {
        let words: Vec<_> =
            read(line).normalised.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        words.join(" ")
    }

    #[test]
    fn one_dash_is_data_behind_the_command() {
        assert_eq!(normalised("v net-info -x"), "v net-info -- -x");
        assert_eq!(normalised("v net-define -d.xml --validate"), "v net-define --validate -- -d.xml");
        assert_eq!(normalised("v net-info -h"), "v net-info -h");
        assert_eq!(normalised("v net-info -- --network"), "v net-info -- --network");
        assert_eq!(normalised("v net-list --"), "v net-list");
    }

    #[test]
    fn one_dash_is_an_option_where_there_may_be_several_networks() {
        assert_eq!(normalised("v net-disable default -q"), "v net-disable -q -- default");
        assert_eq!(normalised("v net-enable -n x"), "v net-enable -n -- x");
        assert_eq!(normalised("v net-disable --network -n"), "v net-disable --network=-n");
        assert_eq!(normalised("v net-disable a -- -n"), "v net-disable -- a -n");
    }

    #[test]
    fn the_line_that_was_meant_has_its_options_before_the_command() {
        for (line, meant) in [
            ("v net-list -o json", "virtwire -o json net-list"),
            ("v -c URI net-list --all -qr", "virtwire -c URI -qr net-list ..."),
            ("v net-disable default -q", "virtwire -q net-disable ..."),
            ("v net-list --timeout=5", "virtwire --timeout=5 net-list"),
            ("v net-list -ojson -- -q", "virtwire -ojson net-list ..."),
            ("v net-list --all", "virtwire net-list ..."),
        ] {
            assert_eq!(read(line).corrected(&Arguments::command()), meant, "{line}");
        }
    }

    #[test]
    fn an_option_takes_the_next_word_whatever_it_is() {
        assert_eq!(normalised("v net-info --network --"), "v net-info --network=--");
        assert_eq!(normalised("v net-info --network --network"), "v net-info --network=--network");
        assert_eq!(normalised("v net-info --network"), "v net-info --network");
        assert_eq!(normalised("v net-info --network=a b"), "v net-info --network=a -- b");
    }

    #[test]
    fn data_stands_for_the_options_that_virsh_takes_without_names() {
        for (line, meant) in [
            #[cfg(feature = "net-port")]
            ("v net-port-delete n p", "v net-port-delete --port=p -- n"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete --network n p", "v net-port-delete --network=n --port=p"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete p --network n", "v net-port-delete --network=n -- p"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete --port p n", "v net-port-delete --port=p -- n"),
            #[cfg(feature = "net-port")]
            ("v net-port-delete n p x", "v net-port-delete --port=p -- n x"),
            (
                "v net-update n add --section s x --live 3",
                "v net-update --command=add --section=s --xml=x --live --parent-index=3 -- n",
            ),
            ("v net-update n -- add -x --y", "v net-update --command=add --section=-x --xml=--y -- n"),
            ("v net-dhcp-leases n m", "v net-dhcp-leases --mac=m -- n"),
            #[cfg(feature = "annotations")]
            ("v net-desc n two words", "v net-desc --new-desc=two --new-desc=words -- n"),
            ("v net-dumpxml n x", "v net-dumpxml -- n x"),
            ("v net-define f g", "v net-define -- f g"),
        ] {
            assert_eq!(normalised(line), meant, "{line}");
        }
    }

    #[test]
    fn options_that_are_not_known_are_left_to_the_parser() {
        assert_eq!(normalised("v net-info --bogus x"), "v net-info --bogus -- x");
        assert_eq!(normalised("v bogus -x --y z"), "v bogus -x --y z");
        assert_eq!(normalised("v -Z --bogus net-list"), "v -Z --bogus net-list");
    }

    #[test]
    fn the_command_is_found_behind_the_global_options() {
        for line in [
            "v -c net-info net-list",
            "v -cnet-info net-list",
            "v -qc net-info net-list",
            "v --connect net-info --timeout 3 -r net-list",
            "v --connect=net-info -- net-list",
        ] {
            assert_eq!(read(line).command.as_deref(), Some("net-list"), "{line}");
        }
        assert_eq!(read("v -q").command, None);
        assert_eq!(read("v").command, None);
    }

    #[test]
    fn json_is_recognised_where_the_rest_is_wrong() {
        for line in [
            "v -o json",
            "v -ojson bogus",
            "v --output json --bogus",
            "v --output=json net-list --x",
            "v -Z -qo json",
        ] {
            assert!(read(line).json, "{line}");
        }
        for line in ["v net-list -o json", "v -o table", "v -c json", "v -o json -o table", "v -o"] {
            assert!(!read(line).json, "{line}");
        }
    }
}
