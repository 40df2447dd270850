//! What can be seen on this host, of one moment: interfaces, dnsmasq processes, firewall rules, forwarding. This module
//! only looks; what it cannot see it says, with the reason. What it means for a network is judged elsewhere.

mod bridge;

use std::net::IpAddr;
use std::path::PathBuf;

pub use bridge::{Unseen, bridge_members};

/// What was seen, or why it could not be. An empty list is a statement: it was looked for, and there is none.
pub type Look<T> = Result<T, Unseen>;

/// What this host showed when it was looked at. One look serves every network.
#[derive(Clone, Debug)]
pub struct Host {
    /// The network interfaces of the daemon's network namespace, by index.
    pub interfaces: Look<Vec<Interface>>,
    /// The dnsmasq processes of the daemon's network namespace that were started by libvirt.
    pub dnsmasq: Look<Vec<Dnsmasq>>,
    /// The firewall, as each way of asking showed it: those that are not in use are absent.
    pub firewall: Vec<(Backend, Look<Vec<Rule>>)>,
    /// Whether the kernel forwards packets.
    pub forwarding: Look<Forwarding>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name, such as `virbr0`.
    pub name: String,
    /// Its index: libvirt's nftables rules name it, and go on naming it after the interface is gone.
    pub index: u32,
    /// Its MAC address as the kernel writes it, lower case.
    pub mac: Option<String>,
    /// Its administrative state. An empty bridge is up without a carrier: no fault.
    pub is_up: bool,
    /// Its addresses, with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// The members of a bridge, sorted, without libvirt's own dummy; `None` for what is no bridge.
    pub members: Option<Vec<String>>,
}

/// A dnsmasq process that libvirt started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dnsmasq {
    /// The process.
    pub pid: i32,
    /// The network that its configuration's name names.
    pub network: String,
    /// Its configuration, as its command line names it.
    pub config: PathBuf,
}

/// One way in which firewall rules are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backend {
    /// iptables, kept by nftables in the kernel.
    IptablesNft,
    /// iptables of old: nft does not see it.
    IptablesLegacy,
    /// nftables' own tables, libvirt's `libvirt_network` among them.
    Nftables,
}

/// A firewall rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it is kept.
    pub backend: Backend,
    /// `ip` or `ip6`; of nftables' own tables also `inet`, `bridge` and others.
    pub family: String,
    /// The table.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The rule as the tool printed it: for iptables without `-A CHAIN`, for nftables as JSON.
    pub text: String,
    /// nftables' handle, by which it is deleted.
    pub handle: Option<u64>,
    /// The interfaces that it matches, by name.
    pub interfaces: Vec<String>,
    /// The interfaces that it matches, by index.
    pub indexes: Vec<u32>,
    /// The addresses and subnets that it matches or rewrites to, with the lengths of their prefixes.
    pub subnets: Vec<(IpAddr, u8)>,
    /// The chain it jumps or goes to, of those that are not built in.
    pub target: Option<String>,
}

/// Whether the kernel forwards packets between interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarding {
    /// `net.ipv4.ip_forward`.
    pub ipv4: bool,
    /// `net.ipv6.conf.all.forwarding`; `None` where the kernel has no IPv6.
    pub ipv6: Option<bool>,
}
