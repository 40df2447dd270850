//! Prints which guest has which address, for every network that runs.
//!
//! ```console
//! $ cargo run --example dhcp_leases [URI]
//! ```

use std::env;

use virtwire::Connection;
use virtwire::protocol::remote::network::list;

#[tokio::main(flavor = "current_thread")]
async fn main() -> virtwire::Result<()> {
    let uri = env::args().nth(1).unwrap_or_else(|| "test:///default".to_owned());
    let connection = Connection::open(&uri).await?;
    for network in &connection.networks(list::ACTIVE).await? {
        let leases = network.dhcp_leases(None).await?;
        println!("{}: {} leases", network.name(), leases.len());
        for lease in &leases {
            // What a guest says of itself need not be fit for a terminal: Debug escapes it.
            println!("  {} {:?} {:?}, until {}", lease.address, lease.mac, lease.hostname, lease.expires_at);
        }
    }
    connection.close().await
}
