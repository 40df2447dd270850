//! Every command that virsh has too, given to both programs on real daemons: stdout byte for byte, stderr's first
//! line, success or failure. What differs on purpose is listed at the end, with reasons.

#![cfg(all(
    feature = "cli",
    feature = "annotations",
    feature = "json",
    feature = "net-event",
    feature = "net-port"
))]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod cases;
mod compare;
mod differences;
mod events;
mod json;
#[path = "../lab/mod.rs"]
mod lab;
mod parts;
#[path = "../tls/pki.rs"]
mod pki;
#[path = "../sasl/server.rs"]
mod sasl;
#[path = "../remote/sshd.rs"]
mod sshd;
mod terminal;
#[path = "../tls/server.rs"]
mod tls;
mod way;

use cases::{filled, words};
use compare::Tally;
use lab::run::{DEADLINE, Output, run};
use lab::state::{CONTESTED_UUID, Net, State};
use lab::{Lab, virtwire_path};
use std::fs;
use std::path::Path;

/// Runs both programs on one daemon, which neither changes.
fn ask(lab: &Lab, args: &[String]) -> (Output, Output) {
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    (lab.virsh(&args), lab.virtwire(&args))
}

/// Two daemons in the same state: virsh changes one, virtwire the other.
struct Twins {
    theirs: Lab,
    ours: Lab,
}

impl Twins {
    fn start(state: State) -> Option<Self> {
        let (theirs, ours) = (way::start()?, way::start()?);
        theirs.bring(state);
        ours.bring(state);
        Some(Self { theirs, ours })
    }

    /// Runs the same command on both, in the folder of one of them, so that file names as typed are equal.
    fn run(&self, args: &[String]) -> (Output, Output) {
        let run_one = |program: &str, lab: &Lab| {
            let mut command = lab.client(program);
            command.current_dir(self.dir()).args(["-c", &lab.uri()]).args(args);
            run(&mut command, DEADLINE)
        };
        (run_one("virsh", &self.theirs), run_one(&virtwire_path(), &self.ours))
    }

    fn dir(&self) -> &Path {
        self.theirs.dir()
    }

    /// Runs and compares one command.
    fn compare(&self, tally: &mut Tally, context: &str, args: &[String], code: i32) {
        let (theirs, ours) = self.run(args);
        if args.iter().any(|arg| arg == "--validate") && self.theirs.version() < [7, 8, 0] {
            tally.unknown_to_virsh(context, args, &theirs, &ours);
        } else {
            tally.same(context, args, code, &theirs, &ours);
        }
    }

    /// The two daemons are in the same state still, as virsh sees it: everything both programs said was also true.
    fn assert_equal(&self, context: &str) {
        let state = |lab: &Lab| {
            let lines = |args: &[&str]| sorted_lines(&lab.virsh(args).expect_ok().out());
            let uuids = lines(&["-q", "net-list", "--all", "--uuid"]).into_iter();
            let xml = uuids.map(|uuid| lab.virsh(&["net-dumpxml", &uuid]).expect_ok().out());
            let xml: Vec<_> = xml.map(|xml| without_chosen_lines(&xml)).collect();
            (lines(&["net-list", "--all"]), xml)
        };
        assert_eq!(state(&self.ours), state(&self.theirs), "{context}");
    }
}

/// Names that differ in case alone stand in an order of the daemon's own.
fn sorted_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// `xml` without the lines that hold what a daemon chose by itself for a definition that left it open.
fn without_chosen_lines(xml: &str) -> String {
    xml.lines().filter(|line| !line.contains("<mac address=")).collect()
}

#[test]
fn lists_are_those_of_virsh_in_every_state() {
    let mut tally = Tally::new("net-list");
    let mut expected = 0;
    for state in way::states() {
        let Some(lab) = way::start() else { return };
        lab.bring(state);
        let lists = way::some(cases::lists(state == State::Mixed));
        for args in &lists {
            let (theirs, ours) = ask(&lab, args);
            tally.same(&format!("{state:?}"), args, 0, &theirs, &ours);
        }
        for args in cases::CONFLICTING_LISTS.map(words) {
            let (theirs, ours) = ask(&lab, &args);
            tally.same(&format!("{state:?}"), &args, 2, &theirs, &ours);
        }
        expected += lists.len() + cases::CONFLICTING_LISTS.len();
    }
    tally.finish(expected);
}

#[test]
fn questions_about_a_network_are_answered_as_virsh_answers_them() {
    let mut tally = Tally::new("net-info, net-dumpxml, net-name, net-uuid");
    let mut expected = 0;
    for state in way::states() {
        let Some(lab) = way::start() else { return };
        let networks = lab.bring(state);
        let identifiers = way::some(identifiers(state, &networks));
        for network in &identifiers {
            for template in cases::QUESTIONS {
                question(&mut tally, &lab, state, template, network);
            }
        }
        expected += identifiers.len() * cases::QUESTIONS.len();
    }
    tally.finish(expected);
}

/// Names, UUIDs, and words that are neither.
fn identifiers(state: State, networks: &[Net]) -> Vec<String> {
    // Those that have nothing special about their names differ in their kind alone.
    let chosen = if state == State::Names { networks.len() } else { 5 };
    let known = networks.iter().take(chosen).flat_map(|net| [net.name.clone(), net.uuid()]);
    let others = cases::ABSENT.iter().chain(&cases::SPELLINGS);
    let others: Vec<_> = match state {
        State::Mixed => others.map(|&word| word.to_owned()).collect(),
        _ => vec!["no-such".to_owned()],
    };
    known.chain(others).collect()
}

fn question(tally: &mut Tally, lab: &Lab, state: State, template: &str, network: &str) {
    let args = filled(template, network);
    let (theirs, ours) = ask(lab, &args);
    let context = format!("{state:?}");
    // A last word that looks like an option is one, unless something says that it is not.
    let is_option = network.starts_with("--") && template.ends_with(" NET");
    if is_option && !template.ends_with("--network NET") && !template.ends_with("-- NET") {
        tally.usage(&context, &args, &theirs, &ours);
    } else {
        let code = if theirs.ok() { 0 } else { 3 };
        tally.same(&context, &args, code, &theirs, &ours);
    }
}

#[test]
fn changes_do_and_say_what_those_of_virsh_do_and_say() {
    let mut tally = Tally::new("net-start, net-destroy, net-undefine, net-autostart");
    let mut expected = 0;
    for state in way::states().into_iter().filter(|state| !matches!(state, State::Empty | State::Twenty)) {
        for (command, codes) in cases::CHANGES {
            let Some(twins) = Twins::start(state) else { return };
            let context = format!("{state:?}");
            let networks = state.networks();
            let mut ways = cases::WAYS.iter().cycle();
            for (net, (first, again)) in networks.iter().zip(codes_of(state, codes)) {
                for (code, network) in [(first, first_choice(net)), (again, net.uuid())] {
                    let way = ways.next().expect("a cycle has no end").replace("COMMAND", command);
                    twins.compare(&mut tally, &context, &filled(&way, &network), code);
                }
            }
            twins.assert_equal(&format!("{state:?}, {command}"));
            expected += 2 * networks.len();
        }
    }
    tally.finish(expected);
}

/// A network's name, but where that is the UUID of another, which then is the one that is meant.
fn first_choice(net: &Net) -> String {
    if net.name == CONTESTED_UUID { net.uuid() } else { net.name.clone() }
}

/// The codes for each network of a state, whose kinds take turns.
fn codes_of(state: State, codes: [(i32, i32); 5]) -> impl Iterator<Item = (i32, i32)> {
    // `default` is of the second kind.
    let skipped = usize::from(state == State::One);
    codes.into_iter().cycle().skip(skipped)
}

#[test]
fn changes_of_what_is_not_there_fail_as_those_of_virsh_do() {
    let mut tally = Tally::new("changes of absent networks");
    let Some(lab) = way::start() else { return };
    for absent in cases::ABSENT {
        for (command, _) in cases::CHANGES {
            for way in ["COMMAND --network=NET", "COMMAND NET", "-q COMMAND NET"] {
                let args = filled(&way.replace("COMMAND", command), absent);
                let (theirs, ours) = ask(&lab, &args);
                tally.same("Empty", &args, 3, &theirs, &ours);
            }
        }
    }
    tally.finish(cases::ABSENT.len() * cases::CHANGES.len() * 3);
}

#[test]
fn a_read_only_connection_changes_nothing_and_says_so_like_virsh() {
    let mut tally = Tally::new("changes over a read-only connection");
    let Some(lab) = way::start() else { return };
    lab.bring(State::One);
    for (line, code) in cases::READ_ONLY {
        let args = words(line);
        let (theirs, ours) = ask(&lab, &args);
        tally.same("One", &args, code, &theirs, &ours);
    }
    assert_eq!(lab.virsh(&["net-list", "--name"]).expect_ok().out(), "default\n\n");
    tally.finish(cases::READ_ONLY.len());
}

#[test]
fn files_are_defined_and_created_as_by_virsh() {
    let mut tally = Tally::new("net-define, net-create");
    let Some(twins) = Twins::start(State::Empty) else {
        return;
    };
    write_files(twins.dir());
    for (line, code) in cases::DEFINING {
        twins.compare(&mut tally, "files", &words(line), code);
    }
    for (args, code) in cases::DEFINING_QUOTED {
        let args: Vec<_> = args.iter().map(|&word| word.to_owned()).collect();
        twins.compare(&mut tally, "files", &args, code);
    }
    twins.assert_equal("after all files");
    tally.finish(cases::DEFINING.len() + cases::DEFINING_QUOTED.len());
}

fn write_files(dir: &Path) {
    fs::create_dir(dir.join("folder")).expect("the folder is ours");
    let too_big = " ".repeat(10 * 1024 * 1024 + 1);
    let latin1 = b"<network><name>n\xe4</name></network>";
    let odd: [(&str, &[u8]); 2] = [("big.xml", too_big.as_bytes()), ("latin1.xml", latin1)];
    let plain = cases::FILES.map(|(name, text)| (name, text.as_bytes()));
    for (name, content) in plain.into_iter().chain(odd) {
        fs::write(dir.join(name), content).expect("the folder is ours");
    }
}
