//! The system's `ssh`, or a command of the user's own, whose standard input and output lead to a server. Speaks no SSH
//! itself: keys, agents, known hosts and jumps are ssh's own matter, and `~/.ssh/config` holds.

mod arguments;
mod child;
mod diagnosis;
mod remote;
mod said;
mod shell;
mod terminal;

use std::env;
use std::fs::File;
use std::time::Duration;

use tokio::process::Command;

use self::child::{Child, Target};
#[cfg(feature = "evidence")]
pub(crate) use self::said::Said;
pub(crate) use self::shell::Shell;
#[cfg(feature = "evidence")]
pub(crate) use self::terminal::Terminal;
use super::{Link, Login, Route};
use crate::error::{Error, Result};
use crate::uri::Uri;

/// Starts `ssh`, or what `command` names in its place.
pub(super) fn connect(route: &Route<'_>) -> Result<Link> {
    let host = route.uri.host();
    check("host", host, route.uri)?;
    check("user", route.uri.user().unwrap_or_default(), route.uri)?;
    let may_ask = route.ssh_may_ask && !route.uri.flag("no_tty")? && someone_can_be_asked();
    let within = if may_ask { route.person.max(route.within) } else { route.within };
    let shell = Shell {
        host: host.to_owned(),
        program: route.uri.parameter("command").unwrap_or("ssh").to_owned(),
        arguments: arguments::of(route, may_ask)?,
        may_ask,
        login: within,
    };
    let key_name = route.uri.port().filter(|port| *port != 22).map(|port| format!("[{host}]:{port}"));
    let target = Target::Host {
        name: host.to_owned(),
        by_hand: by_hand(route.uri),
        key_name: key_name.unwrap_or_else(|| host.to_owned()),
    };
    let child = Child::start(shell.command(&remote::script(route)?), target, shell.terminal())?;
    let login = Login {
        what: format!("reaching the daemon on {host} by ssh"),
        within,
        advice: format!(
            "is the host up, does its daemon answer, and does ssh ask what nobody answers? '{}' by hand shows it; '--timeout SECONDS' \
             waits longer",
            by_hand(route.uri)
        ),
    };
    Ok(Link { login: Some(login), shell: Some(shell), ..Link::private(child) })
}

/// Starts the command of a URI with `ext`. Nobody knows whether it keeps what it carries to itself.
pub(super) fn connect_external(route: &Route<'_>) -> Result<Link> {
    let Some(command) = route.uri.parameter("command") else {
        return Err(Error::invalid(
            "remote_open: for 'ext' transport, command is required: '?command=PROGRAM' in the URI names it",
        ));
    };
    Child::start(Command::new(command), Target::Command(command.to_owned()), None).map(Link::to_anyone)
}

/// Refuses what no host and no user is called. What begins with `-` would be an option to some programs that stand in for
/// ssh; the rest acts on the shell where `~/.ssh/config` has a `ProxyCommand` with `%h` or `%r`, which ssh itself refuses
/// only since 9.6.
fn check(what: &str, name: &str, uri: &Uri) -> Result<()> {
    let acts = |c: char| c.is_control() || c.is_whitespace() || "'`\"$\\;&<>|(){}".contains(c);
    if name.starts_with('-') || name.contains(acts) {
        return Err(Error::invalid(format!("'{uri}' names the {what} '{name}', which cannot be one")));
    }
    Ok(())
}

/// Whether ssh may find somebody to ask for a password or a passphrase, or whether a host's key is right.
fn someone_can_be_asked() -> bool {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    has_display || File::open("/dev/tty").is_ok()
}

/// What a person types to log in to the same place.
pub(super) fn by_hand(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!("-p {port} ")).unwrap_or_default();
    let user = uri.user().map(|user| format!("{user}@")).unwrap_or_default();
    format!("ssh {port}{user}{}", uri.host())
}

/// Whole seconds, as ssh counts them; nothing for times without an end.
fn seconds(time: Duration) -> Option<u64> {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    (1..24 * 3600).contains(&seconds).then_some(seconds)
}
