//! net-disable and net-enable on real daemons: what they say is compared with what is really there.

#![cfg(all(feature = "cli", feature = "json", feature = "several"))]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod facts;
mod guests;
#[path = "../lab/mod.rs"]
mod lab;
mod several;
mod trouble;
mod undo;

use facts::{DOWN, Shown, UP, facts, shown};
use lab::Lab;
use lab::state::State;

#[test]
fn a_live_network_is_really_gone_afterwards_and_really_back() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let rules = lab.rules();
    assert_eq!(facts(&lab), UP);
    let only_subnet = rules.iter().filter(|rule| !rule.contains("virbr0"));
    assert_eq!(only_subnet.count(), 5, "rules that no search for the bridge finds");

    let off = lab.virtwire(&["net-disable", "default"]).expect_ok();
    assert_eq!(facts(&lab), DOWN, "{}", off.out());
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(false, false)));

    let on = lab.virtwire(&["net-enable", "default"]).expect_ok();
    assert_eq!(facts(&lab), UP, "{}", on.out());
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, true)));
    let mut back = lab.rules();
    let mut before = rules;
    back.sort();
    before.sort();
    assert_eq!(back, before);
}

#[test]
fn without_a_name_it_is_default_that_is_meant() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virtwire(&["net-disable"]).expect_ok();
    assert_eq!(facts(&lab), DOWN);
    lab.virtwire(&["net-enable"]).expect_ok();
    assert_eq!(facts(&lab), UP);
}

#[test]
fn twice_in_a_row_changes_nothing_and_says_so() {
    let hook = "#!/bin/sh\necho \"$1 $2\" >> /var/log/libvirt/hook\n";
    let Some(lab) = Lab::builder().network_hook(hook).start() else {
        return;
    };
    lab.bring(State::One);
    for command in ["net-disable", "net-enable"] {
        lab.virtwire(&[command, "default"]).expect_ok();
        let (seen, heard) = (facts(&lab), hooks(&lab));
        let again = lab.virtwire(&[command, "default"]).expect_ok();
        assert!(again.out().contains("already"), "{command}: {}", again.out());
        assert_eq!(undo::commands(&again.out()), Vec::<String>::new(), "{command}");
        assert_eq!(facts(&lab), seen, "{command}");
        assert_eq!(hooks(&lab), heard, "{command} touched the network");
    }
    assert!(hooks(&lab).ends_with("default stopped\ndefault start\ndefault started\n"));
}

/// What the daemon did with its networks so far, as its hook heard it.
fn hooks(lab: &Lab) -> String {
    std::fs::read_to_string(lab.dir().join("log/hook")).unwrap_or_default()
}

#[test]
fn no_autostart_leaves_a_network_running_but_not_coming_back() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virtwire(&["net-enable", "default"]).expect_ok();
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, true)));
    lab.virtwire(&["net-enable", "--no-autostart", "default"]).expect_ok();
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, false)));
    lab.virtwire(&["net-disable", "default"]).expect_ok();
    lab.virtwire(&["net-enable", "default", "--no-autostart"]).expect_ok();
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, false)));
    assert_eq!(facts(&lab), UP);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    let dry = lab.virtwire(&["net-disable", "default", "--dry-run"]).expect_ok();
    assert!(dry.out().contains("would"), "{}", dry.out());
    assert_eq!(facts(&lab), UP);
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, true)));

    lab.virtwire(&["net-disable", "default"]).expect_ok();
    lab.virtwire(&["net-enable", "--dry-run", "default"]).expect_ok();
    assert_eq!(facts(&lab), DOWN);
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(false, false)));
}

#[test]
fn a_network_is_meant_by_its_uuid_too() {
    let Some(lab) = Lab::start() else { return };
    let networks = lab.bring(State::One);
    let uuid = networks.first().expect("there is one").uuid();
    lab.virtwire(&["net-disable", &uuid]).expect_ok();
    assert_eq!(facts(&lab), DOWN);
    lab.virtwire(&["net-enable", &uuid]).expect_ok();
    assert_eq!(facts(&lab), UP);
}

#[test]
fn a_read_only_connection_is_denied_what_it_would_change() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let denied = lab.virtwire(&["-r", "net-disable", "default"]);
    assert_eq!(denied.code, Some(5), "{denied:?}");
    assert_eq!(facts(&lab), UP);
    let dry = lab.virtwire(&["-r", "net-disable", "default", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "looking needs no right to change: {dry:?}");
}

#[test]
fn an_absent_network_is_not_found_and_the_others_are_named() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    for command in ["net-disable", "net-enable"] {
        let absent = lab.virtwire(&[command, "default"]);
        assert_eq!(absent.code, Some(3), "{absent:?}");
        for name in ["Mixed0", "Mixed2", "Mixed4"] {
            assert!(absent.err().contains(name), "{command}: {}", absent.err());
        }
    }
    let fine = lab.virtwire(&["net-disable", "default", "--missing-ok"]);
    assert_eq!(fine.code, Some(0), "{fine:?}");
    assert_eq!(shown(&lab, "Mixed0"), Some(Shown::persistent(true, true)));
}
