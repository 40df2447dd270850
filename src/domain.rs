//! Domains, as libvirt calls guests: as far as finding out which of them use a network.

pub use virtwire_protocol::remote::domain::DomainState;
use virtwire_protocol::remote::domain::{
    ConnectListAllDomains, DomainGetState, DomainGetXmlDesc, DomainIsActive, DomainLookupByName, XML_INACTIVE,
};
use virtwire_protocol::remote::{self, Text, Uuid};

use crate::connection::Connection;
use crate::error::Result;
use crate::network::Definition;

/// A domain of one server: a guest, whether or not it runs. Every method that is a call fails as [`Connection::call`]
/// does.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::testdaemon::Hypervisor;
/// use virtwire::{Definition, DomainState, Options};
///
/// let hypervisor = Hypervisor::default();
/// hypervisor.add_domain("<domain type='test'><name>web</name></domain>", DomainState::Running)?;
/// # let (client, server) = tokio::io::duplex(4096);
/// # tokio::spawn(async move { hypervisor.serve(server).await });
/// # let connection = Options::new().open_over(client, "test:///default").await?;
/// let guest = connection.lookup_domain_by_name("web").await?;
/// assert_eq!(guest.state().await?, DomainState::Running);
/// let xml = guest.xml_desc(Definition::Inactive).await?;
/// assert!(xml.to_string().contains("<name>web</name>"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Domain {
    connection: Connection,
    wire: remote::Domain,
}

impl Connection {
    /// The domains that match `flags` (see [`list`](remote::domain::list)); 0 is all of them. One round trip, whatever
    /// their number.
    ///
    /// ```
    /// # #[cfg(feature = "testdaemon")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> virtwire::Result<()> {
    /// use virtwire::Connection;
    /// use virtwire::protocol::remote::domain::list;
    ///
    /// let connection = Connection::open("test:///default").await?;
    /// for guest in connection.domains(list::INACTIVE).await? {
    ///     println!("{} ({}) is {:?}", guest.name(), guest.uuid(), guest.state().await?);
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testdaemon"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// As [`Connection::call`]: [`Unsupported`](crate::ErrorKind::Unsupported) by servers before libvirt 0.9.13, and by
    /// daemons that know networks only.
    pub async fn domains(&self, flags: u32) -> Result<Vec<Domain>> {
        let reply = self.call(&ConnectListAllDomains { need_results: 1, flags }).await?;
        Ok(reply.domains.iter().map(|wire| Domain { connection: self.clone(), wire }).collect())
    }

    /// The domain of this name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or as [`Connection::call`].
    pub async fn lookup_domain_by_name(&self, name: &str) -> Result<Domain> {
        let reply = self.call(&DomainLookupByName { name: Text::try_from(name)? }).await?;
        Ok(Domain { connection: self.clone(), wire: reply.dom })
    }
}

impl Domain {
    /// The name: unique on its server, and not necessarily UTF-8.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.wire.name
    }

    /// The UUID: unique on its server.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.wire.uuid
    }

    /// The number that it has while it runs. `None`: it did not run when it was looked up.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        Some(self.wire.id).filter(|id| *id >= 0)
    }

    /// Whether it is running, paused included.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn is_active(&self) -> Result<bool> {
        Ok(self.connection.call(&DomainIsActive { dom: self.wire.clone() }).await?.active != 0)
    }

    /// How it is.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn state(&self) -> Result<DomainState> {
        let call = DomainGetState { dom: self.wire.clone(), flags: 0 };
        Ok(self.connection.call(&call).await?.state.into())
    }

    /// Its XML, as libvirt writes it, without passwords.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn xml_desc(&self, definition: Definition) -> Result<Text> {
        let flags = match definition {
            Definition::Current => 0,
            Definition::Inactive => XML_INACTIVE,
        };
        Ok(self.connection.call(&DomainGetXmlDesc { dom: self.wire.clone(), flags }).await?.xml)
    }
}
