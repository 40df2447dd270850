//! From where the host of a daemon is looked at: from here, by a virtwire on that host, or by what the daemon itself
//! tells. Judges nothing.

#[cfg(feature = "ssh")]
mod copy;
mod listed;
#[cfg(feature = "ssh")]
mod read;
mod sight;
#[cfg(feature = "ssh")]
mod there;

use crate::connection::Connection;
use crate::host::{self, Look, Unseen, Whose};

pub use sight::{Sight, looks};
#[cfg(feature = "ssh")]
use there::There;

/// The drivers that keep networks of the host.
const HOSTS_DRIVERS: [&str; 5] = ["QEMU", "LXC", "Xen", "CH", "network"];

/// Looks at the host of one daemon, as often as it is asked.
#[derive(Debug)]
pub(crate) enum Eye {
    /// The daemon is this process of this host.
    Here(i32, Connection),
    /// A virtwire on the daemon's host looks there.
    #[cfg(feature = "ssh")]
    There(Box<There>),
    /// The daemon is asked what it knows of its interfaces; the rest cannot be seen, because of this.
    Told(Connection, Unseen),
    /// The driver that was asked keeps no networks of a host.
    Nowhere,
}

impl Eye {
    /// The best that this connection offers to a driver of this name.
    pub(crate) async fn of(connection: &Connection, hypervisor: &str) -> Self {
        if !keeps_networks(hypervisor) {
            return Self::Nowhere;
        }
        if let Some(daemon) = connection.daemon() {
            return Self::Here(daemon, connection.clone());
        }
        #[cfg(feature = "ssh")]
        if let Some(there) = There::of(connection).await {
            return match there {
                Ok(there) => Self::There(Box::new(there)),
                Err(reason) => Self::Told(connection.clone(), reason),
            };
        }
        Self::Told(connection.clone(), Unseen::OtherHost)
    }

    /// Whether looking is asking the daemon, which is better asked about bridges that are known.
    pub(crate) fn asks_the_daemon(&self) -> bool {
        matches!(self, Self::Told(..))
    }

    /// Whether the host is another than this one, or may be.
    pub(crate) fn is_elsewhere(&self) -> bool {
        !matches!(self, Self::Here(..))
    }

    /// Looks once. Of the bridges that are named, the members are asked for where that takes a question each.
    pub(crate) async fn look(&mut self, bridges: &[String]) -> Sight {
        match self {
            Self::Here(daemon, connection) => {
                let sight = Sight::here(Whose::Daemon(Some(*daemon))).await;
                match sight.host.namespace.as_ref().err().filter(|reason| reason.is_elsewhere()) {
                    // What answers passes on to a daemon of any host. That one can still be asked.
                    Some(reason) => listed::sight(connection, reason, bridges).await,
                    None => sight,
                }
            }
            #[cfg(feature = "ssh")]
            Self::There(there) => there.look().await,
            Self::Told(connection, reason) => listed::sight(connection, reason, bridges).await,
            Self::Nowhere => Sight::unseen(&Unseen::NotThisHost),
        }
    }

    /// The members of the bridge `name`, whose address is to be `mac`, as they are now.
    ///
    /// # Errors
    /// [`Unseen`] says why nothing can be said. An empty list is a statement: the bridge is there, and has no members.
    pub(crate) async fn bridge_members(&mut self, name: &str, mac: &str) -> Look<Vec<String>> {
        match self {
            // Nothing else of this host needs to be looked at.
            Self::Here(daemon, _) => host::bridge_members(name, mac, Some(*daemon)).await,
            _ => self.look(&[name.to_owned()]).await.host.bridge_members(name, mac),
        }
    }
}

/// Whether a driver keeps networks of its host.
pub(super) fn keeps_networks(hypervisor: &str) -> bool {
    HOSTS_DRIVERS.contains(&hypervisor)
}
