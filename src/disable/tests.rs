//! Plans and undo commands, for every state that a network can be in.

use std::path::PathBuf;

use virtwire_protocol::error_body::ErrorBody;

use super::*;
use crate::error::Error;

fn condition(active: bool, persistent: bool, autostarted: bool) -> Condition {
    Condition { is_active: active, is_persistent: persistent, is_autostarted: autostarted }
}

/// Every state that a stored network can be in.
fn states() -> [Condition; 4] {
    [(true, true), (true, false), (false, true), (false, false)]
        .map(|(active, autostarted)| condition(active, true, autostarted))
}

fn undone(before: Condition, after: Condition) -> Vec<Undo> {
    undo(before, Some(after), None)
}

#[test]
fn what_net_disable_changed_is_undone_by_the_step_that_is_named() {
    let off = condition(false, true, false);
    assert_eq!(undone(condition(true, true, true), off), [Undo::Enable { autostart: true }]);
    assert_eq!(undone(condition(true, true, false), off), [Undo::Enable { autostart: false }]);
    assert_eq!(undone(condition(false, true, true), off), [Undo::Autostart(true)]);
    assert_eq!(undone(off, off), []);
    let saved = PathBuf::from("/root/default.xml");
    let vanished = undo(condition(true, false, false), None, Some(&saved));
    assert_eq!(vanished, [Undo::CreateFrom(saved)]);
}

#[test]
fn what_was_changed_in_part_is_undone_in_part() {
    let (on, off) = (true, false);
    // Autostart was switched off, and then stopping failed.
    assert_eq!(undone(condition(on, on, on), condition(on, on, off)), [Undo::Autostart(true)]);
    // Stopped by someone, autostart left.
    assert_eq!(undone(condition(on, on, on), condition(off, on, on)), [Undo::Start]);
    // net-enable from each state.
    assert_eq!(undone(condition(off, on, off), condition(on, on, on)), [Undo::Disable]);
    assert_eq!(undone(condition(off, on, off), condition(on, on, off)), [Undo::Disable]);
    assert_eq!(undone(condition(off, on, on), condition(on, on, on)), [Undo::Stop]);
    assert_eq!(undone(condition(off, on, on), condition(on, on, off)), [Undo::Stop, Undo::Autostart(true)]);
    assert_eq!(undone(condition(on, on, off), condition(on, on, on)), [Undo::Autostart(false)]);
}

#[test]
fn undoing_leads_back_from_every_state_to_every_other() {
    for before in states() {
        for after in states() {
            let now = undone(before, after).into_iter().fold(after, ran);
            assert_eq!(now, before, "from {after:?}");
        }
    }
}

/// The condition after a step that undoes.
fn ran(now: Condition, step: Undo) -> Condition {
    let (is_active, is_autostarted) = match step {
        Undo::Enable { autostart } => (true, autostart),
        Undo::Disable => (false, false),
        Undo::Start => (true, now.is_autostarted),
        Undo::Stop => (false, now.is_autostarted),
        Undo::Autostart(on) => (now.is_active, on),
        Undo::CreateFrom(file) => panic!("{file:?}"),
    };
    Condition { is_active, is_autostarted, ..now }
}

#[test]
fn a_goal_is_reached_by_what_is_so_and_not_by_what_was_done() {
    let (disabled, enabled) = (Goal::Disabled, Goal::Enabled { autostart: true });
    assert!(disabled.is_reached(None), "a transient network that is gone is off");
    assert!(!enabled.is_reached(None));
    assert!(disabled.is_reached(Some(condition(false, true, false))));
    assert!(!disabled.is_reached(Some(condition(false, true, true))), "it would come back with the host");
    assert!(!enabled.is_reached(Some(condition(true, true, false))));
    assert!(Goal::Enabled { autostart: false }.is_reached(Some(condition(true, false, false))));
}

#[test]
fn what_keeps_a_network_from_starting_is_said_plainly() {
    let obstacle = |message: &str| {
        let error = virtwire_protocol::session::ReplyError::Server(ErrorBody::new(1, 19, message));
        Obstacle::of(&Error::reply("network_create", error))
    };
    assert_eq!(
        obstacle("internal error: Network is already in use by interface virbr9"),
        Some(Obstacle::SubnetInUse("virbr9".to_owned()))
    );
    assert_eq!(
        obstacle("error creating bridge interface virbr0: File exists"),
        Some(Obstacle::BridgeExists("virbr0".to_owned()))
    );
    assert_eq!(
        obstacle(
            "internal error: Child process (/usr/sbin/dnsmasq) unexpected exit status 2: \n\
             dnsmasq: failed to create listening socket for 192.168.122.1: Address already in use\n"
        ),
        Some(Obstacle::PortInUse("192.168.122.1".to_owned()))
    );
    assert_eq!(obstacle("error creating bridge interface virbr0: Operation not permitted"), None);
    assert_eq!(obstacle("internal error: something else"), None);
}
