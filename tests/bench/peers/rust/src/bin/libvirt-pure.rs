//! The crate libvirt-pure: see `library.c`. SOCKET in place of a URI.

use std::sync::Arc;

use libvirt_pure::{
    ConnectListAllNetworksArgs, ConnectOpenArgs, Connection, GeneratedClient, NetworkGetAutostartArgs,
    NetworkIsActiveArgs, NetworkIsPersistentArgs, NetworkLookupByNameArgs, NonnullNetwork,
};
use peers::{CALLERS, calls, measured};

type Client = GeneratedClient<Connection>;

async fn ask(connection: &Client, what: &str) {
    match what {
        "version" | "flight" => drop(connection.connect_get_lib_version().await.unwrap()),
        "lookup" => {
            let args = NetworkLookupByNameArgs { name: "default".to_owned() };
            drop(connection.network_lookup_by_name(args).await.unwrap());
        }
        "all" => drop(all(connection).await),
        other => panic!("{other}"),
    }
}

async fn all(connection: &Client) -> Vec<NonnullNetwork> {
    let args = ConnectListAllNetworksArgs { need_results: 1, flags: 0 };
    connection.connect_list_all_networks(args).await.unwrap().nets
}

async fn several(connection: &Arc<Client>, what: &str, count: usize) {
    if what != "flight" {
        for _ in 0..count {
            ask(connection, what).await;
        }
        return;
    }
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let connection = Arc::clone(connection);
            tokio::spawn(async move {
                for _ in 0..count / CALLERS {
                    ask(&connection, "flight").await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    let connection = Arc::new(Client::new(Connection::connect_unix(&words[1]).await.unwrap()));
    connection.auth_list().await.unwrap();
    let name = std::env::var("BENCH_NAME").unwrap_or("qemu:///system".to_owned());
    connection.connect_open(ConnectOpenArgs { name: Some(name), flags: 0 }).await.unwrap();
    if words[2] == "list" {
        for net in all(&connection).await {
            let active =
                connection.network_is_active(NetworkIsActiveArgs { net: net.clone() }).await.unwrap();
            let persistent =
                connection.network_is_persistent(NetworkIsPersistentArgs { net: net.clone() }).await.unwrap();
            let autostart =
                connection.network_get_autostart(NetworkGetAutostartArgs { net: net.clone() }).await.unwrap();
            println!("{} {} {} {}", net.name, active.active, autostart.autostart, persistent.persistent);
        }
    } else {
        let (first, count) = calls(&words[3]);
        several(&connection, &words[2], first).await;
        measured(count, several(&connection, &words[2], count)).await;
    }
    connection.connect_close().await.unwrap();
}
