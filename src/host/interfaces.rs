//! The interfaces of this network namespace: from the kernel by way of libc, and which of them are members of a bridge
//! from `/sys`, or from `ip` where `/sys` shows another namespace (it goes on showing the one it was mounted in).

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;
use serde_json::Value;

use super::{Interface, Look, Unseen, apart, tool};

/// Where the kernel lists the network interfaces of some network namespace.
const SYS: &str = "/sys/class/net";

/// How often an interface may come or go between two looks, until they are taken to be of different namespaces.
const ATTEMPTS: usize = 4;

/// The members of each bridge, by its name.
type Bridges = BTreeMap<String, Vec<String>>;

/// The interfaces of this network namespace, by index.
pub(super) async fn look() -> Look<Vec<Interface>> {
    if let Some(interfaces) = apart(|| from_sys(Path::new(SYS))).await? {
        return Ok(interfaces);
    }
    let ip = tool::find(&["ip"]).ok_or(Unseen::NoSys)?;
    let printed = tool::ask(&ip, &["-json", "-details", "link", "show"]).await?;
    let bridges = bridges_of_ip(&printed)
        .ok_or_else(|| Unseen::ToolFailed { tool: ip, message: "its answer cannot be read".to_owned() })?;
    apart(move || Ok(with_members(links()?, &bridges))).await
}

/// `None` where `/sys` is not of this namespace, or absent.
fn from_sys(sys: &Path) -> Look<Option<Vec<Interface>>> {
    for _ in 0..ATTEMPTS {
        let interfaces = links()?;
        if !shows(sys, &interfaces) {
            continue;
        }
        let bridges = bridges_of_sys(sys, &interfaces)?;
        // Only what did not change meanwhile is of one moment.
        if shows(sys, &interfaces) {
            return Ok(Some(with_members(interfaces, &bridges)));
        }
    }
    Ok(None)
}

fn with_members(mut interfaces: Vec<Interface>, bridges: &Bridges) -> Vec<Interface> {
    for interface in &mut interfaces {
        interface.members = bridges.get(&interface.name).cloned();
    }
    interfaces
}

/// Whether `/sys` lists these interfaces with their indexes and no others.
fn shows(sys: &Path, interfaces: &[Interface]) -> bool {
    let Ok(entries) = fs::read_dir(sys) else { return false };
    // Files such as `bonding_masters` stand among the folders.
    let listed = entries.flatten().filter(|entry| entry.path().join("ifindex").exists()).count();
    let is_listed = |interface: &Interface| {
        let index = fs::read_to_string(sys.join(&interface.name).join("ifindex"));
        let mac = fs::read_to_string(sys.join(&interface.name).join("address"));
        index.is_ok_and(|index| index.trim().parse() == Ok(interface.index))
            && mac.is_ok_and(|mac| interface.mac.as_ref().is_none_or(|ours| mac.trim() == ours))
    };
    listed == interfaces.len() && interfaces.iter().all(is_listed)
}

fn bridges_of_sys(sys: &Path, interfaces: &[Interface]) -> Look<Bridges> {
    let mut bridges = Bridges::new();
    for interface in interfaces {
        let folder = sys.join(&interface.name).join("brif");
        if folder.is_dir() {
            bridges.insert(interface.name.clone(), members(&interface.name, &folder)?);
        }
    }
    Ok(bridges)
}

fn members(bridge: &str, folder: &PathBuf) -> Look<Vec<String>> {
    let unreadable = |error| Unseen::reading(folder, &error);
    let mut members = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        members.push(name.to_string_lossy().into_owned());
    }
    Ok(guests(bridge, members))
}

/// Sorted, and without the dummy member that libvirt gave each bridge until 6.9, to fix its address.
fn guests(bridge: &str, mut members: Vec<String>) -> Vec<String> {
    members.retain(|member| *member != format!("{bridge}-nic"));
    members.sort();
    members
}

/// What `ip -json -details link show` says of bridges; `None` where it is not understood.
fn bridges_of_ip(printed: &str) -> Option<Bridges> {
    let links: Vec<Value> = serde_json::from_str(printed).ok()?;
    let mut bridges = Bridges::new();
    for link in &links {
        let name = link.get("ifname")?.as_str()?;
        if link.pointer("/linkinfo/info_kind").and_then(Value::as_str) == Some("bridge") {
            bridges.entry(name.to_owned()).or_default();
        }
        if let Some(master) = link.get("master").and_then(Value::as_str) {
            bridges.entry(master.to_owned()).or_default().push(name.to_owned());
        }
    }
    let is_bridge = |name: &str| {
        let link = links.iter().find(|link| link.get("ifname").and_then(Value::as_str) == Some(name));
        link.and_then(|link| link.pointer("/linkinfo/info_kind")).and_then(Value::as_str) == Some("bridge")
    };
    // A bond is a master, too.
    bridges.retain(|name, _| is_bridge(name));
    Some(bridges.into_iter().map(|(name, members)| (name.clone(), guests(&name, members))).collect())
}

/// The interfaces with their addresses, by index, without anything of bridges.
fn links() -> Look<Vec<Interface>> {
    let entries: Vec<_> = getifaddrs()
        .map_err(|error| Unseen::Unreadable("the kernel's list of interfaces".into(), error.to_string()))?
        .collect();
    let mut interfaces: Vec<_> = entries.iter().filter_map(link).collect();
    for entry in &entries {
        // An address may have a label of its own, which then stands for the name: `virbr0:1`.
        let name = entry.interface_name.split(':').next().unwrap_or_default();
        let address = entry.address.as_ref().and_then(ip).zip(entry.netmask.as_ref().and_then(ip));
        let owner = interfaces
            .iter_mut()
            .find(|interface| interface.name == entry.interface_name || interface.name == name);
        if let (Some((address, mask)), Some(owner)) = (address, owner) {
            owner.addresses.push((address, prefix(mask)));
        }
    }
    interfaces.sort_by_key(|interface| interface.index);
    Ok(interfaces)
}

/// The interface itself, where that is what the entry is about.
fn link(entry: &InterfaceAddress) -> Option<Interface> {
    let link = entry.address.as_ref()?.as_link_addr()?;
    // Tunnels have addresses of other lengths.
    let is_mac = link.halen() == 6;
    Some(Interface {
        name: entry.interface_name.clone(),
        index: u32::try_from(link.ifindex()).ok()?,
        mac: is_mac.then(|| link.to_string()),
        is_up: entry.flags.contains(InterfaceFlags::IFF_UP),
        addresses: Vec::new(),
        members: None,
    })
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| address.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|address| address.ip().into()))
}

fn prefix(mask: IpAddr) -> u8 {
    let ones = match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones(),
        IpAddr::V6(mask) => mask.to_bits().leading_ones(),
    };
    u8::try_from(ones).unwrap_or(u8::MAX)
}
