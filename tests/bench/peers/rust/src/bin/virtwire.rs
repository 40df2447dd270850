//! The library virtwire, as `library.c` has libvirt's: see there. One thread, as in the program.

use peers::{CALLERS, calls, measured};
use virtwire::Connection;

async fn ask(connection: &Connection, what: &str) {
    match what {
        "version" | "flight" => drop(connection.lib_version().await.unwrap()),
        "lookup" => drop(connection.lookup_network_by_name("default").await.unwrap()),
        "all" => drop(connection.networks(0).await.unwrap()),
        other => panic!("{other}"),
    }
}

async fn several(connection: &Connection, what: &str, count: usize) {
    if what != "flight" {
        for _ in 0..count {
            ask(connection, what).await;
        }
        return;
    }
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let connection = connection.clone();
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
    let connection = Connection::open(&words[1]).await.unwrap();
    if words[2] == "list" {
        for state in connection.network_states().await.unwrap() {
            let name = state.network.name();
            println!("{name} {} {} {}", state.is_active, state.is_autostarted, state.is_persistent);
        }
    } else {
        let (first, count) = calls(&words[3]);
        several(&connection, &words[2], first).await;
        measured(count, several(&connection, &words[2], count)).await;
    }
    connection.close().await.unwrap();
}
