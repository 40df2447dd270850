//! A file that is named where `-` is standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// What messages call it.
#[cfg(feature = "several")]
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { super::output::shown_path(path) }
}

/// All that is in it.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !is_stdin(path) {
        return fs::read(path);
    }
    let mut content = Vec::new();
    io::stdin().lock().read_to_end(&mut content).map(|_| content)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}
