//! Daemons that are restarted between two calls, and sockets behind which another daemon stands.

use std::fs;
use std::os::unix::fs::symlink;

use virtwire::{Connection, ErrorKind, Options, Reconnect};

use super::lab::Lab;
use super::lab::relay::uri;
use super::lab::state::{Kind, Net};

fn lab_with(network: &str) -> Option<Lab> {
    let lab = Lab::start()?;
    lab.add(&Net::new(1, network, Kind::ALL[3]));
    Some(lab)
}

async fn names(connection: &Connection) -> Vec<String> {
    let networks = connection.networks(0).await.unwrap();
    networks.iter().map(|network| network.name().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_after_a_restart_that_was_not_noticed_is_known_not_to_be_made() {
    let Some(mut lab) = lab_with("one") else { return };
    let connection = Connection::open(&lab.uri()).await.unwrap();
    let network = connection.lookup_network_by_name("one").await.unwrap();
    tokio::task::block_in_place(|| lab.restart());
    let error = network.set_autostart(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    let error = network.is_active().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "nothing reconnects behind the caller's back: {error}");
    let again = Connection::open(&lab.uri()).await.unwrap();
    let network = again.lookup_network_by_name("one").await.unwrap();
    assert!(!network.autostart().await.unwrap());
    network.set_autostart(true).await.unwrap();
    again.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_socket_that_was_replaced_stands_the_new_daemon_for_who_comes_and_the_old_for_who_is_there()
{
    let (Some(mut old), Some(new)) = (lab_with("old"), lab_with("new")) else { return };
    let path = old.dir().join("sock");
    symlink(old.socket(), &path).unwrap();
    let there = Options::new().reconnect(Reconnect::default()).open(&uri(&path)).await.unwrap();
    fs::remove_file(&path).unwrap();
    symlink(new.socket(), &path).unwrap();
    let comes = Connection::open(&uri(&path)).await.unwrap();
    assert_eq!((names(&there).await, names(&comes).await), (vec!["old".to_owned()], vec!["new".to_owned()]));
    tokio::task::block_in_place(|| old.kill9());
    assert_eq!(names(&there).await, ["new"], "the URI leads there now");
}
