//! Connection URIs: `driver[+transport]://[user@]host[:port]/path?parameters`, as libvirt reads them. This module
//! says what a URI means, and opens nothing.
//!
//! Source: libvirt's `docs/uri.rst` and `docs/remote.rst`.

mod parameters;
mod shown;
mod transport;

use std::borrow::Cow;
use std::fmt;

use fluent_uri::component::{Host, IAuthority};
use fluent_uri::{IriRef, ParseError};

pub use self::shown::shown;
use self::shown::without_password;
pub use self::transport::{Mode, Proxy, Transport};

use crate::error::{Error, Result};

/// Drivers that libvirt's C library runs inside the client, to speak with the hypervisor's own server.
const OTHER_PROTOCOLS: [&str; 5] = ["esx", "gsx", "vpx", "hyperv", "phyp"];

/// Drivers that libvirt's C library runs inside the client unless a transport is named: then a daemon serves them.
const WITHOUT_A_DAEMON: [&str; 4] = ["openvz", "vmwareplayer", "vmwarews", "vmwarefusion"];

/// Drivers whose URIs end in `/system` or `/session`: with a slash too few, that becomes a host.
const WITH_A_PATH: [&str; 3] = ["qemu", "vbox", "vz"];

/// A connection URI, taken apart.
///
/// ```
/// use virtwire::uri::{Transport, Uri};
///
/// let uri = Uri::parse("qemu+unix:///system?socket=/run/libvirt/libvirt-sock&mode=legacy")?;
/// assert_eq!((uri.driver(), uri.transport()), ("qemu", Transport::Unix));
/// // What only this side needs is not sent.
/// assert_eq!(uri.server_name(), "qemu:///system");
///
/// let uri = Uri::parse("qemu+ssh://root@[2001:db8::7]:2222/system")?;
/// assert_eq!((uri.user(), uri.host(), uri.port()), (Some("root"), "2001:db8::7", Some(2222)));
/// # Ok::<(), virtwire::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    text: String,
    driver: String,
    transport: Option<Transport>,
    user: Option<String>,
    /// Without the brackets of an IPv6 address, with its zone.
    host: String,
    port: Option<u16>,
    path: String,
    parameters: Vec<(String, String)>,
    /// The parameters that the server gets, as they were written.
    server_query: String,
}

impl Uri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is not a URI with a driver and a transport that libvirt
    /// knows, and [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a driver that no daemon serves, and for the
    /// transports `libssh` and `libssh2`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::invalid(format!("'{}' is not a connection URI: {why}", without_password(text)))
        };
        let zone = Zone::find(text);
        let without_zone = zone.as_ref().map(|zone| zone.cut_from(text));
        let plain = without_zone.as_deref().unwrap_or(text);
        let uri = IriRef::parse(plain).map_err(|error| wrong(&unreadable(plain, error)))?;
        let scheme = uri.scheme().ok_or_else(|| {
            wrong("it names no driver, as qemu:///system does, and libvirt.conf has no alias of that name")
        })?;
        let (driver, transport) = match scheme.as_str().split_once('+') {
            Some((driver, transport)) => (driver, Some(Transport::parse(transport)?)),
            None => (scheme.as_str(), None),
        };
        let (parameters, server_query) = match uri.query() {
            Some(query) => parameters::split(query).ok_or_else(|| wrong("a parameter is not UTF-8"))?,
            None => Default::default(),
        };
        if has_password(&uri) {
            // Not even in the error: it may be logged.
            return Err(Error::invalid("a password has no place in a connection URI: leave it out"));
        }
        let server = uri.authority().map(Server::parse).transpose().map_err(wrong)?.unwrap_or_default();
        let zone = zone.map(|zone| format!("%{}", zone.name)).unwrap_or_default();
        Self {
            text: text.to_owned(),
            driver: driver.to_owned(),
            transport,
            user: server.user,
            host: server.host + &zone,
            port: server.port,
            path: uri.path().as_str().to_owned(),
            parameters,
            server_query,
        }
        .checked()
    }

    /// Refuses what a daemon cannot be meant by, and names this host where a network's transport names none.
    fn checked(mut self) -> Result<Self> {
        let is_one_of = |drivers: &[&str]| drivers.iter().any(|name| name.eq_ignore_ascii_case(&self.driver));
        if is_one_of(&OTHER_PROTOCOLS) || (self.transport.is_none() && is_one_of(&WITHOUT_A_DAEMON)) {
            return Err(Error::unsupported(format!(
                "'{}' is a driver inside libvirt's C library: no daemon serves it, so virtwire cannot reach it",
                self.driver
            )));
        }
        let is_a_path = matches!(self.host.as_str(), "system" | "session") && self.path.len() <= 1;
        if is_a_path && is_one_of(&WITH_A_PATH) {
            let scheme = self.text.split("://").next().unwrap_or_default();
            return Err(Error::invalid(format!(
                "invalid URI {self} (maybe you want {scheme}:///{})",
                self.host
            )));
        }
        match self.transport {
            Some(Transport::Unix) if !self.host.is_empty() => {
                return Err(Error::invalid(format!(
                    "'{self}' names the host {}, but a unix socket is always of this host",
                    self.host
                )));
            }
            Some(transport) if transport.is_remote() && self.host.is_empty() => {
                "localhost".clone_into(&mut self.host);
            }
            _ => {}
        }
        Ok(self)
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

    /// The host, an IPv6 address without its brackets; `localhost` where TCP, TLS or SSH is to lead to none; else empty.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where the URI says so; 0 says nothing.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether a daemon of the user's own on this host is meant. Root has none: libvirt sends it to the host's.
    #[must_use]
    pub fn is_session(&self) -> bool {
        let is_own = self.names_session() || (self.driver == "test" && self.transport.is_some());
        is_own && self.host.is_empty() && !is_root()
    }

    /// Whether a user's own daemon is meant, on whatever host.
    pub(crate) fn names_session(&self) -> bool {
        self.path == "/session"
    }

    /// How the bytes reach the server.
    #[must_use]
    pub fn transport(&self) -> Transport {
        match self.transport {
            Some(transport) => transport,
            None if !self.host.is_empty() => Transport::Tls,
            None if self.driver == "test" => Transport::Memory,
            None => Transport::Unix,
        }
    }

    /// Which daemon's socket is meant, where the URI says so.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a mode that does not exist.
    pub fn mode(&self) -> Result<Option<Mode>> {
        self.parameter("mode").map(Mode::parse).transpose()
    }

    /// What leads from the other end of ssh to the daemon, where the URI says so.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a proxy that does not exist.
    pub fn proxy(&self) -> Result<Option<Proxy>> {
        self.parameter("proxy").map(Proxy::parse).transpose()
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

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A parameter's value as a URI has it.
#[cfg(all(feature = "evidence", feature = "ssh"))]
fn percent(value: &str) -> String {
    use fluent_uri::pct_enc::EString;
    use fluent_uri::pct_enc::encoder::{Data, Query};

    let mut encoded = EString::<Query>::new();
    encoded.encode_str::<Data>(value);
    encoded.into_string()
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What is wrong with a text that is no URI. A character that can stand nowhere in one is told as it is written instead.
fn unreadable(text: &str, error: ParseError) -> String {
    let found = text.get(error.index()..).and_then(|rest| rest.chars().next());
    match found {
        Some(c) if " \"<>\\^`{|}".contains(c) => {
            format!("'{c}' at index {} is to be written %{:02X}", error.index(), u32::from(c))
        }
        Some(c) if "/?#[]@:".contains(c) => format!("'{c}' at index {} is out of place", error.index()),
        _ => error.to_string(),
    }
}

/// Whether somebody wrote a password where others write it in URLs; a slash too many or too few makes a path of that.
fn has_password(uri: &IriRef<&str>) -> bool {
    let Some(server) = uri.authority().filter(|server| !server.as_str().is_empty()) else {
        let address = uri.as_str().split('?').next().unwrap_or_default();
        return matches!(without_password(address), Cow::Owned(_));
    };
    server.userinfo().is_some_and(|user| user.as_str().contains(':'))
}

/// The part of a URI between `//` and the path.
#[derive(Default)]
struct Server {
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

impl Server {
    fn parse(authority: IAuthority<'_>) -> std::result::Result<Self, &'static str> {
        let user = authority.userinfo().map(|user| user.decode().to_string()).transpose();
        Ok(Self {
            user: user.map_err(|_| "its user is not UTF-8")?.map(Into::into),
            host: Self::host(authority)?,
            port: authority
                .port_to_u16()
                .map_err(|_| "its port is not a number from 1 to 65535")?
                .filter(|port| *port != 0),
        })
    }

    /// The host, without brackets and percent signs.
    fn host(authority: IAuthority<'_>) -> std::result::Result<String, &'static str> {
        let Host::RegName(name) = authority.host_parsed() else {
            return Ok(authority.host().trim_start_matches('[').trim_end_matches(']').to_owned());
        };
        let name = name.decode().to_string().map_err(|_| "its host is not UTF-8")?;
        let is_in_name = |c: char| !c.is_control() && !c.is_whitespace() && !"/?#@[]:%\\".contains(c);
        if name.chars().all(is_in_name) { Ok(name.into_owned()) } else { Err("its host is not a name") }
    }
}

/// The zone of a link-local IPv6 address, for which RFC 3986 has no place: `%25eth0` by RFC 6874, or `%eth0`.
struct Zone<'a> {
    /// As it was written.
    written: &'a str,
    name: &'a str,
}

impl<'a> Zone<'a> {
    fn find(text: &'a str) -> Option<Self> {
        let (address, _) = text.split_once('[')?.1.split_once(']')?;
        let written = address.get(address.find('%')?..)?;
        let name = written.strip_prefix("%25").filter(|name| !name.is_empty());
        let name = name.or_else(|| written.strip_prefix('%'))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
        (!name.is_empty() && name.chars().all(is_name)).then_some(Self { written, name })
    }

    fn cut_from(&self, text: &str) -> String {
        text.replacen(&format!("{}]", self.written), "]", 1)
    }
}
