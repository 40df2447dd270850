//! The interfaces of this network namespace: from the kernel by way of libc, and which of them are members of a bridge
//! from `/sys`, or from `ip` where `/sys` shows another namespace (it goes on showing the one it was mounted in).

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

use super::json::Json;
use super::{Interface, Look, Unseen, apart, prefix_length, tool};

/// Where the kernel lists the network interfaces of some network namespace.
const SYS: &str = "/sys/class/net";

/// How often an interface may come or go between two looks, until they are taken to be of different namespaces.
const ATTEMPTS: usize = 4;

/// Bridges, with the members of each.
type Bridges = Vec<(String, Vec<String>)>;

/// The interfaces of this network namespace, by index.
pub(super) async fn look() -> Look<Vec<Interface>> {
    if let Some(interfaces) = apart(|| from_sys(Path::new(SYS))).await? {
        return Ok(interfaces);
    }
    let ip = tool::find(&["ip"]).ok_or(Unseen::NoSys)?;
    let printed = tool::ask(&ip, &["-json", "-details", "link", "show"]).await?;
    let bridges = bridges_of_ip(&printed)
        .ok_or_else(|| Unseen::ToolFailed { tool: ip, message: "its answer cannot be read".to_owned() })?;
    apart(move || Ok(with_members(links()?, bridges))).await
}

/// `None` where `/sys` is not of this namespace, or absent.
fn from_sys(sys: &Path) -> Look<Option<Vec<Interface>>> {
    for _ in 0..ATTEMPTS {
        let mut interfaces = links()?;
        if !shows(sys, &interfaces) {
            continue;
        }
        for interface in &mut interfaces {
            interface.members = members(&interface.name, &sys.join(&interface.name).join("brif"))?;
        }
        // Only what did not change meanwhile is of one moment.
        if shows(sys, &interfaces) {
            return Ok(Some(interfaces));
        }
    }
    Ok(None)
}

fn with_members(mut interfaces: Vec<Interface>, bridges: Bridges) -> Vec<Interface> {
    for (bridge, members) in bridges {
        if let Some(interface) = interfaces.iter_mut().find(|interface| interface.name == bridge) {
            interface.members = Some(members);
        }
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

/// `None` for what is no bridge: it has no such folder.
fn members(bridge: &str, folder: &Path) -> Look<Option<Vec<String>>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let unreadable = |error| Unseen::reading(folder, &error);
    let mut members = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        members.push(name.to_string_lossy().into_owned());
    }
    Ok(Some(guests(bridge, members)))
}

/// Sorted, and without the dummy member that libvirt gave each bridge until 6.9, to fix its address.
fn guests(bridge: &str, mut members: Vec<String>) -> Vec<String> {
    members.retain(|member| *member != format!("{bridge}-nic"));
    members.sort();
    members
}

/// What `ip -json -details link show` says of bridges; `None` where it is not understood.
fn bridges_of_ip(printed: &str) -> Option<Bridges> {
    let printed = Json::read(printed).ok()?;
    let links = printed.as_list()?;
    let mut bridges = Bridges::new();
    for link in links {
        let name = link.get("ifname")?.as_str()?;
        // A bond is a master, too.
        if link.within("linkinfo", "info_kind").and_then(Json::as_str) == Some("bridge") {
            let is_member = |link: &&Json| link.get("master").and_then(Json::as_str) == Some(name);
            let members = links.iter().filter(is_member).filter_map(|link| link.get("ifname")?.as_str());
            bridges.push((name.to_owned(), guests(name, members.map(str::to_owned).collect())));
        }
    }
    Some(bridges)
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
            owner.addresses.push((address, prefix_length(mask)));
        }
    }
    interfaces.sort_unstable_by_key(|interface| interface.index);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn interface(name: &str, index: u32, mac: Option<&str>) -> Interface {
        let (name, mac) = (name.to_owned(), mac.map(str::to_owned));
        Interface { name, index, mac, is_up: true, addresses: Vec::new(), members: None }
    }

    fn host() -> Vec<Interface> {
        let bridge = interface("virbr0", 6, Some("52:54:00:91:a8:c6"));
        // A tunnel's address is no MAC.
        vec![interface("lo", 1, Some("00:00:00:00:00:00")), bridge, interface("tunl0", 9, None)]
    }

    fn sys_with(name: &str, members: &[&str]) -> PathBuf {
        let sys = std::env::temp_dir().join(format!("virtwire-sys-{name}-{}", std::process::id()));
        for interface in host() {
            let folder = sys.join(&interface.name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("ifindex"), format!("{}\n", interface.index)).unwrap();
            let address = interface.mac.unwrap_or_else(|| "0.0.0.0".to_owned());
            fs::write(folder.join("address"), format!("{address}\n")).unwrap();
        }
        fs::create_dir(sys.join("virbr0/brif")).unwrap();
        fs::write(sys.join("bonding_masters"), "\n").unwrap();
        for member in members {
            fs::write(sys.join("virbr0/brif").join(member), "").unwrap();
        }
        sys
    }

    #[test]
    fn members_are_sorted_and_without_libvirts_own_dummy() {
        let sys = sys_with("members", &["vnet1", "virbr0-nic", "vnet0"]);
        let [bridge, other] = ["virbr0", "lo"].map(|name| members(name, &sys.join(name).join("brif")));
        fs::remove_dir_all(&sys).unwrap();
        assert_eq!(bridge, Ok(Some(vec!["vnet0".to_owned(), "vnet1".to_owned()])));
        assert_eq!(other, Ok(None), "it is no bridge");
    }

    #[test]
    fn a_sys_with_other_interfaces_is_of_another_namespace() {
        let sys = sys_with("other", &[]);
        let mut other = host();
        let same = shows(&sys, &other);
        other[1].mac = Some("52:54:00:00:00:01".to_owned());
        let address = shows(&sys, &other);
        other = host();
        other[1].index = 7;
        let index = shows(&sys, &other);
        other = host();
        other.truncate(2);
        let fewer = shows(&sys, &other);
        other = host();
        other.push(interface("eth0", 10, None));
        let more = shows(&sys, &other);
        let none = shows(&sys.join("nowhere"), &[]);
        fs::remove_dir_all(&sys).unwrap();
        assert_eq!([same, address, index, fewer, more, none], [true, false, false, false, false, false]);
    }

    #[test]
    fn bridges_are_told_by_ip_from_other_masters() {
        let printed = r#"[{"ifname": "lo"},
            {"ifname": "vnet1", "master": "virbr0"}, {"ifname": "eth0", "master": "bond0"},
            {"ifname": "virbr0", "linkinfo": {"info_kind": "bridge"}}, {"ifname": "virbr0-nic", "master": "virbr0"},
            {"ifname": "virbr1", "linkinfo": {"info_kind": "bridge"}}, {"ifname": "vnet0", "master": "virbr0"},
            {"ifname": "bond0", "linkinfo": {"info_kind": "bond"}}]"#;
        let members = vec!["vnet0".to_owned(), "vnet1".to_owned()];
        let bridges = Bridges::from([("virbr0".to_owned(), members), ("virbr1".to_owned(), Vec::new())]);
        assert_eq!(bridges_of_ip(printed), Some(bridges));
        for unlike in ["", "{}", "[1]", r#"[{"ifname": 7}]"#] {
            assert_eq!(bridges_of_ip(unlike), None, "{unlike:?}");
        }
    }

    #[test]
    fn prefixes_are_counted_from_masks() {
        let length = |mask: &str| prefix_length(mask.parse().unwrap());
        assert_eq!(["255.255.255.0", "0.0.0.0", "255.255.255.255"].map(length), [24, 0, 32]);
        assert_eq!(["ffff:ffff:ffff:ffff::", "::"].map(length), [64, 0]);
    }
}
