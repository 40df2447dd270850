//! A person at a terminal, who is asked.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::lab::run::{DEADLINE, wait};
use crate::lab::{Lab, virtwire_path};
use crate::server::{forget, lab};

/// A program at a terminal of its own: what it shows, and a keyboard.
struct Terminal {
    child: Child,
    shown: Receiver<Vec<u8>>,
    all: String,
}

impl Terminal {
    fn new(lab: &Lab, arguments: &str) -> Self {
        let mut command = lab.client_inside("script");
        command.args(["--quiet", "--return", "--flush", "--command"]);
        command.arg(format!("{} {arguments}", virtwire_path())).arg("/dev/null");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script runs");
        let mut stdout = child.stdout.take().expect("stdout is piped");
        let (sender, shown) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, shown, all: String::new() }
    }

    /// Waits until this is shown, then types.
    #[track_caller]
    fn answer(&mut self, question: &str, typed: &str) {
        while !self.all.contains(question) {
            let bytes = self.shown.recv_timeout(DEADLINE).expect("the question is asked");
            self.all.push_str(&String::from_utf8_lossy(&bytes));
        }
        // The terminal forgets what is typed before it listens.
        thread::sleep(Duration::from_millis(200));
        let stdin = self.child.stdin.as_mut().expect("stdin is piped");
        stdin.write_all(typed.as_bytes()).and_then(|()| stdin.flush()).expect("the program reads");
    }

    /// The exit code, and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        while let Ok(bytes) = self.shown.recv_timeout(DEADLINE) {
            self.all.push_str(&String::from_utf8_lossy(&bytes));
        }
        (wait(&mut self.child, DEADLINE).flatten(), self.all)
    }
}

#[test]
fn a_person_is_asked_for_name_and_password_and_the_password_is_not_shown() {
    let Some(lab) = lab("scram-sha-256") else { return };
    forget(&lab);
    let mut terminal = Terminal::new(&lab, "-c qemu:///system net-list --all");
    terminal.answer("Name at localhost (SCRAM-SHA-256): ", "alicf\u{7f}e\r");
    terminal.answer("Password of alice at localhost: ", "wrong\u{15}sesame\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("Name   State"), "{shown}");
    assert!(!shown.contains("sesame") && !shown.contains("wrong"), "{shown}");
}

#[test]
fn a_person_may_decline() {
    let Some(lab) = lab("scram-sha-256") else { return };
    forget(&lab);
    let mut terminal = Terminal::new(&lab, "-c qemu:///system net-list --all");
    terminal.answer("Name at localhost (SCRAM-SHA-256): ", "alice\r");
    terminal.answer("Password of alice at localhost: ", "ses\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(5), "{shown}");
    assert!(shown.contains("wants a name and a password"), "{shown}");
}

#[test]
fn a_host_is_not_given_up_while_a_person_is_asked_for_its_password() {
    let Some(lab) = lab("scram-sha-256") else { return };
    forget(&lab);
    let mut terminal = Terminal::new(&lab, "--host-timeout 2 -c qemu:///system net-list --all");
    terminal.answer("Name at localhost (SCRAM-SHA-256): ", "alice\r");
    terminal.answer("Password of alice at localhost: ", "");
    thread::sleep(Duration::from_secs(3));
    terminal.answer("Password of alice at localhost: ", "sesame\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains("sesame"), "{shown}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let Some(lab) = lab("scram-sha-256") else { return };
    forget(&lab);
    let mut command = lab.client_inside(&virtwire_path());
    let output = crate::lab::run::run(command.args(["-c", "qemu:///system", "net-list"]), DEADLINE);
    assert_eq!(output.code, Some(5), "{}", output.err());
    assert!(output.err().contains("[auth-libvirt-localhost] credentials=me"), "{}", output.err());
}
