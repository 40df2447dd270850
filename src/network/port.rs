//! Ports of a network: the guest interfaces that are attached to it.

use virtwire_protocol::remote::network::{
    NetworkListAllPorts, NetworkPortCreateXml, NetworkPortDelete, NetworkPortGetParameters,
    NetworkPortGetXmlDesc, NetworkPortLookupByUuid, NetworkPortSetParameters, PORT_CREATE_VALIDATE,
};
use virtwire_protocol::remote::{self, Parameter, Text, Uuid};
use virtwire_protocol::xdr::List;

use super::Network;
use crate::connection::Connection;
use crate::error::Result;

/// A port of a network. Every method is a call of its own, and fails as [`Connection::call`] does.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// let connection = virtwire::Connection::open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// for port in network.ports().await? {
///     // Which guest owns it, and by which interface.
///     println!("{} {}", port.uuid(), port.xml_desc().await?);
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct NetworkPort {
    connection: Connection,
    wire: remote::NetworkPort,
}

impl Network {
    /// Its ports: one for each guest interface that libvirt attached to it.
    ///
    /// # Errors
    /// libvirt's own `operation invalid` (55) where the network is not running. Needs libvirt 5.5.0.
    pub async fn ports(&self) -> Result<Vec<NetworkPort>> {
        let call = NetworkListAllPorts { network: self.wire.clone(), need_results: 1, flags: 0 };
        let reply = self.connection.call(&call).await?;
        Ok(reply.ports.iter().map(|wire| self.port(wire)).collect())
    }

    /// The port of this UUID.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Network::ports`].
    pub async fn lookup_port_by_uuid(&self, uuid: Uuid) -> Result<NetworkPort> {
        let call = NetworkPortLookupByUuid { network: self.wire.clone(), uuid };
        Ok(self.port(self.connection.call(&call).await?.port))
    }

    /// Attaches a guest interface, which `xml` (a `<networkport>` with its own UUID) describes: libvirt says what it is to
    /// be plugged into. With `validate`, the server checks the XML against its schema.
    ///
    /// # Errors
    /// libvirt's own `network port exists` (106) for a UUID that is taken, `internal error` where the XML lacks something,
    /// or as [`Network::ports`].
    pub async fn create_port_xml(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<NetworkPort> {
        let xml = Text::new(xml.as_ref().to_vec())?;
        let flags = if validate { PORT_CREATE_VALIDATE } else { 0 };
        let call = NetworkPortCreateXml { network: self.wire.clone(), xml, flags };
        Ok(self.port(self.connection.call(&call).await?.port))
    }

    fn port(&self, wire: remote::NetworkPort) -> NetworkPort {
        NetworkPort { connection: self.connection.clone(), wire }
    }
}

impl NetworkPort {
    /// The UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.wire.uuid
    }

    /// Its XML, as libvirt writes it: which guest owns it, and by which interface.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn xml_desc(&self) -> Result<Text> {
        let call = NetworkPortGetXmlDesc { port: self.wire.clone(), flags: 0 };
        Ok(self.connection.call(&call).await?.xml)
    }

    /// Detaches it. The guest's interface stays, and is cut off.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn delete(&self) -> Result<()> {
        self.connection.call(&NetworkPortDelete { port: self.wire.clone(), flags: 0 }).await
    }

    /// How much it may send and receive: `inbound.average` and the like, in KiB and KiB a second. Directions that are not
    /// limited are absent.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn parameters(&self) -> Result<Vec<Parameter>> {
        let call = NetworkPortGetParameters { port: self.wire.clone(), nparams: 0, flags: 0 };
        Ok(self.connection.call(&call).await?.params.iter().collect())
    }

    /// Sets how much it may send and receive. A direction that is not given is no longer limited.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for more than 16 parameters, [`NotFound`](crate::ErrorKind::NotFound),
    /// or as [`Connection::call`].
    pub async fn set_parameters(&self, parameters: &[Parameter]) -> Result<()> {
        let params = List::new(parameters)?;
        self.connection.call(&NetworkPortSetParameters { port: self.wire.clone(), params, flags: 0 }).await
    }
}
