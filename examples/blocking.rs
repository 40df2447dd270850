//! The API for programs that are not async: lists networks, and watches one of them from another thread.
//!
//! ```console
//! $ cargo run --features blocking --example blocking [URI]
//! ```

use std::env;
use std::thread;

use virtwire::blocking::{Connection, NetworkEvent, NetworkEvents};

fn main() -> virtwire::Result<()> {
    let uri = env::args().nth(1);
    let connection = Connection::open(uri.as_deref().unwrap_or("test:///default"))?;
    for state in connection.network_states()? {
        println!("{} ({}) is active: {}", state.network.name(), state.network.uuid(), state.is_active);
    }

    let events = connection.network_events()?;
    let watching = thread::spawn(move || watch(events));
    // Only in the built-in hypervisor, which belongs to this process.
    if uri.is_none() {
        let network = connection.lookup_network_by_name("default")?;
        network.destroy()?;
        network.create()?;
    }
    // The end of the connection is the end of the events.
    connection.close()?;
    watching.join().unwrap_or_default();
    Ok(())
}

fn watch(events: NetworkEvents) {
    for event in events {
        if let Ok(NetworkEvent::Lifecycle { network, change, .. }) = event {
            println!("{}: {change:?}", network.name());
        }
    }
}
