//! Unix sockets of this host: which path a URI means, and connecting to it. No daemon is ever started.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::config::{Config, user_directory};
use crate::error::{Cause, Error, Result};
use crate::uri::{Mode, Uri};

/// The system daemons' sockets. libvirt's own client says `/var/run`; both are one folder wherever `/run` exists.
const SYSTEM: &str = "/run/libvirt";

/// Most bytes that the kernel takes for a socket's path (unix(7)).
const PATH_MAX: usize = 107;

/// The sockets that a URI may mean, best first.
pub(super) fn candidates(uri: &Uri, config: &Config, read_only: bool) -> Result<Vec<PathBuf>> {
    let mode = uri.mode()?.or(config.remote_mode).unwrap_or_default();
    if let Some(socket) = named(uri)? {
        return Ok(vec![socket.into()]);
    }
    let is_session = uri.is_session();
    let folder = if is_session { session_folder()? } else { SYSTEM.into() };
    // Session daemons have no read-only socket: there, the flag of OPEN alone makes a connection read-only.
    let suffix = if read_only && !is_session { "sock-ro" } else { "sock" };
    let direct = folder.join(format!("virt{}d-{suffix}", uri.driver()));
    let legacy = folder.join(format!("libvirt-{suffix}"));
    Ok(match mode {
        Mode::Direct => vec![direct],
        Mode::Legacy => vec![legacy],
        Mode::Auto => vec![direct, legacy],
    })
}

/// The socket that a URI names.
pub(super) fn named(uri: &Uri) -> Result<Option<&str>> {
    let socket = uri.parameter("socket");
    match socket.map(str::len) {
        Some(length) if !(1..=PATH_MAX).contains(&length) => Err(Error::invalid(format!(
            "the path of the socket has {length} bytes; 1 to {PATH_MAX} are possible"
        ))),
        _ => Ok(socket),
    }
}

fn session_folder() -> Result<PathBuf> {
    user_directory("XDG_RUNTIME_DIR", ".cache").map(|folder| folder.join("libvirt")).ok_or_else(|| {
        Error::invalid(
            "neither XDG_RUNTIME_DIR nor HOME is set, so the session daemon's socket cannot be found",
        )
    })
}

/// Connects to the first of the sockets that exists.
pub(super) async fn connect(candidates: Vec<PathBuf>) -> Result<UnixStream> {
    let mut tried = Vec::new();
    for path in candidates {
        match connect_to(&path).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                let is_absent = error.kind() == io::ErrorKind::NotFound;
                tried.push((path, error));
                if !is_absent {
                    break;
                }
            }
        }
    }
    Err(Cause::Unreachable(tried).into())
}

/// How long to wait before a daemon whose queue of clients is full is tried again. The deadline of opening ends this.
const FULL: Duration = Duration::from_millis(50);

async fn connect_to(path: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(FULL).await,
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(uri: &str, config: &str, read_only: bool) -> Vec<String> {
        let uri = Uri::parse(uri).unwrap();
        let found = candidates(&uri, &Config::parse(config).unwrap(), read_only).unwrap();
        found.into_iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn the_drivers_own_daemon_is_asked_before_libvirtd_unless_a_mode_says_otherwise() {
        let (own, legacy) = ("/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock");
        assert_eq!(paths("qemu:///system", "", false), [own, legacy]);
        assert_eq!(paths("qemu:///system?mode=direct", "", false), [own]);
        assert_eq!(paths("qemu:///system?mode=legacy", "", false), [legacy]);
        assert_eq!(paths("qemu:///system", "remote_mode = 'legacy'", false), [legacy]);
        assert_eq!(paths("qemu:///system?mode=auto", "remote_mode = 'legacy'", false), [own, legacy]);
        assert_eq!(paths("network:///system?mode=direct", "", false), ["/run/libvirt/virtnetworkd-sock"]);
    }

    #[test]
    fn reading_only_goes_to_the_read_only_socket_unless_one_is_named() {
        assert_eq!(paths("qemu:///system?mode=legacy", "", true), ["/run/libvirt/libvirt-sock-ro"]);
        assert_eq!(paths("qemu:///system?socket=/a%20b", "", true), ["/a b"]);
    }

    #[test]
    fn a_socket_that_cannot_be_one_is_refused_before_it_is_tried() {
        let long = format!("qemu:///system?socket=/{}", "x".repeat(PATH_MAX));
        for (uri, length) in [("qemu:///system?socket=", 0), (long.as_str(), 108)] {
            let error = candidates(&Uri::parse(uri).unwrap(), &Config::default(), false).unwrap_err();
            let said = format!("the path of the socket has {length} bytes; 1 to 107 are possible");
            assert_eq!(error.to_string(), said);
        }
    }

    #[tokio::test]
    async fn the_first_socket_that_exists_is_the_one_and_all_that_were_tried_are_named() {
        let folder = std::env::temp_dir().join(format!("virtwire-unix-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [absent, refused, listening] = ["absent", "refused", "listening"].map(|name| folder.join(name));
        drop(std::os::unix::net::UnixListener::bind(&refused).unwrap());
        let _listener = std::os::unix::net::UnixListener::bind(&listening).unwrap();
        let found = connect(vec![absent.clone(), listening.clone()]).await;
        let stopped = connect(vec![absent.clone(), refused.clone(), listening]).await;
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(found.is_ok());
        let error = stopped.unwrap_err();
        let tried: Vec<_> = error.tried().iter().map(|(path, cause)| (path.clone(), cause.kind())).collect();
        assert_eq!(tried, [(absent, io::ErrorKind::NotFound), (refused, io::ErrorKind::ConnectionRefused)]);
    }
}
