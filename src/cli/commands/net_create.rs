//! `net-create`.

use super::xml_file::{self, XmlFile};
use crate::cli::args::FromFile;
use crate::cli::failure::Failure;
use crate::cli::output::shown_path;
use crate::cli::report::{Change, Report};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &FromFile) -> Result<Report, Failure> {
    let (connection, XmlFile { path, xml }) = xml_file::with_connection(session, args).await?;
    let done = connection.create_network_xml(&xml, args.validate).await;
    let network = done.map_err(|error| {
        session.failure(format!("Failed to create network from {}", shown_path(&path)), &error)
    })?;
    Ok(xml_file::changed(Change::Created, &network, &path))
}
