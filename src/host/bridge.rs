//! The bridge of a network, as the kernel shows it below `/sys/class/net`.

use std::path::Path;
use std::{fs, io};

use super::{PROC, Unseen, Whose, namespace};

/// Where the kernel lists the network interfaces of this network namespace.
const INTERFACES: &str = "/sys/class/net";

/// The interfaces that are members of the bridge `name`, whose address is to be `mac`, sorted.
///
/// `daemon` is the process that serves the connection, where it is known: bridges of another network namespace may
/// have the same name.
///
/// # Errors
/// [`Unseen`] says why nothing can be said. An empty list is a statement: the bridge is there, and has no members.
pub fn bridge_members(name: &str, mac: &str, daemon: Option<i32>) -> Result<Vec<String>, Unseen> {
    match namespace::same(Path::new(PROC), Whose::Daemon(daemon)) {
        Err(reason @ (Unseen::NotThisHost | Unseen::OtherNamespace { .. })) => Err(reason),
        _ => members_below(Path::new(INTERFACES), name, mac),
    }
}

fn members_below(interfaces: &Path, name: &str, mac: &str) -> Result<Vec<String>, Unseen> {
    // A name that is no file name is no interface's name either.
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(Unseen::NoBridge);
    }
    let bridge = interfaces.join(name);
    let unreadable = |path: &Path, error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => Unseen::NotThere(path.to_owned()),
        _ => Unseen::Unreadable(path.to_owned(), error.to_string()),
    };
    let address = fs::read_to_string(bridge.join("address")).map_err(|error| unreadable(&bridge, &error))?;
    if !address.trim().eq_ignore_ascii_case(mac) {
        return Err(Unseen::OtherBridge(bridge));
    }
    let folder = bridge.join("brif");
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut members = Vec::new();
    for entry in entries {
        let member = entry.map_err(|error| unreadable(&folder, &error))?.file_name();
        let member = member.to_string_lossy().into_owned();
        // Until 6.9 libvirt gave each bridge a dummy member of this name, to fix its address.
        if member != format!("{name}-nic") {
            members.push(member);
        }
    }
    members.sort();
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn fake(name: &str, files: &[&str]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("virtwire-bridge-{name}-{}", std::process::id()));
        let bridge = root.join("virbr0");
        fs::create_dir_all(bridge.join("brif")).unwrap();
        fs::write(bridge.join("address"), "52:54:00:91:a8:c6\n").unwrap();
        for file in files {
            fs::write(bridge.join("brif").join(file), "").unwrap();
        }
        root
    }

    #[test]
    fn members_are_sorted_and_without_libvirts_own_dummy() {
        let root = fake("members", &["vnet1", "virbr0-nic", "vnet0"]);
        let members = members_below(&root, "virbr0", "52:54:00:91:A8:C6");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(members, Ok(vec!["vnet0".to_owned(), "vnet1".to_owned()]));
    }

    #[test]
    fn a_bridge_with_another_address_is_someone_elses() {
        let root = fake("other", &["vnet0"]);
        let members = members_below(&root, "virbr0", "52:54:00:00:00:01");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(members, Err(Unseen::OtherBridge(root.join("virbr0"))));
    }

    #[test]
    fn a_bridge_that_is_not_there_is_said_so_and_a_path_is_never_followed() {
        let root = fake("absent", &[]);
        let absent = members_below(&root, "virbr9", "52:54:00:91:a8:c6");
        let outside = members_below(&root, "../virbr0", "52:54:00:91:a8:c6");
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(absent, Err(Unseen::NotThere(root.join("virbr9"))));
        assert_eq!(outside, Err(Unseen::NoBridge));
    }

    #[test]
    fn a_daemon_that_is_not_of_this_host_is_not_looked_for() {
        assert_eq!(bridge_members("virbr0", "52:54:00:91:a8:c6", None), Err(Unseen::NotThisHost));
    }
}
