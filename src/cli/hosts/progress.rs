//! How far several hosts are, on a terminal: one line that is written over and over, and is gone at the end.

use std::io::{self, IsTerminal, Write};

/// How many signs the bar has, where there is room.
const WIDTH: usize = 30;

/// How wide a terminal is taken to be that does not tell.
const COLUMNS: usize = 80;

pub(super) struct Progress {
    hosts: usize,
    done: usize,
    failed: usize,
    is_shown: bool,
}

impl Progress {
    /// Shown where stderr is a terminal, and nothing else is to come there meanwhile: no questions (`is_used`), and not
    /// each host's line.
    pub(super) fn new(hosts: usize, is_used: bool, are_lines: bool) -> Self {
        let is_between_lines = are_lines && io::stdout().is_terminal();
        let is_shown = !is_used && !is_between_lines && io::stderr().is_terminal();
        let progress = Self { hosts, done: 0, failed: 0, is_shown };
        progress.show();
        progress
    }

    pub(super) fn add(&mut self, has_failed: bool) {
        self.done += 1;
        self.failed += usize::from(has_failed);
        self.show();
    }

    pub(super) fn show(&self) {
        if self.is_shown && !is_asking() {
            // There is nobody to tell where stderr cannot be written.
            let _ = write!(io::stderr(), "\r{}", self.line(columns()));
        }
    }

    /// Makes room for other lines.
    pub(super) fn clear(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{}\r", " ".repeat(self.line(columns()).len()));
        }
    }

    /// The line, which must not reach the last column: a terminal would begin another.
    fn line(&self, columns: usize) -> String {
        let failed = if self.failed == 0 { String::new() } else { format!(", {} failed", self.failed) };
        let mut text = format!("{} of {} hosts{failed}", self.done, self.hosts);
        text.truncate(columns.saturating_sub(1));
        let width = columns.saturating_sub(text.len() + 4).min(WIDTH);
        if width < 3 {
            return text;
        }
        let full = (self.done * width / self.hosts.max(1)).min(width);
        format!("[{}{}] {text}", "#".repeat(full), ".".repeat(width - full))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn columns() -> usize {
    let told = rustix::termios::tcgetwinsize(io::stderr()).map_or(0, |size| usize::from(size.ws_col));
    if told == 0 { COLUMNS } else { told }
}

fn is_asking() -> bool {
    #[cfg(feature = "sasl")]
    let is_asking = crate::cli::login::is_asking();
    #[cfg(not(feature = "sasl"))]
    let is_asking = false;
    is_asking
}

#[cfg(test)]
mod tests {
    use super::Progress;

    fn at(hosts: usize, done: usize, failed: usize, columns: usize) -> String {
        Progress { hosts, done, failed, is_shown: false }.line(columns)
    }

    #[test]
    fn the_line_says_how_far_it_is() {
        assert_eq!(at(3, 0, 0, 80), "[..............................] 0 of 3 hosts");
        assert_eq!(at(3, 1, 0, 80), "[##########....................] 1 of 3 hosts");
        assert_eq!(at(2000, 2000, 7, 80), "[##############################] 2000 of 2000 hosts, 7 failed");
    }

    #[test]
    fn the_line_stays_one_line_on_a_narrow_terminal() {
        assert_eq!(at(2000, 1000, 7, 40), "[####....] 1000 of 2000 hosts, 7 failed");
        assert_eq!(at(2000, 1000, 7, 30), "1000 of 2000 hosts, 7 failed");
        assert_eq!(at(2000, 1000, 7, 10), "1000 of 2");
        assert!((1..200).all(|columns| at(2000, 1999, 1999, columns).len() < columns.max(1)));
    }
}
