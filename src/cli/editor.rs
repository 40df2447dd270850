//! A person's editor on a text: a file of ours that nobody else can read, until the text is stored or thrown away.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, Kind};
use super::output::shown_path;

/// Names that are tried before giving up.
const TRIES: u32 = 100;

/// Most bytes that are read back.
const BYTES_MAX: u64 = 10 * 1024 * 1024;

/// A text that is being edited. Its file stays until [`Draft::discard`]: what a person has written is not lost because
/// something else went wrong.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// A new file with this text, in `TMPDIR` or `/tmp`.
    pub(crate) fn new(text: &[u8]) -> Result<Self, Failure> {
        let folder = env::var_os("TMPDIR").filter(|folder| !folder.is_empty()).unwrap_or("/tmp".into());
        let (path, mut file) = create(Path::new(&folder)).map_err(|error| {
            let what = format!("Failed to make a file to edit in {}", shown_path(Path::new(&folder)));
            Failure::io(what, &error).advice("TMPDIR names another folder".to_owned())
        })?;
        let draft = Self { path };
        match file.write_all(text) {
            Ok(()) => Ok(draft),
            Err(error) => {
                let failure = Failure::io(format!("Failed to write {}", shown_path(&draft.path)), &error);
                draft.discard();
                Err(failure)
            }
        }
    }

    /// Where the text is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the editor, and waits until it ends.
    pub(crate) async fn edit(&self) -> Result<(), Failure> {
        let editor = editor();
        // What is typed to interrupt the editor is not meant for us.
        let _heard = [SignalKind::interrupt(), SignalKind::quit()].map(signal);
        let ended = command(&editor, &self.path).status().await;
        let named = editor.to_string_lossy();
        let failed = match ended {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => Failure::new(Kind::Io, format!("'{named}' ended with {status}")),
            Err(error) => Failure::io(format!("Failed to start the editor '{named}'"), &error),
        };
        Err(failed.advice("VISUAL or EDITOR names the editor".to_owned()))
    }

    /// The text as it is now.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        let read = fs::metadata(&self.path).and_then(|metadata| {
            if metadata.len() > BYTES_MAX {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            fs::read(&self.path)
        });
        read.map_err(|error| Failure::io(format!("Failed to read {}", shown_path(&self.path)), &error))
    }

    /// Removes the file.
    pub(crate) fn discard(self) {
        // Where it cannot be removed, it is left in a folder for such files.
        let _ = fs::remove_file(self.path);
    }
}

fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut tries = 0;
    loop {
        let path = folder.join(format!("virtwire-{}-{tries}.xml", process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => tries += 1,
            made => return made.map(|file| (path, file)),
        }
    }
}

fn editor() -> OsString {
    let named = |name| env::var_os(name).filter(|editor| !editor.is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// An editor that is one word needs no shell; one with options is a line for it, as everywhere.
fn command(editor: &OsStr, file: &Path) -> Command {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-/_.:@".contains(byte);
    if editor.as_encoded_bytes().iter().all(is_word) {
        let mut command = Command::new(editor);
        command.arg(file);
        return command;
    }
    let mut line = editor.to_owned();
    line.push(" \"$1\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).arg("sh").arg(file);
    command
}
