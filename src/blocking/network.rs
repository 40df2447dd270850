//! Networks and their ports.

use std::sync::Arc;

use virtwire_protocol::remote::{Parameter, Text, Uuid};

use super::NetworkEvents;
use super::facade::{Blocking, facade};
use super::runtime::Runtime;
use crate::{Affect, Definition, DhcpLeases, Metadata, Result, Section, UpdateCommand};

facade! {
    /// A [network](crate::Network) of one server.
    Network over crate::Network:

    get fn name(&self) -> &Text;
    get fn uuid(&self) -> Uuid;

    wait fn create(&self) -> Result<()>;
    wait fn destroy(&self) -> Result<()>;
    wait fn undefine(&self) -> Result<()>;
    wait fn set_autostart(&self, autostart: bool) -> Result<()>;
    wait fn autostart(&self) -> Result<bool>;
    wait fn is_active(&self) -> Result<bool>;
    wait fn is_persistent(&self) -> Result<bool>;
    wait fn bridge_name(&self) -> Result<Text>;
    wait fn xml_desc(&self, definition: Definition) -> Result<Text>;
    wait fn update(
        &self, command: UpdateCommand, section: Section, parent: Option<u32>, xml: impl AsRef<[u8]>, affect: Affect
    ) -> Result<()>;
    wait fn metadata(&self, which: Metadata<'_>, affect: Affect) -> Result<Text>;
    wait fn set_metadata(
        &self, which: Metadata<'_>, value: Option<impl AsRef<[u8]>>, affect: Affect
    ) -> Result<()>;
    wait fn dhcp_leases(&self, mac: Option<&str>) -> Result<DhcpLeases>;
    wait fn events(&self) -> Result<NetworkEvents>;
    wait fn ports(&self) -> Result<Vec<NetworkPort>>;
    wait fn lookup_port_by_uuid(&self, uuid: Uuid) -> Result<NetworkPort>;
    wait fn create_port_xml(&self, xml: impl AsRef<[u8]>, validate: bool) -> Result<NetworkPort>;
}

facade! {
    /// A [port](crate::NetworkPort) of a network.
    NetworkPort over crate::NetworkPort:

    get fn uuid(&self) -> Uuid;

    wait fn xml_desc(&self) -> Result<Text>;
    wait fn delete(&self) -> Result<()>;
    wait fn parameters(&self) -> Result<Vec<Parameter>>;
    wait fn set_parameters(&self, parameters: &[Parameter]) -> Result<()>;
}

/// A network, and how it was when all were listed: a [state](crate::NetworkState).
#[derive(Clone, Debug)]
pub struct NetworkState {
    /// The network.
    pub network: Network,
    /// Whether it is running.
    pub is_active: bool,
    /// Whether it has a stored definition.
    pub is_persistent: bool,
    /// Whether it starts with the host.
    pub is_autostarted: bool,
}

impl Blocking<crate::NetworkState> for NetworkState {
    fn over(state: crate::NetworkState, runtime: &Arc<Runtime>) -> Self {
        let crate::NetworkState { network, is_active, is_persistent, is_autostarted } = state;
        Self { network: Blocking::over(network, runtime), is_active, is_persistent, is_autostarted }
    }
}
