//! How far several hosts are, on a terminal: one line that is written over and over, and is gone at the end.

use std::io::{self, IsTerminal, Write};

/// How many signs the bar has.
const WIDTH: usize = 30;

pub(super) struct Progress {
    hosts: usize,
    done: usize,
    failed: usize,
    is_shown: bool,
}

impl Progress {
    /// Shown where stderr is a terminal, and nothing else is to come there meanwhile.
    pub(super) fn new(hosts: usize, is_used: bool) -> Self {
        let is_shown = !is_used && io::stderr().is_terminal();
        let progress = Self { hosts, done: 0, failed: 0, is_shown };
        progress.show();
        progress
    }

    pub(super) fn add(&mut self, has_failed: bool) {
        self.done += 1;
        self.failed += usize::from(has_failed);
        self.show();
    }

    fn show(&self) {
        if self.is_shown && !is_asking() {
            // There is nobody to tell where stderr cannot be written.
            let _ = write!(io::stderr(), "\r{}", self.line());
        }
    }

    fn line(&self) -> String {
        let full = self.done * WIDTH / self.hosts.max(1);
        let bar = format!("{}{}", "#".repeat(full), ".".repeat(WIDTH - full.min(WIDTH)));
        let failed = if self.failed == 0 { String::new() } else { format!(", {} failed", self.failed) };
        format!("[{bar}] {} of {} hosts{failed}", self.done, self.hosts)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{}\r", " ".repeat(self.line().len()));
        }
    }
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

    #[test]
    fn the_line_says_how_far_it_is() {
        let at = |hosts, done, failed| Progress { hosts, done, failed, is_shown: false }.line();
        assert_eq!(at(3, 0, 0), "[..............................] 0 of 3 hosts");
        assert_eq!(at(3, 1, 0), "[##########....................] 1 of 3 hosts");
        assert_eq!(at(300, 300, 7), "[##############################] 300 of 300 hosts, 7 failed");
    }
}
