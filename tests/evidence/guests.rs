//! Real guests: on the network, wired to its bridge, and shut off.

use super::lab::Lab;
use super::lab::run::{DEADLINE, run};
use super::lab::state::State;
use super::{at_home, file, inspect, said, verdict};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Without cgroups, users and confinement, which a lab does not have.
const QEMU_CONF: &str = "user = \"root\"\ngroup = \"root\"\nsecurity_driver = \"none\"\nnamespaces = []\n\
                         cgroup_controllers = []\nremember_owner = 0\nstdio_handler = \"file\"\n";

fn domain(name: &str, interface: &str) -> String {
    format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>\
         <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
         <emulator>/usr/bin/qemu-system-x86_64</emulator>{interface}</devices></domain>"
    )
}

const ON_NETWORK: &str =
    "<interface type='network'><source network='default'/><model type='e1000'/></interface>";
const ON_BRIDGE: &str = "<interface type='bridge'><source bridge='virbr0'/><model type='e1000'/></interface>";

/// A daemon with `default`, and with three guests: web on the network, db wired to its bridge, off on the network and
/// shut off.
fn with_guests() -> Option<Lab> {
    // Roots of suites have a qemu; the host need not.
    let mut lab = Lab::builder().libvirt_of("sid").start()?;
    fs::write(lab.dir().join("etc/qemu.conf"), QEMU_CONF).expect("the folder is ours");
    lab.restart();
    lab.bring(State::One);
    for (name, interface) in [("web", ON_NETWORK), ("db", ON_BRIDGE), ("off", ON_NETWORK)] {
        let path = file(&lab, &format!("{name}.xml"), &domain(name, interface));
        lab.virsh(&["define", &path]).expect_ok();
    }
    for name in ["web", "db"] {
        lab.virsh(&["start", name]).expect_ok();
    }
    Some(lab)
}

#[test]
fn guests_are_seen_however_they_are_wired_and_again_after_the_network_came_back() {
    let Some(mut lab) = with_guests() else { return };
    let shown = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
    assert_eq!(said(&shown, "attached"), ["guest db (vnet1)", "guest web (vnet0)"], "{}", shown.out());
    assert_eq!(said(&shown, "at rest"), ["guest off (shut off) needs this network to start"]);

    let refused = at_home(&lab, &["net-disable", "default"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    for named in ["guest web", "interface vnet1"] {
        assert!(refused.err().contains(named), "{}", refused.err());
    }

    let off = at_home(&lab, &["net-disable", "default", "--allow-attached"]).expect_ok();
    assert_eq!(verdict(&off).0, "disabled, verified", "{}", off.out());
    let mut warnings = said(&off, "warning");
    warnings.sort();
    assert_eq!(
        warnings,
        [
            "guest db (vnet1) runs, and is cut off",
            "guest off (shut off) needs this network to start",
            "guest web (vnet0) runs, and is cut off"
        ],
        "{}",
        off.out()
    );
    let started = run(lab.client("virsh").args(["-c", &lab.uri(), "start", "off"]), DEADLINE);
    assert!(!started.ok(), "it needs the network");

    let on = at_home(&lab, &["net-enable", "default", "--no-autostart"]).expect_ok();
    assert_eq!(said(&on, "warning").len(), 2, "{}", on.out());
    assert!(
        said(&on, "warning")[0].ends_with("is cut off: a restart of libvirtd or virtqemud re-attaches it")
    );
    lab.restart();
    // The daemon finds its guests again after it has begun to answer.
    let end = Instant::now() + DEADLINE;
    loop {
        let shown = inspect(&lab, "default", "enabled until the next reboot, verified", 0);
        if said(&shown, "attached") == ["guest db (vnet1)", "guest web (vnet0)"] {
            return;
        }
        assert!(Instant::now() < end, "{}", shown.out());
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn without_its_bridge_in_sight_a_guests_own_xml_counts() {
    let Some(lab) = with_guests() else { return };
    let shown = lab.virtwire(&["net-inspect", "default"]).expect_ok();
    let attached = said(&shown, "attached");
    assert!(attached.contains(&"guest web (vnet0, by its XML)".to_owned()), "{}", shown.out());
    assert!(attached.iter().any(|line| line.starts_with("guest db (vnet1, wired")), "{}", shown.out());
}
