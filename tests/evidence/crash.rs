//! What a daemon that was killed leaves, and removing it.

use super::lab::Lab;
use super::lab::daemons::LIBVIRTD;
use super::lab::run::{DEADLINE, run};
use super::lab::state::{Kind, Net, State};
use super::{HALF_SHOWN, at_home, hides_ports, inspect, said, verdict, verdicts};
use std::fs;

/// A daemon that forgot a network which it had started.
fn forgetful(persistent: bool) -> Option<Lab> {
    let mut lab = Lab::start()?;
    if persistent {
        lab.bring(State::One);
    } else {
        lab.add(&Net { nat: true, ..Net::new(9, "passing", Kind::ALL[4]) });
    }
    lab.kill9();
    let name = if persistent { "default" } else { "passing" };
    fs::remove_file(lab.dir().join(format!("run/network/{name}.xml"))).expect("it had a status file");
    lab.restart();
    Some(lab)
}

fn is_clean(lab: &Lab) -> bool {
    !lab.bridge_exists("virbr0") && lab.dnsmasq_pids().is_empty() && lab.rules().is_empty()
}

#[test]
fn leftovers_of_a_killed_daemon_are_found_named_and_removed() {
    let Some(lab) = forgetful(true) else { return };
    let left = "LEFT BEHIND: it is not active, but still there: bridge, dnsmasq, rules";
    let shown = inspect(&lab, "default", left, 7);
    assert_eq!(said(&shown, "left").len(), 3, "{}", shown.out());
    let offline = at_home(&lab, &["net-inspect", "--offline", "default"]);
    let unknown = format!("unknown, not verified: {} (PID ", lab.keeper_of_networks());
    assert!(verdict(&offline).0.starts_with(&unknown), "{}", offline.out());
    assert_eq!(offline.code, Some(4), "the daemon that runs knows better");

    let plan = at_home(&lab, &["net-cleanup", "default"]);
    assert_eq!(plan.code, Some(7), "{plan:?}");
    let commands: Vec<String> =
        plan.out().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(commands.len(), 2 + 19 + 1, "{}", plan.out());
    assert!(!is_clean(&lab), "it only shows");

    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(verdict(&done), ("cleaned up, verified".to_owned(), 0), "{}{}", done.out(), done.err());
    assert!(is_clean(&lab), "{}", done.out());
    inspect(&lab, "default", "disabled, verified", 0);
    at_home(&lab, &["net-enable", "default"]).expect_ok();
    inspect(&lab, "default", "enabled, verified", 0);
}

#[test]
fn the_commands_that_are_shown_do_it_in_a_shell() {
    let Some(mut lab) = forgetful(true) else { return };
    lab.kill9();
    let offline = at_home(&lab, &["net-inspect", "--offline", "default"]);
    let left = "LEFT BEHIND: it is not active, but still there: bridge, dnsmasq, rules";
    assert_eq!(verdict(&offline), (left.to_owned(), 7));
    let plan = at_home(&lab, &["net-cleanup", "--offline"]);
    assert_eq!(plan.code, Some(7), "{plan:?}");
    // The second process of dnsmasq may end with the first.
    lab.exec(&["sh", "-c", &plan.out()]);
    lab.restart();
    inspect(&lab, "default", "disabled, verified", 0);
    assert!(is_clean(&lab));
}

#[test]
fn net_disable_and_net_enable_tell_of_leftovers_too() {
    let Some(lab) = forgetful(true) else { return };
    let off = at_home(&lab, &["net-disable", "default"]);
    let left = "disabled, but LEFT BEHIND: bridge, dnsmasq, rules";
    assert_eq!(verdict(&off), (left.to_owned(), 7), "{}", off.out());
    assert!(off.err().contains("net-cleanup default"), "{}", off.err());
    let on = at_home(&lab, &["net-enable", "default"]);
    assert_eq!(on.code, Some(6), "{on:?}");
    assert!(on.err().contains("interface virbr0 is there already"), "{}", on.err());
    assert!(on.err().contains("net-cleanup"), "{}", on.err());
}

#[test]
fn traces_of_a_network_that_nobody_knows_are_found_and_removed() {
    let Some(lab) = forgetful(false) else { return };
    let shown = at_home(&lab, &["net-inspect"]);
    assert_eq!(shown.code, Some(7), "{}", shown.out());
    let left = said(&shown, "left");
    assert_eq!((left[0].as_str(), left.len()), ("bridge virbr0", 4), "{}", shown.out());
    assert!(left[1].ends_with("of network passing"), "{}", shown.out());
    assert_eq!(at_home(&lab, &["net-inspect", "passing"]).code, Some(3));
    assert_eq!(at_home(&lab, &["net-inspect", "passing", "--expect", "disabled"]).code, Some(7));
    let done = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdicts(&done), ["cleaned up, verified"], "{}", done.out());
    assert!(is_clean(&lab), "{}", done.out());
    at_home(&lab, &["net-inspect"]).expect_ok();
    assert_eq!(at_home(&lab, &["net-inspect", "passing", "--expect", "disabled"]).code, Some(0));
}

#[test]
fn a_network_that_runs_is_never_cleaned_up() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let refused = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    let done = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdicts(&done), ["nothing was left behind"]);
    // Nor where its file is lost while the daemon, which knows better, is not asked.
    fs::remove_file(lab.dir().join("run/network/default.xml")).expect("it had a status file");
    for args in [&["net-cleanup", "--offline", "--apply"][..], &["net-cleanup", "--offline"]] {
        let refused = at_home(&lab, args);
        assert_eq!((refused.code, verdicts(&refused).len()), (Some(6), 0), "{refused:?}");
        let keeper = format!("{} (PID ", lab.keeper_of_networks());
        assert!(refused.err().contains(&keeper), "{}", refused.err());
    }
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

#[test]
fn a_driver_that_keeps_no_networks_of_the_host_calls_none_of_them_nobodys() {
    let Some(lab) = Lab::builder().programs(&LIBVIRTD).start() else { return };
    lab.bring(State::One);
    let uri = "test+unix:///default?socket=/run/libvirt/libvirt-sock";
    let done = at_home(&lab, &["-c", uri, "net-cleanup", "--apply"]);
    assert_eq!(said(&done, "removed"), Vec::<String>::new(), "{}", done.out());
    assert!(done.err().contains("what was asked keeps no networks of this host"), "{}", done.err());
    inspect(&lab, "default", "enabled until the next reboot, verified", 0);
}

#[test]
fn a_network_whose_bridge_has_members_is_left_alone_unless_told_otherwise() {
    let Some(lab) = forgetful(true) else { return };
    lab.add_member("virbr0", "vwguest");
    let before = (lab.rules().len(), lab.dnsmasq_pids());
    let plan = at_home(&lab, &["net-cleanup", "default"]);
    assert!(plan.out().contains("# this would cut off vwguest on virbr0\n"), "{}", plan.out());
    let refused = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(verdict(&refused), ("nothing was removed".to_owned(), 6), "{}", refused.out());
    assert!(refused.err().contains("it would cut off vwguest on virbr0"), "{}", refused.err());
    assert!(lab.bridge_exists("virbr0"));
    assert_eq!((lab.rules().len(), lab.dnsmasq_pids()), before, "its guests keep all that they have");
    at_home(&lab, &["net-cleanup", "default", "--apply", "--allow-attached"]).expect_ok();
    assert!(!lab.bridge_exists("virbr0"));
}

#[test]
fn who_cannot_see_the_host_cannot_clean_it_up() {
    let Some(lab) = forgetful(true) else { return };
    let outside = lab.virtwire(&["net-cleanup", "--apply"]);
    assert_eq!(outside.code, Some(5), "{outside:?}");
    assert!(lab.bridge_exists("virbr0"));
}

#[test]
fn without_the_right_to_see_the_firewall_nothing_is_verified() {
    let Some(lab) = forgetful(true) else { return };
    // By number: processes of other labs are in sight here, too.
    for pid in lab.dnsmasq_pids() {
        lab.exec(&["kill", &pid.to_string()]);
    }
    lab.exec(&["ip", "link", "delete", "virbr0"]).expect_ok();
    let mut command = lab.client_inside("setpriv");
    command.args(["--bounding-set=-net_admin", "--inh-caps=-net_admin", &super::virtwire_path()]);
    let seen = run(command.args(["net-cleanup", "default"]), DEADLINE);
    let (told, _) = verdict(&seen);
    assert!(told.starts_with("nothing was seen to be left behind, not verified: "), "{}", seen.out());
    // As cron has it.
    let mut command = lab.client_inside("env");
    command.args(["PATH=/usr/bin:/bin", &super::virtwire_path(), "net-cleanup", "default", "--apply"]);
    let done = run(&mut command, DEADLINE);
    assert_eq!(verdict(&done), ("cleaned up, verified".to_owned(), 0), "{}", done.out());
}

#[test]
fn rules_that_only_nft_can_see_are_removed_by_it() {
    let Some(lab) = forgetful(true) else { return };
    lab.exec(&["mount", "--bind", "/dev/null", "/usr/sbin/xtables-nft-multi"]).expect_ok();
    let hides_ports = hides_ports(&lab);
    let plan = at_home(&lab, &["net-cleanup", "default"]);
    assert!(plan.out().contains("nft delete rule ip filter LIBVIRT_FWO handle "), "{}", plan.out());
    let is_port_shown = plan.out().contains("nft delete rule ip filter LIBVIRT_INP handle ");
    assert_eq!(is_port_shown, !hides_ports, "{}", plan.out());
    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    let proof = if hides_ports { HALF_SHOWN } else { "verified" };
    assert_eq!(verdict(&done), (format!("cleaned up, {proof}"), 0), "{}{}", done.out(), done.err());
    lab.exec(&["umount", "/usr/sbin/xtables-nft-multi"]).expect_ok();
    if hides_ports {
        let rest = lab.rules();
        assert!(rest.len() == 9 && rest.iter().all(|rule| rule.contains(" --dport ")), "{rest:?}");
        at_home(&lab, &["net-cleanup", "default", "--apply"]).expect_ok();
    }
    assert!(is_clean(&lab), "{:?}", lab.rules());
}

#[test]
fn what_nft_hides_of_rules_is_neither_missing_nor_foreign() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.exec(&["mount", "--bind", "/dev/null", "/usr/sbin/xtables-nft-multi"]).expect_ok();
    let shown = at_home(&lab, &["net-inspect", "default"]).expect_ok();
    assert_eq!(said(&shown, "missing"), Vec::<String>::new(), "{}", shown.out());
    assert_eq!(said(&shown, "foreign"), Vec::<String>::new(), "{}", shown.out());
}

#[test]
fn where_a_rule_cannot_be_removed_the_bridge_stays_and_all_is_told() {
    let Some(lab) = forgetful(true) else { return };
    let (tool, real) = ("/usr/sbin/xtables-nft-multi", lab.dir().join("real"));
    lab.exec(&["cp", tool, &real.display().to_string()]).expect_ok();
    let script = format!(
        "#!/bin/sh\nname=$(basename \"$0\")\ncase $name in\n*-save) exec {} \"$name\" \"$@\" ;;\nesac\n\
         echo no such luck >&2\nexit 4\n",
        real.display()
    );
    let script = super::file(&lab, "broken", &script);
    lab.exec(&["chmod", "0755", &script]).expect_ok();
    lab.exec(&["mount", "--bind", &script, tool]).expect_ok();
    let done = at_home(&lab, &["net-cleanup", "default", "--apply"]);
    assert_eq!(verdict(&done), ("not all was removed".to_owned(), 7), "{}", done.out());
    let failed = said(&done, "failed");
    assert!(failed.len() == 1 && failed[0].ends_with(": no such luck"), "{}", done.out());
    let left = said(&done, "left");
    assert_eq!(left.len(), 18 + 1, "{}", done.out());
    assert_eq!(
        left.last().map(String::as_str),
        Some("bridge ip link delete virbr0: what comes before it could not be removed")
    );
    assert!(lab.bridge_exists("virbr0"));
}

#[test]
fn where_no_daemon_of_the_host_answers_its_files_are_pointed_to() {
    let Some(mut lab) = Lab::start() else { return };
    lab.kill9();
    let told = at_home(&lab, &["net-inspect"]);
    assert_eq!(told.code, Some(4), "{told:?}");
    assert!(told.err().contains("; '--offline' looks without a daemon"), "{}", told.err());
    assert!(!at_home(&lab, &["net-list"]).err().contains("--offline"));
    let named = "qemu:///system?socket=/run/libvirt/libvirt-sock";
    assert!(!at_home(&lab, &["-c", named, "net-inspect"]).err().contains("--offline"), "it may be another's");
}
