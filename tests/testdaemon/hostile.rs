//! Clients that mean harm: nothing they send or do not read makes the server panic, grow or stop serving others.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::remote::auth::AuthList;
use virtwire_protocol::remote::connect::ConnectOpen;
use virtwire_protocol::remote::network::{
    ConnectListAllNetworks, ConnectNetworkEventRegisterAny, ConnectNumOfNetworks, NetworkCreate,
    NetworkDestroy,
};
use virtwire_protocol::session::{Outgoing, Session};
use virtwire_protocol::{Call, Event, service};

use crate::peer::{Peer, within};

fn serve(hypervisor: &Hypervisor, capacity: usize) -> (tokio::io::DuplexStream, JoinHandle<()>) {
    let (client, server) = duplex(capacity);
    let hypervisor = hypervisor.clone();
    (client, tokio::spawn(async move { hypervisor.serve(server).await }))
}

/// The frames of these calls, one behind the other.
struct Script(Session);

impl Script {
    fn opening() -> Self {
        let open = ConnectOpen { name: None, flags: 0 };
        Self(Session::default()).then(&AuthList {}).then(&open)
    }

    fn then<C: Call>(mut self, call: &C) -> Self {
        self.0.call(Outgoing::new(call).unwrap());
        self
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.unsent().to_vec()
    }
}

#[tokio::test]
async fn garbage_ends_the_connection_and_no_other() {
    let hypervisor = Hypervisor::default();
    let mut bystander = Peer::open(&hypervisor).await;
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 28], &[0xff; 64], &[0, 0, 0, 27, 1]] {
        let (mut client, server) = serve(&hypervisor, 4096);
        client.write_all(garbage).await.unwrap();
        within(server).await.unwrap();
        assert_eq!(bystander.ok(&ConnectNumOfNetworks {}).await.num, 1);
    }
}

#[tokio::test]
async fn a_connection_that_ends_anywhere_in_a_frame_just_ends() {
    let hypervisor = Hypervisor::default();
    let frames = Script::opening().then(&ConnectNumOfNetworks {}).bytes();
    for cut in 0..frames.len() {
        let (mut client, server) = serve(&hypervisor, 4096);
        client.write_all(&frames[..cut]).await.unwrap();
        drop(client);
        within(server).await.unwrap();
    }
}

#[tokio::test]
async fn calls_that_come_in_any_pieces_are_answered() {
    let hypervisor = Hypervisor::default();
    let frames = Script::opening().then(&ConnectNumOfNetworks {}).bytes();
    for size in [1, 3, 7, 29, frames.len()] {
        let (mut client, server) = serve(&hypervisor, 4096);
        for piece in frames.chunks(size) {
            client.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        client.shutdown().await.unwrap();
        let mut answers = Vec::new();
        within(client.read_to_end(&mut answers)).await.unwrap();
        assert_eq!(answers.len(), 36 + 28 + 32, "{size}");
        within(server).await.unwrap();
    }
}

#[tokio::test]
async fn mutated_calls_are_answered_or_end_the_connection() {
    let hypervisor = Hypervisor::default();
    let list = ConnectListAllNetworks { need_results: 1, flags: 0 };
    let frames =
        Script::opening().then(&list).then(&ConnectNetworkEventRegisterAny { event_id: 0, net: None });
    let frames = frames.bytes();
    for at in 0..frames.len() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = frames.clone();
            bytes[at] = value;
            let (mut client, server) = serve(&hypervisor, 1 << 16);
            client.write_all(&bytes).await.unwrap();
            client.shutdown().await.unwrap();
            let mut answers = Vec::new();
            within(client.read_to_end(&mut answers)).await.unwrap();
            within(server).await.expect("no panic");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_calls_that_reads_no_answer_is_not_taken_in() {
    let hypervisor = Hypervisor::with_networks(100);
    let (mut client, server) = serve(&hypervisor, 1024);
    client.write_all(&Script::opening().bytes()).await.unwrap();
    let call = Script(Session::default()).then(&ConnectListAllNetworks { need_results: 1, flags: 0 }).bytes();
    let mut sent = 0_usize;
    // The clock is paused: a second passes once nothing moves any more.
    while tokio::time::timeout(Duration::from_secs(1), client.write_all(&call)).await.is_ok() {
        sent += 1;
        assert!(sent < 10_000, "the server takes in whatever it is sent");
    }
    // About 256 KiB of answers and what the pipe and one read hold.
    assert!(sent > 50, "{sent}");
    drop(client);
    within(server).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_late_gets_every_answer() {
    let hypervisor = Hypervisor::with_networks(100);
    let (client, server) = serve(&hypervisor, 1024);
    let (mut reads, mut writes) = tokio::io::split(client);
    let mut script = Script::opening();
    for _ in 0..500 {
        script = script.then(&ConnectListAllNetworks { need_results: 1, flags: 0 });
    }
    let writer = tokio::spawn(async move {
        writes.write_all(&script.bytes()).await.unwrap();
        writes.shutdown().await.unwrap();
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut answers = Vec::new();
    within(reads.read_to_end(&mut answers)).await.unwrap();
    within(writer).await.unwrap();
    within(server).await.unwrap();
    let mut count = 0;
    let mut rest = &answers[..];
    while let Some(length) = rest.first_chunk() {
        rest = &rest[u32::from_be_bytes(*length) as usize..];
        count += 1;
    }
    assert_eq!(count, 502);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_no_events_is_given_up_and_the_others_go_on() {
    let hypervisor = Hypervisor::default();
    let (mut silent, server) = serve(&hypervisor, 1024);
    let register = ConnectNetworkEventRegisterAny { event_id: 0, net: None };
    silent.write_all(&Script::opening().then(&register).bytes()).await.unwrap();
    let mut busy = Peer::open(&hypervisor).await;
    let net = busy.lookup("default").await;
    let mut changes = 0;
    while !server.is_finished() {
        busy.ok(&NetworkDestroy { net: net.clone() }).await;
        busy.ok(&NetworkCreate { net: net.clone() }).await;
        changes += 2;
        assert!(changes < 20_000, "events pile up without end");
    }
    within(server).await.unwrap();
    // Two buffers of 256 KiB, 68 bytes an event.
    assert!(changes > 3_000, "{changes}");
    assert_eq!(busy.ok(&ConnectNumOfNetworks {}).await.num, 1);
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_as_far_as_it_is_read() {
    let hypervisor = Hypervisor::default();
    let (mut client, server) = serve(&hypervisor, 1024);
    let mut pings = bytes::BytesMut::new();
    for _ in 0..1000 {
        service::write_event(&ping(), &mut pings).unwrap();
    }
    let flood = async { while client.write_all(&pings).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_millis(300), flood).await.is_err());
    drop(client);
    within(server).await.unwrap();
}

fn ping() -> impl Event {
    virtwire_protocol::keepalive::Ping {}
}

#[tokio::test]
async fn a_thousand_clients_that_come_and_go_leave_nothing_behind() {
    let folder = tempfile();
    let path = folder.join("sock");
    let hypervisor = Hypervisor::default();
    let listening = tokio::spawn({
        let (hypervisor, path) = (hypervisor.clone(), path.clone());
        async move { hypervisor.listen(path).await }
    });
    within(async {
        while UnixStream::connect(&path).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let frames = Script::opening().then(&ConnectNumOfNetworks {}).bytes();
    for number in 0..1000_usize {
        let mut client = within(UnixStream::connect(&path)).await.unwrap();
        let cut = number % (frames.len() + 1);
        // The server may be gone already where it was sent garbage; here it never is.
        client.write_all(&frames[..cut]).await.unwrap();
    }
    let mut last = within(UnixStream::connect(&path)).await.unwrap();
    last.write_all(&frames).await.unwrap();
    last.shutdown().await.unwrap();
    let mut answers = Vec::new();
    within(last.read_to_end(&mut answers)).await.unwrap();
    assert_eq!(answers.len(), 36 + 28 + 32);

    let again = Hypervisor::default().listen(&path).await.unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::AddrInUse);
    assert!(path.exists(), "a live socket is left alone");
    listening.abort();
    within(listening).await.unwrap_err();
    assert!(!path.exists(), "its own socket is removed");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_dead_socket_is_replaced_and_a_file_is_not() {
    let folder = tempfile();
    let dead = folder.join("dead");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let hypervisor = Hypervisor::default();
    let listening = tokio::time::timeout(Duration::from_millis(100), hypervisor.listen(&dead)).await;
    assert!(listening.is_err(), "{listening:?}");
    let file = folder.join("file");
    std::fs::write(&file, "x").unwrap();
    let refused = within(hypervisor.listen(&file)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
    std::fs::remove_dir_all(folder).unwrap();
}

/// A folder of this test's own.
pub(crate) fn tempfile() -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("virtwire-testd-{}-{number}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}
