//! An in-memory hypervisor on the server side of the protocol, behind `test:///default`: anyone can try a client with no
//! libvirt, and tests have a daemon that starts in no time. It touches nothing of the host.
//!
//! It answers what libvirt's real network driver answers on a real host, errors included, also where libvirt's own test
//! driver is laxer: destroying an inactive network fails here too. What it does not do: it validates no XML against a
//! schema, gives out no leases but those it is told to, and updates only what `net-update` changes most.

mod check;
mod client;
mod connect;
mod definition;
mod domain;
mod events;
mod fault;
mod lease;
mod listen;
mod metadata;
mod network;
mod port;
mod random;
mod serve;
mod shape;
mod state;
mod update;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncWrite};
use virtwire_protocol::remote::domain::DomainState;
use virtwire_protocol::remote::network::NETWORK_LIST_MAX;

use lease::Lease;
use state::State;

use crate::error::{Error, Result};
use crate::xml::MacAddress;

/// The network that libvirt brings along.
const DEFAULT: &str = "<network>
  <name>default</name>
  <uuid>5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:7a:01:22'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
";

/// An in-memory hypervisor. Clones share one state, which lives as long as any of them, or a client that is served.
///
/// Its memory is bounded: by 16,384 networks and as many guests of at most 1 MiB of XML each, and a few buffers for each
/// client.
#[derive(Clone, Debug)]
pub struct Hypervisor {
    state: Arc<Mutex<State>>,
}

impl Default for Hypervisor {
    /// A hypervisor as libvirt is installed: one network, `default`, on bridge `virbr0` with 192.168.122.1/24, addresses
    /// .2 to .254 for guests; active, persistent, not autostarted.
    fn default() -> Self {
        let hypervisor = Self::empty();
        hypervisor.add(DEFAULT, true, false);
        hypervisor
    }
}

impl Hypervisor {
    /// A hypervisor without any network.
    #[must_use]
    pub fn empty() -> Self {
        Self { state: Arc::default() }
    }

    /// A hypervisor with `count` persistent networks `net0`, `net1`, ... (at most 16,384, what one reply can list), on
    /// bridges `virbr0`, `virbr1`, ... with subnets 10.0.0.0/24, 10.0.1.0/24, ...: every second one is active, beginning
    /// with `net0`, and every third one is autostarted.
    #[must_use]
    pub fn with_networks(count: usize) -> Self {
        let hypervisor = Self::empty();
        for number in 0..count.min(NETWORK_LIST_MAX) {
            let (high, low) = (number / 256, number % 256);
            let xml = format!(
                "<network><name>net{number}</name><forward mode='nat'/><bridge name='virbr{number}'/>\
                 <ip address='10.{high}.{low}.1' netmask='255.255.255.0'/></network>"
            );
            hypervisor.add(&xml, number % 2 == 0, number % 3 == 0);
        }
        hypervisor
    }

    /// Adds a guest, as `<domain>` XML of at most 1 MiB, in this state. It is only ever shown: clients cannot change it,
    /// and it is attached to no network, whatever its interfaces say.
    ///
    /// ```
    /// use virtwire::DomainState;
    /// use virtwire::testdaemon::Hypervisor;
    ///
    /// let hypervisor = Hypervisor::default();
    /// let interface = "<interface type='network'><source network='default'/></interface>";
    /// let guest = format!("<domain type='test'><name>g1</name><devices>{interface}</devices></domain>");
    /// hypervisor.add_domain(&guest, DomainState::ShutOff)?;
    /// # Ok::<(), virtwire::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) where the XML is no domain with a name, or where the name is another's;
    /// over 16,384 domains, too.
    pub fn add_domain(&self, xml: &str, state: DomainState) -> Result<()> {
        let added = client::lock(&self.state).add_domain(xml.as_bytes(), state);
        added.map_err(|error| Error::invalid(error.to_string()))
    }

    /// Gives a guest a lease of the network of this name, until `expires_at` (seconds since 1970; 0 is never): the address
    /// is not compared with the network's. A lease that the guest had already, of the same kind of address, is over.
    ///
    /// ```
    /// use virtwire::testdaemon::Hypervisor;
    ///
    /// let hypervisor = Hypervisor::default();
    /// let (mac, address) = ("52:54:00:00:00:01".parse()?, "192.168.122.10".parse()?);
    /// hypervisor.add_lease("default", mac, address, Some("web"), 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) where there is no such network; over 65,536 leases, too.
    pub fn add_lease(
        &self,
        network: &str,
        mac: MacAddress,
        address: IpAddr,
        hostname: Option<&str>,
        expires_at: u64,
    ) -> Result<()> {
        let lease = Lease { mac, address, hostname: hostname.map(str::to_owned), expires_at };
        let added = client::lock(&self.state).add_lease(network, lease);
        added.map_err(|error| Error::invalid(error.to_string()))
    }

    /// Serves one client until it closes its connection, breaks the protocol, or does not read what it asked for.
    ///
    /// Needs a tokio runtime with its clock enabled: clients may ask to be pinged. Dropping the future ends the
    /// connection; what the client had changed by then stays changed.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) {
        serve::serve(Arc::clone(&self.state), stream).await;
    }

    /// Serves clients on a unix socket at `path`, up to 256 of them at a time, until the future is dropped: then their
    /// connections end, and the socket's file is removed.
    ///
    /// Whoever may write to the file may connect: no client is asked who it is.
    ///
    /// # Errors
    /// [`io::ErrorKind::AddrInUse`] where someone listens at `path` already, or where a file is there that is no socket; a
    /// socket that nobody listens at is replaced. Whatever else keeps the socket from being made or listened at.
    pub async fn listen(&self, path: impl AsRef<Path>) -> io::Result<()> {
        listen::listen(self, path.as_ref()).await
    }

    /// Adds one of our own networks.
    fn add(&self, xml: &str, is_active: bool, autostart: bool) {
        let mut state = client::lock(&self.state);
        // Nothing here can fail: our own networks are well-formed and do not collide, as the tests show.
        let _ = state.define(xml.as_bytes()).and_then(|network| {
            if is_active {
                state.start(&network)?;
            }
            state.set_autostart(&network, autostart)
        });
    }
}
