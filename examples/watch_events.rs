//! Prints what happens to networks, as it happens, beginning with those that are there.
//!
//! ```console
//! $ cargo run --example watch_events [URI]
//! ```

use std::env;

use virtwire::{Connection, ErrorKind, NetworkEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> virtwire::Result<()> {
    let uri = env::args().nth(1);
    let connection = Connection::open(uri.as_deref().unwrap_or("test:///default")).await?;

    // In this order nothing is missed: what happens while they are listed is told as an event.
    let mut events = connection.network_events().await?;
    for state in connection.network_states().await? {
        println!("{} is {}", state.network.name(), if state.is_active { "active" } else { "inactive" });
    }
    if uri.is_none() {
        tokio::spawn(make_something_happen(connection));
    }
    while let Some(event) = events.next().await {
        match event {
            Ok(NetworkEvent::Lifecycle { network, change, .. }) => println!("{}: {change:?}", network.name()),
            Ok(NetworkEvent::MetadataChange { network, metadata, .. }) => {
                println!("{}: {metadata:?} changed", network.name());
            }
            Ok(NetworkEvent::Lost(count)) => println!("{count} events were lost: list the networks again"),
            Ok(other) => println!("{other:?}"),
            // The last one says why the connection ended.
            Err(error) if error.kind() == ErrorKind::Closed => println!("that was all"),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

/// The built-in hypervisor belongs to this process, so nobody else changes anything there.
async fn make_something_happen(connection: Connection) -> virtwire::Result<()> {
    let xml = "<network><name>lab</name><bridge name='virbr7'/></network>";
    let network = connection.define_network(xml, false).await?;
    network.create().await?;
    network.destroy().await?;
    network.undefine().await?;
    connection.close().await
}
