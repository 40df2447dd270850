//! Finding the network that was given, in the order in which virsh looks.

use virtwire::network::uuid_of;
use virtwire::protocol::remote::Text;
use virtwire::{Connection, Error, ErrorKind, Network};

use super::order::by_name;
use crate::cli::failure::{Failure, Kind};
use crate::cli::session::Session;

/// Most networks that an error names all.
const NAMES_MAX: usize = 12;

/// How many it names of more.
const NEAREST_MAX: usize = 5;

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
    Some(connection.lookup_network_by_uuid(uuid_of(given)?).await)
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
    Err(failure.advice(existing(session, connection, given).await))
}

/// The names that exist, as far as they can be had.
async fn existing(session: &Session, connection: &Connection, given: &str) -> Option<String> {
    let networks = connection.networks(0).await.ok()?;
    let names: Vec<Text> = networks.iter().map(|network| network.name().clone()).collect();
    Some(near_names(session, given, &names))
}

/// The names that exist, in words; of many, those that are nearest to what was given.
pub(super) fn near_names(session: &Session, given: &str, existing: &[Text]) -> String {
    let here = in_words(session.uri(), given, existing);
    let elsewhere = if session.is_users_own() {
        ", a daemon of your own; the host's are at 'virtwire -c qemu:///system'"
    } else {
        ""
    };
    here + elsewhere
}

fn in_words(uri: &str, given: &str, existing: &[Text]) -> String {
    let mut existing: Vec<&Text> = existing.iter().collect();
    let count = existing.len();
    let which = if count > NAMES_MAX {
        existing.sort_by_cached_key(|name| distance(given, name));
        existing.truncate(NEAREST_MAX);
        format!("of the {count} networks at {uri}, the nearest by name")
    } else {
        existing = by_name(&existing, |name| name.as_bytes()).into_iter().copied().collect();
        format!("the networks at {uri}")
    };
    let names: Vec<_> = existing.iter().map(|name| format!("'{name}'")).collect();
    if names.is_empty() {
        format!("there is no network at {uri}")
    } else {
        format!("{which} are {}", names.join(", "))
    }
}

/// How far a name is from what was given: what holds it is nearest, then what is a slip or two away.
fn distance(given: &str, name: &Text) -> (bool, usize, String) {
    let (given, name) = (given.to_ascii_lowercase(), name.to_string().to_ascii_lowercase());
    (!name.contains(&given), strsim::osa_distance(&given, &name), name)
}

#[cfg(test)]
mod tests {
    use virtwire::protocol::remote::Text;

    use super::in_words;

    fn texts(names: impl IntoIterator<Item = String>) -> Vec<Text> {
        names.into_iter().filter_map(|name| Text::try_from(name).ok()).collect()
    }

    #[test]
    fn a_few_networks_are_all_named_in_order() {
        assert_eq!(in_words("test:///x", "a", &[]), "there is no network at test:///x");
        let few = texts(["b", "C", "a"].map(str::to_owned));
        assert_eq!(in_words("test:///x", "c", &few), "the networks at test:///x are 'a', 'b', 'C'");
        let most = texts((1..=12).map(|number| format!("n{number:02}")));
        assert!(in_words("test:///x", "n13", &most).ends_with("'n10', 'n11', 'n12'"));
    }

    #[test]
    fn of_many_networks_the_nearest_are_named() {
        let tenants = (0..500).map(|number| format!("tenant-{number}"));
        let many = texts(tenants.chain(["Default", "storage", "de-fault2"].map(str::to_owned)));
        assert_eq!(
            in_words("test:///x", "defualt", &many),
            "of the 503 networks at test:///x, the nearest by name are 'Default', 'de-fault2', 'storage', 'tenant-0', 'tenant-1'"
        );
        let told = in_words("test:///x", "stor", &many);
        assert!(told.contains("are 'storage', "), "{told}");
    }
}
