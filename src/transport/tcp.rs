//! TCP to a server's host, whatever runs over it: all addresses of a name, and which of them answers.
//!
//! Source: RFC 8305, for trying addresses side by side.

use std::io;
use std::iter::from_fn;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::Route;
use crate::error::{Error, ErrorKind, Result, Seconds};
use crate::step::{deadline, step};
use crate::trace;
use crate::uri::Transport;

/// libvirt's port for TCP.
pub(super) const PORT: u16 = 16509;

/// How long one address is tried alone before the next is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// That no name server answered.
const NO_ANSWER: &str = "Temporary failure in name resolution";

/// What to do about that.
const SILENT: &str =
    "the name servers of /etc/resolv.conf do not answer; with an address in place of the name, none is asked";

/// Connects to the host of a URI, for libvirt's own protocol without more.
pub(super) async fn connect(route: &Route<'_>) -> Result<TcpStream> {
    connect_to(route, PORT).await
}

/// Connects to the host of a URI, at this port unless the URI names one: to whichever of its addresses answers first.
pub(super) async fn connect_to(route: &Route<'_>, port: u16) -> Result<TcpStream> {
    let port = route.uri.port().unwrap_or(port);
    let host = route.uri.host();
    let finding = format!("looking up the addresses of {host}");
    let found = step(&finding, route.within, resolve(host, port)).await;
    let addresses = found.map_err(without_name_servers)?;
    let work = async {
        let connected = race(alternating(addresses), route.within).await;
        connected.map_err(|tried| in_vain(route, port, &tried))
    };
    let stream = trace::step(&format!("connecting to {}", place(host, port)), work).await?;
    // Calls are small, and each is waited for.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The addresses of a host, best first, as the system has them. What the system is asked cannot be taken back: after the
/// deadline its answer is not waited for.
async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let mut found = lookup(host, port).await;
    // In /etc/hosts musl heeds case, and nobody else does.
    let lower = host.to_ascii_lowercase();
    if found.is_err() && lower != host {
        found = lookup(&lower, port).await;
    }
    let found = found.map_err(|error| unknown(host, port, &error.to_string()))?;
    if found.is_empty() { Err(unknown(host, port, "it has no address")) } else { Ok(found) }
}

/// No address was found, in virsh's words, which are glibc's also where musl is asked.
fn unknown(host: &str, port: u16, why: &str) -> Error {
    let why = match why.trim_start_matches("failed to lookup address information: ") {
        "Try again" => NO_ANSWER,
        "Name does not resolve" | "Name has no usable address" => "Name or service not known",
        why => why,
    };
    let usual = match why {
        NO_ANSWER => SILENT,
        _ => "is the name right? A line in /etc/hosts makes it known, and its address does without a name",
    };
    let what = format!("Unable to resolve address '{host}' service '{port}': {why}");
    Error::way(ErrorKind::Unreachable, what, Some(without_files().unwrap_or(usual).to_owned()))
}

async fn lookup(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((host, port)).await?.collect())
}

fn without_name_servers(error: Error) -> Error {
    if error.kind() != ErrorKind::Timeout {
        return error;
    }
    let advice = without_files().unwrap_or(SILENT);
    Error::way(ErrorKind::Timeout, error.to_string(), Some(advice.to_owned()))
}

/// What a host without such files is told of names that lead nowhere.
fn without_files() -> Option<&'static str> {
    let is_there = |path: &str| Path::new(path).exists();
    match (is_there("/etc/hosts"), is_there("/etc/resolv.conf")) {
        (_, true) => None,
        (true, false) => Some(
            "there is no /etc/resolv.conf here, which would name a name server; a line in /etc/hosts makes a name known, \
             and an address does without a name",
        ),
        (false, false) => Some(
            "there is neither /etc/hosts nor /etc/resolv.conf here, which names are looked up in; an address does without \
             a name",
        ),
    }
}

/// The addresses in their order, but each second one of the other family (RFC 8305, section 4).
fn alternating(addresses: Vec<SocketAddr>) -> impl Iterator<Item = SocketAddr> {
    let first_is_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_ipv6);
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    let mut is_firsts_turn = false;
    from_fn(move || {
        is_firsts_turn = !is_firsts_turn;
        if is_firsts_turn {
            first.next().or_else(|| other.next())
        } else {
            other.next().or_else(|| first.next())
        }
    })
}

/// An address that was tried, and what came of it; nothing where it had not answered in time.
type Tried = (SocketAddr, Option<io::Error>);

/// The first connection that comes about; the attempts that it leaves behind are given up.
async fn race(
    mut addresses: impl Iterator<Item = SocketAddr>,
    within: Duration,
) -> std::result::Result<TcpStream, Vec<Tried>> {
    let mut end = pin!(sleep_until(deadline(Instant::now(), within)));
    let mut attempts = JoinSet::new();
    let mut tried: Vec<Tried> = Vec::new();
    loop {
        let next = addresses.next();
        let is_last = next.is_none();
        if let Some(address) = next {
            let number = tried.len();
            tried.push((address, None));
            attempts.spawn(async move { (number, TcpStream::connect(address).await) });
        }
        tokio::select! {
            biased;
            done = attempts.join_next() => match done {
                Some(Ok((_, Ok(stream)))) => return Ok(stream),
                Some(Ok((number, Err(error)))) => {
                    if let Some((_, cause)) = tried.get_mut(number) {
                        *cause = Some(error);
                    }
                }
                // No attempt panics, nor is given up.
                Some(Err(_)) => {}
                None => return Err(tried),
            },
            () = &mut end => return Err(tried),
            () = sleep(HEAD_START), if !is_last => {}
        }
    }
}

/// A host and a port, as people write them.
pub(super) fn place(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// No address answered: what each said, in virsh's words where there is one.
fn in_vain(route: &Route<'_>, port: u16, tried: &[Tried]) -> Error {
    let host = route.uri.host();
    let seconds = Seconds(route.within);
    let each: Vec<_> = tried
        .iter()
        .map(|(address, cause)| {
            let cause =
                cause.as_ref().map_or(format!("no answer in {seconds} seconds"), io::Error::to_string);
            let ip = address.ip().to_string();
            if ip == host { cause } else { format!("{ip}: {cause}") }
        })
        .collect();
    let what = format!("unable to connect to server at '{}': {}", place(host, port), each.join("; "));
    Error::way(ErrorKind::Unreachable, what, Some(advice(route, port, tried)))
}

fn advice(route: &Route<'_>, port: u16, tried: &[Tried]) -> String {
    let is_refused = |(_, cause): &Tried| {
        cause.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if !tried.iter().any(is_refused) {
        return format!(
            "is the host up, and does a firewall let port {port} through? '--timeout SECONDS' waits longer"
        );
    }
    let name = if route.uri.transport() == Transport::Tls { "tls" } else { "tcp" };
    format!(
        "the host is there, but nothing listens at port {port}: there, 'systemctl enable --now libvirtd-{name}.socket' \
         (virtproxyd-{name}.socket where there is no libvirtd) makes it listen"
    )
}

#[cfg(test)]
mod tests {
    use super::{SocketAddr, alternating};

    #[test]
    fn families_take_turns_and_the_systems_first_choice_begins() {
        let mixed = ["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"];
        let addresses: Vec<SocketAddr> = mixed.iter().filter_map(|text| text.parse().ok()).collect();
        let order: Vec<_> = alternating(addresses).map(|address| address.to_string()).collect();
        assert_eq!(order, ["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]);
    }
}
