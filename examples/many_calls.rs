//! Asks for the XML of every network, at once: replies come in any order, and each finds its call.
//!
//! ```console
//! $ cargo run --example many_calls [URI]
//! ```

use std::env;

use tokio::task::JoinSet;
use virtwire::{Connection, Definition};

#[tokio::main(flavor = "current_thread")]
async fn main() -> virtwire::Result<()> {
    let uri = env::args().nth(1);
    let connection = Connection::open(uri.as_deref().unwrap_or("test:///default")).await?;
    if uri.is_none() {
        define_some(&connection).await?;
    }

    // As many tasks as you like: the connection keeps 4 calls in flight, and the others wait for their turn. More would
    // make a libvirt daemon stop reading; see `Options::calls_in_flight`.
    let mut tasks = JoinSet::new();
    for network in &connection.networks(0).await? {
        tasks.spawn(async move {
            let xml = network.xml_desc(Definition::Current).await?;
            Ok::<_, virtwire::Error>((network, xml))
        });
    }
    let mut sizes = Vec::new();
    for answer in tasks.join_all().await {
        // One that fails says nothing about the others: a network may be gone by now.
        match answer {
            Ok((network, xml)) => sizes.push((network.name().to_string(), xml.as_bytes().len())),
            Err(error) => eprintln!("{error}"),
        }
    }
    sizes.sort();
    let total: usize = sizes.iter().map(|(_, size)| size).sum();
    println!("{} networks, {total} bytes of XML", sizes.len());
    connection.close().await
}

/// The built-in hypervisor has one network only.
async fn define_some(connection: &Connection) -> virtwire::Result<()> {
    for number in 1..100 {
        let xml = format!("<network><name>lab{number}</name><bridge name='vw{number}'/></network>");
        connection.define_network(xml, false).await?;
    }
    Ok(())
}
