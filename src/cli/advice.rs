//! What to do about an error: the part of a message that libvirt does not have.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use virtwire::protocol::error_body::{ErrorBody, code, domain};
use virtwire::{Error, ErrorKind};

/// Where an error happened.
pub(crate) struct Place<'a> {
    pub(crate) uri: &'a str,
    /// The URI means a daemon of the user's own.
    pub(crate) is_users_own: bool,
    pub(crate) read_only: bool,
    /// The URI names the socket.
    pub(crate) is_socket_named: bool,
}

/// Code `VIR_ERR_NO_CONNECT`: the server has no driver for this URI.
const NO_CONNECT: i32 = 5;

/// Code `VIR_ERR_NO_NAME`: the XML names nothing.
const NO_NAME: i32 = 21;

/// Code `VIR_ERR_XML_DETAIL`: the XML is not well formed.
const XML_DETAIL: i32 = 35;

/// What to do about an error, where something can be said.
pub(crate) fn about(error: &Error, place: &Place<'_>) -> Option<String> {
    if let Some((path, cause)) = error.tried().last() {
        return Some(about_socket(path, cause, place));
    }
    if let Some(advice) = error.advice() {
        return Some(advice.to_owned());
    }
    match error.kind() {
        ErrorKind::Timeout => Some(
            "the daemon may be busy, or full of clients that have not logged in; '--timeout SECONDS' waits longer"
                .to_owned(),
        ),
        ErrorKind::OutcomeUnknown => Some(format!(
            "look before you repeat it: virtwire -c '{}' net-list --all",
            place.uri
        )),
        ErrorKind::Closed => Some(
            "a daemon does this while it starts or stops, or when it has too many clients: see its log, and try again"
                .to_owned(),
        ),
        ErrorKind::Protocol => Some(format!("is what answers at '{}' really a libvirt daemon?", place.uri)),
        ErrorKind::Denied => Some(about_denial(error, place)),
        _ => about_body(error.libvirt()?, place),
    }
}

fn about_body(body: &ErrorBody, place: &Place<'_>) -> Option<String> {
    match body.code {
        code::SYSTEM_ERROR if body.domain == domain::RPC => Some(
            "the daemon that answers asked another one, which does not: for networks that is virtnetworkd; \
             'systemctl start virtnetworkd' starts it"
                .to_owned(),
        ),
        NO_CONNECT => Some(format!(
            "the daemon that answers at '{}' lacks this driver; network:///system serves networks alone",
            place.uri
        )),
        code::XML_ERROR | NO_NAME | XML_DETAIL | code::XML_INVALID_SCHEMA => {
            Some("nothing was changed; correct the XML".to_owned())
        }
        _ => None,
    }
}

fn about_socket(path: &Path, cause: &io::Error, place: &Place<'_>) -> String {
    match cause.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::PermissionDenied
            if is_socket(path) == Some(false) =>
        {
            "this is no socket: '?socket=PATH' in the URI names the daemon's".to_owned()
        }
        io::ErrorKind::PermissionDenied => about_permission(path, place),
        _ if place.is_users_own => "no daemon of your own runs, and virtwire starts none; \
             the host's daemon is at 'virtwire -c qemu:///system'"
            .to_owned(),
        io::ErrorKind::NotFound if !place.is_socket_named && has_network_daemon(path) => {
            "here a daemon listens for networks alone: 'virtwire -c network:///system'".to_owned()
        }
        io::ErrorKind::NotFound => "is the daemon running? 'systemctl start libvirtd' starts it (or \
             virtqemud.socket, virtnetworkd.socket); '?socket=PATH' in the URI names another socket"
            .to_owned(),
        io::ErrorKind::ConnectionRefused => format!(
            "the socket is there, but nobody listens: is the daemon running? 'systemctl start {}' starts it",
            service_of(path)
        ),
        _ => "'?socket=PATH' in the URI names another socket".to_owned(),
    }
}

/// Whether virtnetworkd has its socket beside this one.
fn has_network_daemon(path: &Path) -> bool {
    is_socket(&path.with_file_name("virtnetworkd-sock")) == Some(true)
}

/// The daemon that a socket is called after.
fn service_of(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let daemon = name.trim_end_matches("-ro").strip_suffix("-sock");
    daemon.filter(|daemon| daemon.starts_with("virt")).unwrap_or("libvirtd")
}

fn about_permission(path: &Path, place: &Place<'_>) -> String {
    // The read-only socket is another one, unless the socket was named.
    let looking =
        if place.read_only || place.is_socket_named { "" } else { "; '--readonly' may do for looking" };
    match group_of(path) {
        Some(group) => format!(
            "the socket is open to root and to the group '{group}': use sudo, or 'usermod -aG {group} USER' and log in again{looking}"
        ),
        None => format!("the socket is not open to this user: use sudo{looking}"),
    }
}

/// Whether what is there is a socket; nothing where that cannot be seen.
fn is_socket(path: &Path) -> Option<bool> {
    fs::metadata(path).ok().map(|metadata| metadata.file_type().is_socket())
}

/// The group that may write to a socket, if it is one to join.
fn group_of(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    if is_to_join(metadata.gid(), metadata.mode()) { group_name(metadata.gid()) } else { None }
}

/// Nobody is told to join root's group, or one that may not use the socket either.
fn is_to_join(gid: u32, mode: u32) -> bool {
    gid != 0 && mode & 0o020 != 0
}

/// The group's name in the host's own list.
fn group_name(gid: u32) -> Option<String> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
    })
}

fn about_denial(error: &Error, place: &Place<'_>) -> String {
    let number = error.libvirt().map(|body| body.code);
    match number {
        Some(code::OPERATION_DENIED) if place.read_only => {
            "this connection is read-only: leave out -r (--readonly)".to_owned()
        }
        Some(code::OPERATION_DENIED) => {
            "the connection is read-only (is the socket one of those that end in -ro?), or your rights do not reach so far"
                .to_owned()
        }
        Some(code::AUTH_FAILED | code::AUTH_UNAVAILABLE) => {
            "the daemon asked polkit, which did not agree: use sudo, join the group that its rules allow (often \
             'libvirt'), or run an agent that can ask you (pkttyagent)"
                .to_owned()
        }
        _ => "the daemon's access rules deny it to this user: use sudo, or have them changed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use super::{Place, about_socket, group_name, is_to_join, service_of};

    fn told_of(path: &Path, kind: ErrorKind, is_users_own: bool) -> String {
        let place = Place { uri: "qemu:///x", is_users_own, read_only: false, is_socket_named: false };
        about_socket(path, &Error::from(kind), &place)
    }

    fn told(kind: ErrorKind, is_users_own: bool) -> String {
        told_of(Path::new("/nonexistent/sock"), kind, is_users_own)
    }

    #[test]
    fn each_socket_that_fails_has_its_own_way_out() {
        assert!(told(ErrorKind::NotFound, false).starts_with("is the daemon running?"));
        assert!(told(ErrorKind::PermissionDenied, false).contains("use sudo"));
    }

    #[test]
    fn a_socket_without_a_listener_is_told_from_what_is_no_socket() -> Result<(), Error> {
        assert!(
            told_of(Path::new("/"), ErrorKind::ConnectionRefused, false).starts_with("this is no socket")
        );
        let path = std::env::temp_dir().join(format!("virtwire-advice-{}", std::process::id()));
        drop(UnixListener::bind(&path)?);
        let told = told_of(&path, ErrorKind::ConnectionRefused, false);
        std::fs::remove_file(&path)?;
        assert!(told.contains("nobody listens"), "{told}");
        Ok(())
    }

    #[test]
    fn the_service_that_is_to_be_started_is_the_one_whose_socket_it_is() {
        for (path, service) in [
            ("/run/libvirt/virtnetworkd-sock", "virtnetworkd"),
            ("/run/libvirt/virtqemud-sock-ro", "virtqemud"),
            ("/run/libvirt/libvirt-sock", "libvirtd"),
            ("/tmp/mine", "libvirtd"),
        ] {
            assert_eq!(service_of(Path::new(path)), service);
        }
    }

    #[test]
    fn a_session_without_a_daemon_points_to_the_hosts() {
        for kind in [ErrorKind::NotFound, ErrorKind::ConnectionRefused] {
            let told = told(kind, true);
            assert!(told.contains("virtwire starts none"), "{told}");
            assert!(told.contains("-c qemu:///system"), "{told}");
        }
    }

    #[test]
    fn a_group_is_one_to_join_where_it_may_use_the_socket_and_is_not_roots() {
        assert!(is_to_join(108, 0o140_770));
        assert!(!is_to_join(108, 0o140_700));
        assert!(!is_to_join(0, 0o140_770));
        assert_eq!(group_name(0).as_deref(), Some("root"));
        assert_eq!(group_name(u32::MAX), None);
    }
}
