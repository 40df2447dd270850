//! Servers on a unix socket, each on a thread that lives as long as the test's process.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use virtwire::testdaemon::Hypervisor;

use super::Folder;

/// The number of `network_destroy`.
pub(crate) const DESTROY: u32 = 42;

/// The in-memory hypervisor behind a socket; the URI that leads to it, for `driver:///path`.
pub(crate) fn hypervisor(folder: &Folder, hypervisor: Hypervisor, base: &str) -> String {
    let path = folder.path("hypervisor");
    let at = path.clone();
    spawn(async move { hypervisor.listen(&at).await });
    await_socket(&path);
    uri(base, &path)
}

/// The number of `network_set_autostart`.
pub(crate) const SET_AUTOSTART: u32 = 48;

/// A hypervisor whose every answer is lost from the moment a call of this procedure arrives.
pub(crate) fn mute_from(folder: &Folder, procedure: u32) -> String {
    muted(folder, Hypervisor::default(), procedure)
}

/// The same of this hypervisor.
pub(crate) fn muted(folder: &Folder, hypervisor: Hypervisor, procedure: u32) -> String {
    let path = folder.path("mute");
    let at = path.clone();
    spawn(async move {
        let listener = tokio::net::UnixListener::bind(&at)?;
        loop {
            let (client, _) = listener.accept().await?;
            let (near, far) = tokio::io::duplex(64 * 1024);
            let serving = hypervisor.clone();
            tokio::spawn(async move { serving.serve(far).await });
            tokio::spawn(until(client, near, procedure));
        }
    });
    await_socket(&path);
    uri("qemu:///system", &path)
}

/// Passes frames on, one by one, until a call of `procedure`; that one reaches the server, and nothing comes back.
async fn until(mut client: tokio::net::UnixStream, server: tokio::io::DuplexStream, procedure: u32) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let calls = async {
        while let Ok(length) = from_client.read_u32().await {
            let mut frame = vec![0; length as usize - 4];
            if from_client.read_exact(&mut frame).await.is_err() {
                return;
            }
            let _ = to_server.write_u32(length).await;
            let _ = to_server.write_all(&frame).await;
            if frame.get(8..12) == Some(&procedure.to_be_bytes()) {
                return;
            }
        }
    };
    let answers = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! { () = calls => (), _ = answers => () }
    // Whoever waits for the answer waits: the connection stays open, and silent.
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// A server that accepts every connection, writes `greeting`, and then neither reads nor writes.
pub(crate) fn silent(folder: &Folder, greeting: &'static [u8]) -> String {
    let path = folder.path("silent");
    greet(&path, greeting, true);
    uri("qemu:///system", &path)
}

/// The same at any path; where it does not stay, it closes every connection behind the first call of its client.
pub(crate) fn greet(path: &Path, greeting: &'static [u8], stays: bool) {
    let listener = UnixListener::bind(path).expect("the folder is ours");
    thread::spawn(move || {
        let mut kept = Vec::new();
        for client in listener.incoming().flatten() {
            let _ = (&client).write_all(greeting);
            if stays {
                kept.push(client);
            } else {
                let _ = (&client).read_exact(&mut [0; 28]);
            }
        }
    });
}

/// A socket that nobody listens at any more.
pub(crate) fn dead(folder: &Folder) -> String {
    let path = folder.path("dead");
    drop(UnixListener::bind(&path).expect("the folder is ours"));
    uri("qemu:///system", &path)
}

pub(crate) fn uri(base: &str, socket: &Path) -> String {
    format!("{base}?socket={}", socket.display())
}

fn spawn(serving: impl Future<Output = std::io::Result<()>> + Send + 'static) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.and_then(|runtime| runtime.block_on(serving))
    });
}

fn await_socket(path: &Path) {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || {
        while std::os::unix::net::UnixStream::connect(&path).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = sender.send(());
    });
    receiver.recv_timeout(super::DEADLINE).expect("the server listens in time");
}
