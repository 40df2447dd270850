//! Plans and undo commands, for every state that a network can be in.

use std::path::PathBuf;

use virtwire_protocol::error_body::ErrorBody;
use virtwire_protocol::remote::{Text, Uuid};

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

fn line(commands: &[Vec<String>]) -> String {
    commands.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(" && ")
}

#[test]
fn what_net_disable_changed_is_undone_by_the_command_that_is_named() {
    let off = |before: Condition| Some(condition(false, before.is_persistent, false));
    let undone = |active, autostarted| {
        let before = condition(active, true, autostarted);
        line(&undo("default", before, off(before), None))
    };
    assert_eq!(undone(true, true), "net-enable default");
    assert_eq!(undone(true, false), "net-enable default --no-autostart");
    assert_eq!(undone(false, true), "net-autostart default");
    assert_eq!(undone(false, false), "");
    let saved = PathBuf::from("/root/default.xml");
    assert_eq!(
        line(&undo("default", condition(true, false, false), None, Some(&saved))),
        "net-create /root/default.xml"
    );
}

#[test]
fn what_was_changed_in_part_is_undone_in_part() {
    let undone = |before, after| line(&undo("n", before, Some(after), None));
    let (on, off) = (true, false);
    // Autostart was switched off, and then stopping failed.
    assert_eq!(undone(condition(on, on, on), condition(on, on, off)), "net-autostart n");
    // Stopped by someone, autostart left.
    assert_eq!(undone(condition(on, on, on), condition(off, on, on)), "net-start n");
    // net-enable from each state.
    assert_eq!(undone(condition(off, on, off), condition(on, on, on)), "net-disable n");
    assert_eq!(undone(condition(off, on, off), condition(on, on, off)), "net-disable n");
    assert_eq!(undone(condition(off, on, on), condition(on, on, on)), "net-destroy n");
    assert_eq!(undone(condition(off, on, on), condition(on, on, off)), "net-destroy n && net-autostart n");
    assert_eq!(undone(condition(on, on, off), condition(on, on, on)), "net-autostart n --disable");
}

/// The condition after a command that undoes.
fn ran(words: &[String], mut now: Condition) -> Condition {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (is_active, is_autostarted) = match words.as_slice() {
        ["net-enable", "n"] => (true, true),
        ["net-enable", "n", "--no-autostart"] => (true, false),
        ["net-disable", "n"] => (false, false),
        ["net-start", "n"] => (true, now.is_autostarted),
        ["net-destroy", "n"] => (false, now.is_autostarted),
        ["net-autostart", "n"] => (now.is_active, true),
        ["net-autostart", "n", "--disable"] => (now.is_active, false),
        other => panic!("{other:?}"),
    };
    (now.is_active, now.is_autostarted) = (is_active, is_autostarted);
    now
}

#[test]
fn undoing_leads_back_from_every_state_to_every_other() {
    for before in states() {
        for after in states() {
            let mut now = after;
            for words in undo("n", before, Some(after), None) {
                now = ran(&words, now);
            }
            assert_eq!(now, before, "from {after:?}");
        }
    }
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
fn a_command_names_a_network_by_its_name_only_where_that_is_plain() {
    let uuid = Uuid([0xab; 16]);
    for name in ["default", "net-1.2_x:y+z", "0"] {
        assert_eq!(plain_name(&Text::from_static(name), uuid), name);
    }
    for name in ["", "-x", "two words", "a'b", "ü", "$HOME", "a;b", "77697265-0000-4000-8000-000000000001"] {
        assert_eq!(plain_name(&Text::from_static(name), uuid), uuid.to_string(), "{name}");
    }
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
