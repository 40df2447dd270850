//! Changes to one part of a network, while it runs or for its next start.

use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::connect::{ConnectSupportsFeature, feature};
use virtwire_protocol::remote::network::NetworkUpdate;

use super::Network;
use crate::error::Result;

/// Which of a network's two definitions is read or changed (`virNetworkUpdateFlags`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Affect {
    /// The running one, or the stored one of a network that is not running.
    #[default]
    Current,
    /// The running one.
    Live,
    /// The stored one: what the next start begins with.
    Config,
    /// Both.
    LiveAndConfig,
}

impl Affect {
    pub(crate) fn flags(self) -> u32 {
        match self {
            Self::Current => 0,
            Self::Live => 1,
            Self::Config => 2,
            Self::LiveAndConfig => 3,
        }
    }
}

/// What is done with the element (`virNetworkUpdateCommand`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpdateCommand {
    /// Replaces the one that it identifies.
    Modify = 1,
    /// Removes the one that it matches.
    Delete = 2,
    /// Adds it behind the others of its kind.
    AddLast = 3,
    /// Adds it before the others of its kind.
    AddFirst = 4,
}

/// Which part is changed (`virNetworkUpdateSection`), and so which element is given.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::{Affect, Connection, Definition, Section, UpdateCommand};
///
/// let connection = Connection::open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// let host = "<host mac='52:54:00:00:00:01' ip='192.168.122.10'/>";
/// let affect = Affect::LiveAndConfig;
/// network.update(UpdateCommand::AddLast, Section::IpDhcpHost, None, host, affect).await?;
/// assert!(network.xml_desc(Definition::Current).await?.to_string().contains("52:54:00:00:00:01"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Section {
    /// `<bridge>`, which no libvirt changes yet.
    Bridge = 1,
    /// `<domain>`, which no libvirt changes yet.
    Domain = 2,
    /// `<ip>`, which no libvirt changes yet.
    Ip = 3,
    /// `<host>` in `<ip><dhcp>`.
    IpDhcpHost = 4,
    /// `<range>` in `<ip><dhcp>`.
    IpDhcpRange = 5,
    /// `<forward>`, which no libvirt changes yet.
    Forward = 6,
    /// `<interface>` in `<forward>`.
    ForwardInterface = 7,
    /// `<pf>` in `<forward>`, which no libvirt changes yet.
    ForwardPf = 8,
    /// `<portgroup>`.
    Portgroup = 9,
    /// `<host>` in `<dns>`.
    DnsHost = 10,
    /// `<txt>` in `<dns>`.
    DnsTxt = 11,
    /// `<srv>` in `<dns>`.
    DnsSrv = 12,
}

impl Network {
    /// Changes one part of it, with one element of XML. Where there are several of the part's parent, such as `<ip>`,
    /// `parent` says which one, counted from 0; without it, libvirt chooses: the one with DHCP, say.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for a parent beyond 2,147,483,647; libvirt's own `operation invalid` (55)
    /// where there is one already, none that matches, or not what `affect` asks for; its `unsupported` (84) for a part that
    /// it does not change; its XML errors. Needs libvirt 0.10.2.
    pub async fn update(
        &self,
        command: UpdateCommand,
        section: Section,
        parent: Option<u32>,
        xml: impl AsRef<[u8]>,
        affect: Affect,
    ) -> Result<()> {
        let parent_index = match parent {
            Some(parent) => i32::try_from(parent)
                .map_err(|_| crate::Error::invalid(format!("there is no parent {parent}")))?,
            None => -1,
        };
        let xml = Text::new(xml.as_ref().to_vec())?;
        let (mut command, mut section) = (command as u32, section as u32);
        if !self.has_correct_order().await? {
            std::mem::swap(&mut command, &mut section);
        }
        let (net, flags) = (self.wire.clone(), affect.flags());
        self.connection.call(&NetworkUpdate { net, command, section, parent_index, xml, flags }).await
    }

    /// Servers before libvirt 7.2.0 take the two numbers in the other order, and do not know that there is a question.
    async fn has_correct_order(&self) -> Result<bool> {
        let ask = ConnectSupportsFeature { feature: feature::NETWORK_UPDATE_HAS_CORRECT_ORDER };
        Ok(self.connection.call(&ask).await?.supported != 0)
    }
}
