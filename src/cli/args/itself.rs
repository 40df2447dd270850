//! The arguments of the commands that are about this program itself.

#[cfg(any(feature = "man", feature = "testdaemon"))]
use std::path::PathBuf;

use clap::Args;
#[cfg(feature = "completions")]
use clap::ValueEnum;

// `completions`.
#[cfg(feature = "completions")]
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "bash|zsh|fish", value_enum, hide_possible_values = true)]
    pub(crate) shell: Shell,
}

/// A shell that lines can be completed for.
#[cfg(feature = "completions")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

// `man`.
#[cfg(feature = "man")]
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command; the program itself where none is given
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
    /// Write every page into this folder, which must be there
    #[arg(long, value_name = "FOLDER", conflicts_with = "command", value_hint = clap::ValueHint::DirPath)]
    pub(crate) save_to: Option<PathBuf>,
}

// `testd`.
#[cfg(feature = "testdaemon")]
#[derive(Debug, Args)]
pub(crate) struct Testd {
    /// The socket to listen on, as unix:PATH
    #[arg(long, value_name = "unix:PATH", value_parser = socket)]
    pub(crate) listen: PathBuf,
}

#[cfg(feature = "testdaemon")]
fn socket(text: &str) -> Result<PathBuf, String> {
    let path = text.strip_prefix("unix:").filter(|path| !path.is_empty());
    path.map(PathBuf::from).ok_or_else(|| "unix:PATH is wanted".to_owned())
}
