//! Letting a person change a text in an editor. What was typed is lost only where the person says so.

use std::collections::hash_map::RandomState;
use std::env;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::question::{Answer, Question, ask};
use super::xml_file;
use crate::cli::failure::{Failure, Kind};

/// The editor of those who name none.
const EDITOR: &str = "vi";

/// How often another name is tried for a file where one exists already.
const NAMES_TRIED: usize = 16;

/// A file that holds the text while it is edited, removed with this value unless it is kept.
pub(super) struct Draft {
    path: PathBuf,
    is_kept: bool,
}

impl Draft {
    /// A file of its own, which nobody else may read, in `TMPDIR` or `/tmp`.
    pub(super) fn new(text: &[u8]) -> Result<Self, Failure> {
        let folder = env::var_os("TMPDIR").filter(|folder| !folder.is_empty());
        let folder = PathBuf::from(folder.unwrap_or_else(|| "/tmp".into()));
        let wrong = |error: &io::Error| Failure::io("Failed to create a file for the editor", error);
        let mut tried = 0;
        let (path, mut file) = loop {
            let path =
                folder.join(format!("virtwire-{:016x}.xml", RandomState::new().build_hasher().finish()));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => break (path, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tried < NAMES_TRIED => {
                    tried += 1
                }
                Err(error) => return Err(wrong(&error)),
            }
        };
        let draft = Self { path, is_kept: false };
        file.write_all(text).map_err(|error| wrong(&error))?;
        Ok(draft)
    }

    /// Runs the editor, and reads what it left. The connection goes on answering pings meanwhile.
    pub(super) async fn edit(&self) -> Result<Vec<u8>, Failure> {
        let editor = editor();
        let name = editor.to_string_lossy().into_owned();
        // The variables may hold options, so they are a shell's to read; the file's name is not.
        let mut line = editor;
        line.push(" \"$1\"");
        let ended = Command::new("sh").arg("-c").arg(line).arg("sh").arg(&self.path).status().await;
        let ended =
            ended.map_err(|error| Failure::io(format!("Failed to run the editor '{name}'"), &error))?;
        if !ended.success() {
            let failure = Failure::new(Kind::Io, format!("the editor '{name}' ended with {ended}"));
            return Err(
                failure.advice("nothing was changed; VISUAL or EDITOR may name another one".to_owned())
            );
        }
        xml_file::read(&self.path)
    }

    /// Keeps the file, and says so.
    pub(super) fn kept(&mut self, failure: Failure) -> Failure {
        self.is_kept = true;
        let kept = format!("your text is in {}", self.path.display());
        let advice =
            failure.advice.as_ref().map_or_else(|| kept.clone(), |advice| format!("{advice}; {kept}"));
        failure.advice(advice)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            remove(&self.path);
        }
    }
}

/// A file that is gone already needs no removing.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

fn editor() -> OsString {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| EDITOR.into())
}

/// Has a text edited that is stored elsewhere, until it is stored again or the person gives up. False: it was not
/// changed. Storing is told whether to validate; what fails to is worth trying without.
pub(super) async fn revise(
    read: impl AsyncFn() -> Result<Vec<u8>, Failure>,
    store: impl AsyncFn(&[u8], bool) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut original = read().await?;
    let mut draft = Draft::new(&original)?;
    'edit: loop {
        let text = draft.edit().await?;
        if text == original {
            return Ok(false);
        }
        let mut validate = true;
        loop {
            let now = read().await.map_err(|failure| draft.kept(failure))?;
            let (question, failure) = if now != original {
                original = now;
                let changed = "The XML configuration was changed by another user.";
                (Question { what: changed, can_relax: false }, Failure::new(Kind::Libvirt, changed))
            } else {
                match store(&text, validate).await {
                    Ok(()) => return Ok(true),
                    Err(failure) => {
                        let can_relax = validate && failure.is_of_schema();
                        (Question { what: "Failed.", can_relax }, failure)
                    }
                }
            };
            match ask(&question, &failure).await {
                Some(Answer::EditAgain) => continue 'edit,
                Some(Answer::TryAgain) => {}
                Some(Answer::Relax) => validate = false,
                Some(Answer::Discard) => {
                    return Err(failure.what("Nothing was changed, and the edited text is thrown away"));
                }
                None => return Err(draft.kept(failure)),
            }
        }
    }
}
