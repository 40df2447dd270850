//! What a daemon that was killed leaves, and removing it.

use super::lab::Lab;
use super::lab::state::{Kind, Net, State};
use super::{at_home, inspect, said, verdict, verdicts};
use std::fs;

/// A daemon that forgot a network which it had started.
fn forgetful(persistent: bool) -> Option<Lab> {
    let mut lab = Lab::start()?;
    if persistent {
        lab.bring(State::One);
    } else {
        lab.add(&Net { nat: true, ..Net::new(9, "passing", Kind::ALL[4]) });
    }
    lab.kill9();
    let name = if persistent { "default" } else { "passing" };
    fs::remove_file(lab.dir().join(format!("run/network/{name}.xml"))).expect("it had a status file");
    lab.restart();
    Some(lab)
}

fn is_clean(lab: &Lab) -> bool {
    !lab.bridge_exists("virbr0") && lab.dnsmasq_pids().is_empty() && lab.rules().is_empty()
}

#[test]
fn leftovers_of_a_killed_daemon_are_found_named_and_removed() {
    let Some(lab) = forgetful(true) else { return };
    let left = "LEFT BEHIND: it is not active, but still there: bridge, dnsmasq, rules";
    let shown = inspect(&lab, "default", left, 7);
    assert_eq!(said(&shown, "left").len(), 3, "{}", shown.out());
    let offline = at_home(&lab, &["net-inspect", "--offline", "default"]);
    assert_eq!(verdict(&offline), (left.to_owned(), 7));

    let plan = at_home(&lab, &["net-cleanup", "default"]);
    assert_eq!(plan.code, Some(7), "{plan:?}");
    let commands: Vec<String> =
        plan.out().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(commands.len(), 2 + 19 + 1, "{}", plan.out());
    assert!(!is_clean(&lab), "it only shows");

    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(verdict(&done), ("cleaned up, verified".to_owned(), 0), "{}{}", done.out(), done.err());
    assert!(is_clean(&lab), "{}", done.out());
    inspect(&lab, "default", "disabled, verified", 0);
    at_home(&lab, &["net-enable", "default"]).expect_ok();
    inspect(&lab, "default", "enabled, verified", 0);
}

#[test]
fn the_commands_that_are_shown_do_it_in_a_shell() {
    let Some(lab) = forgetful(true) else { return };
    let plan = at_home(&lab, &["net-cleanup", "--offline"]);
    assert_eq!(plan.code, Some(7), "{plan:?}");
    // The second process of dnsmasq may end with the first.
    lab.exec(&["sh", "-c", &plan.out()]);
    inspect(&lab, "default", "disabled, verified", 0);
    assert!(is_clean(&lab));
}

#[test]
fn net_disable_and_net_enable_tell_of_leftovers_too() {
    let Some(lab) = forgetful(true) else { return };
    let off = at_home(&lab, &["net-disable", "default"]);
    let left = "disabled, but LEFT BEHIND: bridge, dnsmasq, rules";
    assert_eq!(verdict(&off), (left.to_owned(), 7), "{}", off.out());
    assert!(off.err().contains("net-cleanup default"), "{}", off.err());
    let on = at_home(&lab, &["net-enable", "default"]);
    assert_eq!(on.code, Some(6), "{on:?}");
    assert!(on.err().contains("interface virbr0 is there already"), "{}", on.err());
    assert!(on.err().contains("net-cleanup"), "{}", on.err());
}

#[test]
fn traces_of_a_network_that_nobody_knows_are_found_and_removed() {
    let Some(lab) = forgetful(false) else { return };
    let shown = at_home(&lab, &["net-inspect"]);
    assert_eq!(shown.code, Some(7), "{}", shown.out());
    let left = said(&shown, "left");
    assert_eq!((left[0].as_str(), left.len()), ("bridge virbr0", 4), "{}", shown.out());
    assert!(left[1].ends_with("of network passing"), "{}", shown.out());
    assert_eq!(at_home(&lab, &["net-inspect", "passing"]).code, Some(3));
    assert_eq!(at_home(&lab, &["net-inspect", "passing", "--expect", "disabled"]).code, Some(7));
    let done = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdicts(&done), ["cleaned up, verified"], "{}", done.out());
    assert!(is_clean(&lab), "{}", done.out());
    at_home(&lab, &["net-inspect"]).expect_ok();
    assert_eq!(at_home(&lab, &["net-inspect", "passing", "--expect", "disabled"]).code, Some(0));
}

#[test]
fn a_network_that_runs_is_never_cleaned_up() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let refused = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    for args in [&["net-cleanup", "--apply"][..], &["net-cleanup", "--apply", "--offline"]] {
        let done = at_home(&lab, args).expect_ok();
        assert_eq!(verdicts(&done), ["nothing was left behind"]);
    }
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

#[test]
fn a_bridge_with_members_is_left_alone_unless_told_otherwise() {
    let Some(lab) = forgetful(true) else { return };
    lab.add_member("virbr0", "vwguest");
    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(done.code, Some(7), "{}", done.out());
    assert!(lab.bridge_exists("virbr0") && lab.rules().is_empty());
    let bridge = "bridge ip link delete virbr0: it has 1 member, which would be cut off";
    assert_eq!(said(&done, "left"), [bridge], "{}", done.out());
    at_home(&lab, &["net-cleanup", "default", "--apply", "--allow-attached"]).expect_ok();
    assert!(!lab.bridge_exists("virbr0"));
}

#[test]
fn who_cannot_see_the_host_cannot_clean_it_up() {
    let Some(lab) = forgetful(true) else { return };
    let outside = lab.virtwire(&["net-cleanup", "--apply"]);
    assert_eq!(outside.code, Some(5), "{outside:?}");
    assert!(lab.bridge_exists("virbr0"));
}
