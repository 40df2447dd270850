//! 2,000 hosts, each an in-memory daemon behind a socket of its own: what they cost the program, and how long they take.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use virtwire::Connection;
use virtwire::testdaemon::Hypervisor;

use crate::cli::{Folder, virtwire};

const HOSTS: usize = 2000;

/// How many calls a host answers: opening, what it can do, three lists, closing.
const CALLS: usize = 7;

/// The daemons, on a thread of their own; their URIs.
fn daemons(folder: &Folder) -> Vec<String> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("a soft limit may be as high as the hard one");
    let sockets: Vec<PathBuf> = (0..HOSTS).map(|number| folder.path(&number.to_string())).collect();
    let served = sockets.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut serving = tokio::task::JoinSet::new();
        runtime.block_on(async {
            for socket in served {
                serving.spawn(async move { Hypervisor::default().listen(&socket).await });
            }
            serving.join_next().await
        });
    });
    let begin = Instant::now();
    for socket in &sockets {
        while std::os::unix::net::UnixStream::connect(socket).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "2,000 sockets can be opened: {socket:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
    sockets.iter().map(|socket| format!("test+unix:///default?socket={}", socket.display())).collect()
}

/// What a process took at most: memory in KiB, and descriptors.
#[derive(Debug, Default)]
struct Peak {
    memory: u64,
    descriptors: usize,
}

fn peak_of(child: &mut Child) -> Peak {
    let mut peak = Peak::default();
    let folder = format!("/proc/{}", child.id());
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(120), "it ends");
        // Until it has begun, it is a copy of this very process, with all that this one has open.
        if fs::read_link(format!("{folder}/exe")).ok() != Some(env!("CARGO_BIN_EXE_virtwire").into()) {
            continue;
        }
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let memory = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak.memory = peak.memory.max(memory.unwrap_or(0));
        let descriptors = fs::read_dir(format!("{folder}/fd")).map_or(0, Iterator::count);
        peak.descriptors = peak.descriptors.max(descriptors);
        thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// How long the program takes, what it takes at most, and how many lines it writes.
fn list_all(file: &str, before: &[&str]) -> (Duration, Peak, usize) {
    let begin = Instant::now();
    let mut child = virtwire(&[&["--hosts", file], before, &["net-list", "--all"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = thread::spawn(move || out.lines().map_while(Result::ok).count());
    let peak = peak_of(&mut child);
    assert!(child.wait().unwrap().success());
    (begin.elapsed(), peak, reader.join().unwrap())
}

/// How long one host takes to answer as many calls, one after the other on one connection.
fn calls_of_one(uri: &str) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connection = Connection::open(uri).await.unwrap();
        let begin = Instant::now();
        for _ in 0..HOSTS * CALLS {
            connection.lookup_network_by_name("default").await.unwrap();
        }
        let took = begin.elapsed();
        connection.close().await.unwrap();
        took
    })
}

/// One host under as many names as there are hosts.
fn names_of_one(folder: &Folder) -> String {
    let name = |number| {
        let link = folder.path(&format!("name-{number}"));
        std::os::unix::fs::symlink(folder.path("0"), &link).unwrap();
        format!("test+unix:///default?socket={}\n", link.display())
    };
    (0..HOSTS).map(name).collect()
}

#[test]
fn two_thousand_hosts_take_the_memory_of_a_few_and_are_at_least_half_as_fast_as_one() {
    let folder = Folder::new("many");
    let uris = daemons(&folder);
    let all = folder.file("hosts", uris.join("\n").as_bytes());
    let few = folder.file("few", uris[..100].join("\n").as_bytes());
    let one = folder.file("one", names_of_one(&folder).as_bytes());
    let (_, of_few, lines) = list_all(&few, &["-o", "jsonl"]);
    assert_eq!(lines, 100);
    let (mut best, mut best_of_calls) = (f64::MAX, f64::MAX);
    for _ in 0..3 {
        let calls = calls_of_one(&uris[0]);
        let (alone, _, lines) = list_all(&one, &["-o", "jsonl", "--parallel", "1"]);
        assert_eq!(lines, HOSTS);
        let (many, peak, lines) = list_all(&all, &["-o", "jsonl"]);
        assert_eq!(lines, HOSTS);
        assert!(peak.memory > 0 && peak.memory < of_few.memory + 4096, "{peak:?}, {of_few:?}");
        // A socket for each of 32, those that are about to be closed, and what the program itself has open.
        assert!(peak.descriptors > 8 && peak.descriptors < 2 * 32 + 24, "{peak:?}");
        best = best.min(many.as_secs_f64() / alone.as_secs_f64());
        best_of_calls = best_of_calls.min(many.as_secs_f64() / calls.as_secs_f64());
        eprintln!(
            "calls of one {calls:?}, one after the other {alone:?}, many {many:?}, {peak:?}, {of_few:?}"
        );
    }
    assert!(best < 2.0, "2,000 hosts took {best} times as long as one that was asked 2,000 times");
    // What the program does with a host beside its calls costs more than they do until a compiler has worked on it.
    let is_as_people_have_it = !cfg!(debug_assertions);
    assert!(
        !is_as_people_have_it || best_of_calls < 2.0,
        "they took {best_of_calls} times as long as the calls"
    );
}
