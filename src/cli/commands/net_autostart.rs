//! `net-autostart`.

use super::{changed, lookup};
use crate::cli::args::NetAutostart;
use crate::cli::failure::Failure;
use crate::cli::report::{Change, Report};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, args: &NetAutostart) -> Result<Report, Failure> {
    let given = args.network.given();
    let network = lookup::network(session, given).await?;
    let (verb, change) =
        if args.disable { ("unmark", Change::NotAutostarted) } else { ("mark", Change::Autostarted) };
    let done = network.set_autostart(!args.disable).await;
    done.map_err(|error| {
        session.failure(format!("failed to {verb} network {given} as autostarted"), &error)
    })?;
    Ok(changed(change, &network, given))
}
