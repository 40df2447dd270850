//! Our terminal as it was before a program was started that may ask there. One that is ended while it asks leaves it
//! without an echo.

use std::fs::File;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Puts the terminal back with its end: it belongs behind the program that it is about.
#[derive(Debug)]
pub(crate) struct Terminal {
    tty: File,
    before: Termios,
}

impl Terminal {
    /// Nothing where there is none.
    pub(super) fn now() -> Option<Self> {
        let tty = File::open("/dev/tty").ok()?;
        let before = tcgetattr(&tty).ok()?;
        Some(Self { tty, before })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let is_changed = tcgetattr(&self.tty).is_ok_and(|now| now.local_modes != self.before.local_modes);
        // Whoever is in the background is stopped for trying, and has changed nothing.
        if is_changed {
            // A terminal that is gone needs no restoring.
            let _ = tcsetattr(&self.tty, OptionalActions::Now, &self.before);
        }
    }
}
