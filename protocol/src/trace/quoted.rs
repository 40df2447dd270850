//! Bytes that a peer sent, made harmless: quoted, escaped, and cut where they get long.

use super::line::Line;

/// Most characters of a text, or bytes of opaque data, that are shown.
pub(super) const SHOWN: usize = 100;

/// Text in quotes. What a terminal would act on, what cannot be seen and what is not UTF-8 is escaped as Rust escapes it.
pub(super) fn text(bytes: &[u8], length: usize, line: &mut Line<'_, '_>) {
    let mut left = SHOWN;
    let mut shown = 0;
    line.put("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars().take(left) {
            left -= 1;
            shown += c.len_utf8();
            // Nothing that quotes the whole uses this one.
            if c == '\'' { line.put("'") } else { line.format(format_args!("{}", c.escape_debug())) }
        }
        if left == 0 || !line.is_shown() {
            break;
        }
        for byte in chunk.invalid().iter().take(left) {
            left -= 1;
            shown += 1;
            line.format(format_args!("\\x{byte:02x}"));
        }
    }
    line.put("\"");
    rest(length.saturating_sub(shown), line);
}

/// Opaque data in hexadecimal digits.
pub(super) fn opaque(bytes: &[u8], line: &mut Line<'_, '_>) {
    line.put("0x");
    for byte in bytes.iter().take(SHOWN) {
        line.format(format_args!("{byte:02x}"));
    }
    rest(bytes.len().saturating_sub(SHOWN), line);
}

fn rest(bytes: usize, line: &mut Line<'_, '_>) {
    if bytes > 0 {
        line.format(format_args!("... {bytes} more"));
    }
}
