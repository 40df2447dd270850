//! Completing a command line for a shell: commands and options from their declaration, networks from the server.
//!
//! A shell's script asks by calling the program with [`VARIABLE`] set; nothing of a command is done then. What fails is
//! passed over in silence: a person in the middle of a line wants no error there.

mod bash;
mod names;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap_complete::ArgValueCompleter;
use clap_complete::env::{EnvCompleter, Fish, Zsh};

use self::bash::Bash;
use super::args::option::Given;
use super::args::{Arguments, Shell};

/// Set by the shells' scripts to the shell's name.
const VARIABLE: &str = "VIRTWIRE_COMPLETE";

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
        }
    }

    /// What the shell is to read once: it calls this program from then on, by the path by which it is called now.
    pub(crate) fn script(self) -> Vec<u8> {
        let called =
            env::args_os().next().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A name without a folder is found in PATH, also after an update.
        let is_path = called.contains('/');
        let program = env::current_exe().ok().filter(|_| is_path);
        let program = program.as_deref().and_then(Path::to_str).unwrap_or("virtwire");
        let mut script = Vec::new();
        // A Vec takes whatever is written.
        let _ = self.completer().write_registration(VARIABLE, "virtwire", "virtwire", program, &mut script);
        script
    }
}

/// Completes, where a shell asks for that. `false`: there is a command to be run.
pub(super) fn answer() -> bool {
    let Some(shell) = env::var(VARIABLE).ok().filter(|shell| !shell.is_empty()) else { return false };
    if let Some(shell) = Shell::given(shell.as_ref()) {
        let mut out = Vec::new();
        if complete(shell, env::args_os(), &mut out).is_ok() {
            // A shell that does not listen has changed its mind.
            let _ = io::stdout().lock().write_all(&out);
        }
    }
    true
}

fn complete(shell: Shell, argv: impl Iterator<Item = OsString>, out: &mut Vec<u8>) -> io::Result<()> {
    let words: Vec<OsString> = argv.skip_while(|word| word != "--").skip(1).collect();
    let known = if shell == Shell::Bash { bash::words(&words) } else { words.clone() };
    let mut command = with_names(&known);
    shell.completer().write_complete(&mut command, words, env::current_dir().ok().as_deref(), out)
}

/// The commands, with what the server and libvirt.conf know where their arguments want that.
fn with_names(words: &[OsString]) -> clap::Command {
    let connect = |arg: clap::Arg| arg.add(ArgValueCompleter::new(names::uris));
    Arguments::described().mut_arg("connect", connect).mut_subcommands(|command| {
        let (name, words) = (command.get_name().to_owned(), words.to_vec());
        nameless(command).mut_args(|arg| {
            let known = names::words(&name, arg.get_id().as_str());
            if !known.is_empty() {
                return arg.hide(false).add(ArgValueCompleter::new(move |typed: &OsStr| {
                    names::starting_with(typed, known.iter().copied())
                }));
            }
            let wants_network =
                arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "NETWORK"));
            if !wants_network {
                return arg;
            }
            let (name, words) = (name.clone(), words.clone());
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| names::networks(&name, &words, typed)))
        })
    })
}

/// A command with the words that may stand for its options: the parser never sees them, since they become options
/// before.
fn nameless(command: clap::Command) -> clap::Command {
    match command.get_name() {
        "net-update" => command
            .args([("COMMAND", 2), ("SECTION", 3)].map(|(name, place)| clap::Arg::new(name).index(place))),
        _ => command,
    }
}
