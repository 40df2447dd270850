//! The members of a network's bridge, for who needs to know nothing else of this host.

use std::path::Path;

use super::{Host, Interface, Listed, Look, PROC, Unseen, Whose, interfaces, namespace};

/// The interfaces that are members of the bridge `name`, whose address is to be `mac`, sorted.
///
/// `daemon` is the process that serves the connection, where it is known: bridges of another network namespace may
/// have the same name.
///
/// # Errors
/// [`Unseen`] says why nothing can be said. An empty list is a statement: the bridge is there, and has no members.
pub async fn bridge_members(name: &str, mac: &str, daemon: Option<i32>) -> Look<Vec<String>> {
    match namespace::same(Path::new(PROC), Whose::Daemon(daemon)) {
        Err(reason) if reason.is_not_ours() => Err(reason),
        // Where it is not known whose bridge it is, its address tells.
        _ => members(&interfaces::look().await?, name, mac),
    }
}

impl Host {
    /// The members of a bridge, by what was seen of this host, or by what the daemon lists.
    pub(crate) fn bridge_members(&self, name: &str, mac: &str) -> Look<Vec<String>> {
        match (&self.interfaces, &self.listed) {
            (Ok(interfaces), _) => members(interfaces, name, mac),
            (Err(reason), Some(listed)) => listed_members(listed, name, mac)?.ok_or_else(|| reason.clone()),
            (Err(reason), None) => Err(reason.clone()),
        }
    }
}

/// `None` where the daemon did not tell them.
fn listed_members(listed: &[Listed], name: &str, mac: &str) -> Look<Option<Vec<String>>> {
    let bridge = listed.iter().find(|interface| interface.name == name);
    let bridge = bridge.ok_or_else(|| Unseen::NoInterface(name.to_owned()))?;
    if bridge.mac.eq_ignore_ascii_case(mac) {
        Ok(bridge.members.clone())
    } else {
        Err(Unseen::OtherBridge(name.to_owned()))
    }
}

fn members(interfaces: &[Interface], name: &str, mac: &str) -> Look<Vec<String>> {
    let bridge = interfaces.iter().find(|interface| interface.name == name);
    let bridge = bridge.ok_or_else(|| Unseen::NoInterface(name.to_owned()))?;
    let is_it = bridge.mac.as_deref().is_some_and(|address| address.eq_ignore_ascii_case(mac));
    let members = bridge.members.clone().filter(|_| is_it);
    members.ok_or_else(|| Unseen::OtherBridge(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(mac: Option<&str>, members: Option<&[&str]>) -> Interface {
        Interface {
            name: "virbr0".to_owned(),
            index: 6,
            mac: mac.map(str::to_owned),
            is_up: true,
            addresses: Vec::new(),
            members: members.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        }
    }

    #[test]
    fn members_are_those_of_the_bridge_with_the_networks_address() {
        let bridge = interface(Some("52:54:00:91:a8:c6"), Some(&["vnet0", "vnet1"]));
        let seen = |mac| members(std::slice::from_ref(&bridge), "virbr0", mac);
        assert_eq!(seen("52:54:00:91:A8:C6"), Ok(vec!["vnet0".to_owned(), "vnet1".to_owned()]));
        assert_eq!(seen("52:54:00:00:00:01"), Err(Unseen::OtherBridge("virbr0".to_owned())));
    }

    #[test]
    fn what_is_no_bridge_or_not_there_has_no_members() {
        let other = Err(Unseen::OtherBridge("virbr0".to_owned()));
        let mac = "52:54:00:91:a8:c6";
        assert_eq!(members(&[interface(Some(mac), None)], "virbr0", mac), other);
        assert_eq!(members(&[interface(None, Some(&[]))], "virbr0", mac), other);
        assert_eq!(members(&[], "virbr0", mac), Err(Unseen::NoInterface("virbr0".to_owned())));
    }

    #[tokio::test]
    async fn a_daemon_that_is_not_of_this_host_is_not_looked_for() {
        let seen = bridge_members("virbr0", "52:54:00:91:a8:c6", None).await;
        assert_eq!(seen, Err(Unseen::NotThisHost));
    }
}
