//! What keeps a network from starting, in plain words: libvirt's own messages name it, if one knows where to look.

use crate::error::Error;

/// Something on the host that a network needs and does not get.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// Its subnet is on another interface already.
    #[error("interface {0} has this subnet already: stop what uses it, or give the network another <ip>")]
    SubnetInUse(String),
    /// An interface with its bridge's name is there.
    #[error(
        "interface {0} is there already, and was not made for this run of the network: \
         remove it (ip link delete {0}) if nothing uses it, or give the network another <bridge>"
    )]
    BridgeExists(String),
    /// Another DNS server listens where its dnsmasq would.
    #[error(
        "another program listens on port 53 of {0}: stop it, bind it to its own addresses, \
         or switch the network's DNS off (<dns enable='no'/>)"
    )]
    PortInUse(String),
}

impl Obstacle {
    /// What libvirt's own error means, where it is one of these. Servers translate their texts, so this knows those
    /// of English servers only.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        let message = error.libvirt()?.message.as_ref()?.to_string_lossy().into_owned();
        let word_after = |phrase: &str| {
            let rest = message.split_once(phrase)?.1;
            let word = rest.split(|c: char| c.is_whitespace() || c == ':' || c == '\'').next()?;
            (!word.is_empty()).then(|| word.to_owned())
        };
        let in_use = word_after("already in use by interface ").map(Self::SubnetInUse);
        let exists = || {
            let is_there = message.contains("File exists");
            word_after("creating bridge interface ").filter(|_| is_there).map(Self::BridgeExists)
        };
        let port = || word_after("failed to create listening socket for ").map(Self::PortInUse);
        in_use.or_else(exists).or_else(port)
    }
}
