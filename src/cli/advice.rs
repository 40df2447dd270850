//! What to do about an error: the part of a message that libvirt does not have.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use virtwire::protocol::error_body::code;
use virtwire::{Error, ErrorKind};

/// Where an error happened.
pub(crate) struct Place<'a> {
    pub(crate) uri: &'a str,
    /// The URI means a daemon of the user's own.
    pub(crate) is_users_own: bool,
    pub(crate) read_only: bool,
}

/// Code `VIR_ERR_NO_CONNECT`: the server has no driver for this URI.
const NO_CONNECT: i32 = 5;

/// What to do about an error, where something can be said.
pub(crate) fn about(error: &Error, place: &Place<'_>) -> Option<String> {
    if let Some((path, cause)) = error.tried().last() {
        return Some(about_socket(path, cause, place));
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
        ErrorKind::Protocol => Some(format!("is what answers at '{}' really a libvirt daemon?", place.uri)),
        ErrorKind::Denied => Some(about_denial(error, place)),
        _ => about_code(error.libvirt()?.code, place),
    }
}

fn about_code(number: i32, place: &Place<'_>) -> Option<String> {
    match number {
        NO_CONNECT => Some(format!(
            "the daemon that answers at '{}' lacks this driver; network:///system serves networks alone",
            place.uri
        )),
        code::XML_ERROR | code::XML_INVALID_SCHEMA => Some("nothing was changed; correct the XML".to_owned()),
        _ => None,
    }
}

fn about_socket(path: &Path, cause: &io::Error, place: &Place<'_>) -> String {
    match cause.kind() {
        io::ErrorKind::PermissionDenied => about_permission(path, place),
        _ if place.is_users_own => "no daemon of your own runs, and virtwire starts none; \
             the host's daemon is at 'virtwire -c qemu:///system'"
            .to_owned(),
        io::ErrorKind::NotFound => "is the daemon running? 'systemctl start libvirtd' starts it (or \
             virtqemud.socket, virtnetworkd.socket); '?socket=PATH' in the URI names another socket"
            .to_owned(),
        io::ErrorKind::ConnectionRefused => {
            "the socket is there, but nobody listens: is the daemon running? 'systemctl start libvirtd' starts it".to_owned()
        }
        _ => "'?socket=PATH' in the URI names another socket".to_owned(),
    }
}

fn about_permission(path: &Path, place: &Place<'_>) -> String {
    let looking = if place.read_only { "" } else { "; '--readonly' may do for looking" };
    match group_of(path) {
        Some(group) => format!(
            "the socket is open to root and to the group '{group}': use sudo, or 'usermod -aG {group} USER' and log in again{looking}"
        ),
        None => format!(
            "use sudo, or join the group that may use the socket (often 'libvirt') and log in again{looking}"
        ),
    }
}

/// The group that owns a file, if its name is in the host's own list.
fn group_of(path: &Path) -> Option<String> {
    let gid = fs::metadata(path).ok()?.gid();
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
    use std::path::Path;

    use super::{Place, about_socket, group_of};

    fn told(kind: ErrorKind, is_users_own: bool) -> String {
        let place = Place { uri: "qemu:///x", is_users_own, read_only: false };
        about_socket(Path::new("/nonexistent/sock"), &Error::from(kind), &place)
    }

    #[test]
    fn each_socket_that_fails_has_its_own_way_out() {
        assert!(told(ErrorKind::NotFound, false).starts_with("is the daemon running?"));
        assert!(told(ErrorKind::ConnectionRefused, false).contains("nobody listens"));
        assert!(told(ErrorKind::PermissionDenied, false).contains("use sudo"));
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
    fn a_files_group_has_a_name() {
        assert_eq!(group_of(Path::new("/")).as_deref(), Some("root"));
        assert_eq!(group_of(Path::new("/nonexistent")), None);
    }
}
