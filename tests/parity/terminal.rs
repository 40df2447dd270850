//! Control characters from a server reach a pipe as they are, as virsh's do, and a terminal never.

use super::compare::Tally;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::{Kind, Net};
use super::lab::{Lab, virtwire_path};

/// A name that colours what follows it: U+009B is the terminals' CSI, and XML allows it.
const COLOURED: &str = "red\u{9b}31m";

/// Runs the program with a terminal of its own as stdout and stderr.
fn on_a_terminal(lab: &Lab, words: &str) -> Output {
    let line = format!("{} -c '{}' {words}", virtwire_path(), lab.uri());
    let mut command = lab.client("script");
    run(command.args(["-qec", &line, "/dev/null"]), DEADLINE)
}

#[test]
fn control_characters_reach_a_pipe_but_no_terminal() {
    let Some(lab) = Lab::start() else { return };
    let net = Net::new(1, COLOURED, Kind::ALL[3]);
    lab.add(&net);
    let mut tally = Tally::new("control characters in a pipe");
    let asked =
        ["net-list --all", "net-list --all --name", "net-info NET", "net-dumpxml NET", "net-name NET"];
    for template in asked {
        let args = super::filled(template, &net.uuid());
        let (theirs, ours) = super::ask(&lab, &args);
        tally.same("coloured", &args, 0, &theirs, &ours);

        let seen = on_a_terminal(&lab, &args.join(" ")).expect_ok().out();
        assert!(seen.contains("red"), "{template}: {seen:?}");
        assert!(!seen.contains('\u{9b}'), "{template}: {seen:?}");
    }
    tally.finish(asked.len());

    // An error's words are the server's too, and so are the names that it lists.
    let failed = on_a_terminal(&lab, &format!("net-destroy {}", net.uuid()));
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(failed.out().contains("is not active"), "{failed:?}");
    assert!(!failed.out().contains('\u{9b}'), "{failed:?}");
    let absent = on_a_terminal(&lab, "net-info no-such");
    assert_eq!(absent.code, Some(3), "{absent:?}");
    assert!(absent.out().contains("red") && !absent.out().contains('\u{9b}'), "{absent:?}");
    let switched = on_a_terminal(&lab, &format!("net-enable {} --dry-run", net.uuid())).expect_ok();
    assert!(switched.out().contains("red") && !switched.out().contains('\u{9b}'), "{switched:?}");
}
