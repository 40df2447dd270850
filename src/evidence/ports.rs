//! The ports of a network: one for each interface of a guest that libvirt attached to it.

use virtwire_protocol::remote::{Text, Uuid};

use super::at_once;
use crate::error::{ErrorKind, Result};
use crate::network::Network;
use crate::xml::{Element, Limits};

/// Ports that are asked for the names of their guests. Of more, the number is said.
const NAMED_MAX: usize = 16;

/// A port's XML is a dozen lines.
const LIMITS: Limits = Limits { size: 64 * 1024, depth: 16, nodes: 1_000 };

/// A port of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Port {
    /// The port.
    pub uuid: Uuid,
    /// The name of the guest that owns it, where its XML says so. Only the first 16 are asked.
    pub owner: Option<String>,
}

/// The ports of a network, those whose guests were asked for first, each part sorted.
pub(crate) async fn ports(network: &Network) -> Result<Vec<Port>> {
    let mut ports = match network.ports().await {
        Ok(ports) => ports,
        // Before 5.5.0 there were no ports: `connections=` tells alone.
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let unnamed = ports.split_off(ports.len().min(NAMED_MAX));
    let asked = ports.into_iter().map(|port| async move {
        let owner = port.xml_desc().await.ok().and_then(|xml| owner(&xml));
        Port { uuid: port.uuid(), owner }
    });
    let mut ports = at_once::answers(asked).await;
    ports.sort_by_key(|port| port.uuid);
    ports.extend(unnamed.iter().map(|port| Port { uuid: port.uuid(), owner: None }));
    Ok(ports)
}

fn owner(port_xml: &Text) -> Option<String> {
    let port = Element::parse_within(port_xml.as_bytes(), LIMITS).ok()?;
    Some(port.find("owner/name")?.text().into_owned())
}
