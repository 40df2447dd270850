//! Every way in which a daemon keeps its rules.

use super::lab::Lab;
use super::lab::state::State;
use super::{HALF_SHOWN, at_home, hides_ports, inspect, said, started, verdict};

#[test]
fn libvirts_own_nftables_rules_are_found_by_index_and_gone_after() {
    let Some(lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    let on = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    let rules = said(&on, "present").into_iter().find(|line| line.starts_with("rules ")).unwrap_or_default();
    assert!(rules.contains("(nftables: libvirt_network "), "{}", on.out());
    let off = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    assert!(said(&off, "gone").contains(&rules), "{}", off.out());
}

#[test]
fn libvirts_own_tables_hold_all_that_is_wanted_in_each_mode() {
    let Some(lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    let ips = "<ip address='10.88.1.1' netmask='255.255.255.0'><dhcp><range start='10.88.1.2' end='10.88.1.9'/>\
               </dhcp></ip><ip family='ipv6' address='fd00:88::1' prefix='64'/>";
    for (forward, ips) in [
        ("<forward mode='nat'/>", ips),
        ("<forward mode='nat' dev='lo'/>", ips),
        ("<forward mode='nat'><nat ipv6='yes'/></forward>", ips),
        ("<forward mode='route'/>", ips),
        ("", ips),
        ("", ""),
    ] {
        let xml = format!("<network><name>own</name>{forward}<bridge name='vwown'/>{ips}</network>");
        started(&lab, "own", &xml);
        inspect(&lab, "own", "enabled until the next reboot, verified", 0);
        let off = at_home(&lab, &["net-disable", "own"]).expect_ok();
        assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
        lab.virsh(&["net-undefine", "own"]).expect_ok();
    }
}

#[test]
fn chains_of_libvirts_own_tables_that_nothing_leads_to_are_missed_until_a_restart() {
    let Some(mut lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    lab.exec(&["nft", "flush", "chain", "ip", "libvirt_network", "forward"]).expect_ok();
    let shown = inspect(&lab, "default", "DEGRADED: it is active, and lacks rules", 7);
    assert_eq!(said(&shown, "missing").len(), 3, "{}", shown.out());
    assert_eq!(said(&shown, "repair"), ["systemctl restart libvirtd"]);
    lab.restart();
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

#[test]
fn what_all_networks_share_in_libvirts_table_is_never_cleaned_up() {
    let Some(lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    let shared = || lab.exec(&["nft", "-s", "list", "chain", "ip", "libvirt_network", "forward"]).out();
    let before = shared();
    assert!(before.contains("jump guest_"), "{before}");
    let done = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdict(&done).0, "nothing was left behind", "{}", done.out());
    assert_eq!(shared(), before);
    at_home(&lab, &["net-inspect"]).expect_ok();
}

#[test]
fn nftables_rules_that_a_daemon_forgot_are_removed_by_their_handles() {
    let Some(mut lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    lab.kill9();
    std::fs::remove_file(lab.dir().join("run/network/default.xml")).expect("it had a status file");
    lab.restart();
    let plan = at_home(&lab, &["net-cleanup", "default"]);
    assert_eq!(plan.code, Some(7), "{plan:?}");
    assert!(plan.out().contains("nft delete rule ip libvirt_network "), "{}", plan.out());
    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(verdict(&done), ("cleaned up, verified".to_owned(), 0), "{}{}", done.out(), done.err());
    inspect(&lab, "default", "disabled, verified", 0);
}

#[test]
fn rules_that_name_a_bridge_which_is_gone_are_removed_as_nobodys_and_verified_only_then() {
    let Some(mut lab) = Lab::builder().libvirt_of("sid").nftables().start() else { return };
    lab.bring(State::One);
    lab.kill9();
    std::fs::remove_file(lab.dir().join("run/network/default.xml")).expect("it had a status file");
    lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
    let named = at_home(&lab, &["net-cleanup", "default", "--offline", "--apply"]);
    let (told, _) = verdict(&named);
    assert!(told.starts_with("cleaned up, not verified: 3 rules of libvirt's name an interface"), "{told}");
    let all = at_home(&lab, &["net-cleanup", "--offline", "--apply"]);
    assert_eq!(verdict(&all), ("cleaned up, verified".to_owned(), 0), "{}{}", all.out(), all.err());
    let shown = at_home(&lab, &["net-inspect", "--offline", "default"]);
    assert_eq!(verdict(&shown), ("disabled, verified".to_owned(), 0), "{}", shown.out());
}

#[test]
fn a_daemon_on_iptables_of_old_is_seen_all_the_same() {
    let Some(lab) = Lab::start() else { return };
    // Rules of the other kind, as a daemon would make them whose iptables is the old one.
    lab.bring(State::One);
    let made = lab.exec(&["sh", "-c", "iptables-nft-save | iptables-legacy-restore && iptables-nft -F && iptables-nft -t nat -F && iptables-nft -t mangle -F"]);
    if !made.ok() {
        eprintln!("SKIPPED: this kernel has no iptables of old: {}", made.err());
        return;
    }
    let on = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    let rules = "rules 19 (iptables-legacy: filter 13, nat 5, mangle 1)".to_owned();
    assert!(said(&on, "present").contains(&rules), "{}", on.out());
}

#[test]
fn a_table_with_a_rule_that_iptables_does_not_understand_hides_none_of_libvirts() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["nft", "add rule ip filter INPUT fib daddr type local counter"]).expect_ok();
    let proof = if hides_ports(&lab) { HALF_SHOWN } else { "verified" };
    let on = inspect(&lab, "default", &format!("enabled until the next reboot, {proof}"), 0);
    assert_eq!(said(&on, "foreign"), Vec::<String>::new(), "{}", on.out());
    assert_eq!(said(&on, "missing"), Vec::<String>::new(), "{}", on.out());
}
