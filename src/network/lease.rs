//! Leases: which guest has which address, by the network's own DHCP server.

use std::iter::Map;
use std::net::IpAddr;

use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::network::{self as wire, NetworkGetDhcpLeases, NetworkGetDhcpLeasesReply};
use virtwire_protocol::xdr::Items;

use super::Network;
use crate::error::Result;

/// A lease that a network's DHCP server has given out.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// let connection = virtwire::Connection::open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// for lease in &network.dhcp_leases(None).await? {
///     let mac = lease.mac.as_ref().map(ToString::to_string).unwrap_or_default();
///     println!("{mac} has {}/{} until {}", lease.address, lease.prefix, lease.expires_at);
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DhcpLease {
    /// The network's bridge.
    pub interface: Text,
    /// When it ends, in seconds since 1970 (UTC). 0 is never.
    pub expires_at: i64,
    /// What kind of address it is.
    pub family: AddressFamily,
    /// The guest's MAC address.
    pub mac: Option<Text>,
    /// The guest's identity association, with IPv6.
    pub iaid: Option<Text>,
    /// The address.
    pub address: Text,
    /// How many of its bits are the subnet's; 0 where libvirt does not know.
    pub prefix: u32,
    /// The name that the guest gave itself.
    pub hostname: Option<Text>,
    /// The client ID that the guest gave itself; with IPv6, its DUID.
    pub client_id: Option<Text>,
}

/// A kind of address (`virIPAddrType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressFamily {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// What this version does not know, by its number.
    Unknown(i32),
}

impl From<i32> for AddressFamily {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::Ipv4,
            1 => Self::Ipv6,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl DhcpLease {
    /// The address, where it can be read as one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.to_str().ok()?.parse().ok()
    }
}

/// Leases in the server's order. They are kept as they came, and each is made a [`DhcpLease`] when it is looked at: so they
/// hold no more memory than the answer took.
#[derive(Clone, Debug, PartialEq)]
pub struct DhcpLeases(NetworkGetDhcpLeasesReply);

impl DhcpLeases {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.leases.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.leases.is_empty()
    }

    /// Each of them in order.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }
}

impl<'a> IntoIterator for &'a DhcpLeases {
    type Item = DhcpLease;
    type IntoIter = Map<Items<'a, wire::DhcpLease>, fn(wire::DhcpLease) -> DhcpLease>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.leases.iter().map(DhcpLease::from)
    }
}

impl From<wire::DhcpLease> for DhcpLease {
    fn from(lease: wire::DhcpLease) -> Self {
        Self {
            interface: lease.iface,
            expires_at: lease.expirytime,
            family: lease.r#type.into(),
            mac: lease.mac,
            iaid: lease.iaid,
            address: lease.ipaddr,
            prefix: lease.prefix,
            hostname: lease.hostname,
            client_id: lease.clientid,
        }
    }
}

impl Network {
    /// The leases of its DHCP server that have not ended, all or those of one MAC address, in the server's order. A network
    /// without DHCP has none.
    ///
    /// # Errors
    /// libvirt's own `invalid MAC address` (44), or as [`Connection::call`](crate::Connection::call). Needs libvirt 1.2.6.
    pub async fn dhcp_leases(&self, mac: Option<&str>) -> Result<DhcpLeases> {
        let mac = mac.map(Text::try_from).transpose()?;
        let call = NetworkGetDhcpLeases { net: self.wire.clone(), mac, need_results: 1, flags: 0 };
        self.connection.call(&call).await.map(DhcpLeases)
    }
}
