//! `net-dumpxml`.

use virtwire::Definition;

use super::lookup;
use super::selected::dump_of;
use crate::cli::args::NetDumpxml;
use crate::cli::failure::Failure;
use crate::cli::report::{NetworkXml, Report};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &NetDumpxml) -> Result<Report, Failure> {
    let given = args.network.given();
    let network = lookup::network(session, given).await?;
    let definition = if args.inactive { Definition::Inactive } else { Definition::Current };
    let xml = network.xml_desc(definition).await;
    let xml =
        xml.map_err(|error| session.failure(format!("Failed to get the XML of network {given}"), &error))?;
    Ok(Report::NetworkXml(NetworkXml {
        identity: (&network).into(),
        inactive: args.inactive,
        dump: dump_of(&xml, &args.selection)?,
    }))
}
