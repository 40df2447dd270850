//! Asking a person at the terminal for a name and a password. What is typed is kept nowhere else, and the password is not
//! shown.

use std::io::{self, IsTerminal};
use std::mem;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::termios::SpecialCodeIndex;
use virtwire::{Credentials, CredentialsRequest, Result, Timeouts};
use zeroize::Zeroizing;

use super::ask::{Raw, say};

/// Several hosts may want to know at once; there is one terminal.
static TURN: Mutex<()> = Mutex::new(());

/// Whether a person is being asked: nothing else is to be written on the terminal meanwhile.
pub(crate) fn is_asking() -> bool {
    TURN.try_lock().is_err()
}

/// How often it is seen whether there is still time, in tenths of a second.
const TICK: u8 = 10;

/// The answer of whoever sits there; `None` where nobody does, or they do not want to say.
pub(crate) fn ask(wanted: &CredentialsRequest) -> Result<Option<Credentials>> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    // Sooner than the library stops to wait: the terminal must be itself again by then, however long the turn took to come.
    let deadline = Instant::now() + Timeouts::default().person.saturating_sub(Duration::from_secs(5));
    let _turn = TURN.lock();
    Ok(answer(wanted, deadline))
}

fn answer(wanted: &CredentialsRequest, deadline: Instant) -> Option<Credentials> {
    let host = wanted.host.escape_debug();
    let name = match &wanted.authname {
        Some(name) => name.clone(),
        None => line(&format!("Name at {host} ({}): ", wanted.mechanism), true, deadline)?,
    };
    if name.is_empty() {
        return None;
    }
    if wanted.has_password {
        return Some(Credentials::new(name, ""));
    }
    let password = line(&format!("Password of {} at {host}: ", name.escape_debug()), false, deadline)?;
    Some(Credentials::new(name, password))
}

/// A line as it is typed, with backspace and Ctrl-U; nothing for Ctrl-C, Ctrl-D, or too long a wait.
fn line(prompt: &str, is_shown: bool, deadline: Instant) -> Option<String> {
    let raw = Raw::with(|termios| {
        termios.special_codes[SpecialCodeIndex::VMIN] = 0;
        termios.special_codes[SpecialCodeIndex::VTIME] = TICK;
    })
    .ok()?;
    // Room for any password: what grows leaves copies behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(1024));
    // In place of a progress bar, where there is one.
    say(&format!("\r\x1b[K{prompt}"));
    let line = read(&mut typed, deadline, |typed| {
        if is_shown {
            say(&format!("\r\x1b[K{prompt}{}", String::from_utf8_lossy(typed).escape_debug()));
        }
    });
    say("\r\n");
    drop(raw);
    line?;
    std::str::from_utf8(&typed).ok()?;
    String::from_utf8(mem::take(&mut *typed)).ok()
}

fn read(typed: &mut Vec<u8>, deadline: Instant, show: impl Fn(&[u8])) -> Option<()> {
    // Not through the buffer of stdin, which would keep what was typed.
    let stdin = io::stdin().lock();
    let mut key = [0];
    while Instant::now() < deadline {
        let begin = Instant::now();
        let count = rustix::io::read(&stdin, &mut key).ok()?;
        match key {
            // A terminal that is gone does not wait for its tick.
            _ if count == 0 && begin.elapsed() < Duration::from_millis(100) => return None,
            _ if count == 0 => continue,
            [b'\r' | b'\n'] => return Some(()),
            [3 | 4] => return None,
            [8 | 127] => drop_char(typed),
            [21] => typed.clear(),
            [byte] if typed.len() < typed.capacity() => typed.push(byte),
            _ => {}
        }
        show(typed);
    }
    None
}

/// Takes the last character away, whatever bytes it has.
fn drop_char(typed: &mut Vec<u8>) {
    while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

#[cfg(test)]
mod tests {
    use super::drop_char;

    #[test]
    fn backspace_takes_a_whole_character_away() {
        let mut typed = "aκ".as_bytes().to_vec();
        drop_char(&mut typed);
        assert_eq!(typed, b"a");
        drop_char(&mut typed);
        drop_char(&mut typed);
        assert!(typed.is_empty());
    }
}
