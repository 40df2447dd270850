//! Finding the network that was given, in the order in which virsh looks.

use virtwire::protocol::remote::{Text, Uuid};
use virtwire::{Connection, Error, ErrorKind, Network};

use crate::cli::failure::{Failure, Kind};
use crate::cli::session::Session;

/// The length of a UUID as libvirt writes it: only what is so long is looked up as one.
const UUID_LENGTH: usize = 36;

/// Most names that an error lists.
const NAMES_MAX: usize = 12;

/// The network of this UUID, else of this name.
pub(super) async fn network(session: &Session, given: &str) -> Result<Network, Failure> {
    let connection = begin(session, given).await?;
    let mut found = by_uuid(&connection, given).await;
    if !matches!(&found, Some(Ok(_))) {
        found = Some(connection.lookup_network_by_name(given).await);
    }
    settled(session, &connection, given, found).await
}

/// The network of this name, whatever the name looks like.
pub(super) async fn network_by_name(session: &Session, name: &str) -> Result<Network, Failure> {
    let connection = begin(session, name).await?;
    let found = connection.lookup_network_by_name(name).await;
    settled(session, &connection, name, Some(found)).await
}

/// The network of this UUID.
pub(super) async fn network_by_uuid(session: &Session, uuid: &str) -> Result<Network, Failure> {
    let connection = begin(session, uuid).await?;
    let found = by_uuid(&connection, uuid).await;
    settled(session, &connection, uuid, found).await
}

async fn begin(session: &Session, given: &str) -> Result<Connection, Failure> {
    if given.is_empty() {
        return Err(empty_option("network"));
    }
    session.connect().await
}

/// An option that is there, but empty: virsh takes it for a failure of the command, not for wrong usage.
pub(super) fn empty_option(name: &str) -> Failure {
    let message = format!("Failed to get option '{name}': Option argument is empty");
    Failure::new(Kind::Usage, message)
}

/// Nothing where this cannot be a UUID.
async fn by_uuid(connection: &Connection, given: &str) -> Option<Result<Network, Error>> {
    let uuid: Uuid = given.parse().ok().filter(|_| given.len() == UUID_LENGTH)?;
    Some(connection.lookup_network_by_uuid(uuid).await)
}

async fn settled(
    session: &Session,
    connection: &Connection,
    given: &str,
    found: Option<Result<Network, Error>>,
) -> Result<Network, Failure> {
    let what = format!("failed to get network '{given}'");
    let failure = match found {
        Some(Ok(network)) => return Ok(network),
        Some(Err(error)) if error.kind() != ErrorKind::NotFound => return Err(session.failure(what, &error)),
        Some(Err(error)) => Failure::of(&error).what(what),
        None => Failure::new(Kind::NotFound, "this is not a UUID").what(what),
    };
    Err(failure.advice(existing(session, connection).await))
}

/// The names that exist, as far as they can be had.
async fn existing(session: &Session, connection: &Connection) -> Option<String> {
    let networks = connection.networks(0).await.ok()?;
    let names: Vec<Text> = networks.iter().map(|network| network.name().clone()).collect();
    Some(existing_names(session, &names))
}

/// The names that exist, in words.
pub(super) fn existing_names(session: &Session, existing: &[Text]) -> String {
    let mut existing: Vec<&Text> = existing.iter().collect();
    existing.sort_by_cached_key(|name| name.as_bytes().to_ascii_lowercase());
    let names: Vec<_> = existing.iter().take(NAMES_MAX).map(|name| format!("'{name}'")).collect();
    let more = match existing.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let here = if names.is_empty() {
        format!("there is no network at {}", session.uri())
    } else {
        format!("the networks at {} are {}{more}", session.uri(), names.join(", "))
    };
    let elsewhere = if session.is_users_own() {
        ", a daemon of your own; the host's are at 'virtwire -c qemu:///system'"
    } else {
        ""
    };
    here + elsewhere
}
