//! Compares what two programs said, counts the comparisons, and shows every difference at once.

use super::lab::run::Output;
use std::io::Write;

/// How many differences a failed test shows.
const SHOWN: usize = 25;

/// The comparisons of one test.
#[derive(Debug)]
pub(crate) struct Tally {
    what: &'static str,
    made: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// None yet.
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, made: 0, wrong: Vec::new() }
    }

    /// virsh and virtwire said the same: stdout byte for byte, the first line of stderr, success or failure; and
    /// virtwire's exit code is `code`.
    pub(crate) fn same(&mut self, context: &str, args: &[String], code: i32, theirs: &Output, ours: &Output) {
        let mut problems = Vec::new();
        if theirs.ok() != (code == 0) {
            problems.push(format!("virsh exits {:?}, so the table is wrong", theirs.code));
        }
        if ours.code != Some(code) {
            problems.push(format!("exit {:?}, not {code}", ours.code));
        }
        if ours.stdout != theirs.stdout {
            problems.push(format!("stdout\n  virsh    {:?}\n  virtwire {:?}", theirs.out(), ours.out()));
        }
        if ours.first_error() != theirs.first_error() {
            problems.push(format!("stderr\n  virsh    {:?}\n  virtwire {:?}", theirs.err(), ours.err()));
        }
        self.record(context, args, &problems);
    }

    /// Both refused the command before doing anything: virsh with 1, virtwire with 2 and a reason of its own.
    pub(crate) fn usage(&mut self, context: &str, args: &[String], theirs: &Output, ours: &Output) {
        let mut problems = Vec::new();
        if theirs.code != Some(1) || !theirs.stdout.is_empty() {
            problems.push(format!("not a usage error for virsh: {theirs:?}"));
        }
        if ours.code != Some(2) || !ours.stdout.is_empty() || !ours.err().starts_with("error: ") {
            problems.push(format!("exit {:?}, stdout {:?}, stderr {:?}", ours.code, ours.out(), ours.err()));
        }
        self.record(context, args, &problems);
    }

    /// This virsh is too old to know the option, and its daemon to do what it asks for; virtwire says since when it can
    /// be done, unless something else fails before.
    pub(crate) fn unknown_to_virsh(
        &mut self,
        context: &str,
        args: &[String],
        theirs: &Output,
        ours: &Output,
    ) {
        let mut problems = Vec::new();
        if !theirs.err().contains("doesn't support option") {
            problems.push(format!("virsh knows it: {theirs:?}"));
        }
        let said = ours.err();
        let too_old = said.contains(" needs libvirt ") && said.contains("; the server is 7.0.0");
        if ours.code != Some(1) || !(too_old || said.contains("Failed to open file")) {
            problems.push(format!("exit {:?}, stderr {said:?}", ours.code));
        }
        self.record(context, args, &problems);
    }

    fn record(&mut self, context: &str, args: &[String], problems: &[String]) {
        self.made += 1;
        if !problems.is_empty() {
            self.wrong.push(format!("[{context}] {args:?}: {}", problems.join("\n ")));
        }
    }

    /// Says how many comparisons were made; fails if there were differences, or not `expected` comparisons.
    #[track_caller]
    pub(crate) fn finish(self, expected: usize) {
        // Not println!: the harness would swallow it.
        let _ = writeln!(std::io::stderr(), "parity: {} comparisons with virsh: {}", self.made, self.what);
        let shown: Vec<_> = self.wrong.iter().take(SHOWN).map(String::as_str).collect();
        assert!(self.wrong.is_empty(), "{} of {} differ:\n{}", self.wrong.len(), self.made, shown.join("\n"));
        assert!(expected > 0, "the table is empty");
        assert_eq!(self.made, expected, "comparisons made");
    }
}
