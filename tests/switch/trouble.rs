//! What stands in the way of a change, and changes whose answer never came.

use super::facts::{DOWN, Shown, UP, facts, shown};
use super::lab::relay::{Fate, From, Relay};
use super::lab::run::{DEADLINE, Output, run, wait};
use super::lab::state::State;
use super::lab::{Lab, virtwire_path};
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// A lab with a stopped `default`.
fn stopped() -> Option<Lab> {
    let lab = Lab::start()?;
    lab.bring(State::One);
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    Some(lab)
}

/// net-enable fails, names all of `words`, and leaves the network as it was.
fn fails_to_enable(lab: &Lab, words: &[&str]) {
    let failed = lab.virtwire(&["net-enable", "default"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    for word in words {
        assert!(failed.err().contains(word), "{word}: {}", failed.err());
    }
    assert_eq!(shown(lab, "default"), Some(Shown::persistent(false, false)));
}

#[test]
fn a_subnet_in_use_is_said_with_the_interface_that_uses_it() {
    let Some(lab) = stopped() else { return };
    lab.exec(&["ip", "link", "add", "vwuplink", "type", "veth", "peer", "name", "vwother"]).expect_ok();
    lab.exec(&["ip", "address", "add", "192.168.122.77/24", "dev", "vwuplink"]).expect_ok();
    lab.exec(&["ip", "link", "set", "vwuplink", "up"]).expect_ok();
    lab.exec(&["ip", "link", "set", "vwother", "up"]).expect_ok();
    fails_to_enable(&lab, &["vwuplink", "subnet"]);
}

#[test]
fn a_bridge_that_exists_already_is_said() {
    let Some(lab) = stopped() else { return };
    lab.exec(&["ip", "link", "add", "virbr0", "type", "bridge"]).expect_ok();
    fails_to_enable(&lab, &["virbr0", "exist"]);
    // Newer daemons (11.3.0, 12.8.0) delete it when the start that it prevented has failed.
    assert_eq!(lab.bridge_exists("virbr0"), lab.version() < [11, 0, 0], "someone else's bridge");
}

#[test]
fn a_bridge_in_the_way_is_seen_before_a_daemon_deletes_it() {
    let Some(lab) = stopped() else { return };
    lab.exec(&["ip", "link", "add", "virbr0", "type", "bridge"]).expect_ok();
    let mut inside = lab.client_inside(&virtwire_path());
    let said = run(inside.args(["-c", "qemu:///system", "net-enable", "default"]), DEADLINE);
    assert_eq!(said.code, Some(6), "{said:?}");
    assert!(said.err().contains("interface virbr0 is there already"), "{said:?}");
    assert!(lab.bridge_exists("virbr0"), "someone else's bridge");
}

#[test]
fn a_taken_port_53_is_said() {
    let Some(lab) = stopped() else { return };
    lab.exec(&["dnsmasq", "--conf-file=/dev/null", "--pid-file", "--no-resolv", "--no-hosts"]).expect_ok();
    assert_eq!(lab.dnsmasq_pids().len(), 1, "the other DNS server runs");
    if lab.version() < [9, 0, 0] {
        // The dnsmasq beside 7.0.0 goes without the port, and says so nowhere that libvirt looks.
        lab.virtwire(&["net-enable", "default"]).expect_ok();
        return;
    }
    fails_to_enable(&lab, &["53", "192.168.122.1"]);
}

/// A hook that sleeps when a network has stopped.
fn sleeping_hook(seconds: u32) -> String {
    format!("#!/bin/sh\n[ \"$2\" != stopped ] || sleep {seconds}\n")
}

#[test]
fn an_unanswered_change_that_was_made_is_seen_to_be_made() {
    let Some(lab) = Lab::builder().network_hook(&sleeping_hook(4)).start() else {
        return;
    };
    lab.bring(State::One);
    // The destroy is not answered in time; what is asked again then is, since the daemon wakes up before its deadline.
    let seen = lab.virtwire(&["--timeout", "3", "net-disable", "default"]);
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert_eq!(facts(&lab), DOWN);
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(false, false)));
    super::undo::run_last_line(&lab, &seen.out());
    assert_eq!(facts(&lab), UP);
}

#[test]
fn an_unanswered_change_that_cannot_be_looked_at_is_unknown() {
    let Some(lab) = Lab::builder().network_hook(&sleeping_hook(20)).start() else {
        return;
    };
    lab.bring(State::One);
    let begun = Instant::now();
    let unknown = lab.virtwire(&["--timeout", "1", "net-disable", "default"]);
    assert_eq!(unknown.code, Some(8), "{unknown:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn a_daemon_killed_during_the_change_leaves_the_outcome_unknown() {
    let Some(mut lab) = Lab::builder().network_hook(&sleeping_hook(20)).start() else {
        return;
    };
    lab.bring(State::One);
    let mut command = lab.client(&virtwire_path());
    command.args(["-c", &lab.uri(), "net-disable", "default"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("virtwire runs");
    // The bridge is gone before the hook is called.
    let end = Instant::now() + DEADLINE;
    while lab.bridge_exists("virbr0") {
        assert!(Instant::now() < end, "the network is not stopped");
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(200));
    lab.kill9();
    let code = wait(&mut child, DEADLINE);
    let mut said = String::new();
    let _ = child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut said));
    assert_eq!(code, Some(Some(8)), "{said}");
    assert!(said.starts_with("error: "), "{said}");
}

#[test]
fn a_silent_daemon_is_unreachable_and_nothing_is_changed() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.signal("STOP");
    let silent = lab.virtwire(&["--timeout", "1", "net-disable", "default"]);
    lab.signal("CONT");
    assert_eq!(silent.code, Some(4), "{silent:?}");
    assert_eq!(facts(&lab), UP);
}

#[test]
fn what_the_hook_forbids_has_failed() {
    let hook = "#!/bin/sh\n[ \"$2\" != start ]\n";
    let Some(lab) = stopped_with(hook) else { return };
    let failed: Output = lab.virtwire(&["net-enable", "default"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert_eq!(facts(&lab), DOWN);
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(false, false)));
}

/// A lab with a defined `default`, which its hook keeps from starting.
fn stopped_with(hook: &str) -> Option<Lab> {
    let lab = Lab::builder().network_hook(hook).start()?;
    let networks = State::One.networks();
    let mut net = networks.first().expect("there is one").clone();
    net.kind.active = false;
    lab.add(&net);
    Some(lab)
}

/// A relay to the lab's daemon that treats NETWORK_DESTROY as `fate` says, where it comes from `from`.
fn relay(lab: &Lab, from: From, fate: Fate) -> Relay {
    let path = lab.dir().join("relay");
    Relay::start(path, lab.socket(), move |frame| {
        if frame.procedure == NETWORK_DESTROY && frame.from == from { fate.clone() } else { Fate::Pass }
    })
}

const NETWORK_DESTROY: u32 = 42;

fn through(lab: &Lab, relay: &Relay, args: &[&str]) -> Output {
    let mut command = lab.client(&virtwire_path());
    run(command.args(["-c", &relay.uri()]).args(args), DEADLINE)
}

#[test]
fn a_connection_lost_with_the_answer_is_made_again_and_the_goal_is_seen_to_be_reached() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let relay = relay(&lab, From::Server, Fate::Cut);
    let said = through(&lab, &relay, &["net-disable", "default"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(facts(&lab), DOWN);
    assert_eq!(relay.frames().iter().map(|frame| frame.connection).max(), Some(1), "one more connection");
}

#[test]
fn a_connection_lost_with_the_change_is_made_again_and_the_change_is_seen_to_have_failed() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    let relay = relay(&lab, From::Client, Fate::Cut);
    let said = through(&lab, &relay, &["net-disable", "default"]);
    assert_eq!(said.code, Some(1), "it was looked at, so it is known: {said:?}");
    assert_eq!(shown(&lab, "default"), Some(Shown::persistent(true, false)), "what was done stays done");
    assert_eq!(facts(&lab), UP);
}

#[test]
fn a_connection_lost_for_good_leaves_the_outcome_unknown() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let path = lab.dir().join("relay");
    let door = path.clone();
    let relay = Relay::start(path, lab.socket(), move |frame| {
        if frame.procedure == NETWORK_DESTROY && frame.from == From::Server {
            let _ = std::fs::remove_file(&door);
            Fate::Cut
        } else {
            Fate::Pass
        }
    });
    let said = through(&lab, &relay, &["net-disable", "default"]);
    assert_eq!(said.code, Some(8), "{said:?}");
    assert!(said.err().starts_with("error: "), "{}", said.err());
}
