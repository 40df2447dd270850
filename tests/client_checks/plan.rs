//! What a client does, as a fuzzer's bytes decide it: whatever the library offers, in any order, some at once, some given up.

use std::fmt::{self, Write};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use virtwire::{
    Affect, Connection, Credentials, Definition, Error, Keepalive, Metadata, Network, NetworkEvents, Options,
};

use virtwire::protocol::remote::network::ConnectListAllNetworks;

use super::server::Server;
use crate::filled::Decisions;

/// The most that one client does.
const ACTIONS: usize = 12;

/// Where goes what is read and not kept: what a reader holds of a trace, or of an error's words, is the reader's.
struct Nowhere;

/// How many bytes went nowhere.
struct Counted(usize);

impl Write for Counted {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

pub(crate) struct Plan {
    options: Options,
    actions: Vec<u8>,
}

/// What a client has found so far.
struct State {
    connection: Connection,
    network: Option<Network>,
    events: Option<NetworkEvents>,
}

impl Plan {
    pub(crate) fn decided_by(decisions: &mut Decisions) -> Self {
        let flags = decisions.byte();
        let is = |bit: u8| flags & bit != 0;
        let options = Options::new()
            .read_only(is(1))
            .keepalive(is(2).then(Keepalive::default))
            .calls_in_flight(if is(4) { 1 } else { 4 })
            .event_queue(if is(8) { 2 } else { 1024 })
            .credentials(|_| Ok(Some(Credentials::new("alice", "sesame"))));
        let options = if is(16) {
            options.trace(|record| {
                let _ = write!(Nowhere, "{record}");
            })
        } else {
            options
        };
        let count = usize::from(decisions.byte()) % (ACTIONS + 1);
        Self { options, actions: decisions.some(count).to_vec() }
    }

    /// The most that a client may hold that does this and received so much. Lists are what their frames are, but networks
    /// with their states are made values of: 70 bytes of 20 at worst, where none has a name. A name that the server made
    /// long is said to it again by each call in flight, four at most, and shown to who traces them.
    pub(crate) fn most(&self, received: usize) -> usize {
        let makes_values = self.actions.iter().any(|action| matches!(action % 16, 1 | 8));
        let says_names = self.actions.iter().any(|action| action % 16 >= 10);
        let times = if says_names { 6 } else { 4 + usize::from(makes_values) };
        times * received + 64 * 1024
    }

    /// Does all of it, whatever comes of it, and says goodbye.
    pub(crate) async fn follow(&self, server: Server) {
        let opened = self.options.open_over(server, "qemu:///system").await;
        let connection = match opened {
            Ok(connection) => connection,
            Err(error) => return told(&error),
        };
        let mut state = State { connection, network: None, events: None };
        for action in &self.actions {
            if let Err(error) = state.act(*action).await {
                told(&error);
            }
        }
        if let Err(error) = state.connection.close().await {
            told(&error);
        }
    }
}

impl State {
    async fn act(&mut self, action: u8) -> virtwire::Result<()> {
        match action % 16 {
            0 => drop(self.connection.lib_version().await?),
            1 => drop(self.connection.network_states().await?),
            2 => {
                let call = ConnectListAllNetworks { need_results: 1, flags: 0 };
                let networks = self.connection.call(&call).await?.nets;
                assert_eq!(networks.iter().count(), networks.len());
            }
            3 => self.network = Some(self.connection.lookup_network_by_name("default").await?),
            4 => drop(self.connection.domains(u32::from(action)).await?),
            5 => self.events = Some(self.connection.network_events().await?),
            6 => return self.next_event().await,
            7 => sleep(Duration::from_secs(7)).await,
            8 => {
                // Given up while it is in flight, or before it is.
                let patience = Duration::from_millis(u64::from(action / 16) * 300);
                drop(timeout(patience, self.connection.network_states()).await);
            }
            9 => {
                let (connection, again) = (&self.connection, &self.connection);
                drop(tokio::join!(
                    connection.hostname(),
                    connection.uri(),
                    connection.hypervisor_version(),
                    again.lib_version(),
                    again.hypervisor(),
                ));
            }
            _ => return self.act_on_network(action).await,
        }
        Ok(())
    }

    async fn act_on_network(&self, action: u8) -> virtwire::Result<()> {
        let Some(network) = &self.network else { return Ok(()) };
        match action % 16 {
            10 => drop(network.xml_desc(Definition::Current).await?),
            11 => {
                let leases = network.dhcp_leases(None).await?;
                assert!(leases.iter().filter_map(|lease| lease.ip()).count() <= leases.len());
            }
            12 => {
                for port in network.ports().await? {
                    drop(port.parameters().await?);
                }
            }
            13 => network.set_autostart(true).await?,
            14 => drop(network.metadata(Metadata::Title, Affect::Current).await?),
            _ => network.destroy().await?,
        }
        Ok(())
    }

    async fn next_event(&mut self) -> virtwire::Result<()> {
        let Some(events) = &mut self.events else { return Ok(()) };
        match timeout(Duration::from_secs(2), events.next()).await {
            Ok(Some(event)) => {
                let _ = write!(Nowhere, "{:?}", event?);
            }
            Ok(None) => self.events = None,
            Err(_) => {}
        }
        Ok(())
    }
}

/// Whatever a server did, it can be said.
fn told(error: &Error) {
    let mut said = Counted(0);
    let _ = write!(said, "{error}");
    assert!(said.0 > 0);
    let _ = write!(Nowhere, "{:?} {:?} {error:?}", error.kind(), error.advice());
}
