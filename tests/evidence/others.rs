//! What is not libvirt's: bridges of the same name, rules that name the network.

use super::lab::Lab;
use super::lab::daemons::LIBVIRTD;
use super::lab::relay::{Fate, Relay};
use super::lab::state::State;
use super::{at_home, inspect, said, verdict, verdicts};

/// A bridge that an administrator made.
fn made_by_hand(lab: &Lab, name: &str) {
    lab.exec(&["ip", "link", "add", name, "address", "02:00:00:00:00:07", "type", "bridge"]).expect_ok();
}

#[test]
fn a_bridge_of_that_name_that_someone_else_made_is_foreign_and_in_the_way() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-destroy", "default"]).expect_ok();
    made_by_hand(&lab, "virbr0");
    let shown = inspect(&lab, "default", "disabled, verified", 0);
    assert_eq!(said(&shown, "foreign"), ["bridge virbr0 02:00:00:00:00:07 (not this network's)"]);
    assert_eq!(said(&shown, "repair"), ["the network cannot start while virbr0 is there"]);
    let nothing = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdict(&nothing).0, "nothing was left behind");
    assert!(lab.bridge_exists("virbr0"));
}

#[test]
fn stopping_a_network_must_not_delete_the_bridge_of_someone_else() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
    made_by_hand(&lab, "virbr0");
    inspect(&lab, "default", "DEGRADED: it is active, and lacks bridge", 7);
    let refused = at_home(&lab, &["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert!(refused.err().contains("virbr0 is not this network's bridge"), "{}", refused.err());
    assert!(lab.bridge_exists("virbr0"));
}

#[test]
fn rules_that_hooks_made_are_foreign_and_stay() {
    let hook = "#!/bin/sh\n\
        if [ \"$2\" = started ]; then\n\
        iptables -w -t nat -A PREROUTING -d 192.168.122.50 -p tcp --dport 80 -j DNAT --to-destination 192.168.122.9\n\
        iptables -w -I LIBVIRT_FWI -d 192.168.122.50 -o virbr0 -j ACCEPT\n\
        iptables -w -I LIBVIRT_FWI -o virbr0 -p tcp --dport 22 -j ACCEPT\n\
        iptables -w -I FORWARD -s 192.168.0.0/16 -i virbr+ -j ACCEPT\n\
        fi\n";
    let Some(lab) = Lab::builder().network_hook(hook).start() else { return };
    lab.bring(State::One);
    let shown = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    assert_eq!(said(&shown, "foreign").len(), 4, "{}", shown.out());
    let off = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    let mut foreign = said(&off, "foreign");
    foreign.sort();
    assert_eq!(
        foreign,
        [
            "rules filter FORWARD: -s 192.168.0.0/16 -i virbr+ -j ACCEPT (not libvirt's)",
            "rules filter LIBVIRT_FWI: -d 192.168.122.50/32 -o virbr0 -j ACCEPT (not libvirt's)",
            "rules filter LIBVIRT_FWI: -o virbr0 -p tcp -m tcp --dport 22 -j ACCEPT (not libvirt's)",
            "rules nat PREROUTING: -d 192.168.122.50/32 -p tcp -m tcp --dport 80 -j DNAT \
             --to-destination 192.168.122.9 (not libvirt's)"
        ]
    );
    at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(lab.rules().len(), 2, "not even in libvirt's own chain is it touched: {:?}", lab.rules());
}

#[test]
fn a_bridge_of_the_hosts_own_is_not_libvirts_for_its_address_and_a_rule() {
    let Some(lab) = Lab::start() else { return };
    lab.exec(&["ip", "link", "add", "br0", "address", "52:54:00:00:00:07", "type", "bridge"]).expect_ok();
    lab.bring(State::One);
    lab.exec(&["iptables", "-w", "-I", "LIBVIRT_FWX", "-i", "br0", "-o", "br0", "-j", "ACCEPT"]).expect_ok();
    let before = lab.rules().len();
    for args in [&["net-inspect"][..], &["net-cleanup"], &["net-cleanup", "--apply"]] {
        let said = at_home(&lab, args).expect_ok();
        assert!(said.err().contains("names bridge br0, and no network has it"), "{}", said.err());
    }
    assert!(lab.bridge_exists("br0"));
    assert_eq!(lab.rules().len(), before);
}

/// `test:///default` of a libvirtd has a network `default`, too, of which nothing is on any host.
#[test]
fn networks_of_a_driver_that_keeps_none_of_a_host_are_not_looked_for_on_it() {
    // Of the modular daemons, none has that driver.
    let Some(lab) = Lab::builder().programs(&LIBVIRTD).start() else { return };
    lab.bring(State::One);
    let uri = "test+unix:///default?socket=/run/libvirt/libvirt-sock";
    let shown = at_home(&lab, &["-c", uri, "net-inspect"]);
    assert_eq!(
        verdict(&shown).0,
        "enabled until the next reboot, not verified: what was asked keeps no networks of this host"
    );
    let on = at_home(&lab, &["-c", uri, "net-enable", "default"]).expect_ok();
    assert_eq!(said(&on, "missing"), Vec::<String>::new(), "{}", on.out());
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

/// What listens may be `ssh`, and its daemon another host's.
#[test]
fn what_answers_and_is_no_daemon_proves_nothing_of_this_host() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let relay = Relay::start(lab.dir().join("run/relay"), lab.socket(), |_| Fate::Pass);
    let through = |args: &[&str]| {
        let uri = "qemu:///system?socket=/run/libvirt/relay";
        let args = ["-c", uri].iter().chain(args).copied().collect::<Vec<_>>();
        at_home(&lab, &args)
    };
    let mac = lab.exec(&["cat", "/sys/class/net/virbr0/address"]).expect_ok().out();
    let bridge = format!("bridge virbr0 {}", mac.trim());
    let expected: &[&str] = if lab.lists_bridge() { &[&bridge] } else { &[] };
    // What the daemon itself lists is so wherever it runs; nothing else is said.
    for (args, listed) in
        [(&["net-inspect", "default"][..], "present"), (&["net-disable", "default"], "gone")]
    {
        let told = through(args);
        assert!(verdicts(&told)[0].contains("not verified: what answers is "), "{}", told.out());
        assert_eq!(said(&told, listed), expected, "{}", told.out());
        for word in ["present", "gone", "not seen", "left", "missing"].iter().filter(|word| **word != listed)
        {
            assert_eq!(said(&told, word), Vec::<String>::new(), "{}", told.out());
        }
    }
    let cleanup = through(&["net-cleanup", "--apply"]);
    assert_eq!(cleanup.code, Some(5), "{cleanup:?}");
    assert!(relay.frames().len() > 4);
}
