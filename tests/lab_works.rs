//! The lab itself: real networks come and go in it, and the host sees none of it.

mod lab;

use lab::run::{DEADLINE, run};
use lab::state::State;
use lab::{Lab, host_sees};
use std::fs;
use std::process::Command;

#[test]
fn a_network_makes_bridge_dnsmasq_and_rules_in_the_lab_alone() {
    let before = host_sees();
    let Some(lab) = Lab::start() else { return };
    assert_eq!(lab.virsh(&["-q", "net-list", "--all"]).expect_ok().out(), "");

    lab.bring(State::One);
    assert!(lab.bridge_exists("virbr0"));
    assert_eq!(lab.dnsmasq_pids().len(), 2);
    let rules = lab.rules();
    assert_eq!(rules.len(), 19, "{rules:#?}");
    assert_eq!(rules.iter().filter(|rule| rule.contains("virbr0")).count(), 14);
    assert_eq!(host_sees(), before);

    lab.virsh(&["net-destroy", "default"]).expect_ok();
    assert!(!lab.bridge_exists("virbr0"));
    assert_eq!(lab.dnsmasq_pids(), []);
    assert_eq!(lab.rules(), Vec::<String>::new());
    assert_eq!(host_sees(), before);
}

#[test]
fn every_state_is_what_it_says() {
    for state in State::ALL {
        let Some(lab) = Lab::start() else { return };
        let networks = lab.bring(state);
        let listed = |flags: &[&str]| {
            let out = lab.virsh(&[&["net-list", "--uuid"], flags].concat()).expect_ok().out();
            out.lines().filter(|line| !line.is_empty()).count()
        };
        let count = |wanted: fn(&lab::state::Net) -> bool| networks.iter().filter(|net| wanted(net)).count();
        assert_eq!(listed(&["--all"]), networks.len(), "{state:?}");
        assert_eq!(listed(&[]), count(|net| net.kind.active), "{state:?}");
        assert_eq!(listed(&["--all", "--autostart"]), count(|net| net.kind.autostart), "{state:?}");
        assert_eq!(listed(&["--all", "--transient"]), count(|net| !net.kind.persistent), "{state:?}");
    }
}

#[test]
fn a_killed_daemon_leaves_its_bridge_and_a_restarted_one_knows_it() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.kill9();
    assert!(lab.bridge_exists("virbr0"));
    assert!(!lab.virsh(&["net-list"]).ok());
    lab.restart();
    assert_eq!(lab.virsh(&["net-list", "--name"]).expect_ok().out(), "default\n\n");
    lab.restart();
    assert_eq!(lab.virsh(&["net-list", "--name"]).expect_ok().out(), "default\n\n");
}

#[test]
fn two_labs_do_not_see_each_other() {
    let (Some(one), Some(two)) = (Lab::start(), Lab::start()) else {
        return;
    };
    one.bring(State::One);
    assert!(!two.bridge_exists("virbr0"));
    two.bring(State::One);
    one.virsh(&["net-destroy", "default"]).expect_ok();
    assert!(two.bridge_exists("virbr0"));
    assert_eq!(two.rules().len(), 19);
}

#[test]
fn guests_are_seen_where_libvirt_keeps_them() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    let xml = |lab: &Lab| lab.virsh(&["net-dumpxml", "default"]).expect_ok().out();
    assert!(xml(&lab).starts_with("<network>"));
    lab.add_port("default", "guest");
    assert!(xml(&lab).starts_with("<network connections='1'>"));
    assert!(lab.exec(&["ls", "/sys/class/net/virbr0/brif"]).expect_ok().out().contains("vwguest\n"));
}

#[test]
fn configuration_and_hook_reach_the_daemon() {
    let hook = "#!/bin/sh\necho \"$1 $2\" >> /var/log/libvirt/hook\n";
    let built = Lab::builder().config("unix_sock_rw_perms = \"0777\"").network_hook(hook).start();
    let Some(lab) = built else { return };
    lab.bring(State::One);
    let said = fs::read_to_string(lab.dir().join("log/hook")).unwrap_or_default();
    assert_eq!(said, "default start\ndefault started\n");
    let mode = run(Command::new("stat").args(["-c", "%a"]).arg(lab.socket()), DEADLINE).out();
    assert_eq!(mode, "777\n");
}

#[test]
fn a_newer_libvirt_makes_its_rules_with_nftables() {
    let before = host_sees();
    let Some(lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    assert!(lab.version() >= [12, 8, 0], "{:?}", lab.version());
    lab.bring(State::One);
    assert!(lab.bridge_exists("virbr0"));
    assert_eq!(lab.dnsmasq_pids().len(), 2);
    assert_eq!(lab.rules(), Vec::<String>::new(), "none by iptables");
    let rules = || {
        let ruleset = lab.exec(&["nft", "-j", "list", "ruleset"]).expect_ok().out();
        ruleset.matches("\"rule\": {").filter(|_| ruleset.contains("libvirt_network")).count()
    };
    let with_default = rules();
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    assert!(!lab.bridge_exists("virbr0"));
    assert_eq!((with_default, rules()), (10 + 6, 6), "the jumps to its chains stay");
    assert_eq!(host_sees(), before);
}

#[test]
fn nothing_is_left_after_a_drop_or_a_panic() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let (name, dir, daemon) = (lab.name().to_owned(), lab.dir().to_owned(), lab.pid());
    let dnsmasq = lab.dnsmasq_pids();
    let thread = std::thread::spawn(move || {
        let _lab = lab;
        std::panic::resume_unwind(Box::new("what the lab does about a panic is the test"));
    });
    assert!(thread.join().is_err());
    for pid in dnsmasq.into_iter().chain([daemon]) {
        // A dead process that its parent has not waited for yet has no executable any more.
        let executable = fs::read_link(format!("/proc/{pid}/exe"));
        assert!(executable.is_err(), "process {pid} lives on");
    }
    assert!(!dir.exists());
    assert!(!fs::exists(format!("/run/netns/{name}")).unwrap_or(true));
}
