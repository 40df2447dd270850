//! The blocking API: the same answers, from several threads, while the connection looks after itself.

#![cfg(all(feature = "blocking", feature = "testdaemon"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod lab;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use virtwire::blocking::{Connection, NetworkEvent, NetworkPort, NetworkState};
use virtwire::events::NetworkLifecycle;
use virtwire::protocol::frame::{self, Frame, FrameReader, Header, MessageType};
use virtwire::protocol::keepalive::{self, Pong};
use virtwire::protocol::procedure::Procedure;
use virtwire::protocol::remote::auth::{AuthList, AuthListReply};
use virtwire::protocol::remote::connect::{ConnectClose, ConnectOpen};
use virtwire::protocol::remote::network::NetworkLookupByName;
use virtwire::protocol::remote::{Text, domain};
use virtwire::protocol::xdr::{List, Xdr};
use virtwire::{Definition, ErrorKind, Options};

/// No test here waits for anything as long.
const DEADLINE: Duration = Duration::from_secs(20);

fn open() -> Connection {
    Connection::open("test:///default").unwrap()
}

/// What `work` returns, or a failure after [`DEADLINE`].
fn within<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(DEADLINE).expect("it ends in time, and without a panic")
}

/// The server's end of a connection, played by hand.
struct Peer {
    stream: UnixStream,
    reader: FrameReader,
}

impl Peer {
    /// A connection that is open, and its other end.
    fn opened(name: &str) -> (Connection, Self) {
        let path = std::env::temp_dir().join(format!("virtwire-blocking-{}-{name}", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        let uri = format!("qemu:///system?socket={}", path.display());
        let opening =
            thread::spawn(move || Connection::open_with(&Options::new().keepalive(None), &uri).unwrap());
        let stream = listener.accept().unwrap().0;
        std::fs::remove_file(path).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut peer = Self { stream, reader: FrameReader::default() };
        peer.answer::<AuthList, _>(&AuthListReply { types: List::default() });
        peer.answer::<ConnectOpen, _>(&());
        (opening.join().unwrap(), peer)
    }

    /// The next frame; `None` at the end.
    fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.reader.next_frame().unwrap() {
                return Some(frame);
            }
            let mut bytes = [0; 1024];
            match self.stream.read(&mut bytes).expect("something comes in time") {
                0 => return None,
                count => self.reader.feed(bytes.get(..count).unwrap_or_default()),
            }
        }
    }

    fn answer<P: Procedure, T: Xdr>(&mut self, value: &T) {
        let call = self.next().expect("a call");
        assert_eq!(call.header.proc, P::INFO.number);
        self.reply(&call, value);
    }

    fn reply<T: Xdr>(&mut self, call: &Frame, value: &T) {
        let mut out = BytesMut::new();
        frame::write(&Header { r#type: MessageType::Reply, ..call.header.clone() }, value, &mut out).unwrap();
        self.stream.write_all(&out).unwrap();
    }
}

#[test]
fn every_call_answers_as_the_async_one_does() {
    let connection = open();
    assert_eq!(connection.hypervisor().unwrap(), "TEST");
    assert_eq!(connection.daemon(), None);
    let xml = "<network><name>blocking</name><bridge name='vwb0'/></network>";
    let network = connection.define_network(xml, false).unwrap();
    assert_eq!(network.name(), &"blocking");
    assert_eq!(connection.lookup_network_by_uuid(network.uuid()).unwrap().name(), &"blocking");
    assert!(!network.is_active().unwrap() && network.is_persistent().unwrap());
    network.create().unwrap();
    network.set_autostart(true).unwrap();
    assert_eq!(network.bridge_name().unwrap(), "vwb0");
    let ports: Vec<NetworkPort> = network.ports().unwrap();
    assert!(ports.is_empty());
    let mut states = connection.network_states().unwrap();
    states.retain(|state| state.network.uuid() == network.uuid());
    let expected = matches!(
        states.as_slice(),
        [NetworkState { is_active: true, is_persistent: true, is_autostarted: true, .. }]
    );
    assert!(expected, "{states:?}");
    let found = connection.call(&NetworkLookupByName { name: Text::from_static("blocking") }).unwrap();
    assert_eq!(found.net.uuid, network.uuid());
    assert!(network.xml_desc(Definition::Inactive).unwrap().to_string().contains("vwb0"));
    for guest in connection.domains(domain::list::ACTIVE).unwrap() {
        assert!(guest.is_active().unwrap());
    }
    network.destroy().unwrap();
    network.undefine().unwrap();
    let gone = connection.lookup_network_by_name("blocking").unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    connection.close().unwrap();
    assert_eq!(connection.lib_version().unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn several_threads_share_a_connection() {
    let connection = open();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let connection = connection.clone();
            thread::spawn(move || {
                (0..50).filter(|_| connection.lookup_network_by_name("default").is_ok()).count()
            })
        })
        .collect();
    let answered: Vec<usize> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(answered, [50; 8]);
}

#[test]
fn pings_are_answered_while_nobody_calls() {
    let (connection, mut peer) = Peer::opened("ping");
    for _ in 0..3 {
        let mut ping = BytesMut::new();
        keepalive::write_ping(&mut ping);
        peer.stream.write_all(&ping).unwrap();
        let answer = peer.next().unwrap().header;
        assert_eq!((answer.prog, answer.proc), (keepalive::PROGRAM.number, Pong::INFO.number));
    }
    drop(connection);
}

#[test]
fn a_connection_that_is_dropped_says_goodbye_and_its_thread_ends() {
    let (connection, mut peer) = Peer::opened("goodbye");
    let dropped = thread::spawn(|| drop(connection));
    let close = peer.next().unwrap();
    assert_eq!(close.header.proc, ConnectClose::INFO.number);
    thread::sleep(Duration::from_millis(100));
    assert!(!dropped.is_finished(), "it waits for the answer");
    peer.reply(&close, &());
    assert!(peer.next().is_none());
    dropped.join().unwrap();
    let name = |task: &std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
    let count = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        tasks.filter(|task| name(task).is_ok_and(|name| name == "virtwire\n")).count()
    };
    let begin = Instant::now();
    // Those of the other tests end, too.
    while count() > 0 {
        assert!(begin.elapsed() < DEADLINE, "{} threads are left", count());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_that_does_not_answer_the_goodbye_is_waited_for_two_seconds_at_most() {
    let (connection, _peer) = Peer::opened("silent");
    let begin = Instant::now();
    drop(connection);
    let waited = begin.elapsed();
    assert!(waited >= Duration::from_millis(400), "{waited:?}");
    assert!(waited < Duration::from_secs(3), "{waited:?}");
}

/// Set in a process that is to open this URI, ask something, and end.
const URI: &str = "VIRTWIRE_TEST_BLOCKING_URI";

#[test]
fn a_program_that_ends_leaves_no_error_in_the_daemons_log() {
    if let Ok(uri) = std::env::var(URI) {
        let _ = Connection::open(&uri).unwrap().networks(0).unwrap();
        std::process::exit(0);
    }
    let Some(lab) = lab::Lab::start() else { return };
    let before = lab.log();
    let program = std::env::current_exe().unwrap().display().to_string();
    for _ in 0..10 {
        let mut command = lab.client(&program);
        let name = "a_program_that_ends_leaves_no_error_in_the_daemons_log";
        let status = command.args(["--exact", name]).env(URI, lab.uri()).status().unwrap();
        assert!(status.success());
    }
    // What would be logged is logged once the daemon reads the end.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(lab.log(), before, "the daemon has nothing to complain of");
}

#[test]
fn an_event_can_be_waited_for_with_an_end() {
    let connection = open();
    let mut events = connection.network_events().unwrap();
    let begin = Instant::now();
    let none = connection
        .network_events()
        .and_then(|mut other| {
            loop {
                match other.next_timeout(Duration::from_millis(50)) {
                    Ok(Some(_)) => {}
                    other => break other,
                }
            }
        })
        .unwrap();
    assert!(none.is_none() && begin.elapsed() >= Duration::from_millis(50));
    let xml = "<network><name>awaited</name><bridge name='vwb2'/></network>";
    let uuid = connection.create_network_xml(xml, false).unwrap().uuid();
    let started = within(move || {
        loop {
            match events.next_timeout(DEADLINE).unwrap() {
                Some(NetworkEvent::Lifecycle { network, change, .. }) if network.uuid() == uuid => {
                    break (change, events);
                }
                Some(_) => {}
                None => panic!("it comes in time"),
            }
        }
    });
    let (change, mut events) = started;
    assert_eq!(change, NetworkLifecycle::Started);
    connection.lookup_network_by_uuid(uuid).unwrap().destroy().unwrap();
    connection.close().unwrap();
    let end = loop {
        if let Err(error) = events.next_timeout(DEADLINE) {
            break error;
        }
    };
    assert_eq!(end.kind(), ErrorKind::Closed);
    assert_eq!(events.next_timeout(DEADLINE).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn events_are_an_iterator_that_ends_with_the_connection() {
    let connection = open();
    let mut events = connection.network_events().unwrap();
    let xml = "<network><name>watched</name><bridge name='vwb1'/></network>";
    let network = connection.create_network_xml(xml, false).unwrap();
    let uuid = network.uuid();
    let (events, started) = within(move || {
        let started = events.find(
            |event| matches!(event, Ok(NetworkEvent::Lifecycle { network, .. }) if network.uuid() == uuid),
        );
        (events, started)
    });
    let started = started.unwrap().unwrap();
    assert!(
        matches!(started, NetworkEvent::Lifecycle { change: NetworkLifecycle::Started, .. }),
        "{started:?}"
    );
    network.destroy().unwrap();
    let waiting = thread::spawn(move || within(move || events.last()));
    connection.close().unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
#[should_panic(expected = "Cannot start a runtime from within a runtime")]
async fn in_async_code_it_panics_and_says_why() {
    let _ = Connection::open("test:///default");
}

#[tokio::test]
async fn in_a_blocking_task_of_async_code_it_works() {
    let task = tokio::task::spawn_blocking(|| open().lookup_network_by_name("default").is_ok());
    assert!(task.await.unwrap());
}

#[test]
fn async_code_can_use_the_same_connection() {
    let connection = open();
    let [first, second] = ["default", "nope"].map(|name| connection.inner().lookup_network_by_name(name));
    let (first, second) = connection.wait(async { tokio::join!(first, second) });
    assert!(first.is_ok() && second.is_err());
}

/// What there is outside and not here, and why.
const OTHERWISE: [(&str, &str); 3] = [
    ("next", "events are an iterator"),
    ("open_uri", "open_with takes what a person writes; the rest is done by wait and inner"),
    ("open_over", "streams are async"),
];

/// The words behind `before`, in the files of these folders and in these files.
fn words_behind(before: &str, paths: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = paths.iter().map(|path| root.join(path)).flat_map(|path| match path.is_dir() {
        true => std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => vec![path],
    });
    let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
    text.split(before).skip(1).map(|rest| rest.split(is_end).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_async_method_has_its_blocking_one() {
    let outside = words_behind("pub async fn ", &["connection", "disable", "domain.rs", "events", "network"]);
    let here = words_behind("fn ", &["blocking"]);
    assert!(outside.len() > 30, "{outside:?}");
    let missing: Vec<_> =
        outside.difference(&here).filter(|name| OTHERWISE.iter().all(|(but, _)| but != name)).collect();
    assert!(missing.is_empty(), "a row in src/blocking is missing for {missing:?}");
}
