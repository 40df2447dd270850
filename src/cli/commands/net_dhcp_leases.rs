//! `net-dhcp-leases`.

use virtwire::{AddressFamily, DhcpLease};

use super::lookup;
use super::order::by_name;
use crate::cli::args::NetDhcpLeases;
use crate::cli::failure::Failure;
use crate::cli::report::Report;
use crate::cli::report::parts::{Lease, NetworkLeases};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &NetDhcpLeases) -> Result<Report, Failure> {
    let given = args.network.given();
    if args.mac.as_deref() == Some("") {
        return Err(lookup::empty_option("mac"));
    }
    let network = lookup::network(session, given).await?;
    let leases = network.dhcp_leases(args.mac.as_deref()).await;
    let leases =
        leases.map_err(|error| session.failure(format!("Failed to get leases info for {given}"), &error))?;
    let leases: Vec<DhcpLease> = leases.iter().collect();
    let leases = by_name(&leases, |lease| lease.mac.as_ref().map_or(&[], |mac| mac.as_bytes()));
    let leases = leases.into_iter().map(lease).collect();
    Ok(Report::NetworkLeases(NetworkLeases { identity: (&network).into(), leases }))
}

fn lease(lease: &DhcpLease) -> Lease {
    let protocol = match lease.family {
        AddressFamily::Ipv4 => Some("ipv4"),
        AddressFamily::Ipv6 => Some("ipv6"),
        _ => None,
    };
    Lease {
        interface: lease.interface.to_string_lossy().into_owned(),
        expires_at: lease.expires_at,
        protocol: protocol.map(str::to_owned),
        mac: lease.mac.as_ref().map(|mac| mac.as_bytes().into()),
        iaid: lease.iaid.as_ref().map(|iaid| iaid.to_string_lossy().into_owned()),
        address: lease.address.as_bytes().into(),
        prefix: lease.prefix,
        hostname: lease.hostname.as_ref().map(|name| name.as_bytes().into()),
        client_id: lease.client_id.as_ref().map(|id| id.as_bytes().into()),
    }
}
