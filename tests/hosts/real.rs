//! Real daemons, one of them dead and one that hangs.

use crate::lab::Lab;
use crate::lab::relay::uri;
use crate::lab::run::{DEADLINE, run};
use crate::lab::state::State;
use crate::lab::virtwire_path;

fn on(lab: &Lab, uris: &[String], before: &[&str], behind: &[&str]) -> crate::lab::run::Output {
    let mut command = lab.client(&virtwire_path());
    command.args(before).args(uris.iter().flat_map(|uri| ["-c", uri.as_str()])).args(behind);
    run(&mut command, DEADLINE)
}

#[test]
fn two_daemons_answer_beside_one_that_is_dead_and_one_that_hangs() {
    let (Some(one), Some(other), Some(stopped)) = (Lab::start(), Lab::start(), Lab::start()) else { return };
    one.bring(State::One);
    other.bring(State::One);
    stopped.bring(State::One);
    stopped.signal("STOP");
    let dead = uri(&one.dir().join("nobody"));
    let uris = [one.uri(), dead.clone(), stopped.uri(), other.uri()];
    let said = on(&one, &uris, &["--host-timeout", "2"], &["net-list", "--all"]);
    stopped.signal("CONT");
    assert_eq!(said.code, Some(4), "{}", said.err());
    let alone = |lab: &Lab| {
        let listed = lab.virsh(&["net-list", "--all"]).expect_ok().out();
        listed.strip_suffix('\n').map(str::to_owned).unwrap()
    };
    let expected = format!(
        "{}:\n{}\n{dead}:\n\n{}:\n\n{}:\n{}",
        one.uri(),
        alone(&one),
        stopped.uri(),
        other.uri(),
        alone(&other)
    );
    assert_eq!(said.out(), expected);
    let line = format!("{}: error: the host was given up after 2 seconds", stopped.uri());
    assert!(said.err().lines().any(|said| said == line), "{}", said.err());
    assert!(said.err().contains("error: Failed on 2 of 4 hosts\n"));

    let both = [one.uri(), other.uri()];
    let said = on(&one, &both, &["-q"], &["net-disable", "default", "--allow-attached"]).expect_ok();
    for lab in [&one, &other] {
        assert_eq!(lab.virsh(&["net-list", "--name"]).expect_ok().out(), "\n");
        assert!(
            said.out().contains(&format!("virtwire -c '{}' net-enable default", lab.uri())),
            "{}",
            said.out()
        );
    }
}
