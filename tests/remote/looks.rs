//! What is said of a host that cannot be looked at from here.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation fails the test"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::thread::sleep;
use std::time::Duration;

use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::state::State;
use crate::lab::{Lab, virtwire_path};
use crate::sshd::{Host, PORT};

const OPEN: &str = "listen_tls = 0\nlisten_tcp = 1\nauth_tcp = \"none\"\n";
const URI: &str = "qemu+tcp://127.0.0.1/system";

fn over_tcp(lab: &Lab, args: &[&str]) -> Output {
    run(lab.client_inside(&virtwire_path()).args(["-c", URI]).args(args), DEADLINE)
}

/// The lines without the network's short UUID and its MAC address.
fn lines(output: &Output, mac: &str) -> Vec<String> {
    output.out().replace(mac, "MAC").lines().skip(1).map(|line| line.trim_end().to_owned()).collect()
}

fn mac(lab: &Lab) -> String {
    let address = lab.exec(&["cat", "/sys/class/net/virbr0/address"]).expect_ok().out();
    address.trim().to_owned()
}

/// The lines that are to be shown where the daemon lists interfaces, or else those where it does not.
fn as_listed(is_listed: bool, lines: Vec<String>) -> Vec<String> {
    if is_listed {
        return lines;
    }
    let lines = lines.into_iter().filter(|line| !line.ends_with("virbr0 MAC"));
    lines.map(|line| line.replace("unverified dnsmasq", "unverified bridge, dnsmasq")).collect()
}

#[test]
fn over_tcp_the_daemon_itself_tells_of_its_bridge_and_the_rest_is_unverified() {
    let Some(lab) = Lab::builder().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    let mac = mac(&lab);
    let is_listed = lab.lists_bridge();
    let found = over_tcp(&lab, &["net-inspect", "default"]).expect_ok();
    let unseen = "this connection leads to the daemon alone; over ssh, its host can be looked at";
    let expected = [
        "  now        state      active (nat)".to_owned(),
        "  at boot    state      inactive: autostart is off".to_owned(),
        "  present    bridge     virbr0 MAC".to_owned(),
        format!("  unverified dnsmasq, rules: {unseen}"),
        "  by xml     dhcp       192.168.122.2 - 192.168.122.254, 0 leases".to_owned(),
        format!("verdict: enabled until the next reboot, not verified: {unseen}"),
    ];
    assert_eq!(lines(&found, &mac), as_listed(is_listed, expected.into()));

    let done = over_tcp(&lab, &["net-disable", "default"]).expect_ok();
    let expected = [
        "  already    autostart  no".to_owned(),
        "  changed    state      active -> inactive".to_owned(),
        "  gone       bridge     virbr0 MAC".to_owned(),
        format!("  unverified dnsmasq, rules: {unseen}"),
        format!("verdict: disabled, not verified: {unseen}"),
        "undo:".to_owned(),
        format!("virtwire -c {URI} net-enable default --no-autostart"),
    ];
    assert_eq!(lines(&done, &mac), as_listed(is_listed, expected.into()));
    assert!(!lab.bridge_exists("virbr0"));
}

#[test]
fn over_tcp_a_bridge_that_was_left_behind_is_still_found_and_never_called_gone() {
    let Some(mut lab) = Lab::builder().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    let mac = mac(&lab);
    let is_listed = lab.lists_bridge();
    lab.kill9();
    lab.exec(&["rm", "/run/libvirt/network/default.xml"]).expect_ok();
    lab.restart();
    let found = over_tcp(&lab, &["net-inspect", "default"]);
    if !is_listed {
        assert!(found.expect_ok().out().contains("verdict: disabled, not verified: "));
        return;
    }
    assert_eq!(found.code, Some(7), "{}", found.err());
    assert_eq!(lines(&found, &mac)[2], "  left       bridge     virbr0 MAC");
    let refused = over_tcp(&lab, &["net-cleanup", "--apply"]);
    assert_eq!(refused.code, Some(5), "{}{}", refused.out(), refused.err());
    assert!(lab.bridge_exists("virbr0"));
}

/// A host whose network `default` runs, and that is reached by ssh.
fn host_with_network() -> Option<(Host, String)> {
    let host = Host::start()?;
    host.lab.bring(State::One);
    for program in ["uname", "mktemp", "head", "chmod", "rm"] {
        host.install(program);
    }
    let mac = mac(&host.lab);
    Some((host, mac))
}

fn over_ssh(host: &Host, args: &[&str]) -> Output {
    let uri = format!("qemu+ssh://root@127.0.0.1:{PORT}/system");
    run(host.lab.client_inside(&virtwire_path()).args(["-c", &uri]).args(args), DEADLINE)
}

/// The lines that tell of parts, without process numbers.
fn told(output: &Output, mac: &str) -> Vec<String> {
    let lines = lines(output, mac).into_iter();
    lines.map(|line| line.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned()).collect()
}

/// What is printed where all of it was looked at on the host itself.
fn proven(host: &Host, mac: &str, args: &[&str]) {
    let done = over_ssh(host, args).expect_ok();
    let header = done.out().lines().next().unwrap_or_default().to_owned();
    let hostname = host.lab.exec(&["hostname"]).expect_ok().out();
    assert!(header.contains(&format!("on {}, qemu+ssh://", hostname.trim())), "{header}");
    let told = told(&done, mac);
    let [already, changed, gone @ .., verdict, _, _] = told.as_slice() else { panic!("{}", done.out()) };
    assert_eq!(
        [already, changed],
        ["  already    autostart  no", "  changed    state      active -> inactive"]
    );
    assert_eq!(gone[..2], ["  gone       bridge     virbr0 MAC", "  gone       dnsmasq"], "{}", done.out());
    assert!(gone[2].starts_with("  gone       rules      19 (iptables-nft: "), "{}", done.out());
    assert_eq!(verdict, "verdict: disabled, verified", "{}", done.out());
    assert!(!host.lab.bridge_exists("virbr0"));
}

#[test]
fn over_ssh_the_virtwire_on_the_host_proves_what_was_done() {
    let Some((host, mac)) = host_with_network() else { return };
    symlink(virtwire_path(), host.path("bin/virtwire")).expect("the folder is the lab's");
    let whole = over_ssh(&host, &["net-inspect", "default"]).expect_ok();
    assert!(whole.out().contains("verdict: enabled until the next reboot, verified"), "{}", whole.out());
    let hostname = host.lab.exec(&["hostname"]).expect_ok().out();
    let header = whole.out().lines().next().unwrap_or_default().to_owned();
    assert!(header.contains(&format!("on {}, qemu+ssh://", hostname.trim())), "{header}");
    proven(&host, &mac, &["net-disable", "default"]);
}

#[test]
fn over_ssh_a_copy_of_this_program_proves_what_was_done_and_is_gone_after() {
    let Some((host, mac)) = host_with_network() else { return };
    let before = temporary_folders();
    proven(&host, &mac, &["--send-self", "net-disable", "default"]);
    // The other end removes it once it sees that nobody asks any more.
    let is_gone = || temporary_folders() <= before;
    assert!((0..100).any(|_| is_gone() || {
        sleep(Duration::from_millis(50));
        false
    }));
}

/// Those with a virtwire that was sent.
fn temporary_folders() -> usize {
    let folders = fs::read_dir("/tmp").expect("it is there").flatten();
    folders.filter(|folder| folder.path().join("virtwire").is_file()).count()
}

#[test]
fn over_ssh_without_a_virtwire_there_the_daemon_tells_what_it_knows_and_the_rest_is_unverified() {
    let Some((host, mac)) = host_with_network() else { return };
    let is_listed = host.lab.lists_bridge();
    let done = over_ssh(&host, &["net-disable", "default"]).expect_ok();
    let reason = "nobody could look at 127.0.0.1: no virtwire is installed there: --send-self sends this one";
    let told = lines(&done, &mac);
    let expected = [
        "  gone       bridge     virbr0 MAC".to_owned(),
        format!("  unverified dnsmasq, rules: {reason}"),
        format!("verdict: disabled, not verified: {reason}"),
    ];
    let expected = as_listed(is_listed, expected.into());
    assert_eq!(told[2..2 + expected.len()], expected);
}
