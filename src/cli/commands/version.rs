//! `version`: who takes part in a conversation.

use virtwire::protocol::remote::PROGRAM;
use virtwire::protocol::{self, Version};
use virtwire::{Connection, Error};

use crate::cli::failure::Failure;
use crate::cli::output::document::Outcome;
use crate::cli::report::{Hypervisor, Protocol, Report, Versions};
use crate::cli::session::Session;

/// The newest libvirt of which a call is known. A constant, so that no table is looked through.
const NEWEST: Version = PROGRAM.newest();

/// Where no server answers, its own part is told all the same.
pub(super) async fn run(session: &Session) -> Outcome {
    let mut versions = Versions {
        virtwire: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: Protocol {
            library: protocol::VERSION.to_owned(),
            remote: PROGRAM.version,
            newest: NEWEST.to_string(),
        },
        server: None,
        hypervisor: None,
    };
    let failure = ask(session, &mut versions).await.err();
    Outcome { report: Some(Report::Versions(versions)), failure, ..Outcome::default() }
}

async fn ask(session: &Session, versions: &mut Versions) -> Result<(), Failure> {
    let connection = session.connect().await?;
    let failed = |error: Error| session.failure("failed to get the server's version", &error);
    let (server, kind) =
        tokio::try_join!(connection.lib_version(), connection.hypervisor()).map_err(failed)?;
    versions.server = Some(server.to_string());
    versions.hypervisor = Some(Hypervisor { kind: kind.to_string(), version: version(&connection).await });
    Ok(())
}

/// A driver that runs no guests, or that finds no emulator, has none.
async fn version(connection: &Connection) -> Option<String> {
    Some(connection.hypervisor_version().await.ok()?.to_string())
}
