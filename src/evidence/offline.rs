//! The same survey without a daemon: what is said of the networks is what it wrote to its files. Opens no socket: that
//! might start a daemon, and its networks with it.

use std::time::{SystemTime, UNIX_EPOCH};

use virtwire_protocol::remote::Text;

use super::known::Known;
use super::parts::all_rules;
use super::ports::Port;
use super::survey::{Asked, Survey};
use super::told::{Condition, Told};
use crate::host::stored::{self, Folders, RuleHandle, Stored, StoredLease, StoredNetwork};
use crate::host::{Daemon, Host, Rule, Unseen, Whose};
use crate::xml::{Element, Outline};

/// Why nothing is known of guests.
const NO_GUESTS: &str = "no daemon was asked for its guests";

impl Survey {
    /// Reads a daemon's files and looks at this host.
    pub async fn offline(folders: &Folders) -> Self {
        let (stored, host, daemons) =
            tokio::join!(Stored::look(folders), Host::look(Whose::Ours), Daemon::all());
        let mut unread = stored.unseen.map(|reason| reason.to_string());
        let mut networks = Vec::new();
        for network in &stored.networks {
            let (known, unreadable) = known(network, &host);
            networks.extend(known);
            unread = unread.or(unreadable);
        }
        for known in &mut networks {
            if let (Some(bridge), true) = (&known.expected.bridge, known.told.is_active()) {
                let leases = stored::leases(folders, bridge).await.ok();
                known.leases = leases.map(|leases| leases.iter().filter(|lease| is_valid(lease)).count());
            }
        }
        // Where it cannot be told that this is a host's own root, there being no files is no word of its networks.
        if networks.is_empty() {
            unread = unread.or(daemons.as_ref().err().map(ToString::to_string));
        }
        let hostname = host.namespace.as_ref().ok().and_then(|()| Host::name());
        let nics = Err(NO_GUESTS.to_owned());
        Self { networks, unread, asked: Asked::Files, daemons, nics, host, hostname, is_elsewhere: false }
    }
}

/// A network, and why what it consists of is not known.
fn known(network: &StoredNetwork, host: &Host) -> (Option<Known>, Option<String>) {
    let Ok(name) = Text::try_from(network.name.as_str()) else { return (None, None) };
    let read = |element: &Element| Outline::from_element(element).ok();
    let stored = network.definition.as_ref().ok().and_then(Option::as_ref).and_then(read);
    let live = network.live().and_then(read);
    let Some(xml) = live.as_ref().or(stored.as_ref()) else {
        let reason = unreadable(network);
        let known = Known::unread(name, None, reason.clone());
        return (Some(known), Some(reason));
    };
    let mut known = Known::read(name, told(network), xml);
    known.expected.index = network.rules().iter().find_map(|rule| index(rule, host));
    known.differs_from_stored =
        live.as_ref().zip(stored.as_ref()).is_some_and(|(live, stored)| live.differs_from_stored(stored));
    known.ports = network.ports.as_deref().unwrap_or_default().iter().filter_map(port).collect();
    (Some(known), None)
}

fn unreadable(network: &StoredNetwork) -> String {
    let reason = network.status.as_ref().err().or(network.definition.as_ref().err());
    let none = || format!("the files of network {} do not tell what it is", network.name);
    reason.map_or_else(none, ToString::to_string)
}

/// The index by which a rule that the daemon made names its bridge: it is known also once the bridge is gone.
fn index(rule: &RuleHandle, host: &Host) -> Option<u32> {
    let is_it = |seen: &&Rule| {
        (&seen.family, &seen.table, &seen.chain, seen.handle)
            == (&rule.family, &rule.table, &rule.chain, Some(rule.handle))
    };
    all_rules(host).into_iter().find(is_it)?.indexes.first().copied()
}

fn told(network: &StoredNetwork) -> Told {
    let read = || -> Result<Condition, &Unseen> {
        Ok(Condition {
            is_active: network.status.as_ref()?.is_some(),
            is_persistent: network.definition.as_ref()?.is_some(),
            is_autostarted: *network.is_autostarted.as_ref()?,
        })
    };
    match read() {
        Ok(condition) => Told::Is(condition),
        Err(reason) => Told::Unknown(reason.to_string()),
    }
}

fn port(port: &Element) -> Option<Port> {
    let uuid = port.child_text("uuid")?.parse().ok()?;
    Some(Port { uuid, owner: port.find("owner/name").map(|name| name.text().into_owned()) })
}

fn is_valid(lease: &StoredLease) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default();
    lease.expires.is_none_or(|expires| expires > now)
}
