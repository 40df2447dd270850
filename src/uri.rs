//! Connection URIs: `driver[+transport]://[user@]host[:port]/path?parameters`, as libvirt reads them. This module
//! says what a URI means, and opens nothing.
//!
//! Source: libvirt's `docs/uri.rst` and `docs/remote.rst`.

use std::borrow::Cow;
use std::fmt;

use fluent_uri::IriRef;
use fluent_uri::pct_enc::EStr;
use fluent_uri::pct_enc::encoder::IQuery;
#[cfg(all(feature = "evidence", feature = "ssh"))]
use fluent_uri::pct_enc::{
    EString,
    encoder::{Data, Query},
};

use crate::error::{Error, Result};

/// Parameters that concern the client: they are stripped from the name that the server is asked to open.
const CLIENT_PARAMETERS: [&str; 17] = [
    "name",
    "command",
    "socket",
    "auth",
    "sshauth",
    "netcat",
    "keyfile",
    "pkipath",
    "known_hosts",
    "known_hosts_verify",
    "tls_priority",
    "mode",
    "proxy",
    "no_sanity",
    "no_verify",
    "no_tty",
    "authfile",
];

/// Drivers that libvirt's C library runs inside the client: no daemon serves them.
const CLIENT_DRIVERS: [&str; 6] = ["esx", "gsx", "vpx", "hyperv", "phyp", "vmwarews"];

/// A connection URI, taken apart.
///
/// ```
/// use virtwire::uri::{Transport, Uri};
///
/// let uri = Uri::parse("qemu+unix:///system?socket=/run/libvirt/libvirt-sock&mode=legacy")?;
/// assert_eq!((uri.driver(), uri.transport()?), ("qemu", Transport::Unix));
/// // What only this side needs is not sent.
/// assert_eq!(uri.server_name(), "qemu:///system");
/// # Ok::<(), virtwire::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    text: String,
    driver: String,
    transport: Option<String>,
    user: Option<String>,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: Option<u16>,
    path: String,
    parameters: Vec<(String, String)>,
    /// The parameters that the server gets, as they were written.
    server_query: String,
}

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

impl Uri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is not a URI with a driver, and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a driver that no daemon serves.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| Error::invalid(format!("'{text}' is not a connection URI: {why}"));
        let uri = IriRef::parse(text).map_err(|error| wrong(&error.to_string()))?;
        let scheme = uri
            .scheme()
            .ok_or_else(|| {
                wrong(
                    "it names no driver, as qemu:///system does, and libvirt.conf has no alias of that name",
                )
            })?
            .as_str();
        let (driver, transport) = match scheme.split_once('+') {
            Some((driver, transport)) => (driver, Some(transport.to_owned())),
            None => (scheme, None),
        };
        if CLIENT_DRIVERS.contains(&driver) {
            return Err(Error::unsupported(format!(
                "'{driver}' is a driver inside libvirt's C library: no daemon serves it, so virtwire cannot reach it"
            )));
        }
        let (parameters, server_query) = match uri.query() {
            Some(query) => parameters(query).ok_or_else(|| wrong("a parameter is not UTF-8"))?,
            None => Default::default(),
        };
        let (user, host, port) = match uri.authority() {
            Some(authority) => {
                let user = authority.userinfo().map(|user| user.decode().to_string().map(Cow::into_owned));
                let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
                let port = authority.port_to_u16().map_err(|_| wrong("its port is none"))?;
                (user.transpose().map_err(|_| wrong("its user is not UTF-8"))?, host, port)
            }
            None => Default::default(),
        };
        Ok(Self {
            text: text.to_owned(),
            driver: driver.to_owned(),
            transport,
            user,
            host,
            port,
            path: uri.path().as_str().to_owned(),
            parameters,
            server_query,
        })
    }

    /// The URI as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The driver: `qemu`, `network`, `test`, ...
    #[must_use]
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// Who logs in to the host, where the URI says so.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host, an IPv6 address without its brackets; empty for this host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where the URI says so.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether a daemon of the user's own is meant, not the host's. Root has none: libvirt sends it to the host's.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.path == "/session" && !is_root()
    }

    /// The value of a client parameter. Names are compared without case, and the last one counts.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().rfind(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// How the bytes reach the server.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for transports that are not there yet, and
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for those that no libvirt knows.
    pub fn transport(&self) -> Result<Transport> {
        match self.transport.as_deref() {
            None if self.host.is_empty() && self.driver == "test" => Ok(Transport::Memory),
            None if self.host.is_empty() => Ok(Transport::Unix),
            Some("unix") if self.host.is_empty() => Ok(Transport::Unix),
            Some("unix") => Err(Error::invalid(format!(
                "'{self}' names the host {}, but a unix socket is always of this host",
                self.host
            ))),
            None | Some("tls") => Ok(Transport::Tls),
            Some("tcp") => Ok(Transport::Tcp),
            Some("ssh") => Ok(Transport::Ssh),
            Some("ext") => Ok(Transport::Ext),
            Some(other) => {
                Err(Error::invalid(format!("'{self}' names the transport '{other}', which does not exist")))
            }
        }
    }

    /// Which daemon's socket is meant, where the URI says so.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a mode that does not exist.
    pub fn mode(&self) -> Result<Option<Mode>> {
        self.parameter("mode").map(Mode::parse).transpose()
    }

    /// What names the same daemon on the daemon's own host, to which ssh leads.
    #[cfg(all(feature = "evidence", feature = "ssh"))]
    pub(crate) fn on_its_host(&self) -> String {
        let path = &self.path;
        let own = ["socket", "mode"].iter().filter_map(|name| Some((name, self.parameter(name)?)));
        let own: Vec<String> = own.map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let query = if own.is_empty() { String::new() } else { format!("?{}", own.join("&")) };
        format!("{}+unix://{path}{query}", self.driver)
    }

    /// The name that the server is asked to open.
    #[must_use]
    pub fn server_name(&self) -> String {
        match self.parameter("name") {
            Some(name) => name.to_owned(),
            None if self.driver == "remote" => String::new(),
            None => format!("{}://{}{}", self.driver, self.path, self.server_query),
        }
    }
}

#[cfg(not(all(feature = "tls", feature = "ssh", feature = "testdaemon")))]
impl Transport {
    /// The feature without which it is not there.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Ssh | Self::Ext => "ssh",
            _ => "testdaemon",
        }
    }
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

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A parameter's value as a URI has it.
#[cfg(all(feature = "evidence", feature = "ssh"))]
fn percent(value: &str) -> String {
    let mut encoded = EString::<Query>::new();
    encoded.encode_str::<Data>(value);
    encoded.into_string()
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The client's parameters, decoded, and the query that is left for the server; nothing where one is not UTF-8.
fn parameters(query: &EStr<IQuery>) -> Option<(Vec<(String, String)>, String)> {
    let mut client = Vec::new();
    let mut server = String::new();
    for parameter in query.split('&').flat_map(|part| part.split(';')).filter(|part| !part.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, EStr::EMPTY));
        let name = name.decode().to_string().ok()?.into_owned();
        if CLIENT_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            client.push((name, value.decode().to_string().ok()?.into_owned()));
        } else {
            server.push(if server.is_empty() { '?' } else { '&' });
            server.push_str(parameter.as_str());
        }
    }
    Some((client, server))
}
