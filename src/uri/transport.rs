//! The words of a URI that choose among a few: transport, daemon, proxy.

use crate::error::{Error, Result};

/// How the bytes reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// A unix socket of this host.
    Unix,
    /// TCP, without encryption of its own.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// The system's `ssh`, which leads to a unix socket of its host.
    Ssh,
    /// A command of the user's own.
    Ext,
    /// The in-memory hypervisor of this crate.
    Memory,
}

impl Transport {
    /// The transport of this name, without regard to case, as libvirt compares them; or why there is none.
    pub(super) fn parse(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "unix" => Ok(Self::Unix),
            "tcp" => Ok(Self::Tcp),
            "tls" => Ok(Self::Tls),
            "ssh" => Ok(Self::Ssh),
            "ext" => Ok(Self::Ext),
            "libssh" | "libssh2" => Err(Error::unsupported(format!(
                "the transport '{name}' is not there: 'ssh' does the same, by the system's ssh"
            ))),
            _ => Err(Error::invalid(format!(
                "the transport '{name}' does not exist: tls, ssh, tcp, unix and ext are possible"
            ))),
        }
    }

    /// Whether it leads to another host.
    pub(super) fn is_remote(self) -> bool {
        matches!(self, Self::Tcp | Self::Tls | Self::Ssh)
    }

    /// Its name in a URI.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ssh => "ssh",
            Self::Ext => "ext",
            Self::Memory => "test",
        }
    }

    /// The feature without which it is not there.
    #[cfg(not(all(feature = "tcp", feature = "tls", feature = "ssh", feature = "testdaemon")))]
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ssh | Self::Ext => "ssh",
            _ => "testdaemon",
        }
    }
}

/// Which daemon's socket is meant (`?mode=`, or `remote_mode` of libvirt.conf).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The driver's own daemon if its socket exists, else libvirtd's.
    #[default]
    Auto,
    /// The driver's own daemon, such as virtqemud.
    Direct,
    /// libvirtd.
    Legacy,
}

impl Mode {
    /// The mode of this name: `auto`, `direct` or `legacy`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for any other.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Self::Auto),
            "direct" => Ok(Self::Direct),
            "legacy" => Ok(Self::Legacy),
            other => {
                Err(Error::invalid(format!("unknown mode '{other}': auto, direct and legacy are possible")))
            }
        }
    }
}

/// What leads from the other end of ssh to the daemon's socket (`?proxy=`, or `remote_proxy` of libvirt.conf).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// `virt-ssh-helper` where it is installed, else netcat.
    Auto,
    /// `virt-ssh-helper`, which comes with libvirt's daemons.
    Native,
    /// netcat: `nc -U`.
    Netcat,
}

impl Proxy {
    /// The proxy of this name: `auto`, `native` or `netcat`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for any other.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Self::Auto),
            "native" => Ok(Self::Native),
            "netcat" => Ok(Self::Netcat),
            other => {
                Err(Error::invalid(format!("unknown proxy '{other}': auto, native and netcat are possible")))
            }
        }
    }
}
