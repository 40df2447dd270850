//! The words of the command line, put in order so that they mean what they mean to virsh.
//!
//! Behind the command, a word that starts with one dash is data there, not an option, and an option takes the next
//! word as its value whatever it is. So options go first, each joined with its value, then `--`, then the data.
//!
//! The commands that take several networks are ours, and change them: there such a word stays an option, and is refused,
//! so that one which belongs before the command is never taken for one more network.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::mem;

use clap::Error;
use clap::error::ErrorKind;

use super::args::option::{Kind, Opt};
use super::args::{Globals, Spec, Unread};

/// The words of one command line.
#[derive(Default)]
pub(crate) struct Words {
    /// Those before the command.
    pub(crate) globals: Vec<OsString>,
    /// The command, as it was typed.
    pub(crate) command: Option<String>,
    /// The command, where there is such a one.
    known: Option<&'static Spec>,
    /// The words behind it, as they were typed.
    typed: Vec<OsString>,
    /// The same in order.
    pub(crate) behind: Vec<OsString>,
    /// Whether the command takes several networks.
    pub(crate) takes_several: bool,
    /// Whether JSON is wanted, as far as can be seen even where the rest is wrong.
    pub(crate) json: bool,
}

impl Words {
    /// Puts the words of `argv`, the program's name first, in order.
    pub(crate) fn read(argv: impl IntoIterator<Item = OsString>) -> Self {
        let mut argv = argv.into_iter().skip(1);
        let mut words = Self::default();
        let Some(command) = words.read_globals(&mut argv) else { return words };
        words.known = command.to_str().and_then(Spec::find);
        words.command = Some(command.to_string_lossy().into_owned());
        words.typed = argv.collect();
        if let Some(known) = words.known {
            words.read_behind(&known.options());
        }
        words
    }

    /// The command that is asked for, if it is not asked how one is used.
    pub(crate) fn asked(&self) -> Result<&'static Spec, Unread> {
        let unread = |kind, command| Err(Unread { error: Error::new(kind), command });
        let about = self.typed.first().and_then(|word| word.to_str());
        match (self.command.as_deref(), self.known) {
            (None, _) => unread(ErrorKind::MissingSubcommand, None),
            (_, Some(known)) => Ok(known),
            (Some("help"), None) if self.typed.len() < 2 => match about.map(Spec::find) {
                None => unread(ErrorKind::DisplayHelp, None),
                Some(Some(known)) => unread(ErrorKind::DisplayHelp, Some(known)),
                Some(None) if about == Some("help") => unread(ErrorKind::DisplayHelp, None),
                Some(None) => unread(ErrorKind::InvalidSubcommand, None),
            },
            _ => unread(ErrorKind::InvalidSubcommand, None),
        }
    }

    /// The word that is no command, where there is one, and the one behind it: `help` asks for another command.
    pub(crate) fn unknown_command(&self) -> Option<(&str, Option<&str>)> {
        let mut behind = self.typed.iter().filter_map(|word| word.to_str());
        match self.command.as_deref()? {
            "help" => behind.next().map(|word| (word, behind.next())),
            command => Some((command, behind.next())),
        }
    }

    /// The line as it was meant, where options of the program stand behind the command, where they mean nothing. What
    /// else stands there is shortened to dots.
    pub(crate) fn corrected(&self) -> String {
        let globals = Globals::options();
        let own = self.known.map(Spec::options).unwrap_or_default();
        let command = self.command.as_deref().unwrap_or_default();
        let mut options: Vec<_> = self.globals.iter().map(|word| word.to_string_lossy()).collect();
        let mut rest = "";
        let mut behind = self.typed.iter();
        while let Some(word) = behind.next() {
            if !is_misplaced(&globals, &own, word) {
                rest = " ...";
                if word == "--" { break } else { continue }
            }
            options.push(word.to_string_lossy());
            if let Some((_, None)) = valued_option(&globals, word) {
                options.extend(behind.next().map(|value| value.to_string_lossy()));
            }
        }
        let options: String = options.iter().map(|option| format!(" {option}")).collect();
        format!("virtwire{options} {command}{rest}")
    }

    /// Reads up to the command, which it returns.
    fn read_globals(&mut self, argv: &mut impl Iterator<Item = OsString>) -> Option<OsString> {
        let globals = Globals::options();
        while let Some(word) = argv.next() {
            if word == "--" {
                return argv.next();
            }
            if word == "-" || !word.as_encoded_bytes().starts_with(b"-") {
                return Some(word);
            }
            let valued = valued_option(&globals, &word);
            self.globals.push(word);
            let Some((option, value)) = valued else { continue };
            let next = if value.is_none() { argv.next() } else { None };
            if option.long == "output" {
                let value = value.as_deref().map(OsStr::new).or(next.as_deref());
                self.json = value.is_some_and(|value| value == "json" || value == "jsonl");
            }
            self.globals.extend(next);
        }
        None
    }

    fn read_behind(&mut self, options: &[&'static Opt]) {
        self.takes_several = options.iter().any(|option| option.is_data() && option.kind == Kind::Several);
        let mut places = Places::of(options);
        let mut data = Vec::new();
        let mut has_ended = false;
        let mut typed = self.typed.iter().cloned();
        while let Some(mut word) = typed.next() {
            if word == "--" && !has_ended {
                has_ended = true;
                continue;
            }
            let marks = if self.takes_several { "-" } else { "--" };
            if has_ended || (word != "-h" && !word.as_encoded_bytes().starts_with(marks.as_bytes())) {
                match places.next() {
                    Some(option) => self.behind.push(format_named(option, &word)),
                    None => data.push(word),
                }
                continue;
            }
            if let Some((option, value)) = valued_option(options, &word) {
                places.take(option);
                let next = if value.is_none() { typed.next() } else { None };
                if let Some(value) = next {
                    word.push("=");
                    word.push(value);
                }
            }
            self.behind.push(word);
        }
        if !data.is_empty() {
            self.behind.push("--".into());
            self.behind.extend(data);
        }
    }
}

/// Whether a word behind the command is made of options that stand before it.
fn is_misplaced(globals: &[&Opt], own: &[&Opt], word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or_default();
        let is_known = |options: &[&Opt]| options.iter().any(|option| option.is_called(name));
        return is_known(globals) && !is_known(own);
    }
    let letter = word.strip_prefix('-').and_then(|letters| letters.chars().next());
    let is_known = |options: &[&Opt]| options.iter().any(|option| option.short == letter);
    letter.is_some() && is_known(globals) && !is_known(own)
}

/// The options whose values virsh takes without their names, in the order in which each command declares them. Others
/// are wanted by name.
const NAMELESS: [&str; 11] =
    ["mac", "port", "file", "command", "section", "xml", "parent-index", "uri", "key", "set", "new-desc"];

/// What the next word of data stands for.
struct Places {
    /// The network comes first, unless it was given by name.
    has_network: bool,
    options: VecDeque<&'static Opt>,
}

impl Places {
    fn of(options: &[&'static Opt]) -> Self {
        let is_nameless = |option: &&&Opt| !option.is_hidden && NAMELESS.contains(&option.long);
        let has_network = options.iter().any(|option| option.long == "network");
        Self { has_network, options: options.iter().filter(is_nameless).copied().collect() }
    }

    /// The option that a word of data is for; nothing where it is the network, or one too many.
    fn next(&mut self) -> Option<&'static Opt> {
        if mem::take(&mut self.has_network) {
            return None;
        }
        match self.options.front() {
            Some(option) if option.kind == Kind::Several => Some(option),
            _ => self.options.pop_front(),
        }
    }

    /// This option was given by name.
    fn take(&mut self, option: &Opt) {
        self.has_network &= option.long != "network";
        self.options.retain(|other| other.kind == Kind::Several || other.long != option.long);
    }
}

fn format_named(option: &Opt, value: &OsStr) -> OsString {
    let mut word = OsString::from(format!("--{}=", option.long));
    word.push(value);
    word
}

/// The option among these that `word` names, if it takes a value, and the value, if it is in the same word.
fn valued_option(options: &[&'static Opt], word: &OsStr) -> Option<(&'static Opt, Option<String>)> {
    let word = word.to_string_lossy();
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        let option = options.iter().find(|option| option.is_called(name))?;
        return option.takes_value().then_some((option, value));
    }
    let letters = word.strip_prefix('-')?;
    letters.char_indices().find_map(|(at, letter)| {
        let option = options.iter().find(|option| option.short == Some(letter))?;
        let rest = letters.get(at + letter.len_utf8()..).unwrap_or_default();
        let value = rest.strip_prefix('=').unwrap_or(rest);
        option.takes_value().then(|| (*option, (!rest.is_empty()).then(|| value.to_owned())))
    })
}

#[cfg(test)]
mod tests {
    use super::Words;

    fn read(line: &str) -> Words {
        Words::read(line.split(' ').map(Into::into))
    }

    fn normalised(line: &str) -> String {
        let words = read(line);
        let globals = words.globals.iter().map(|word| word.to_string_lossy());
        let behind = words.behind.iter().map(|word| word.to_string_lossy());
        let line: Vec<_> = globals.chain(words.command.as_deref().map(Into::into)).chain(behind).collect();
        format!("v {}", line.join(" "))
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
            assert_eq!(read(line).corrected(), meant, "{line}");
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
