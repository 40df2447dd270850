//! `net-uuid`: from name to UUID.

use super::lookup;
use crate::cli::args::OneNetwork;
use crate::cli::failure::Failure;
use crate::cli::report::Report;
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &OneNetwork) -> Result<Report, Failure> {
    let network = lookup::network_by_name(session, args.given()).await?;
    Ok(Report::NetworkUuid((&network).into()))
}
