//! libvirt's modular daemons, real ones: which of them a URI means, and networks that are switched and looked at through
//! each. What holds for every daemon is tested on these by all other suites, where `VIRTWIRE_TEST_LIBVIRT=modular`.

#![cfg(all(feature = "cli", feature = "net-port"))]
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod lab;

use lab::daemons::MODULAR;
use lab::run::{DEADLINE, Output, run};
use lab::state::State;
use lab::{Lab, virtwire_path};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A host that keeps networks alone.
const NETWORKS: [&str; 1] = ["virtnetworkd"];

/// A host of guests as Fedora installs it, without the proxy for clients of old.
const GUESTS: [&str; 2] = ["virtqemud", "virtnetworkd"];

/// URIs, and whether each is served by [`NETWORKS`], [`GUESTS`] and [`MODULAR`].
const URIS: [(&str, [bool; 3]); 10] = [
    ("network:///system", [true, true, true]),
    ("network+unix:///system", [true, true, true]),
    ("network:///system?mode=auto", [true, true, true]),
    ("network:///system?mode=direct", [true, true, true]),
    ("network:///system?mode=legacy", [false, false, true]),
    ("qemu:///system", [false, true, true]),
    ("qemu:///system?mode=auto", [false, true, true]),
    ("qemu:///system?mode=direct", [false, true, true]),
    ("qemu:///system?mode=legacy", [false, false, true]),
    ("network:///system?socket=/run/libvirt/virtnetworkd-sock", [true, true, true]),
];

const COMMANDS: [&str; 8] = [
    "net-list --all",
    "-r net-list --name",
    "net-info default",
    "net-dumpxml default",
    "net-uuid default",
    "net-dhcp-leases default",
    "net-autostart nosuch",
    "net-port-list default",
];

/// A program inside the lab, where its daemons are the host's.
fn inside(lab: &Lab, program: &str, uri: &str, args: &[&str]) -> Output {
    run(lab.client_inside(program).args(["-c", uri]).args(args), DEADLINE)
}

fn ours(lab: &Lab, uri: &str, args: &[&str]) -> Output {
    inside(lab, &virtwire_path(), uri, args)
}

/// What virsh says of `default` through the daemon that keeps it: active, and started with the host.
fn is_on(lab: &Lab) -> (bool, bool) {
    let shown = inside(lab, "virsh", "network:///system", &["net-info", "default"]).expect_ok().out();
    let says = |key: &str| {
        let line = shown.lines().find(|line| line.starts_with(key)).expect("it is told");
        line.ends_with("yes")
    };
    (says("Active:"), says("Autostart:"))
}

/// The line that says how it ended, and the exit code.
fn verdict(output: &Output) -> (String, Option<i32>) {
    let shown = output.out();
    let line = shown.lines().find_map(|line| line.strip_prefix("verdict: "));
    (line.unwrap_or_default().to_owned(), output.code)
}

fn is_whole(lab: &Lab) -> bool {
    lab.bridge_exists("virbr0") && lab.dnsmasq_pids().len() == 2 && lab.rules().len() == 19
}

fn is_bare(lab: &Lab) -> bool {
    !lab.bridge_exists("virbr0") && lab.dnsmasq_pids().is_empty() && lab.rules().is_empty()
}

#[test]
fn a_uri_is_served_by_the_daemons_that_serve_virsh_with_the_same_answers() {
    for (place, daemons) in [&NETWORKS[..], &GUESTS, &MODULAR].into_iter().enumerate() {
        let Some(lab) = Lab::builder().programs(daemons).start() else { return };
        lab.bring(State::One);
        for (uri, served) in URIS {
            let is_served = served.get(place).copied().expect("each host has a column");
            for command in COMMANDS {
                let args: Vec<_> = command.split(' ').collect();
                let context = format!("{daemons:?} {uri} {command}");
                let theirs = inside(&lab, "virsh", uri, &args);
                let answered = is_served && !command.ends_with("nosuch");
                assert_eq!(theirs.code, Some(i32::from(!answered)), "{context}: {theirs:?}");
                let here = ours(&lab, uri, &args);
                let code = match (is_served, answered) {
                    (_, true) => 0,
                    (true, false) => 3,
                    (false, _) => 4,
                };
                assert_eq!(here.code, Some(code), "{context}: {here:?}");
                if is_served {
                    assert_eq!(here.out(), theirs.out(), "{context}");
                }
                assert_eq!(here.first_error(), theirs.first_error(), "{context}");
            }
        }
    }
}

#[test]
fn a_network_is_switched_off_and_on_with_proof_by_every_way_that_leads_to_it() {
    for (daemons, uri) in [
        (&NETWORKS[..], "network:///system"),
        (&GUESTS, "network:///system"),
        (&GUESTS, "qemu:///system"),
        (&MODULAR, "qemu:///system?mode=legacy"),
        (&MODULAR, "network:///system?mode=legacy"),
    ] {
        let Some(lab) = Lab::builder().programs(daemons).start() else { return };
        lab.bring(State::One);
        let told = |args: &[&str]| verdict(&ours(&lab, uri, args));
        let said = |text: &str, code: i32| (text.to_owned(), Some(code));
        assert_eq!(
            told(&["net-inspect", "default"]),
            said("enabled until the next reboot, verified", 0),
            "{uri}"
        );
        assert_eq!(told(&["net-disable", "default"]), said("disabled, verified", 0), "{uri}");
        assert!(is_bare(&lab), "{uri}: {:?}", lab.rules());
        assert_eq!(is_on(&lab), (false, false), "{uri}");
        assert_eq!(told(&["net-inspect", "default"]), said("disabled, verified", 0), "{uri}");
        ours(&lab, uri, &["net-inspect", "default", "--expect", "disabled"]).expect_ok();
        assert_eq!(told(&["net-enable", "default"]), said("enabled, verified", 0), "{uri}");
        assert!(is_whole(&lab), "{uri}: {:?}", lab.rules());
        assert_eq!(is_on(&lab), (true, true), "{uri}");
        lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
        let lacks = told(&["net-inspect", "default"]);
        assert!(lacks.0.starts_with("DEGRADED: ") && lacks.1 == Some(7), "{uri}: {lacks:?}");
    }
}

#[test]
fn a_daemon_that_keeps_networks_alone_says_that_it_knows_no_guests() {
    let Some(lab) = Lab::builder().programs(&NETWORKS).start() else { return };
    lab.bring(State::One);
    let unverified = "  unverified guests: this daemon knows no guests\n";
    for args in [["net-inspect", "default"], ["net-disable", "default"], ["net-enable", "default"]] {
        let shown = ours(&lab, "network:///system", &args).expect_ok().out();
        assert!(shown.contains(unverified), "{args:?}: {shown}");
    }
    // What it does know is enough to protect them.
    lab.add_port("default", "web");
    let refused = ours(&lab, "network:///system", &["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("guest web"), "{}", refused.err());
    assert!(is_whole(&lab));
}

#[test]
fn where_a_host_keeps_networks_alone_its_uri_is_named() {
    let Some(lab) = Lab::builder().programs(&NETWORKS).start() else { return };
    for uri in ["qemu:///system", "network:///system?mode=legacy"] {
        let refused = ours(&lab, uri, &["net-list"]);
        assert_eq!(refused.code, Some(4), "{refused:?}");
        assert!(refused.err().contains("virtwire -c network:///system'"), "{}", refused.err());
    }
    let path = lab.dir().join("none");
    let named = ours(&lab, &format!("qemu:///system?socket={}", path.display()), &["net-list"]);
    assert!(!named.err().contains("network:///system"), "it was said which: {}", named.err());
}

#[test]
fn a_lost_network_daemon_is_named_by_those_that_ask_it() {
    let Some(mut lab) = Lab::builder().programs(&GUESTS).start() else { return };
    lab.bring(State::One);
    kill_networks(&lab);
    for args in [&["net-list"][..], &["net-disable", "default"]] {
        let failed = ours(&lab, "qemu:///system", args);
        assert_eq!(failed.code, Some(1), "{failed:?}");
        assert!(failed.err().contains("'systemctl start virtnetworkd' starts it"), "{}", failed.err());
    }
    let itself = ours(&lab, "network:///system", &["net-list"]);
    assert_eq!(itself.code, Some(4), "{itself:?}");
    assert!(itself.err().contains("'systemctl start virtnetworkd' starts it"), "{}", itself.err());
    let expected = ours(&lab, "qemu:///system", &["net-inspect", "default", "--expect", "enabled"]);
    assert_eq!(expected.code, Some(4), "nobody could be asked: {expected:?}");
    lab.restart();
    assert_eq!(verdict(&ours(&lab, "qemu:///system", &["net-inspect", "default"])).1, Some(0));
}

#[test]
fn a_network_daemon_that_is_lost_during_a_change_leaves_its_outcome_unknown() {
    let hook = "#!/bin/sh\n[ \"$2\" != stopped ] || sleep 20\n";
    let Some(mut lab) = Lab::builder().programs(&GUESTS).network_hook(hook).start() else { return };
    for args in [&["net-destroy", "default"][..], &["net-disable", "default"]] {
        lab.bring(State::One);
        let child = begun(&lab, args);
        // The bridge is gone before the hook is called.
        until(|| !lab.bridge_exists("virbr0"));
        sleep(Duration::from_millis(200));
        kill_networks(&lab);
        let ended = child.wait_with_output().expect("it is ours to wait for");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(8), "{args:?}: {said}");
        lab.exec(&["sh", "-c", "rm -f /etc/libvirt/qemu/networks/*.xml"]);
        lab.restart();
    }
}

/// virtwire, through the daemon of guests.
fn begun(lab: &Lab, args: &[&str]) -> Child {
    let mut command: Command = lab.client_inside(&virtwire_path());
    command.args(["-c", "qemu:///system"]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("virtwire runs")
}

fn kill_networks(lab: &Lab) {
    let pid = fs::read_to_string(lab.dir().join("run/virtnetworkd.pid")).expect("it has a pid file");
    lab.exec(&["kill", "-9", pid.trim()]).expect_ok();
}

fn until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "not so in time");
        sleep(Duration::from_millis(20));
    }
}
