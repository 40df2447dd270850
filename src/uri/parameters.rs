//! A URI's parameters: which are the client's, and where they mean something. Knows no value's meaning.

use fluent_uri::pct_enc::EStr;
use fluent_uri::pct_enc::encoder::IQuery;

use super::{Transport, Uri};
use crate::error::{Error, Result};

/// Parameters that concern the client: they are stripped from the name that the server is asked to open.
const CLIENT: [&str; 17] = [
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

/// Parameters that are numbers: 0 is no, any other is yes.
const FLAGS: [&str; 3] = ["no_sanity", "no_verify", "no_tty"];

/// Parameters by which a user demands protection, and the one transport that can give it.
const PROTECTIONS: [(&str, Transport); 5] = [
    ("pkipath", Transport::Tls),
    ("tls_priority", Transport::Tls),
    ("sshauth", Transport::Ssh),
    ("known_hosts", Transport::Ssh),
    ("known_hosts_verify", Transport::Ssh),
];

impl Uri {
    /// The value of a client parameter. Names are compared without case, and the last one counts.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().rfind(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a client parameter that is a number, such as `no_verify`, is there and not 0.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where it is no number.
    pub fn flag(&self, name: &str) -> Result<bool> {
        let number = self.parameter(name).map(|value| (value, value.trim_start().parse::<i32>()));
        match number {
            None => Ok(false),
            Some((_, Ok(number))) => Ok(number != 0),
            Some((value, Err(_))) => Err(Error::invalid(format!(
                "Failed to parse value of URI component {name}: '{value}' is no number (1 is yes, 0 is no)"
            ))),
        }
    }

    /// Refuses parameters that cannot be honoured. What libvirt ignores is ignored here, too, but for the protection that a
    /// user demanded and would not get; of this host's own sockets, none is needed.
    pub(crate) fn check_parameters(&self, transport: Transport) -> Result<()> {
        FLAGS.iter().try_for_each(|flag| self.flag(flag).map(drop))?;
        let leaves_the_host = transport.is_remote() || transport == Transport::Ext;
        let ineffective = PROTECTIONS
            .iter()
            .find(|(name, of)| leaves_the_host && *of != transport && self.parameter(name).is_some());
        match ineffective {
            Some((name, of)) => Err(Error::invalid(format!(
                "'{self}': {name} has no effect over {}; {}+{} has it",
                transport.name(),
                self.driver(),
                of.name()
            ))),
            None => Ok(()),
        }
    }
}

/// The client's parameters, decoded, and the query that is left for the server; nothing where one is not UTF-8.
pub(super) fn split(query: &EStr<IQuery>) -> Option<(Vec<(String, String)>, String)> {
    let mut client = Vec::new();
    let mut server = String::new();
    for parameter in query.split('&').flat_map(|part| part.split(';')).filter(|part| !part.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, EStr::EMPTY));
        let name = name.decode().to_string().ok()?.into_owned();
        if CLIENT.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            client.push((name, value.decode().to_string().ok()?.into_owned()));
        } else {
            server.push(if server.is_empty() { '?' } else { '&' });
            server.push_str(parameter.as_str());
        }
    }
    Some((client, server))
}
