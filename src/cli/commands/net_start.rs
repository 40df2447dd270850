//! `net-start`.

use super::{changed, lookup};
use crate::cli::args::OneNetwork;
use crate::cli::failure::Failure;
use crate::cli::report::{Change, Report};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &OneNetwork) -> Result<Report, Failure> {
    let given = args.given();
    let network = lookup::network(session, given).await?;
    let done = network.create().await;
    done.map_err(|error| session.failure(format!("Failed to start network {given}"), &error))?;
    Ok(changed(Change::Started, &network, given))
}
