//! Looks at hosts on which real daemons run: what is seen is compared with what the system's own tools say.

#![cfg(feature = "evidence")]
#![allow(clippy::expect_used, clippy::panic, reason = "a failed expectation fails the test")]

mod disk;
mod firewall;
#[path = "../lab/mod.rs"]
mod lab;
mod nftables;
mod tools;
mod within;

use lab::Lab;
use lab::state::State;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use virtwire::host::{Dnsmasq, Forwarding, Interface, Look, Unseen, Whose};

fn daemon(lab: &Lab) -> Whose {
    Whose::Daemon(i32::try_from(lab.pid()).ok())
}

fn bridge<'a>(interfaces: &'a [Interface], name: &str) -> &'a Interface {
    interfaces.iter().find(|interface| interface.name == name).expect("the bridge is seen")
}

/// Asserts that these are the lab's processes, of this network.
#[track_caller]
fn assert_dnsmasq(seen: &Look<Vec<Dnsmasq>>, lab: &Lab, network: &str) {
    let seen = seen.as_ref().expect("they can be seen");
    let mut pids = lab.dnsmasq_pids();
    pids.sort_unstable();
    assert_eq!(seen.iter().map(|process| process.pid.unsigned_abs()).collect::<Vec<_>>(), pids);
    let config = Path::new("/var/lib/libvirt/dnsmasq").join(format!("{network}.conf"));
    assert!(seen.iter().all(|process| process.network == network && process.config == config), "{seen:?}");
}

#[test]
fn a_running_network_is_seen_part_by_part() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    let host = within::inside(&lab, daemon(&lab));
    assert_eq!(host.namespace, Ok(()));
    let interfaces = host.interfaces.expect("interfaces are seen");
    let indexes: Vec<_> = interfaces.iter().map(|interface| interface.index).collect();
    assert!(indexes.is_sorted(), "{indexes:?}");
    let [lo, virbr0] = ["lo", "virbr0"].map(|name| bridge(&interfaces, name));
    assert_eq!((lo.index, lo.is_up, lo.members.as_ref()), (1, true, None));
    assert!(lo.addresses.contains(&(IpAddr::from([127, 0, 0, 1]), 8)), "{lo:?}");
    let xml = lab.virsh(&["net-dumpxml", "default"]).expect_ok().out();
    let mac = virbr0.mac.as_deref().expect("a bridge has an address");
    assert!(xml.contains(&format!("<mac address='{mac}'/>")), "{mac} in {xml}");
    assert_eq!(virbr0.addresses, [(IpAddr::from([192, 168, 122, 1]), 24)]);
    assert_eq!((virbr0.is_up, virbr0.members.as_deref()), (true, Some(&["vwguest".to_owned()][..])));
    assert_dnsmasq(&host.dnsmasq, &lab, "default");
    assert!(matches!(host.forwarding, Ok(Forwarding { ipv4: true, .. })), "{:?}", host.forwarding);
}

#[test]
fn a_look_does_not_believe_a_sys_of_another_namespace() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add_member("virbr0", "vwguest");
    let [here, there] = [within::network_of(&lab, daemon(&lab)), within::inside(&lab, daemon(&lab))];
    assert_eq!(here.interfaces, there.interfaces);
    let interfaces = here.interfaces.expect("interfaces are seen");
    assert_eq!(bridge(&interfaces, "virbr0").members.as_deref(), Some(&["vwguest".to_owned()][..]));
}

#[test]
fn from_another_namespace_only_processes_are_seen_and_the_way_there_is_named() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let host = within::outside(daemon(&lab));
    let reason = Unseen::OtherNamespace { daemon: i32::try_from(lab.pid()).expect("a pid is small") };
    assert!(reason.to_string().ends_with(&format!("nsenter --target {} --net", lab.pid())));
    assert_eq!(host.namespace.as_ref(), Err(&reason));
    assert_eq!(host.interfaces.as_ref(), Err(&reason));
    assert_eq!(host.forwarding.as_ref(), Err(&reason));
    assert!(host.firewall.iter().all(|(_, look)| look.as_ref() == Err(&reason)), "{:?}", host.firewall);
    assert_eq!(host.firewall.len(), 3);
    assert_dnsmasq(&host.dnsmasq, &lab, "default");
}

#[test]
fn a_dnsmasq_of_another_namespace_is_not_taken_for_this_networks() {
    let (Some(one), Some(two)) = (Lab::start(), Lab::start()) else { return };
    for lab in [&one, &two] {
        lab.bring(State::One);
    }
    let pairs = [&one, &two].map(Lab::dnsmasq_pids);
    let command = |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).expect("the process runs");
    let commands: Vec<_> = pairs.iter().flatten().map(command).collect();
    assert_eq!(commands.len(), 4);
    assert!(commands.windows(2).all(|pair| pair[0] == pair[1]), "their command lines are the same");
    for lab in [&one, &two] {
        assert_dnsmasq(&within::network_of(lab, daemon(lab)).dnsmasq, lab, "default");
    }
    two.virsh(&["net-destroy", "default"]).expect_ok();
    assert_eq!(within::network_of(&two, Whose::Ours).dnsmasq, Ok(Vec::new()));
    assert_dnsmasq(&within::network_of(&one, Whose::Ours).dnsmasq, &one, "default");
}

#[test]
fn a_network_with_an_odd_name_has_a_dnsmasq_all_the_same() {
    let Some(lab) = Lab::start() else { return };
    let name = "a b.conf.é \"q\"";
    let file = lab.dir().join("odd.xml");
    let escaped = name.replace('"', "&quot;");
    let xml = format!(
        "<network><name>{escaped}</name><bridge name='vwodd'/><ip address='192.168.77.1' prefix='24'>\
         <dhcp><range start='192.168.77.2' end='192.168.77.9'/></dhcp></ip></network>"
    );
    fs::write(&file, xml).expect("the folder is ours");
    lab.virsh(&["net-create", &file.display().to_string()]).expect_ok();
    let host = within::network_of(&lab, daemon(&lab));
    assert_dnsmasq(&host.dnsmasq, &lab, name);
}

#[test]
fn an_ordinary_user_is_told_what_root_would_see() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let host = within::nobody(Whose::Daemon(Some(lab.pid().try_into().expect("a number of a process"))));
    let denied = |what: &str| Unseen::NoPermission { what: what.to_owned() };
    assert_eq!(host.namespace, Err(denied("the daemon's network namespace")));
    let seen = within::outside(Whose::Ours);
    assert_eq!(host.interfaces, seen.interfaces);
    assert_eq!(host.forwarding, seen.forwarding);
    // There is one of a lab, and whose it is this user may not know.
    assert_eq!(host.dnsmasq, Err(denied("which network namespace dnsmasq is in")));
    for (backend, look) in &host.firewall {
        assert_eq!(look, &Err(denied("the firewall")), "{backend:?}");
    }
    assert_eq!((host.firewall.len(), host.chains.len()), (3, 0));
}

#[test]
fn nothing_of_a_daemon_elsewhere_is_looked_for_here() {
    let host = within::outside(Whose::Daemon(None));
    assert_eq!(host.namespace, Err(Unseen::NotThisHost));
    assert_eq!(host.dnsmasq, Err(Unseen::NotThisHost));
    assert_eq!(host.interfaces, Err(Unseen::NotThisHost));
    assert!(host.firewall.iter().all(|(_, look)| look == &Err(Unseen::NotThisHost)));
}
