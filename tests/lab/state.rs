//! Named states of a daemon's networks, to run the same test over all of them. Knows libvirt only through virsh.

use super::Lab;
use std::fs;

/// What networks a daemon has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// None at all.
    Empty,
    /// `default` as packages install it, started.
    One,
    /// Twenty, active and inactive, with and without autostart, a few transient.
    Twenty,
    /// One of each: every possible combination of active, autostart and persistent.
    Mixed,
    /// Names that need care: spaces, UTF-8, XML's special characters, 200 characters, a UUID.
    Names,
}

impl State {
    /// All states.
    pub(crate) const ALL: [Self; 5] = [Self::Empty, Self::One, Self::Twenty, Self::Mixed, Self::Names];

    /// The networks of this state.
    pub(crate) fn networks(self) -> Vec<Net> {
        match self {
            Self::Empty => Vec::new(),
            Self::One => vec![Net { nat: true, ..Net::new(122, "default", Kind::ALL[1]) }],
            Self::Twenty => (0..20u8).map(|i| Net::new(i, &format!("net-{i}"), kind(i))).collect(),
            Self::Mixed => (0..5u8).map(|i| Net::new(i, &format!("Mixed{i}"), kind(i))).collect(),
            Self::Names => (0u8..).zip(odd_names()).map(|(i, name)| Net::new(i, &name, kind(i))).collect(),
        }
    }
}

/// Which of the five kinds of network this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Started?
    pub(crate) active: bool,
    /// Started with the daemon?
    pub(crate) autostart: bool,
    /// Defined, as opposed to transient?
    pub(crate) persistent: bool,
}

impl Kind {
    /// Every combination that libvirt allows.
    pub(crate) const ALL: [Self; 5] = [
        Self { active: true, autostart: true, persistent: true },
        Self { active: true, autostart: false, persistent: true },
        Self { active: false, autostart: true, persistent: true },
        Self { active: false, autostart: false, persistent: true },
        Self { active: true, autostart: false, persistent: false },
    ];
}

fn kind(i: u8) -> Kind {
    Kind::ALL.into_iter().cycle().nth(i.into()).expect("a cycle has no end")
}

/// A UUID that two networks of [`State::Names`] share: one has it, another is called by it.
pub(crate) const CONTESTED_UUID: &str = "77697265-0000-4000-8000-000000000000";

fn odd_names() -> Vec<String> {
    let plain = [
        "plain",
        "two words",
        " leading and trailing ",
        "Ärger-größe",
        "網路 一",
        "e\u{301}-combining",
        "a&b",
        "a<b>c",
        "it's",
        "say \"hi\"",
        "-dash",
        "--network",
        "zebra",
        "Zebra",
        "ångström",
        "back\\slash",
        "😀 emoji",
        CONTESTED_UUID,
        "77697265000040008000000000000001",
        "11111111-2222-3333-4444-555555555555",
    ];
    plain.into_iter().map(str::to_owned).chain([format!("long-{}", "x".repeat(195))]).collect()
}

/// One network, with a bridge, a subnet and a UUID that follow from its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Net {
    /// Number, the third octet of the subnet.
    pub(crate) number: u8,
    /// Name, as a person reads it.
    pub(crate) name: String,
    /// Active, autostarted, persistent?
    pub(crate) kind: Kind,
    /// NAT, DHCP and DNS as Debian's `default` has them? Else isolated, without a dnsmasq.
    pub(crate) nat: bool,
}

impl Net {
    /// An isolated network.
    pub(crate) fn new(number: u8, name: &str, kind: Kind) -> Self {
        Self { number, name: name.to_owned(), kind, nat: false }
    }

    /// Its UUID.
    pub(crate) fn uuid(&self) -> String {
        format!("77697265-0000-4000-8000-{:012}", self.number)
    }

    /// Its bridge.
    pub(crate) fn bridge(&self) -> String {
        if self.nat { "virbr0".to_owned() } else { format!("vwbr{}", self.number) }
    }

    /// The XML that defines it; it leaves libvirt nothing to choose, so that two daemons have equal networks.
    pub(crate) fn xml(&self) -> String {
        let (n, bridge, uuid) = (self.number, self.bridge(), self.uuid());
        let name = self.name.replace('&', "&amp;").replace('<', "&lt;");
        let head = format!(
            "<network><name>{name}</name><uuid>{uuid}</uuid><bridge name='{bridge}' stp='on' delay='0'/>\
             <mac address='52:54:00:77:69:{n:02x}'/>"
        );
        if self.nat {
            format!(
                "{head}<forward mode='nat'/><ip address='192.168.{n}.1' netmask='255.255.255.0'><dhcp>\
                 <range start='192.168.{n}.2' end='192.168.{n}.254'/></dhcp></ip></network>"
            )
        } else {
            format!("{head}<dns enable='no'/><ip address='10.77.{n}.1' netmask='255.255.255.0'/></network>")
        }
    }
}

impl Lab {
    /// Brings an empty daemon into `state`; returns what it then has.
    pub(crate) fn bring(&self, state: State) -> Vec<Net> {
        let networks = state.networks();
        networks.iter().for_each(|net| self.add(net));
        networks
    }

    /// Adds one network in the state that its kind says.
    pub(crate) fn add(&self, net: &Net) {
        let file = self.dir().join(format!("net-{}.xml", net.number));
        fs::write(&file, net.xml()).expect("the folder is ours");
        let file = file.display().to_string();
        let uuid = net.uuid();
        if !net.kind.persistent {
            self.virsh(&["net-create", &file]).expect_ok();
            return;
        }
        self.virsh(&["net-define", &file]).expect_ok();
        if net.kind.active {
            self.virsh(&["net-start", &uuid]).expect_ok();
        }
        if net.kind.autostart {
            self.virsh(&["net-autostart", &uuid]).expect_ok();
        }
    }

    /// Gives an active network a port owned by a guest of this name, as the qemu driver does when a guest starts.
    pub(crate) fn add_port(&self, network: &str, guest: &str) {
        let file = self.dir().join("port.xml");
        let uuid = "5d744f21-ba4a-4d6e-bdb2-30a35ff3207d";
        let owner =
            format!("<owner><name>{guest}</name><uuid>06578fc1-c686-46fa-bc2c-83893b466a6f</uuid></owner>");
        let port = format!(
            "<networkport><uuid>{uuid}</uuid>{owner}<mac address='52:54:00:7b:35:93'/></networkport>"
        );
        fs::write(&file, port).expect("the folder is ours");
        self.virsh(&["net-port-create", network, &file.display().to_string()]).expect_ok();
    }

    /// Whether the daemon lists the bridge of `default` among its host's interfaces: 7.0.0 lists none at all where udev
    /// does not run, as in a lab, and the modular daemons that labs run cannot.
    pub(crate) fn lists_bridge(&self) -> bool {
        self.virsh(&["iface-list", "--all"]).out().contains("virbr0")
    }

    /// Wires an interface of this name to a bridge by hand, as a guest with `<interface type='bridge'>` is: libvirt's
    /// network driver does not know of it.
    pub(crate) fn add_member(&self, bridge: &str, interface: &str) {
        self.exec(&["ip", "link", "add", interface, "type", "veth", "peer", "name", "vwpeer"]).expect_ok();
        self.exec(&["ip", "link", "set", interface, "master", bridge, "up"]).expect_ok();
    }
}
