//! Throws calls at a real libvirtd that are well formed and otherwise arbitrary, for a bounded time; says so where the
//! daemon dies, hangs, or answers what it does not declare.
//!
//! ```console
//! # cargo run --example fuzz_libvirtd [SECONDS [SEED]]
//! ```
//!
//! The daemon is the `libvirtd` in `PATH`, started for this in namespaces of its own: the host's own is never touched. Root
//! is needed for that. To fuzz one of your own: `PATH=/opt/libvirt-asan/sbin:$PATH cargo run --example fuzz_libvirtd`.
//! The exit code is 1 where something was found; the calls that led there are printed, and the same seed makes the same
//! calls.

mod calls;
mod client;
mod known;
#[path = "../../tests/lab/mod.rs"]
mod lab;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use calls::{Calls, Source};
use client::{Answer, Client};
use lab::Lab;

/// How long without being told otherwise.
const SECONDS: u64 = 60;
/// How many of the last calls are told where something was found.
const TOLD: usize = 20;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Ok(seconds), Ok(seed)) =
        (arguments.next().unwrap_or(Ok(SECONDS)), arguments.next().unwrap_or(Ok(1)))
    else {
        eprintln!("usage: fuzz_libvirtd [SECONDS [SEED]]");
        return ExitCode::from(2);
    };
    // Where a daemon cannot be started, the lab has said why.
    let Some(mut lab) = Lab::start() else { return ExitCode::from(4) };
    let mut run = Run::new(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        run.connect_and_call(&lab, end);
        if !lab.runs() {
            run.found(&format!("libvirtd died; it logged:\n{}", lab.log()));
            lab.restart();
        }
    }
    run.tell(seed)
}

/// What was done so far, and what came of it.
struct Run {
    calls: Calls,
    source: Source,
    last: Vec<String>,
    connections: u64,
    answered: u64,
    refused: u64,
    findings: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let (calls, source) = (Calls::all(), Source::new(seed));
        Self { calls, source, last: Vec::new(), connections: 0, answered: 0, refused: 0, findings: 0 }
    }

    /// Calls until the time is over, or the connection is.
    fn connect_and_call(&mut self, lab: &Lab, end: Instant) {
        let mut client = match Client::open(&lab.socket()) {
            Ok(client) => client,
            Err(error) => return self.found(&format!("libvirtd takes no connection: {error}")),
        };
        self.connections += 1;
        while Instant::now() < end {
            let (call, arguments) = self.calls.next(&mut self.source);
            if self.last.len() == TOLD {
                self.last.remove(0);
            }
            self.last.push(call.shown(&arguments));
            match client.call(call, &arguments) {
                Ok(Answer::Reply) => self.answered += 1,
                Ok(Answer::Error) => self.refused += 1,
                Ok(Answer::Undeclared(what)) => {
                    self.found(&format!("the reply to {} is not as declared: {what}", call.name()));
                }
                Ok(Answer::Late) => return self.found(&format!("{} was not answered in time", call.name())),
                // A daemon may end a connection, but has to live on: the caller looks.
                Err(_) => return,
            }
        }
    }

    fn found(&mut self, what: &str) {
        self.findings += 1;
        println!("FOUND: {what}\nthe last calls were:");
        self.last.iter().for_each(|call| println!("  {call}"));
    }

    fn tell(self, seed: u64) -> ExitCode {
        let Self { connections, answered, refused, findings, .. } = self;
        println!(
            "seed {seed}: {} calls over {connections} connections: {answered} answered, {refused} refused; {findings} findings",
            answered + refused
        );
        if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
