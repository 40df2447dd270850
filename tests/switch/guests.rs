//! Guests are not cut off by mistake, however they are attached.

use super::facts::{DOWN, Shown, UP, facts, shown};
use super::lab::Lab;
use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::State;
use super::lab::virtwire_path;

/// virtwire on the host whose daemon and bridges these are, as far as it can tell.
fn at_home(lab: &Lab, args: &[&str]) -> Output {
    run(lab.client_inside(&virtwire_path()).args(args), DEADLINE)
}

#[test]
fn a_port_is_a_guest_and_is_named() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    lab.add_port("default", "web-server");
    let refused = lab.virtwire(&["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("web-server"), "{}", refused.err());
    assert!(refused.err().contains("--allow-attached"), "{}", refused.err());
    assert_eq!(facts(&lab), UP);
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, true)), "autostart is a change too");

    let dry = lab.virtwire(&["net-disable", "default", "--dry-run"]);
    assert_eq!(dry.code, Some(6), "a dry run says what the real one would: {dry:?}");

    lab.virtwire(&["net-disable", "default", "--allow-attached"]).expect_ok();
    assert_eq!(facts(&lab), DOWN);
}

#[test]
fn a_member_of_the_bridge_is_a_guest_where_it_can_be_seen() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    let refused = at_home(&lab, &["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("vwguest"), "{}", refused.err());
    assert_eq!(facts(&lab), UP);
    at_home(&lab, &["net-disable", "default", "--allow-attached"]).expect_ok();
    assert_eq!(facts(&lab), DOWN);
}

#[test]
fn who_cannot_see_the_bridge_says_so() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    // From the host, the lab's bridge is not there: neither guests nor their absence can be seen.
    let blind = lab.virtwire(&["net-disable", "default", "--dry-run"]).expect_ok();
    let said = format!("{}{}", blind.out(), blind.err());
    assert!(said.contains("namespace"), "{said}");
    let seeing = at_home(&lab, &["net-disable", "default", "--dry-run", "--allow-attached"]).expect_ok();
    let said = format!("{}{}", seeing.out(), seeing.err());
    assert!(!said.contains("namespace"), "{said}");
}

#[test]
fn an_inactive_network_has_no_guests() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(false, false)));
}

#[test]
fn the_bridge_that_is_looked_at_is_that_of_the_running_network() {
    let Some(lab) = Lab::start() else { return };
    let networks = lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    // Redefined while it runs: the stored definition names another bridge.
    let xml = networks.first().expect("there is one").xml().replace("virbr0", "virbr77");
    let file = lab.dir().join("redefined.xml");
    std::fs::write(&file, xml).expect("the folder is ours");
    lab.virsh(&["net-define", &file.display().to_string()]).expect_ok();
    let refused = at_home(&lab, &["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("vwguest"), "{}", refused.err());
}
