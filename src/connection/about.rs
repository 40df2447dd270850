//! What a server says about itself.

use virtwire_protocol::Version;
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::connect::{
    ConnectGetHostname, ConnectGetType, ConnectGetUri, ConnectGetVersion,
};

use super::Connection;
use crate::error::Result;

impl Connection {
    /// The hypervisor's name, such as `QEMU`; of a daemon that has only networks, such as `network`.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn hypervisor(&self) -> Result<Text> {
        Ok(self.call(&ConnectGetType {}).await?.r#type)
    }

    /// The hypervisor's version.
    ///
    /// # Errors
    /// libvirt's own where there is none: a host without an emulator, or a daemon that has only networks. Else as
    /// [`Connection::call`].
    pub async fn hypervisor_version(&self) -> Result<Version> {
        Ok(Version(self.call(&ConnectGetVersion {}).await?.hv_ver))
    }

    /// The host's name, as the server knows it.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn hostname(&self) -> Result<Text> {
        Ok(self.call(&ConnectGetHostname {}).await?.hostname)
    }

    /// The URI by which the server knows itself, such as `qemu:///system`, however it was reached.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn uri(&self) -> Result<Text> {
        Ok(self.call(&ConnectGetUri {}).await?.uri)
    }
}
