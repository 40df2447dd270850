//! A line that ends where it gets too long, and keeps silent while it is told to.

use std::fmt;

/// Passes on at most so many characters, and then only `...`.
pub(super) struct Line<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    left: usize,
    is_full: bool,
    is_silent: bool,
    /// What `out` said; it is asked nothing more after an error.
    pub(super) outcome: fmt::Result,
}

impl<'a, 'f> Line<'a, 'f> {
    pub(super) fn new(out: &'a mut fmt::Formatter<'f>, limit: usize) -> Self {
        Self { out, left: limit, is_full: false, is_silent: false, outcome: Ok(()) }
    }

    /// Whether what is written now is shown.
    pub(super) fn is_shown(&self) -> bool {
        !self.is_full && !self.is_silent
    }

    /// From now on, or no longer, nothing is shown. Returns how it was.
    pub(super) fn silence(&mut self, is_silent: bool) -> bool {
        std::mem::replace(&mut self.is_silent, is_silent)
    }

    /// Shows this, be the line full or not: for what must not be missed.
    pub(super) fn insist(&mut self, text: fmt::Arguments<'_>) {
        if self.outcome.is_ok() {
            self.outcome = self.out.write_fmt(text);
        }
    }

    /// Shows text as far as there is room.
    pub(super) fn put(&mut self, text: &str) {
        if !self.is_shown() {
            return;
        }
        match text.char_indices().nth(self.left) {
            None => {
                self.left -= text.chars().count();
                self.insist(format_args!("{text}"));
            }
            Some((at, _)) => {
                self.is_full = true;
                self.insist(format_args!("{}...", text.get(..at).unwrap_or_default()));
            }
        }
    }

    /// Shows formatted text as far as there is room.
    pub(super) fn format(&mut self, text: fmt::Arguments<'_>) {
        // `write_str` below never fails.
        let _ = fmt::write(self, text);
    }
}

impl fmt::Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text);
        Ok(())
    }
}
