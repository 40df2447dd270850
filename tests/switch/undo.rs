//! The last line of a change is the command that undoes it: it is run as it stands there, and what was before is so
//! again, from every state that a network can be in.

use super::facts::{Shown, shown};
use super::lab::run::{DEADLINE, run};
use super::lab::state::{Kind, Net, State};
use super::lab::{Lab, virtwire_path};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The lines of an output that hold commands.
pub(crate) fn commands(stdout: &str) -> Vec<String> {
    let lines = stdout.lines().filter(|line| line.contains("virtwire "));
    lines.map(str::to_owned).collect()
}

/// Runs the last line of `stdout` in a shell that finds the program under test by its name, anywhere on the host.
pub(crate) fn run_last_line(lab: &Lab, stdout: &str) {
    let line = stdout.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    assert!(line.starts_with("virtwire "), "the last line of {stdout:?}");
    let bin = lab.dir().join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).expect("the folder is ours");
        symlink(virtwire_path(), bin.join("virtwire")).expect("the folder is ours");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = lab.client("sh");
    shell.env("PATH", format!("{}:{path}", bin.display()));
    run(shell.current_dir("/").args(["-euc", line]), DEADLINE).expect_ok();
}

/// Brings the lab's only network to `kind`, by real virsh.
fn bring_to(lab: &Lab, name: &str, kind: Kind) {
    let autostart: &[&str] = if kind.autostart { &[] } else { &["--disable"] };
    lab.virsh(&[&["net-autostart", name], autostart].concat()).expect_ok();
    let now = shown(lab, name).expect("it is defined");
    if now.active != kind.active {
        let command = if kind.active { "net-start" } else { "net-destroy" };
        lab.virsh(&[command, name]).expect_ok();
    }
}

fn as_shown(kind: Kind) -> Shown {
    Shown { active: kind.active, autostart: kind.autostart, persistent: kind.persistent }
}

#[test]
fn the_last_line_restores_every_state() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let switches: [(&[&str], Shown); 3] = [
        (&["net-disable", "default"], Shown::persistent(false, false)),
        (&["net-enable", "default"], Shown::persistent(true, true)),
        (&["net-enable", "default", "--no-autostart"], Shown::persistent(true, false)),
    ];
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.persistent);
    for (kind, (switch, goal)) in kinds.flat_map(|kind| switches.map(|switch| (kind, switch))) {
        bring_to(&lab, "default", kind);
        let before = as_shown(kind);
        let said = lab.virtwire(switch).expect_ok().out();
        assert_eq!(shown(&lab, "default"), Some(goal), "{switch:?} from {kind:?}: {said}");
        if before == goal {
            assert_eq!(commands(&said), Vec::<String>::new(), "nothing to undo: {said}");
        } else {
            run_last_line(&lab, &said);
            assert_eq!(shown(&lab, "default"), Some(before), "{switch:?} from {kind:?}: {said}");
        }
    }
}

#[test]
fn the_last_line_names_networks_so_that_a_shell_finds_them() {
    let Some(lab) = Lab::start() else { return };
    for net in lab.bring(State::Names) {
        let Some(before) = shown(&lab, &net.uuid()) else {
            continue;
        };
        if !before.active || !before.persistent {
            continue;
        }
        let said = lab.virtwire(&["net-disable", "--", &net.uuid()]).expect_ok().out();
        assert_eq!(shown(&lab, &net.uuid()), Some(Shown::persistent(false, false)), "{said}");
        run_last_line(&lab, &said);
        assert_eq!(shown(&lab, &net.uuid()), Some(before), "{said}");
    }
}

#[test]
fn a_transient_network_is_refused_then_saved_and_comes_back() {
    let Some(lab) = Lab::start() else { return };
    let transient = Net::new(9, "passing", Kind::ALL[4]);
    lab.add(&transient);
    let before = lab.virsh(&["-q", "net-dumpxml", "passing"]).expect_ok().out();

    let refused = lab.virtwire(&["net-disable", "passing"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("--allow-transient"), "{}", refused.err());
    assert!(lab.bridge_exists("vwbr9"));

    let said = in_folder(&lab, lab.dir(), &["net-disable", "passing", "--allow-transient"]).expect_ok();
    assert_eq!(shown(&lab, "passing"), None);
    assert!(!lab.bridge_exists("vwbr9"));
    let last = said.out();
    let line = last.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
    let (_, file) = line.split_once("net-create ").expect("the undo command is net-create");
    let saved = fs::read_to_string(file.trim_matches('\'')).expect("the file that it names is there");
    assert_eq!(saved, before);

    run_last_line(&lab, &said.out());
    assert_eq!(shown(&lab, "passing"), Some(Shown { active: true, autostart: false, persistent: false }));
    assert!(lab.bridge_exists("vwbr9"));
}

#[test]
fn a_transient_network_stays_where_its_xml_cannot_be_saved() {
    let Some(lab) = Lab::start() else { return };
    lab.add(&Net::new(9, "passing", Kind::ALL[4]));
    // No file can be made there, not even by root.
    let failed = in_folder(&lab, Path::new("/proc"), &["net-disable", "passing", "--allow-transient"]);
    assert_eq!(failed.code, Some(6), "{failed:?}");
    assert!(lab.bridge_exists("vwbr9"));
    assert!(shown(&lab, "passing").is_some());
}

#[test]
fn what_cannot_be_autostarted_is_not_half_enabled() {
    let Some(lab) = Lab::start() else { return };
    lab.add(&Net::new(9, "passing", Kind::ALL[4]));
    let failed = lab.virtwire(&["net-enable", "passing"]);
    assert_eq!(failed.code, Some(6), "{failed:?}");
    lab.virtwire(&["net-enable", "passing", "--no-autostart"]).expect_ok();
}

fn in_folder(lab: &Lab, folder: &Path, args: &[&str]) -> super::lab::run::Output {
    let mut command = lab.client(&virtwire_path());
    command.current_dir(folder).args(["-c", &lab.uri()]).args(args);
    run(&mut command, DEADLINE)
}
