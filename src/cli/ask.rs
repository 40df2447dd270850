//! Asking a person at the terminal what to do: one key, without Enter.

use std::io::{self, IsTerminal, Read, Write};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// A key that answers, and what it means.
pub(crate) type Choice<T> = (char, &'static str, T);

/// The answer to a question; `None` where nobody is there to be asked, or who is there ends the input.
pub(crate) fn ask<T: Copy>(question: &str, choices: &[Choice<T>]) -> Option<T> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return None;
    }
    let keys: String = choices.iter().map(|(key, ..)| format!("{key},")).collect();
    let raw = Raw::new().ok()?;
    loop {
        say(&format!("\r{question} [{keys}?]: "));
        let mut key = [0];
        match stdin.lock().read(&mut key) {
            Ok(1) => {}
            _ => return None,
        }
        let [key] = key.map(|key| char::from(key).to_ascii_lowercase());
        if matches!(key, '\u{3}' | '\u{4}') {
            say("\r\n");
            return None;
        }
        if let Some((.., answer)) = choices.iter().find(|(choice, ..)| *choice == key) {
            drop(raw);
            say("\n");
            return Some(*answer);
        }
        if key == '?' {
            say("\r\n");
            choices.iter().for_each(|(key, meaning, _)| say(&format!("{key} - {meaning}\r\n")));
            say("? - print this help\r\n");
        }
    }
}

/// Where the terminal cannot be written, the person sees nothing, and will end it.
pub(super) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// The terminal hands over each key as it is typed, until the value is dropped.
pub(super) struct Raw(Termios);

impl Raw {
    fn new() -> rustix::io::Result<Self> {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Termios)) -> rustix::io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        change(&mut raw);
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
