//! Text that others chose, made safe to show.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use super::width;

/// A cell of a table, and the columns that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) width: usize,
}

impl<'a> Cell<'a> {
    /// A cell of the program's own words, which are ASCII.
    pub(super) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        let bytes = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Self { width: bytes.len(), bytes }
    }
}

/// A cell that is being written.
#[derive(Default)]
struct Escaped {
    bytes: Vec<u8>,
    width: usize,
}

impl Escaped {
    fn escape(&mut self, escaped: &str) {
        self.bytes.extend_from_slice(escaped.as_bytes());
        self.width += escaped.len();
    }
}

/// A cell as virsh makes it, on a terminal or not: control characters as `\x1b`, a backslash before an `x` as `\x5c`,
/// and each byte of what cannot be printed as `\xff`, whatever the byte is.
pub(super) fn cell<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Cell<'a> {
    let bytes = bytes.into();
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\') {
        return Cell { width: bytes.len(), bytes };
    }
    let mut cell = Escaped::default();
    for chunk in bytes.utf8_chunks() {
        let mut chars = chunk.valid().chars().peekable();
        while let Some(c) = chars.next() {
            match width::of(c) {
                _ if c.is_ascii_control() => cell.escape(&format!("\\x{:02x}", u32::from(c))),
                _ if c == '\\' && chars.peek() == Some(&'x') => cell.escape("\\x5c"),
                Some(width) => {
                    cell.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    cell.width += width;
                }
                None => cell.escape(&"\\xff".repeat(c.len_utf8())),
            }
        }
        cell.escape(&"\\xff".repeat(chunk.invalid().len()));
    }
    Cell { bytes: cell.bytes.into(), width: cell.width }
}

/// A file's name in a sentence.
pub(crate) fn path(path: &Path) -> String {
    String::from_utf8_lossy(&for_terminal(path.as_os_str().as_encoded_bytes())).into_owned()
}

/// Text for a terminal: what it would act on is shown instead. Line ends and tabs stay.
pub(super) fn for_terminal(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_harmless = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_harmless)) {
        return bytes.into();
    }
    let mut shown = String::with_capacity(bytes.len() + 16);
    let escape = |shown: &mut String, byte: u8| {
        let _ = write!(shown, "\\x{byte:02x}");
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_harmless(c) {
                shown.push(c);
            } else {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(&mut shown, byte));
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(&mut shown, *byte));
    }
    shown.into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{cell, for_terminal};

    fn shown(bytes: &[u8]) -> (String, usize) {
        let cell = cell(bytes);
        (String::from_utf8(cell.bytes.into_owned()).unwrap_or_default(), cell.width)
    }

    #[test]
    fn cells_are_escaped_as_virsh_escapes_them() {
        for (bytes, text, width) in [
            (&b"default"[..], "default", 7),
            (b"a\tb", "a\\x09b", 6),
            (b"\x7f", "\\x7f", 4),
            (b"a\\xb", "a\\x5cxb", 7),
            (b"a\\\\b", "a\\\\b", 4),
            (b"a\xffb", "a\\xffb", 6),
            (b"\xe4b", "\\xffb", 5),
            (b"\xe2\x82", "\\xff\\xff", 8),
            ("\u{85}".as_bytes(), "\\xff\\xff", 8),
            ("\u{2028}".as_bytes(), "\\xff\\xff\\xff", 12),
            ("\u{fffe}".as_bytes(), "\\xff\\xff\\xff", 12),
        ] {
            assert_eq!(shown(bytes), (text.to_owned(), width), "{text}");
        }
    }

    #[test]
    fn widths_are_summed_character_by_character() {
        for (text, width) in [
            ("網路", 4),
            ("e\u{301}", 1),
            ("😀", 2),
            ("👩\u{200d}👩\u{200d}👧", 6),
            ("🇩🇪", 2),
            ("❤\u{fe0f}", 1),
            ("\u{202e}\u{feff}\u{200b}", 0),
            ("\u{ad}\u{a0}…", 3),
            ("Ａｱ", 3),
        ] {
            assert_eq!(shown(text.as_bytes()), (text.to_owned(), width), "{text}");
        }
    }

    #[test]
    fn a_terminal_is_shown_what_it_would_act_on() {
        let text = |bytes| String::from_utf8_lossy(&for_terminal(bytes)).into_owned();
        assert_eq!(text(b"a\x1b[31mb\n\tc\r"), "a\\x1b[31mb\n\tc\\x0d");
        assert_eq!(text("\u{9b}é".as_bytes()), "\\xc2\\x9bé");
        assert_eq!(text(b"\xff\x7f"), "\\xff\\x7f");
        assert_eq!(text("<name>ä</name>\n".as_bytes()), "<name>ä</name>\n");
    }
}
