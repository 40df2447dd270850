//! The arguments of the commands that are about this program itself.

#[cfg(feature = "testdaemon")]
use std::path::Path;
#[cfg(feature = "man")]
use std::path::PathBuf;

#[cfg(feature = "testdaemon")]
use super::option::Form;
use super::option::options;

#[cfg(feature = "completions")]
options! {
    /// `completions`.
    pub(crate) struct Completions {
        /// The shell
        pub(crate) shell: Shell { value: "bash|zsh|fish" },
    }
}

#[cfg(feature = "completions")]
super::option::choice! {
    /// A shell that lines can be completed for.
    pub(crate) enum Shell {
        Bash = "bash",
        Zsh = "zsh",
        Fish = "fish",
    }
}

#[cfg(feature = "man")]
options! {
    /// `man`.
    pub(crate) struct Man {
        /// The command; the program itself where none is given
        pub(crate) command: Option<String> { value: "COMMAND" },
        /// Write every page into this folder, which must be there
        pub(crate) save_to: Option<PathBuf> {
            long: "save-to", value: "FOLDER", hint: clap::ValueHint::DirPath, excludes: &["COMMAND"]
        },
    }
}

#[cfg(feature = "testdaemon")]
options! {
    /// `testd`.
    pub(crate) struct Testd {
        /// The socket to listen on, as unix:PATH
        listen: String { long: "listen", value: "unix:PATH", form: &Form::Checked(socket) },
    }
}

#[cfg(feature = "testdaemon")]
impl Testd {
    /// Where to listen.
    pub(crate) fn socket(&self) -> &Path {
        Path::new(self.listen.strip_prefix("unix:").unwrap_or_default())
    }
}

#[cfg(feature = "testdaemon")]
fn socket(text: &str) -> Result<(), String> {
    let path = text.strip_prefix("unix:").filter(|path| !path.is_empty());
    path.map(drop).ok_or_else(|| "unix:PATH is wanted".to_owned())
}
