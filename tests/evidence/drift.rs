//! Networks that run and lack something, with what brings it back.

use super::lab::Lab;
use super::lab::state::State;
use super::{at_home, inspect, said, started, verdict};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Looks until the network is whole, or fails the test.
#[track_caller]
fn until_whole(lab: &Lab, network: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let shown = at_home(lab, &["net-inspect", network]);
        if shown.ok() {
            return;
        }
        assert!(Instant::now() < end, "{}", shown.out());
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn flushed_rules_are_missing_and_come_back_by_reloading() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    for chain in ["LIBVIRT_FWI", "LIBVIRT_FWO"] {
        lab.exec(&["iptables", "-F", chain]).expect_ok();
    }
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks rules", 7);
    let missing = ["rules 2 of 2 in filter LIBVIRT_FWO (IPv4)", "rules 2 of 2 in filter LIBVIRT_FWI (IPv4)"];
    assert_eq!(said(&shown, "missing"), missing, "{}", shown.out());
    assert_eq!(said(&shown, "repair"), [format!("systemctl reload {}", lab.keeper_of_networks())]);
    lab.signal("HUP");
    until_whole(&lab, "default");
}

#[test]
fn a_built_in_chain_that_was_flushed_leads_to_no_rule_and_only_a_restart_helps() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["iptables", "-F", "FORWARD"]).expect_ok();
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks rules", 7);
    assert_eq!(said(&shown, "missing").len(), 3, "{}", shown.out());
    assert_eq!(said(&shown, "repair"), [format!("systemctl restart {}", lab.keeper_of_networks())]);
    lab.restart();
    until_whole(&lab, "default");
}

#[test]
fn a_killed_dnsmasq_is_missing_and_comes_back_by_a_restart() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    for pid in lab.dnsmasq_pids() {
        lab.exec(&["sh", "-c", &format!("kill {pid} || :")]).expect_ok();
    }
    while !lab.dnsmasq_pids().is_empty() {
        sleep(Duration::from_millis(20));
    }
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks dnsmasq", 7);
    assert_eq!(said(&shown, "missing"), ["dnsmasq no process serves this network"]);
    assert_eq!(said(&shown, "repair"), [format!("systemctl restart {}", lab.keeper_of_networks())]);
    lab.restart();
    until_whole(&lab, "default");
}

#[test]
fn a_deleted_bridge_is_missing_and_comes_back_by_stopping_and_starting() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks bridge", 7);
    assert_eq!(said(&shown, "missing"), ["bridge virbr0 52:54:00:77:69:7a"]);
    let repair =
        "virtwire -c qemu:///system net-destroy default && virtwire -c qemu:///system net-start default";
    assert_eq!(said(&shown, "repair"), [repair]);
    for command in ["net-destroy", "net-start"] {
        at_home(&lab, &[command, "default"]).expect_ok();
    }
    until_whole(&lab, "default");
}

#[test]
fn a_transient_network_outlives_its_repair() {
    let Some(lab) = Lab::start() else { return };
    let xml = "<network><name>tr</name><forward mode='nat'/><bridge name='virbr9'/>\
               <ip address='10.99.1.1' netmask='255.255.255.0'/></network>";
    let path = super::file(&lab, "tr.xml", xml);
    lab.virsh(&["net-create", &path]).expect_ok();
    lab.exec(&["ip", "link", "delete", "virbr9"]).expect_ok();
    let shown = at_home(&lab, &["net-inspect", "tr"]);
    assert_eq!(shown.code, Some(7), "{}", shown.out());
    let repairs = said(&shown, "repair");
    let own = "virtwire -c qemu:///system";
    let wanted = format!(
        "{own} net-dumpxml tr > virtwire-tr.xml && {own} net-destroy tr && {own} net-create virtwire-tr.xml"
    );
    assert!(repairs.contains(&wanted), "{repairs:?}");
    let followed = wanted.replace("virtwire -c", &format!("{} -c", super::lab::virtwire_path()));
    let there = format!("cd {} && {followed}", lab.dir().display());
    lab.exec(&["sh", "-c", &there]).expect_ok();
    until_whole(&lab, "tr");
}

#[test]
fn guests_without_a_way_out_are_no_enabled_network() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let cut = "iptables-save | grep -v MASQUERADE | iptables-restore";
    lab.exec(&["sh", "-c", cut]).expect_ok();
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks rules", 7);
    assert_eq!(said(&shown, "missing"), ["rules 3 of 5 in nat LIBVIRT_PRT (IPv4)"], "{}", shown.out());
    lab.signal("HUP");
    until_whole(&lab, "default");
}

#[test]
fn an_address_a_link_and_forwarding_that_are_off_are_named_with_the_commands_that_mend_them() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["ip", "address", "flush", "dev", "virbr0"]).expect_ok();
    lab.exec(&["ip", "link", "set", "virbr0", "down"]).expect_ok();
    lab.exec(&["sysctl", "-qw", "net.ipv4.ip_forward=0"]).expect_ok();
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks bridge, forwarding", 7);
    let repairs = said(&shown, "repair");
    assert_eq!(
        repairs,
        [
            "ip link set virbr0 up",
            "ip address add 192.168.122.1/24 dev virbr0",
            "sysctl -w net.ipv4.ip_forward=1"
        ]
    );
    for command in repairs {
        lab.exec(&["sh", "-c", &command]).expect_ok();
    }
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

#[test]
fn net_enable_of_a_degraded_network_says_so() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["iptables", "-t", "nat", "-F", "LIBVIRT_PRT"]).expect_ok();
    let on = at_home(&lab, &["net-enable", "default"]);
    assert_eq!(verdict(&on), ("enabled, but DEGRADED: it lacks rules".to_owned(), 7), "{}", on.out());
    let reload = format!("systemctl reload {}", lab.keeper_of_networks());
    assert!(on.err().contains(&reload), "{}", on.err());
}

#[test]
fn a_network_that_was_redefined_while_it_runs_is_judged_by_what_runs() {
    let Some(lab) = Lab::start() else { return };
    let xml = lab.bring(State::One)[0].xml();
    let redefined = xml.replace("virbr0", "virbr77").replace("192.168.122.", "192.168.77.");
    let path = super::file(&lab, "redefined.xml", &redefined);
    lab.virsh(&["net-define", &path]).expect_ok();
    let shown = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    assert!(said(&shown, "present")[0].starts_with("bridge virbr0 "), "{}", shown.out());
    assert_eq!(said(&shown, "note").len(), 1, "{}", shown.out());
    let off = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    assert!(said(&off, "gone")[0].starts_with("bridge virbr0 "), "{}", off.out());
}

#[test]
fn two_networks_do_not_lend_each_other_their_parts() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    // Its name and its bridge contain those of the other.
    let xml = "<network><name>default0</name><forward mode='nat'/><bridge name='virbr01'/>\
               <ip address='192.168.12.1' netmask='255.255.255.0'><dhcp>\
               <range start='192.168.12.2' end='192.168.12.99'/></dhcp></ip></network>";
    started(&lab, "default0", xml);
    let shown = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    assert!(
        said(&shown, "present").contains(&"rules 19 (iptables-nft: filter 13, nat 5, mangle 1)".to_owned())
    );
    let off = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    inspect(&lab, "default0", "enabled until the next reboot, verified", 0);
}
