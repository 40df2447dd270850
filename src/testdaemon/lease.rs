//! Leases: addresses that the program at hand says guests have, and the handler that tells of them.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use virtwire_protocol::remote::network::{DhcpLease, NetworkGetDhcpLeases, NetworkGetDhcpLeasesReply};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::xdr::List;

use super::client::{Client, OnState};
use super::fault::{check_flags, fault, more};
use super::network::{items, length};
use super::state::{Network, State, text};
use crate::xml::MacAddress;

/// Kinds of addresses (`virIPAddrType`).
const IPV4: i32 = 0;
const IPV6: i32 = 1;

/// A guest's address.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) mac: MacAddress,
    pub(super) address: IpAddr,
    pub(super) hostname: Option<String>,
    /// Seconds since 1970; 0 is never.
    pub(super) expires_at: u64,
}

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service.on_state(get_dhcp_leases)
}

/// Leases that are over are not told, as by libvirt, and stay all the same.
fn get_dhcp_leases(state: &mut State, call: &NetworkGetDhcpLeases) -> Answer<NetworkGetDhcpLeasesReply> {
    check_flags(call.flags, 0, "networkGetDHCPLeases")?;
    let wanted = call.mac.as_ref().map(|mac| {
        let mac = mac.to_string_lossy();
        mac.parse::<MacAddress>().map_err(|_| fault(more::INVALID_MAC, mac))
    });
    let wanted = wanted.transpose()?;
    let network = state.network(&call.net)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let is_told = |lease: &&Lease| {
        wanted.is_none_or(|mac| mac == lease.mac) && (lease.expires_at == 0 || lease.expires_at >= now)
    };
    let leases = network.leases.iter().filter(is_told).map(|lease| lease.to_wire(network));
    let leases: Vec<DhcpLease> = leases.collect::<Answer<_>>()?;
    let ret = length(leases.len())?;
    let leases = if call.need_results == 0 { List::default() } else { items(&leases)? };
    Ok(NetworkGetDhcpLeasesReply { leases, ret })
}

impl Lease {
    fn to_wire(&self, network: &Network) -> Answer<DhcpLease> {
        let facts = &network.definition()?.facts;
        let own = facts.ips.iter().find(|ip| ip.address.is_ipv4() == self.address.is_ipv4());
        let is_ipv4 = self.address.is_ipv4();
        Ok(DhcpLease {
            iface: text(facts.bridge_name().unwrap_or_default())?,
            expirytime: i64::try_from(self.expires_at).unwrap_or(i64::MAX),
            r#type: if is_ipv4 { IPV4 } else { IPV6 },
            mac: Some(text(&self.mac.to_string())?),
            iaid: None,
            ipaddr: text(&self.address.to_string())?,
            prefix: own.and_then(crate::xml::Ip::prefix_length).unwrap_or(0).into(),
            hostname: self.hostname.as_deref().map(text).transpose()?,
            // What most guests call themselves: Ethernet, and their address.
            clientid: if is_ipv4 { Some(text(&format!("01:{}", self.mac))?) } else { None },
        })
    }
}
