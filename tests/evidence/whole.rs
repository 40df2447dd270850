//! A network that runs, and the same network switched off.

use super::lab::Lab;
use super::lab::run::{DEADLINE, run};
use super::lab::state::State;
use super::{at_home, inspect, said, verdict};

#[test]
fn a_running_network_is_shown_part_by_part() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    let shown = inspect(&lab, "default", "enabled, verified", 0);
    let pids: Vec<String> = lab.dnsmasq_pids().iter().map(ToString::to_string).collect();
    assert_eq!(
        said(&shown, "present"),
        [
            "bridge virbr0 52:54:00:77:69:7a, up, 192.168.122.1/24".to_owned(),
            format!("dnsmasq {}", pids.join(" ")),
            "rules 19 (iptables-nft: filter 13, nat 5, mangle 1)".to_owned(),
            "forwarding ip_forward=1".to_owned(),
        ],
        "{}",
        shown.out()
    );
    assert_eq!(said(&shown, "by xml"), ["dhcp 192.168.122.2 - 192.168.122.254, 0 leases"]);
    assert_eq!(shown.err(), "");
    let offline = at_home(&lab, &["net-inspect", "--offline"]);
    assert_eq!(verdict(&offline), ("enabled, verified".to_owned(), 0), "{}", offline.out());
    assert_eq!(said(&offline, "present"), said(&shown, "present"));
}

#[test]
fn what_net_disable_saw_before_is_gone_and_only_that() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    let pids: Vec<String> = lab.dnsmasq_pids().iter().map(ToString::to_string).collect();
    let off = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    assert_eq!(
        said(&off, "gone"),
        [
            "bridge virbr0 52:54:00:77:69:7a".to_owned(),
            format!("dnsmasq {}", pids.join(" ")),
            "rules 19 (iptables-nft: filter 13, nat 5, mangle 1)".to_owned(),
        ],
        "{}",
        off.out()
    );
    let kept = ["rules empty LIBVIRT_* chains (harmless)", "forwarding ip_forward=1 (harmless)"];
    assert_eq!(said(&off, "kept"), kept);
    assert!(!lab.bridge_exists("virbr0") && lab.dnsmasq_pids().is_empty() && lab.rules().is_empty());

    let again = at_home(&lab, &["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&again).0, "already disabled, verified; nothing was changed");
    assert_eq!((said(&again, "gone").len(), said(&again, "not seen").len()), (0, 3), "{}", again.out());
    let on = at_home(&lab, &["net-enable", "default"]).expect_ok();
    assert_eq!(
        (verdict(&on).0.as_str(), said(&on, "present").len()),
        ("enabled, verified", 4),
        "{}",
        on.out()
    );
}

#[test]
fn who_looks_from_another_namespace_says_so_and_claims_nothing() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let reason = format!(
        "the daemon runs in another network namespace: look from there, by nsenter --target {} --net",
        lab.pid()
    );
    let shown = lab.virtwire(&["net-inspect", "default"]).expect_ok();
    assert_eq!(verdict(&shown).0, format!("enabled until the next reboot, not verified: {reason}"));
    let off = lab.virtwire(&["net-disable", "default"]).expect_ok();
    assert_eq!(verdict(&off).0, format!("disabled, not verified: {reason}"));
    // Processes are seen across namespaces; of the rest nothing is said to be gone.
    assert!(said(&off, "gone").iter().all(|line| line.starts_with("dnsmasq")), "{}", off.out());
    assert!(off.out().contains("  unverified bridge, rules: the daemon"), "{}", off.out());
}

#[test]
fn nobody_is_told_what_only_root_can_see_and_may_not_clean_up() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["sh", "-c", "chmod 0777 /run/libvirt/*-sock"]).expect_ok();
    let as_nobody = |args: &[&str]| {
        let mut command = lab.client_inside("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", &super::virtwire_path()]);
        run(command.args(["-c", "qemu:///system"]).args(args), DEADLINE)
    };
    let shown = as_nobody(&["net-inspect", "default"]).expect_ok();
    let (told, _) = verdict(&shown);
    assert!(told.starts_with("enabled until the next reboot, not verified: "), "{}", shown.out());
    assert!(shown.out().contains("root only"), "{}", shown.out());
    let off = as_nobody(&["net-disable", "default"]).expect_ok();
    assert!(verdict(&off).0.starts_with("disabled, not verified: "), "{}", off.out());
    assert_eq!(said(&off, "gone"), Vec::<String>::new(), "{}", off.out());
    assert_eq!(as_nobody(&["net-cleanup", "--apply"]).code, Some(5));
}

#[test]
fn nothing_is_changed_by_looking() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    // Not the carrier, which a bridge finds and loses by itself.
    let links = "ip -o link | sed 's/<.*link/link/'";
    let facts = || (lab.rules(), lab.dnsmasq_pids(), lab.exec(&["sh", "-c", links]).out());
    let before = facts();
    for args in [&["net-inspect"][..], &["net-inspect", "--offline"], &["net-cleanup"]] {
        at_home(&lab, args).expect_ok();
    }
    assert_eq!(facts(), before);
}

#[test]
fn an_offline_look_opens_no_socket() {
    let Some(mut lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.virsh(&["net-autostart", "default"]).expect_ok();
    lab.kill9();
    let shown = at_home(&lab, &["net-inspect", "--offline", "default"]);
    assert_eq!(verdict(&shown), ("enabled, verified".to_owned(), 0), "{}{}", shown.out(), shown.err());
    let trace = file_of_trace(&lab);
    assert!(!trace.contains("AF_UNIX"), "{trace}");
}

/// The sockets that an offline look opens, where strace is there to tell.
fn file_of_trace(lab: &Lab) -> String {
    let (binary, file) = (super::virtwire_path(), lab.dir().join("trace"));
    let file = file.display().to_string();
    let words = ["strace", "-e", "trace=socket,connect", "-o", &file, &binary, "net-inspect", "--offline"];
    let has_strace = lab.exec(&["sh", "-c", "command -v strace"]).ok();
    if has_strace {
        lab.exec(&words).expect_ok();
    }
    std::fs::read_to_string(file).unwrap_or_default()
}
