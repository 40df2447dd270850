//! The text of several hosts: each whole, behind a line that names it; on stderr the name stands before each line.

#[cfg(feature = "json")]
use super::document::Documents;
use super::document::{Document, Tally};
use super::{View, table};

/// What goes to stdout for one host: an empty line stands between two.
pub(super) fn render(document: &Document, view: &View, is_first: bool) -> Vec<u8> {
    let mut out = Vec::new();
    if !is_first {
        out.push(b'\n');
    }
    out.extend_from_slice(name(document).as_bytes());
    out.extend_from_slice(b":\n");
    out.extend(table::told(document, view));
    out
}

/// What goes to stderr for one host.
pub(super) fn errors_of(document: &Document) -> Vec<u8> {
    let errors = table::errors(document);
    let lines = errors.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| [name(document).as_bytes(), b": ", line].concat()).collect()
}

/// How many failed, where any did, and whose turn never came.
pub(super) fn summary(tally: &Tally) -> Vec<u8> {
    let mut out = tally.error().as_ref().map(table::failure_lines).unwrap_or_default();
    if !tally.not_begun.is_empty() {
        let count = tally.not_begun.len();
        let were = if count == 1 { "host was" } else { "hosts were" };
        out.extend(format!("note: {count} {were} not begun: {}\n", tally.not_begun.join(", ")).into_bytes());
    }
    out
}

/// All that goes to stderr.
#[cfg(feature = "json")]
pub(super) fn errors(documents: &Documents, tally: &Tally) -> Vec<u8> {
    let each = documents.hosts.iter().flat_map(errors_of);
    each.chain(summary(tally)).collect()
}

fn name(document: &Document) -> &str {
    document.uri.as_deref().unwrap_or_default()
}
