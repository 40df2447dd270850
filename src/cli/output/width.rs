//! How many columns a character takes in virsh's tables.

use unicode_width::UnicodeWidthChar;

/// The columns of a character, or nothing where virsh does not print it as such.
pub(super) fn of(c: char) -> Option<usize> {
    match c {
        '\u{ad}' => Some(1),
        '\u{2028}' | '\u{2029}' => None,
        _ if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => None,
        _ => c.width(),
    }
}
