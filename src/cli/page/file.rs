//! The page's file: whole or not there, and never in place of what it was made from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Kind};
use crate::cli::output::shown_path;

/// Replaces `path` at once by a file with this content; `-` is standard output. What is no plain file, such as a pipe, is
/// written to.
pub(super) fn write<'a>(
    path: &Path,
    inputs: impl Iterator<Item = &'a PathBuf>,
    content: &[u8],
) -> Result<(), Failure> {
    let failed = |error: &io::Error| Failure::io(format!("Failed to write {}", shown_path(path)), error);
    if path == Path::new("-") {
        let mut stdout = io::stdout().lock();
        return stdout.write_all(content).and_then(|()| stdout.flush()).map_err(|error| failed(&error));
    }
    let same = fs::canonicalize(path).ok();
    for input in inputs {
        if same.is_some() && fs::canonicalize(input).ok() == same {
            let message = format!("{} is what the page is made from; nothing was written", shown_path(path));
            return Err(Failure::new(Kind::Usage, message));
        }
    }
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, content).map_err(|error| failed(&error));
    }
    // A link's target is replaced, and not the link.
    let path = same.unwrap_or_else(|| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let replaced = put(&beside, content).and_then(|()| fs::rename(&beside, &path));
    replaced.map_err(|error| {
        // What is left of it is of no use to anybody.
        let _ = fs::remove_file(&beside);
        failed(&error)
    })
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
