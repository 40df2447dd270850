//! What can be seen on this host, of one moment: interfaces, dnsmasq processes, firewall rules, forwarding. This module
//! only looks; what it cannot see it says, with the reason. What it means for a network is judged elsewhere.

mod bridge;
mod daemons;
mod dnsmasq;
mod firewall;
mod forwarding;
mod interfaces;
pub(crate) mod json;
mod namespace;
mod rule;
pub mod stored;
pub(crate) mod tool;
mod unseen;

use std::any::Any;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use bridge::bridge_members;
pub use daemons::Daemon;
pub use namespace::Whose;
pub(crate) use rule::is_named;
pub use rule::{Backend, Chain, Rule};
pub use unseen::{Look, Unseen};

use firewall::Firewall;
#[cfg(test)]
pub(crate) use firewall::{printed_by_iptables, printed_by_nft};

/// Where the kernel shows processes and its own state.
const PROC: &str = "/proc";

/// What this host showed when it was looked at. One look serves every network.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use virtwire::host::{Host, Whose};
///
/// let host = Host::look(Whose::Ours).await;
/// match &host.interfaces {
///     Ok(all) => all.iter().for_each(|interface| println!("{}", interface.name)),
///     Err(reason) => println!("the interfaces cannot be seen: {reason}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Host {
    /// Whether the network namespace that was looked at, ours, is the daemon's. [`Unseen::OtherNamespace`] and
    /// [`Unseen::NotThisHost`] say that it is not, [`Unseen::Relay`] that it may not be: then nothing was looked at, but
    /// `dnsmasq` where that can be. Every
    /// other reason says that it is not known, as for users who are not root: what was not seen may yet be there.
    pub namespace: Look<()>,
    /// The network interfaces, by index.
    pub interfaces: Look<Vec<Interface>>,
    /// What the daemon itself lists of its interfaces, where they could not be looked at and it was asked.
    pub listed: Option<Vec<Listed>>,
    /// The dnsmasq processes that libvirt started in the daemon's network namespace, by number. Root sees them in
    /// another namespace than ours, too.
    pub dnsmasq: Look<Vec<Dnsmasq>>,
    /// The firewall, as each way of asking showed it. Every backend is there: at most once with its rules, and with
    /// each reason why rules were not seen. Rules of one family can be seen while those of the other cannot.
    pub firewall: Vec<(Backend, Look<Vec<Rule>>)>,
    /// The firewall's chains, of all backends that were seen.
    pub chains: Vec<Chain>,
    /// Whether the kernel forwards packets.
    pub forwarding: Look<Forwarding>,
}

impl Host {
    /// Looks at this host: reads `/proc` and `/sys`, asks the system's own tools, changes nothing. A tool that takes
    /// longer than ten seconds is stopped. It needs a runtime with time and I/O.
    pub async fn look(whose: Whose) -> Self {
        let proc = Path::new(PROC);
        let namespace = namespace::same(proc, whose);
        let dnsmasq = apart(move || dnsmasq::look(Path::new(PROC), whose));
        if let Some(reason) = namespace.as_ref().err().filter(|reason| reason.is_not_ours()) {
            return Self { dnsmasq: dnsmasq.await, ..Self::unseen(reason) };
        }
        let (dnsmasq, interfaces, firewall) = tokio::join!(dnsmasq, interfaces::look(), firewall::look(proc));
        let Firewall { seen, chains } = firewall;
        let forwarding = forwarding::look(proc);
        Self { namespace, interfaces, listed: None, dnsmasq, firewall: seen, chains, forwarding }
    }

    /// A host of which nothing can be seen.
    pub(crate) fn unseen(reason: &Unseen) -> Self {
        let Firewall { seen, chains } = Firewall::unseen(reason);
        Self {
            namespace: Err(reason.clone()),
            interfaces: Err(reason.clone()),
            listed: None,
            dnsmasq: Err(reason.clone()),
            firewall: seen,
            chains,
            forwarding: Err(reason.clone()),
        }
    }

    /// The name of this host, where `/proc` tells it.
    #[must_use]
    pub fn name() -> Option<String> {
        let name = std::fs::read_to_string(Path::new(PROC).join("sys/kernel/hostname")).ok()?;
        Some(name.trim_end().to_owned())
    }
}

/// Does what may take a moment, such as reading many files, apart from what else goes on.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Look<T> + Send + 'static) -> Look<T> {
    let done = done(Box::new(move || Box::new(work()))).await?;
    done.downcast().map_or_else(|_| Err(lost("its look is of another kind")), |look| *look)
}

/// The runtime has code of its own for each kind of work: this is one kind.
async fn done(work: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>) -> Look<Box<dyn Any + Send>> {
    tokio::task::spawn_blocking(work).await.map_err(|error| lost(&error.to_string()))
}

fn lost(why: &str) -> Unseen {
    Unseen::Unreadable("this host".into(), why.to_owned())
}

/// How many bits of an address a mask leaves. One with holes counts as far as its first one: it covers more, so that
/// nothing it matches is missed.
fn prefix_length(mask: IpAddr) -> u8 {
    let ones = match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones(),
        IpAddr::V6(mask) => mask.to_bits().leading_ones(),
    };
    u8::try_from(ones).unwrap_or(u8::MAX)
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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

/// A network interface of the daemon's host, as the daemon lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Listed {
    /// Its name, such as `virbr0`.
    pub name: String,
    /// Its MAC address, lower case.
    pub mac: String,
    /// The members of a bridge, sorted, where the daemon was asked for them.
    pub members: Option<Vec<String>>,
}

/// A dnsmasq process that libvirt started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dnsmasq {
    /// The process.
    pub pid: i32,
    /// The network that its configuration's name names.
    pub network: String,
    /// Its configuration, as its command line names it.
    pub config: PathBuf,
}

/// Whether the kernel forwards packets between interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forwarding {
    /// `net.ipv4.ip_forward`.
    pub ipv4: bool,
    /// `net.ipv6.conf.all.forwarding`; `None` where the kernel has no IPv6.
    pub ipv6: Option<bool>,
}
