//! Asking a person at a terminal what to do about a text that was refused.

use std::io::{self, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::failure::Failure;
use crate::cli::output;

/// What is asked.
pub(super) struct Question {
    pub(super) what: &'static str,
    /// It may be tried without validation.
    pub(super) can_relax: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Edit it again.
    EditAgain,
    /// Try again with the same text.
    TryAgain,
    /// Try again without validation.
    Relax,
    /// Throw the text away.
    Discard,
}

/// Tells what went wrong, and asks what to do. Nothing where there is nobody to ask, or nobody answers.
pub(super) async fn ask(question: &Question, failure: &Failure) -> Option<Answer> {
    if !io::stdin().is_terminal() {
        return None;
    }
    output::tell(failure);
    let (what, can_relax) = (question.what, question.can_relax);
    // On a thread of its own, so that the connection goes on answering pings.
    tokio::task::spawn_blocking(move || answer(what, can_relax)).await.ok()?
}

fn answer(what: &str, can_relax: bool) -> Option<Answer> {
    let _one_key = OneKey::begin()?;
    loop {
        let keys = if can_relax { "y,n,i,f,?" } else { "y,n,f,?" };
        say(&format!("\r{what} Try again? [{keys}]: "));
        let mut key = [0];
        io::stdin().lock().read_exact(&mut key).ok()?;
        let answer = match key {
            [b'y' | b'Y'] => Answer::EditAgain,
            [b'n' | b'N'] => Answer::Discard,
            [b'f' | b'F'] => Answer::TryAgain,
            [b'i' | b'I'] if can_relax => Answer::Relax,
            [b'?'] => {
                explain(can_relax);
                continue;
            }
            // Ctrl-C, Ctrl-D, Ctrl-\.
            [3 | 4 | 28] => {
                say("\n");
                return None;
            }
            _ => continue,
        };
        say("\n");
        return Some(answer);
    }
}

fn explain(can_relax: bool) {
    let relax = if can_relax { "i - try again without validation\n" } else { "" };
    say(&format!(
        "\ny - back to the editor\nn - give up, and throw my text away\n{relax}f - try again with the same text\n? - this help\n"
    ));
}

/// There is nobody to ask where stderr cannot be written; stdout is for results.
fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// While it lives, the terminal hands over each key at once, and does not show it.
struct OneKey(Termios);

impl OneKey {
    fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut modes = before.clone();
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        tcsetattr(io::stdin(), OptionalActions::Now, &modes).ok()?;
        Some(Self(before))
    }
}

impl Drop for OneKey {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
