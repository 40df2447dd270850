//! `net-edit`, with editors that are scripts and a person who types keys at a terminal.
#![cfg(all(
    feature = "cli",
    feature = "annotations",
    feature = "edit",
    feature = "json",
    feature = "testdaemon"
))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails the test"
)]

mod cli;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cli::{DEADLINE, Folder, Said, say, server, virtwire};
use virtwire::testdaemon::Hypervisor;

/// A server, and a folder for drafts.
struct Desk {
    folder: Folder,
    uri: String,
    drafts: String,
}

impl Desk {
    fn new(test: &str) -> Self {
        let folder = Folder::new(test);
        let uri = server::hypervisor(&folder, Hypervisor::default(), "test+unix:///default");
        let drafts = folder.path("drafts");
        fs::create_dir(&drafts).unwrap();
        Self { uri, drafts: drafts.display().to_string(), folder }
    }

    /// An editor that is this script; `$1` is the file.
    fn editor(&self, script: &str) -> String {
        let path = self.folder.file("editor", format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn command(&self, editor: &str, args: &[&str]) -> Command {
        let mut command = virtwire(&[&["-c", &self.uri], args].concat());
        command.env("EDITOR", editor).env("TMPDIR", &self.drafts).env("PATH", "/usr/bin:/bin");
        command
    }

    fn edit(&self, script: &str) -> Said {
        say(&mut self.command(&self.editor(script), &["net-edit", "default"]))
    }

    fn xml(&self) -> String {
        say(&mut virtwire(&["-c", &self.uri, "net-dumpxml", "default", "--inactive"])).out
    }

    fn drafts(&self) -> Vec<String> {
        let files = fs::read_dir(&self.drafts).unwrap();
        files.map(|file| file.unwrap().path().display().to_string()).collect()
    }
}

#[test]
fn what_was_edited_is_stored_and_the_draft_is_gone() {
    let desk = Desk::new("edit");
    let said = desk.edit("sed -i 's/virbr0/virbr7/' \"$1\"; ls -l \"$1\" | cut -c1-10 >&2");
    assert_eq!(
        (said.code(), said.out.as_str()),
        (0, "Network default XML configuration edited.\n\n"),
        "{said:?}"
    );
    assert_eq!(said.err, "-rw-------\n", "nobody else can read the draft");
    assert!(desk.xml().contains("virbr7"));
    assert_eq!(desk.drafts(), [""; 0]);
}

#[test]
fn what_was_not_changed_is_not_stored() {
    let desk = Desk::new("same");
    let said = desk.edit("true");
    assert_eq!((said.code(), said.err.as_str()), (0, ""));
    assert_eq!(said.out, "Network default XML configuration not changed.\n\n");
    let json = say(&mut desk.command("true", &["net-edit", "default"])).out;
    assert_eq!(json, said.out);
    assert_eq!(desk.drafts(), [""; 0]);
}

#[test]
fn an_editor_may_have_options_and_visual_comes_first() {
    let desk = Desk::new("options");
    let mut command = desk.command("false", &["-q", "net-edit", "default"]);
    let said = say(command.env("VISUAL", "sed -i -e 's/virbr0/virbr8/'"));
    assert_eq!((said.code(), said.out.as_str()), (0, ""), "{said:?}");
    assert!(desk.xml().contains("virbr8"));
}

#[test]
fn what_could_not_be_stored_is_kept_and_said_where_nobody_can_be_asked() {
    let desk = Desk::new("kept");
    let before = desk.xml();
    let said = desk.edit("sed -i 's/<network>/<network><oops>/' \"$1\"");
    assert_eq!(said.code(), 1, "{said:?}");
    assert_eq!(said.first_error(), "error: Failed to edit network 'default'");
    let drafts = desk.drafts();
    assert!(said.err.contains(&format!("what was written is kept in {}", drafts[0])), "{said:?}");
    assert!(fs::read_to_string(&drafts[0]).unwrap().contains("<oops>"));
    assert_eq!(desk.xml(), before);
}

#[test]
fn an_editor_that_fails_or_is_not_there_changes_nothing() {
    let desk = Desk::new("fails");
    let before = desk.xml();
    let said = desk.edit("sed -i 's/virbr0/virbr7/' \"$1\"; exit 3");
    assert_eq!(said.code(), 1);
    assert!(said.err.contains("ended with exit status: 3"), "{said:?}");
    assert!(said.err.contains("what was written is kept in"), "{said:?}");
    let said = say(&mut desk.command("/nonexistent/vi", &["net-edit", "default"]));
    assert_eq!((said.code(), said.first_error()), (1, "error: Failed to start the editor '/nonexistent/vi'"));
    assert!(said.err.contains("VISUAL or EDITOR names the editor"), "{said:?}");
    assert_eq!(desk.xml(), before);
    // What the first one wrote is kept; the second one wrote nothing.
    assert!(!said.err.contains("what was written"), "{said:?}");
    assert_eq!(desk.drafts().len(), 1);
}

#[test]
fn what_somebody_else_stored_meanwhile_is_not_overwritten() {
    let desk = Desk::new("other");
    let other = desk.folder.path("other.xml").display().to_string();
    let binary = env!("CARGO_BIN_EXE_virtwire");
    let script = format!(
        "sed 's/virbr0/virbr5/' \"$1\" > {other}; {binary} -q -c '{}' net-define {other} || exit 1
         sed -i 's/virbr0/virbr6/' \"$1\"",
        desk.uri
    );
    let said = desk.edit(&script);
    assert_eq!(said.code(), 6, "{said:?}");
    assert!(said.err.contains("The XML configuration was changed by another user;"), "{said:?}");
    assert!(desk.xml().contains("virbr5"));
}

/// Runs net-edit at a terminal, and types each key once the text before it was seen.
fn at_a_terminal(desk: &Desk, script: &str, keys: &[(&str, &str)]) -> (i32, String) {
    let editor = desk.editor(script);
    let line = format!("{} -c '{}' net-edit default", env!("CARGO_BIN_EXE_virtwire"), desk.uri);
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin").env("NO_COLOR", "1");
    command.env("EDITOR", editor).env("TMPDIR", &desk.drafts);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = stdout.read(&mut bytes) {
            let _ = sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned());
        }
    });
    let mut seen = String::new();
    let mut all = String::new();
    for (text, key) in keys {
        while !seen.contains(text) {
            seen += &receiver.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no {text:?} in {seen:?}"));
        }
        all += &std::mem::take(&mut seen);
        stdin.write_all(key.as_bytes()).unwrap();
    }
    while let Ok(more) = receiver.recv_timeout(Duration::from_secs(10)) {
        all += &more;
    }
    drop(stdin);
    (child.wait().unwrap().code().unwrap(), all)
}

/// An editor that breaks the XML the first time, and mends it the second time.
const MENDS: &str = "if grep -q '<oops>' \"$1\"; then sed -i 's/<oops>//; s/virbr0/virbr9/' \"$1\"
    else sed -i 's/<network>/<network><oops>/' \"$1\"; fi";

#[test]
fn a_person_may_edit_once_more() {
    let desk = Desk::new("again");
    let (code, said) =
        at_a_terminal(&desk, MENDS, &[("Try again? [y,n,i,f,?]: ", "?"), ("? - print this help", "y")]);
    assert!(code == 0 && said.contains("Network default XML configuration edited."), "{code} {said}");
    assert!(
        said.contains("n - no, throw away my changes") && said.contains("i - turn off validation"),
        "{said}"
    );
    assert!(desk.xml().contains("virbr9"));
    assert_eq!(desk.drafts(), [""; 0]);
}

#[test]
fn a_person_may_throw_the_changes_away() {
    let desk = Desk::new("away");
    let before = desk.xml();
    let keys = [("[y,n,i,f,?]: ", "i"), ("[y,n,f,?]: ", "f"), ("[y,n,f,?]: ", "n")];
    let (code, said) = at_a_terminal(&desk, "sed -i 's/<network>/<network><oops>/' \"$1\"", &keys);
    assert!(code == 1 && said.contains("nothing was changed"), "{code} {said}");
    assert_eq!((desk.xml(), desk.drafts()), (before, vec![]));
}

#[test]
fn a_person_who_leaves_keeps_the_text() {
    let desk = Desk::new("leaves");
    let (code, said) =
        at_a_terminal(&desk, "sed -i 's/<network>/<network><oops>/' \"$1\"", &[("?]: ", "\u{3}")]);
    assert!(code == 1 && said.contains("what was written is kept in"), "{code} {said}");
    assert_eq!(desk.drafts().len(), 1);
}

#[test]
fn a_read_only_connection_opens_no_editor() {
    let desk = Desk::new("edit-readonly");
    let ran = desk.folder.path("ran");
    let editor = desk.editor(&format!("touch '{}'", ran.display()));
    for args in [
        &["-r", "net-edit", "default"][..],
        &["-r", "net-desc", "default", "--edit"],
        &["-r", "net-metadata", "default", "urn:a", "--key", "k", "--edit"],
    ] {
        let said = say(&mut desk.command(&editor, args));
        assert_eq!(said.code(), 5, "{said:?}");
        assert!(said.err.contains("a read-only connection stores nothing; leave out -r"), "{said:?}");
        assert!(!ran.exists(), "{args:?}");
    }
}
