//! From where the host of a daemon is looked at: from here, by a virtwire on that host, or by what the daemon itself
//! tells. Judges nothing.

mod listed;
mod sight;
#[cfg(feature = "ssh")]
mod there;

use crate::connection::Connection;
use crate::host::{Unseen, Whose};

pub use sight::{Sight, looks};
#[cfg(feature = "ssh")]
use there::There;

/// Looks at the host of one daemon, as often as it is asked.
#[derive(Debug)]
pub(crate) enum Eye {
    /// The daemon is a process of this host.
    Here(Option<i32>),
    /// A virtwire on the daemon's host looks there.
    #[cfg(feature = "ssh")]
    There(Box<There>),
    /// The daemon is asked what it knows of its interfaces; the rest cannot be seen, because of this.
    Told(Connection, Unseen),
}

impl Eye {
    /// The best that this connection offers.
    pub(crate) async fn of(connection: &Connection) -> Self {
        if let Some(daemon) = connection.daemon() {
            return Self::Here(Some(daemon));
        }
        #[cfg(feature = "ssh")]
        if let Some(there) = There::of(connection).await {
            return match there {
                Ok(there) => Self::There(Box::new(there)),
                Err(reason) => Self::Told(connection.clone(), reason),
            };
        }
        Self::Told(connection.clone(), Unseen::NotThisHost)
    }

    /// Whether looking is asking the daemon, which is better asked about bridges that are known.
    pub(crate) fn asks_the_daemon(&self) -> bool {
        matches!(self, Self::Told(..))
    }

    /// Looks once. Of the bridges that are named, the members are asked for where that takes a question each.
    pub(crate) async fn look(&mut self, bridges: &[String]) -> Sight {
        match self {
            Self::Here(daemon) => Sight::here(Whose::Daemon(*daemon)).await,
            #[cfg(feature = "ssh")]
            Self::There(there) => there.look().await,
            Self::Told(connection, reason) => listed::sight(connection, reason, bridges).await,
        }
    }
}
