//! What is said of a host that cannot be looked at from here.

use crate::lab::Lab;
use crate::lab::run::{DEADLINE, Output, run};
use crate::lab::state::State;
use crate::lab::virtwire_path;

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

#[test]
fn over_tcp_the_daemon_itself_tells_of_its_bridge_and_the_rest_is_unverified() {
    let Some(lab) = Lab::builder().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    let mac = mac(&lab);
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
    assert_eq!(lines(&found, &mac), expected);

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
    assert_eq!(lines(&done, &mac), expected);
    assert!(!lab.bridge_exists("virbr0"));
}

#[test]
fn over_tcp_a_bridge_that_was_left_behind_is_still_found_and_never_called_gone() {
    let Some(mut lab) = Lab::builder().listen().config(OPEN).start() else { return };
    lab.bring(State::One);
    let mac = mac(&lab);
    lab.kill9();
    lab.exec(&["rm", "/run/libvirt/network/default.xml"]).expect_ok();
    lab.restart();
    let found = over_tcp(&lab, &["net-inspect", "default"]);
    assert_eq!(found.code, Some(7), "{}", found.err());
    assert_eq!(lines(&found, &mac)[2], "  left       bridge     virbr0 MAC");
    let refused = over_tcp(&lab, &["net-cleanup", "--apply"]);
    assert_eq!(refused.code, Some(5), "{}{}", refused.out(), refused.err());
    assert!(lab.bridge_exists("virbr0"));
}
