//! Every forward mode, and IPv6: what libvirt makes is expected, and nothing else.

use super::lab::Lab;
use super::{at_home, inspect, said, started, verdict};

fn xml(name: &str, forward: &str, rest: &str) -> String {
    format!("<network><name>{name}</name>{forward}{rest}</network>")
}

const IP: &str = "<ip address='10.88.1.1' netmask='255.255.255.0'><dhcp>\
                  <range start='10.88.1.2' end='10.88.1.99'/></dhcp></ip>";
const IPV6: &str = "<ip family='ipv6' address='fd00:88::1' prefix='64'><dhcp>\
                    <range start='fd00:88::100' end='fd00:88::1ff'/></dhcp></ip>";

/// Starts, inspects, disables, and inspects again; returns what was said of the running one and by net-disable.
#[track_caller]
fn through(lab: &Lab, name: &str, xml: &str) -> (Vec<String>, Vec<String>) {
    started(lab, name, xml);
    let on = inspect(lab, name, "enabled until the next reboot, verified", 0);
    let off = at_home(lab, &["net-disable", name]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    assert_eq!(said(&off, "left"), Vec::<String>::new());
    inspect(lab, name, "disabled, verified", 0);
    lab.virsh(&["net-undefine", name]).expect_ok();
    (said(&on, "present"), said(&off, "gone"))
}

fn aspects(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn each_mode_has_its_own_parts() {
    let Some(lab) = Lab::start() else { return };
    let bridge = "<bridge name='vwmode'/>";
    for (forward, present, gone) in [
        (
            "<forward mode='nat'/>",
            &["bridge", "dnsmasq", "rules", "forwarding"][..],
            &["bridge", "dnsmasq", "rules"][..],
        ),
        (
            "<forward mode='route'/>",
            &["bridge", "dnsmasq", "rules", "forwarding"],
            &["bridge", "dnsmasq", "rules"],
        ),
        ("<forward mode='open'/>", &["bridge", "dnsmasq", "forwarding"], &["bridge", "dnsmasq"]),
        ("", &["bridge", "dnsmasq", "rules"], &["bridge", "dnsmasq", "rules"]),
    ] {
        let (on, off) = through(&lab, "mode", &xml("mode", forward, &format!("{bridge}{IP}")));
        assert_eq!((aspects(&on), aspects(&off)), (present.to_vec(), gone.to_vec()), "{forward}");
    }
}

#[test]
fn a_network_that_serves_nothing_needs_no_dnsmasq() {
    let Some(lab) = Lab::start() else { return };
    let silent = "<bridge name='vwmode'/><dns enable='no'/><ip address='10.88.1.1' netmask='255.255.255.0'/>";
    let (on, _) = through(&lab, "silent", &xml("silent", "", silent));
    assert_eq!(aspects(&on), ["bridge", "rules"]);
    let (on, _) = through(&lab, "bare", &xml("bare", "", "<bridge name='vwmode'/>"));
    assert_eq!(aspects(&on), ["bridge", "rules"]);
}

#[test]
fn ipv6_has_its_own_addresses_rules_and_forwarding() {
    let Some(lab) = Lab::start() else { return };
    let both = xml(
        "six",
        "<forward mode='nat'><nat ipv6='yes'/></forward>",
        &format!("<bridge name='vwsix'/>{IP}{IPV6}"),
    );
    let (on, off) = through(&lab, "six", &both);
    assert!(on[0].contains("10.88.1.1/24") && on[0].contains("fd00:88::1/64"), "{on:?}");
    let count = lab_count(&on);
    assert!(count > 19, "rules of both families: {on:?}");
    assert!(on.contains(&"forwarding ipv6 forwarding=1".to_owned()), "{on:?}");
    assert_eq!(lab_count(&off), count, "{off:?}");
    let alone = xml("alone", "<forward mode='route'/>", &format!("<bridge name='vwsix'/>{IPV6}"));
    let (on, _) = through(&lab, "alone", &alone);
    assert_eq!(aspects(&on), ["bridge", "dnsmasq", "rules", "forwarding"]);
}

#[test]
fn ipv6_that_lost_its_rules_is_missed() {
    let Some(lab) = Lab::start() else { return };
    let nat = "<forward mode='nat'><nat ipv6='yes'/></forward>";
    started(&lab, "six", &xml("six", nat, &format!("<bridge name='vwsix'/>{IP}{IPV6}")));
    for table in ["filter", "nat"] {
        let flush = format!("ip6tables-save -t {table} | grep -v '^-A LIBVIRT' | ip6tables-restore");
        lab.exec(&["sh", "-c", &flush]).expect_ok();
    }
    let shown = inspect(&lab, "six", "DEGRADED: it is active, and lacks rules", 7);
    assert_eq!(said(&shown, "missing").len(), 6, "{}", shown.out());
}

#[test]
fn what_the_xml_says_of_forwarding_is_in_the_rules() {
    let Some(lab) = Lab::start() else { return };
    let tftp = "<ip address='10.88.1.1' netmask='255.255.255.0'><tftp root='/srv'/></ip>";
    let two = format!("{IP}<ip address='10.88.2.1' netmask='255.255.255.0'/>");
    let range = "<nat><address start='1.2.3.4' end='1.2.3.10'/><port start='500' end='1000'/></nat>";
    for (forward, rest) in [
        ("<forward mode='nat' dev='lo'/>".to_owned(), IP.to_owned()),
        ("<forward mode='route' dev='lo'/>".to_owned(), format!("{IP}{IPV6}")),
        (format!("<forward mode='nat'>{range}</forward>"), IP.to_owned()),
        ("<forward mode='nat'/>".to_owned(), format!("{two}{IPV6}")),
        ("<forward mode='nat'/>".to_owned(), tftp.to_owned()),
        (String::new(), format!("{IP}{IPV6}")),
    ] {
        let (on, _) =
            through(&lab, "said", &xml("said", &forward, &format!("<bridge name='vwsaid'/>{rest}")));
        assert!(aspects(&on).contains(&"rules"), "{forward}: {on:?}");
    }
}

fn lab_count(lines: &[String]) -> usize {
    let rules = lines.iter().find_map(|line| line.strip_prefix("rules "));
    rules.and_then(|rules| rules.split(' ').next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn a_bridge_of_the_hosts_own_stays_and_is_never_left_behind() {
    let Some(lab) = Lab::start() else { return };
    lab.exec(&["ip", "link", "add", "br0", "type", "bridge"]).expect_ok();
    lab.exec(&["ip", "link", "set", "br0", "up"]).expect_ok();
    started(&lab, "hosts", &xml("hosts", "<forward mode='bridge'/>", "<bridge name='br0'/>"));
    let on = inspect(&lab, "hosts", "enabled until the next reboot, verified", 0);
    assert!(said(&on, "kept")[0].ends_with("(the host's own)"), "{}", on.out());
    let off = at_home(&lab, &["net-disable", "hosts"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    assert!(lab.bridge_exists("br0"));
    let nothing = at_home(&lab, &["net-cleanup", "--apply"]).expect_ok();
    assert_eq!(verdict(&nothing).0, "nothing was left behind");
    assert!(lab.bridge_exists("br0"));
}
