//! `net-edit`: the stored XML, in a person's editor.

use virtwire::protocol::remote::Text;
use virtwire::{Definition, Error, ErrorKind, Network};

use super::lookup;
use super::revise::revise;
use crate::cli::args::NetEdit;
use crate::cli::failure::Failure;
use crate::cli::report::{Change, NetworkChange, Report};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &NetEdit) -> Result<Report, Failure> {
    session.check_writable(&format!("Failed to edit network '{}'", args.network.given()))?;
    let network = lookup::network(session, args.network.given()).await?;
    let what = format!("Failed to edit network '{}'", network.name());
    let read = async || Ok(stored(session, &network).await?.as_bytes().to_vec());
    let store = async |text: &[u8], validate| {
        let stored = store(session, text, validate).await?;
        stored.map_err(|error| session.failure(what.as_str(), &error))
    };
    let edited = revise(read, store, !args.skip_validate).await;
    let edited = edited
        .map_err(|failure| if failure.what.is_none() { failure.what(what.as_str()) } else { failure })?;
    let (change, network) = match &edited {
        Some(edited) => (Change::Edited, edited),
        None => (Change::NotEdited, &network),
    };
    Ok(Report::NetworkChange(NetworkChange { change, identity: network.into(), given: None, file: None }))
}

async fn store(session: &Session, text: &[u8], validate: bool) -> Result<Result<Network, Error>, Failure> {
    let connection = session.connect().await?;
    Ok(match connection.define_network(text, validate).await {
        // Servers that know no validation have none to skip.
        Err(error) if validate && error.kind() == ErrorKind::Unsupported => {
            connection.define_network(text, false).await
        }
        defined => defined,
    })
}

/// The stored XML, through a new connection where the one that was there was lost meanwhile: a person may edit for
/// hours.
async fn stored(session: &Session, network: &Network) -> Result<Text, Failure> {
    let failed =
        |error: &Error| session.failure(format!("Failed to read network '{}'", network.name()), error);
    match network.xml_desc(Definition::Inactive).await {
        Ok(xml) => Ok(xml),
        Err(error) if error.kind() == ErrorKind::Closed => {
            session.forget();
            let connection = session.connect().await?;
            let network = connection.lookup_network_by_uuid(network.uuid()).await;
            let network = network.map_err(|error| failed(&error))?;
            network.xml_desc(Definition::Inactive).await.map_err(|error| failed(&error))
        }
        Err(error) => Err(failed(&error)),
    }
}
