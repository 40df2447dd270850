//! What people and programs write down about a network, and libvirt only keeps.

use virtwire_protocol::remote::network::{NetworkGetMetadata, NetworkSetMetadata};
use virtwire_protocol::remote::{OptText, Text};

use super::{Affect, Network};
use crate::error::Result;

/// One piece of what a network is annotated with (`virNetworkMetadataType`).
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::{Affect, Connection, Metadata};
///
/// let connection = Connection::open("test:///default").await?;
/// let network = connection.lookup_network_by_name("default").await?;
/// network.set_metadata(Metadata::Title, Some("Guests of the lab"), Affect::Config).await?;
/// assert_eq!(network.metadata(Metadata::Title, Affect::Config).await?, "Guests of the lab");
///
/// let owner = Metadata::Element { uri: "https://example.org/owner", key: "o" };
/// network.set_metadata(owner, Some("<owner>ops</owner>"), Affect::Config).await?;
/// assert!(network.metadata(owner, Affect::Config).await?.to_string().contains("ops"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metadata<'a> {
    /// The description, of any length.
    Description,
    /// The title, one line.
    Title,
    /// An element of a program's own, which its XML namespace identifies.
    Element {
        /// The namespace.
        uri: &'a str,
        /// The prefix that the element is stored with. Only setting needs it.
        key: &'a str,
    },
}

impl Metadata<'_> {
    fn number(self) -> i32 {
        match self {
            Self::Description => 0,
            Self::Title => 1,
            Self::Element { .. } => 2,
        }
    }

    fn uri(self) -> Result<OptText> {
        match self {
            Self::Element { uri, .. } => Ok(Some(Text::try_from(uri)?)),
            _ => Ok(None),
        }
    }

    fn key(self) -> Result<OptText> {
        match self {
            Self::Element { key, .. } if !key.is_empty() => Ok(Some(Text::try_from(key)?)),
            _ => Ok(None),
        }
    }
}

impl Network {
    /// Reads what it is annotated with.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is nothing of that kind, libvirt's own `operation invalid` (55)
    /// where it does not have what `affect` asks for, [`Unsupported`](crate::ErrorKind::Unsupported) before libvirt 9.7.0.
    pub async fn metadata(&self, which: Metadata<'_>, affect: Affect) -> Result<Text> {
        let (network, r#type) = (self.wire.clone(), which.number());
        let call = NetworkGetMetadata { network, r#type, uri: which.uri()?, flags: affect.flags() };
        Ok(self.connection.call(&call).await?.metadata)
    }

    /// Annotates it; nothing, or an empty title or description, removes what there is. An element is given as XML without
    /// its namespace, which libvirt adds.
    ///
    /// # Errors
    /// libvirt's own `invalid argument` (8) for a title of several lines, its XML errors for an element that is not
    /// well-formed; else as [`Network::metadata`].
    pub async fn set_metadata(
        &self,
        which: Metadata<'_>,
        value: Option<impl AsRef<[u8]>>,
        affect: Affect,
    ) -> Result<()> {
        let metadata = value.map(|value| Text::new(value.as_ref().to_vec())).transpose()?;
        let (network, r#type) = (self.wire.clone(), which.number());
        let (key, uri, flags) = (which.key()?, which.uri()?, affect.flags());
        self.connection.call(&NetworkSetMetadata { network, r#type, metadata, key, uri, flags }).await
    }
}
