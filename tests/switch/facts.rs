//! What is really so in a lab: in the kernel, among the processes, and as real virsh shows it.

use super::lab::Lab;

/// What `default` makes of a host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Is virbr0 there?
    pub(crate) bridge: bool,
    /// How many dnsmasq processes run?
    pub(crate) dnsmasq: usize,
    /// How many firewall rules did libvirt make?
    pub(crate) rules: usize,
}

/// `default` runs.
pub(crate) const UP: Facts = Facts { bridge: true, dnsmasq: 2, rules: 19 };

/// Nothing runs.
pub(crate) const DOWN: Facts = Facts { bridge: false, dnsmasq: 0, rules: 0 };

/// Looks.
pub(crate) fn facts(lab: &Lab) -> Facts {
    Facts { bridge: lab.bridge_exists("virbr0"), dnsmasq: lab.dnsmasq_pids().len(), rules: lab.rules().len() }
}

/// A network as real virsh shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Active?
    pub(crate) active: bool,
    /// Autostarted?
    pub(crate) autostart: bool,
    /// Persistent?
    pub(crate) persistent: bool,
}

impl Shown {
    /// A persistent network.
    pub(crate) fn persistent(active: bool, autostart: bool) -> Self {
        Self { active, autostart, persistent: true }
    }
}

/// Asks virsh about a network; `None`: there is none of that name.
pub(crate) fn shown(lab: &Lab, network: &str) -> Option<Shown> {
    let info = lab.virsh(&["net-info", network]);
    if !info.ok() {
        assert!(info.err().contains("Network not found"), "{}", info.err());
        return None;
    }
    let text = info.out();
    let yes = |label: &str| {
        let line = text.lines().find(|line| line.starts_with(label));
        line.expect("net-info has this line").ends_with("yes")
    };
    Some(Shown { active: yes("Active:"), autostart: yes("Autostart:"), persistent: yes("Persistent:") })
}
