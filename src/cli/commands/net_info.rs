//! `net-info`.

use virtwire::Error;

use super::lookup;
use crate::cli::args::OneNetwork;
use crate::cli::failure::Failure;
use crate::cli::report::{Bridge, NetworkInfo, NetworkState, Report};
use crate::cli::session::Session;

/// The four questions about a network travel together.
pub(super) async fn run(session: &Session, args: &OneNetwork) -> Result<Report, Failure> {
    let network = lookup::network(session, args.given()).await?;
    let bridge = async {
        match network.bridge_name().await {
            Ok(bridge) => Ok(Some(Bridge::from(bridge.as_bytes()))),
            // A network that uses no bridge says so by an error of libvirt's own.
            Err(error) if error.libvirt().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    };
    let answers = tokio::try_join!(network.is_active(), network.is_persistent(), network.autostart(), bridge);
    let (active, persistent, autostart, bridge) = answers.map_err(|error: Error| {
        session.failure(format!("failed to get network '{}'", args.given()), &error)
    })?;
    Ok(Report::NetworkInfo(NetworkInfo {
        identity: (&network).into(),
        state: NetworkState { active, persistent, autostart },
        bridge,
    }))
}
