//! What a daemon itself tells of its host's interfaces: all that is known of one that nobody can look at.

use virtwire_protocol::remote;
use virtwire_protocol::remote::interface::{ConnectListAllInterfaces, InterfaceGetXmlDesc};

use super::Sight;
use crate::connection::Connection;
use crate::host::{Host, Listed, Unseen};
use crate::xml::Element;

/// The rest is unseen, because of `reason`.
pub(super) async fn sight(connection: &Connection, reason: &Unseen, bridges: &[String]) -> Sight {
    let listed = interfaces(connection, bridges).await;
    let sight = Sight::unseen(reason);
    Sight { host: Host { listed, ..sight.host }, ..sight }
}

/// `None` where the daemon has no driver that lists them, or does not let this user ask; nor where it lists none at all, as
/// 7.0.0 does where udev does not run: no host is without any.
async fn interfaces(connection: &Connection, bridges: &[String]) -> Option<Vec<Listed>> {
    let all = connection.call(&ConnectListAllInterfaces { need_results: 1, flags: 0 }).await.ok()?;
    let mut listed = Vec::new();
    for interface in all.ifaces.iter() {
        let name = interface.name.to_string();
        let members = if bridges.contains(&name) { members(connection, &interface).await } else { None };
        listed.push(Listed { name, mac: interface.mac.to_string().to_ascii_lowercase(), members });
    }
    (!listed.is_empty()).then_some(listed)
}

/// The members of a bridge, by the interface's XML; `None` where it is gone or says something else.
async fn members(connection: &Connection, interface: &remote::Interface) -> Option<Vec<String>> {
    let call = InterfaceGetXmlDesc { iface: interface.clone(), flags: 0 };
    let xml = connection.call(&call).await.ok()?.xml;
    let root = Element::parse(xml.as_bytes()).ok()?;
    let bridge = root.child("bridge")?;
    // Until 6.9 libvirt gave each bridge a dummy member, to fix its address.
    let dummy = format!("{}-nic", interface.name);
    let names = bridge.elements_named("interface").filter_map(|member| member.attribute("name"));
    let mut members: Vec<String> = names.map(str::to_owned).filter(|name| *name != dummy).collect();
    members.sort();
    Some(members)
}
