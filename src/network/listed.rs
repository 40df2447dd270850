//! Networks of a list, each made when it is looked at.

use virtwire_protocol::remote;
use virtwire_protocol::remote::network::NETWORK_LIST_MAX;
use virtwire_protocol::xdr::{Items, List};

use super::Network;
use crate::connection::Connection;

/// As they are on the wire.
pub(super) type Listed = List<remote::Network, NETWORK_LIST_MAX>;

/// Networks of one server, in its order. They are kept as they came, and each is made a [`Network`] when it is looked at:
/// so a list of thousands costs neither time nor memory beyond its answer.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// let connection = virtwire::Connection::open("test:///default").await?;
/// let networks = connection.networks(0).await?;
/// println!("{} networks", networks.len());
/// for network in &networks {
///     println!("{}", network.name());
/// }
/// let mut sorted: Vec<_> = networks.iter().collect();
/// sorted.sort_by(|one, other| one.name().cmp(other.name()));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Networks {
    pub(super) connection: Connection,
    pub(super) listed: Listed,
}

impl Networks {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.listed.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Each of them in order.
    #[must_use]
    pub fn iter(&self) -> NetworksIter<'_> {
        NetworksIter { connection: &self.connection, left: self.listed.iter() }
    }
}

impl<'a> IntoIterator for &'a Networks {
    type Item = Network;
    type IntoIter = NetworksIter<'a>;

    fn into_iter(self) -> NetworksIter<'a> {
        self.iter()
    }
}

/// The networks of [`Networks`].
#[derive(Debug)]
pub struct NetworksIter<'a> {
    connection: &'a Connection,
    left: Items<'a, remote::Network>,
}

impl Iterator for NetworksIter<'_> {
    type Item = Network;

    fn next(&mut self) -> Option<Network> {
        self.left.next().map(|wire| Network { connection: self.connection.clone(), wire })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for NetworksIter<'_> {}
