//! Where both programs connect to, and what virtwire does otherwise than virsh on purpose, each with its reason.

use super::cases::{USAGE, words};
use super::compare::Tally;
use super::lab::run::{DEADLINE, Output, run, run_into};
use super::lab::state::State;
use super::lab::{Lab, virtwire_path};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

/// A command line as typed; URI, RO, ABSENT and REFUSED stand for connection URIs.
const GLOBALS: [(&str, i32); 17] = [
    ("-c URI net-list --all", 0),
    ("-cURI net-list --all", 0),
    ("--connect URI net-list --all", 0),
    ("--connect=URI net-list --all", 0),
    ("-qc URI net-list --all", 0),
    ("-q -r -c URI net-list --all", 0),
    ("-rqcURI net-list --all", 0),
    ("-c URI -- net-list --all", 0),
    ("-c RO net-list --all", 0),
    ("-c RO net-destroy default", 5),
    ("-r -c RO net-autostart default", 5),
    ("-c ABSENT net-list", 4),
    ("-q -c ABSENT net-list", 4),
    ("-c ABSENT net-info default", 4),
    ("-c ABSENT net-define no-such-file", 4),
    ("-c REFUSED net-list --all", 4),
    ("-c REFUSED -r net-destroy default", 4),
];

type Variables = &'static [(&'static str, &'static str)];

/// Variables, the command line without `-c`, and the exit code.
const ENVIRONMENTS: [(Variables, &str, i32); 8] = [
    (&[("VIRSH_DEFAULT_CONNECT_URI", "URI")], "net-list --all", 0),
    (&[("LIBVIRT_DEFAULT_URI", "URI")], "-q net-list --all", 0),
    (&[("VIRSH_DEFAULT_CONNECT_URI", "URI"), ("LIBVIRT_DEFAULT_URI", "ABSENT")], "net-info default", 0),
    (&[("VIRSH_DEFAULT_CONNECT_URI", ""), ("LIBVIRT_DEFAULT_URI", "URI")], "net-uuid default", 0),
    (&[("LIBVIRT_DEFAULT_URI", "URI")], "-r net-destroy default", 5),
    // Without -c the connection is made inside the command: one empty line, as after every command.
    (&[("LIBVIRT_DEFAULT_URI", "ABSENT")], "net-list", 4),
    (&[("LIBVIRT_DEFAULT_URI", "ABSENT")], "-q net-list", 4),
    (&[("VIRSH_DEFAULT_CONNECT_URI", "REFUSED")], "net-start default", 4),
];

/// Inside the lab's namespaces, where the daemon is the host's own.
const AT_HOME: [(&str, i32); 7] = [
    ("net-list --all", 0),
    ("-r net-list --all", 0),
    ("-c qemu:///system net-list --all", 0),
    ("-c qemu+unix:///system net-info default", 0),
    ("-c network:///system net-list --all", 0),
    ("-c qemu:///system?mode=legacy net-list --all", 0),
    // Root has no session daemon of its own.
    ("-c qemu:///session net-list --all", 0),
];

/// URIs that stand for themselves in a table.
struct Uris {
    live: String,
    read_only: String,
    absent: String,
    refused: String,
}

impl Uris {
    fn of(lab: &Lab) -> Self {
        let uri = |path: std::path::PathBuf| format!("qemu:///system?socket={}", path.display());
        let refused = lab.dir().join("refused");
        // A socket file lives on after its listener.
        drop(std::os::unix::net::UnixListener::bind(&refused));
        Self {
            live: lab.uri(),
            read_only: uri(lab.socket_ro()),
            absent: uri(lab.dir().join("no-such-socket")),
            refused: uri(refused),
        }
    }

    fn fill(&self, word: &str) -> String {
        word.replace("URI", &self.live)
            .replace("RO", &self.read_only)
            .replace("ABSENT", &self.absent)
            .replace("REFUSED", &self.refused)
    }
}

fn both(tally: &mut Tally, code: i32, args: &[String], context: &str, command: impl Fn(&str) -> Command) {
    let theirs = run(command("virsh").args(args), DEADLINE);
    let ours = run(command(&virtwire_path()).args(args), DEADLINE);
    tally.same(context, args, code, &theirs, &ours);
}

#[test]
fn options_before_the_command_are_those_of_virsh() {
    let mut tally = Tally::new("global options, connection failures");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let uris = Uris::of(&lab);
    for (line, code) in GLOBALS {
        let args: Vec<_> = words(line).iter().map(|word| uris.fill(word)).collect();
        both(&mut tally, code, &args, "globals", |program| lab.client(program));
    }
    tally.finish(GLOBALS.len());
}

#[test]
fn the_environment_says_where_to_connect_as_it_does_for_virsh() {
    let mut tally = Tally::new("the environment's URIs");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let uris = Uris::of(&lab);
    for (variables, line, code) in ENVIRONMENTS {
        let context = format!("{variables:?}");
        both(&mut tally, code, &words(line), &context, |program| {
            let mut command = lab.client(program);
            command.envs(variables.iter().map(|(key, value)| (key, uris.fill(value))));
            command
        });
    }
    tally.finish(ENVIRONMENTS.len());
}

#[test]
fn without_a_uri_root_reaches_the_hosts_own_daemon() {
    let mut tally = Tally::new("default URIs");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    for (line, code) in AT_HOME {
        both(&mut tally, code, &words(line), "inside", |program| lab.client_inside(program));
    }
    tally.finish(AT_HOME.len());
}

#[test]
fn usage_errors_are_told_from_failures() {
    // virsh exits 1 for both; scripts that mistype an option deserve to know.
    let mut tally = Tally::new("usage errors");
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    for line in USAGE {
        let args: Vec<_> = line.iter().map(|&word| word.to_owned()).collect();
        let last_word_wants_a_value = matches!(line, ["-c" | "--connect"]);
        let run_one = |program: &str| {
            let mut command = lab.client(program);
            if !last_word_wants_a_value {
                command.args(["-c", &lab.uri()]);
            }
            run(command.args(&args), DEADLINE)
        };
        tally.usage("usage", &args, &run_one("virsh"), &run_one(&virtwire_path()));
    }
    tally.finish(USAGE.len());
}

/// One thing that virtwire does otherwise on purpose.
struct Difference {
    what: &'static str,
    reason: &'static str,
    run: fn(&Lab, &str) -> Output,
    theirs: fn(&Output) -> bool,
    ours: fn(&Output) -> bool,
}

const DIFFERENCES: [Difference; 6] = [
    Difference {
        what: "net-list --all, LC_ALL=C, a name that is not ASCII",
        reason: "virsh prints \\xff for each byte, whatever it was: the name is lost",
        run: |lab, program| {
            run(
                lab.client(program).env("LC_ALL", "C").args(["-c", &lab.uri(), "net-list", "--all"]),
                DEADLINE,
            )
        },
        theirs: |output| output.ok() && output.out().contains("\\xff\\xff"),
        ours: |output| output.ok() && output.out().contains(" Ärger-größe "),
    },
    Difference {
        what: "a full disk",
        reason: "virsh loses the output and exits 0",
        run: |lab, program| into(lab, program, File::create("/dev/full").expect("there is /dev/full")),
        theirs: Output::ok,
        ours: |output| output.code == Some(1) && output.err().starts_with("error: "),
    },
    Difference {
        what: "a reader that went away",
        reason: "virsh dies by SIGPIPE; a reader that has seen enough is no failure",
        run: |lab, program| {
            let (reader, writer) = UnixStream::pair().expect("there are sockets");
            drop(reader);
            into(lab, program, OwnedFd::from(writer))
        },
        theirs: |output| output.code.is_none(),
        ours: |output| output.ok() && output.stderr.is_empty(),
    },
    Difference {
        what: "a single word that is a whole script",
        reason: "virsh splits it and returns the status of its last command alone",
        run: |lab, program| both_words(lab, program, &["net-uuid no-such; net-uuid plain"]),
        theirs: Output::ok,
        ours: |output| output.code == Some(2) && output.stdout.is_empty(),
    },
    Difference {
        what: "abbreviated options before the command",
        reason: "what is unique today is not tomorrow, and scripts live long",
        run: |lab, program| both_words(lab, program, &["--read", "net-list"]),
        theirs: Output::ok,
        ours: |output| output.code == Some(2) && output.stdout.is_empty(),
    },
    Difference {
        what: "--version",
        reason: "each program has its own",
        run: |lab, program| both_words(lab, program, &["--version"]),
        theirs: |output| output.ok() && output.out().split('.').count() == 3,
        ours: |output| output.ok() && output.out().contains(env!("CARGO_PKG_VERSION")),
    },
];

fn both_words(lab: &Lab, program: &str, args: &[&str]) -> Output {
    run(lab.client(program).args(["-c", &lab.uri()]).args(args), DEADLINE)
}

/// Lists all networks with stdout going to `target`; only code and stderr are seen.
fn into(lab: &Lab, program: &str, target: impl Into<Stdio>) -> Output {
    let mut command = lab.client(program);
    command.args(["-c", &lab.uri(), "net-list", "--all"]);
    run_into(&mut command, DEADLINE, target)
}

#[test]
fn what_differs_on_purpose_differs_as_said() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Names);
    for Difference { what, reason, run, theirs, ours } in DIFFERENCES {
        let (virsh, virtwire) = (run(&lab, "virsh"), run(&lab, &virtwire_path()));
        assert!(theirs(&virsh), "{what}: virsh is no longer so ({reason}): {virsh:?}");
        assert!(ours(&virtwire), "{what}: {reason}: {virtwire:?}");
    }
}
