//! What runs at the other end of ssh: libvirt's `virt-ssh-helper`, which finds the daemon's socket there, or netcat, which
//! is told where it is. Nothing of a URI acts on the shell there.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::shell::quoted;
use crate::transport::{Route, unix};
use crate::uri::{Mode, Proxy};

/// The daemon's socket on another host: there need not be a `/run`, but `/var/run` is everywhere.
const SOCKET: &str = "/var/run/libvirt/libvirt-sock";

/// The script for the other end.
pub(super) fn script(route: &Route<'_>) -> Result<String> {
    let (helper, netcat) = (helper(route), netcat(route)?);
    Ok(match proxy(route)? {
        Proxy::Native => helper,
        Proxy::Netcat => netcat,
        Proxy::Auto => {
            format!("if command -v virt-ssh-helper >/dev/null 2>&1; then {helper}; else {netcat}; fi")
        }
    })
}

/// Which of the two is meant. The helper takes neither a socket nor a netcat, and without it nobody knows where a user's
/// own daemon listens there.
fn proxy(route: &Route<'_>) -> Result<Proxy> {
    let uri = route.uri;
    let named = uri.proxy()?;
    let is_own_daemon = uri.names_session() && uri.parameter("socket").is_none();
    let for_netcat = ["socket", "netcat"].into_iter().find(|name| uri.parameter(name).is_some());
    match (named, for_netcat) {
        (Some(Proxy::Native), Some(name)) => {
            Err(Error::invalid(format!("{name} is not valid with proxy=native: it is for netcat")))
        }
        (Some(Proxy::Netcat), _) | (_, Some(_)) if is_own_daemon => Err(Error::invalid(format!(
            "'{uri}': over netcat, where a user's own daemon listens must be said by socket=PATH"
        ))),
        (_, Some(_)) => Ok(Proxy::Netcat),
        _ if is_own_daemon => Ok(Proxy::Native),
        (named, None) => Ok(named.or(route.config.remote_proxy).unwrap_or(Proxy::Auto)),
    }
}

fn helper(route: &Route<'_>) -> String {
    let read_only = if route.read_only { "-r " } else { "" };
    format!("exec virt-ssh-helper {read_only}{}", quoted(&route.uri.server_name()))
}

/// Debian's netcat stays when its input ends unless told `-q0`, which others do not know.
fn netcat(route: &Route<'_>) -> Result<String> {
    let socket = socket(route)?;
    let (nc, socket) = (quoted(route.uri.parameter("netcat").unwrap_or("nc")), quoted(&socket));
    Ok(format!(
        "if LC_ALL=C {nc} -q 2>&1 </dev/null | grep \"requires an argument\" >/dev/null; then exec {nc} -q0 -U {socket}; \
         else exec {nc} -U {socket}; fi"
    ))
}

fn socket<'a>(route: &Route<'a>) -> Result<Cow<'a, str>> {
    if let Some(socket) = unix::named(route.uri)? {
        return Ok(socket.into());
    }
    let mode = route.uri.mode()?.or(route.config.remote_mode).unwrap_or_default();
    if mode == Mode::Direct {
        return Err(Error::unsupported(
            "Operation not supported: Cannot use direct socket mode for ssh transport",
        ));
    }
    Ok(if route.read_only { format!("{SOCKET}-ro").into() } else { SOCKET.into() })
}
