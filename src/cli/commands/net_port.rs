//! `net-port-list`, `net-port-create`, `net-port-dumpxml`, `net-port-delete`.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use virtwire::protocol::remote::Uuid;
use virtwire::{Network, NetworkPort, shell};

use super::selected::dump_of;
use super::{lookup, xml_file};
use crate::cli::args::{NetPortCreate, NetPortDelete, NetPortDumpxml, NetPortList, OnePort};
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::shown_path;
use crate::cli::report::parts::{NetworkPortChange, NetworkPortXml, NetworkPorts, PortChange};
use crate::cli::report::{File, Report};
use crate::cli::session::Session;

pub(super) async fn list(session: &Session, args: &NetPortList) -> Result<Report, Failure> {
    if args.table && args.uuid {
        let message = "Only one argument from --table and --uuid may be specified.";
        return Err(Failure::new(Kind::Usage, message));
    }
    let network = lookup::network(session, args.network.given()).await?;
    let ports = network.ports().await.map_err(|error| session.cause(&error))?;
    let mut uuids: Vec<Uuid> = ports.iter().map(NetworkPort::uuid).collect();
    uuids.sort_unstable();
    let ports = uuids.iter().map(Uuid::to_string).collect();
    Ok(Report::NetworkPorts(NetworkPorts { identity: (&network).into(), ports }))
}

/// The file is read first: it may be a pipe that somebody types into, and a connection that waits for that answers no
/// ping.
pub(super) async fn create(session: &Session, args: &NetPortCreate) -> Result<Report, Failure> {
    let path = Path::new(&args.file);
    let xml = xml_file::read(path);
    let network = lookup::network(session, args.network.given()).await?;
    let port = network.create_port_xml(&xml?, args.validate).await;
    let port = port.map_err(|error| {
        // virsh's own words, though it is a port.
        session.failure(format!("Failed to create network from {}", shown_path(path)), &error)
    })?;
    let file = File::from(path.as_os_str().as_bytes());
    Ok(changed(PortChange::Created, &network, &port, Some(file)))
}

pub(super) async fn dump(session: &Session, args: &NetPortDumpxml) -> Result<Report, Failure> {
    let (network, port) = find(session, &args.port).await?;
    let xml = port.xml_desc().await.map_err(|error| session.cause(&error))?;
    Ok(Report::NetworkPortXml(NetworkPortXml {
        identity: (&network).into(),
        port: port.uuid().to_string(),
        dump: dump_of(&xml, &args.selection)?,
    }))
}

pub(super) async fn delete(session: &Session, args: &NetPortDelete) -> Result<Report, Failure> {
    let (network, port) = find(session, &args.port).await?;
    let done = port.delete().await;
    done.map_err(|error| session.failure(format!("Failed to delete network port {}", port.uuid()), &error))?;
    Ok(changed(PortChange::Deleted, &network, &port, None))
}

async fn find(session: &Session, args: &OnePort) -> Result<(Network, NetworkPort), Failure> {
    let network = lookup::network(session, args.network.given()).await?;
    if args.port.is_empty() {
        return Err(lookup::empty_option("port"));
    }
    let what = format!("failed to get network port '{}'", args.port);
    let Ok(uuid) = args.port.parse::<Uuid>() else {
        return Err(Failure::new(Kind::NotFound, "this is not a UUID").what(what));
    };
    match network.lookup_port_by_uuid(uuid).await {
        Ok(port) => Ok((network, port)),
        Err(error) => {
            let list = ["virtwire", "-c", session.uri(), "net-port-list", args.network.given()];
            let advice = format!("{} lists those that there are", shell::line(&list));
            let failure = session.failure(what, &error);
            Err(if failure.kind == Kind::NotFound { failure.advice(advice) } else { failure })
        }
    }
}

fn changed(change: PortChange, network: &Network, port: &NetworkPort, file: Option<File>) -> Report {
    let port = port.uuid().to_string();
    Report::NetworkPortChange(NetworkPortChange { change, identity: network.into(), port, file })
}
