//! The hypervisor on a unix socket, for several clients at once. It replaces no one else's socket, and removes its own.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::Hypervisor;

/// Clients that are served at a time; more wait in the socket's backlog.
const CLIENTS_MAX: usize = 256;

/// The socket's file, removed when this is dropped unless someone has put another in its place.
struct OwnSocket {
    path: PathBuf,
    identity: (u64, u64),
}

/// Serves until the future is dropped, or the socket fails.
pub(super) async fn listen(hypervisor: &Hypervisor, path: &Path) -> io::Result<()> {
    let (listener, _own) = bind(path).await?;
    let mut clients = JoinSet::new();
    poll_fn(|cx| accept(hypervisor, &listener, &mut clients, cx)).await
}

fn accept(
    hypervisor: &Hypervisor,
    listener: &UnixListener,
    clients: &mut JoinSet<()>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    loop {
        while let Poll::Ready(Some(_)) = clients.poll_join_next(cx) {}
        if clients.len() >= CLIENTS_MAX {
            return Poll::Pending;
        }
        match listener.poll_accept(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok((stream, _))) => {
                let hypervisor = hypervisor.clone();
                clients.spawn(async move { hypervisor.serve(stream).await });
            }
            // The client was gone before it was accepted.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
        }
    }
}

async fn bind(path: &Path) -> io::Result<(UnixListener, OwnSocket)> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path)?,
            Err(error) => return Err(error),
            Ok(_) => {
                let text = format!("{} is in use by another program", path.display());
                return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
            }
        }
    }
    let listener = UnixListener::bind(path)?;
    let identity = identity(path)?;
    let path = path.to_owned();
    Ok((listener, OwnSocket { path, identity }))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

impl Drop for OwnSocket {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            // Nobody is left to be told of a failure; the next listener removes a dead socket.
            let _ = fs::remove_file(&self.path);
        }
    }
}
