//! How much memory a list takes. Nearly all of it is the program's own file, of which the kernel maps 64 KiB around each page
//! that is touched: so this is about where the functions lie, which dist/link.sh sees to.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{Advice, fadvise};
use virtwire::Connection;

use crate::root::program;

const DEADLINE: Duration = Duration::from_secs(60);

/// The program's own in-memory hypervisor; it ends with the test.
struct Testd {
    daemon: Child,
    folder: PathBuf,
}

impl Testd {
    fn start(program: &str, test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("virtwire-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder is ours");
        let listen = format!("unix:{}", folder.join("socket").display());
        let mut daemon = Command::new(program);
        daemon.args(["testd", "--listen", &listen]).stdout(Stdio::null());
        let daemon = Self { daemon: daemon.spawn().expect("the program starts"), folder };
        until("it listens", || daemon.folder.join("socket").exists().then_some(()));
        daemon
    }

    fn uri(&self) -> String {
        format!("test+unix:///default?socket={}", self.folder.join("socket").display())
    }

    /// Gives it so many networks in all.
    fn bring(&self, networks: usize) {
        let runtime = tokio::runtime::Runtime::new().expect("there are threads");
        runtime.block_on(async {
            let connection = Connection::open(&self.uri()).await.expect("it answers");
            for number in 1..networks {
                let bridge = format!("<bridge name='br-{number}'/>");
                let xml = format!("<network><name>network-{number}</name>{bridge}</network>");
                connection.define_network(xml, false).await.expect("it takes one more");
            }
            connection.close().await.expect("it says goodbye");
        });
    }
}

impl Drop for Testd {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn until<T>(what: &str, mut is_so: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = is_so() {
            return found;
        }
        assert!(begin.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        sleep(Duration::from_millis(10));
    }
}

/// A stream that takes nothing more, and who would have to read from it.
fn full() -> (OwnedFd, UnixStream) {
    let (mut writer, reader) = UnixStream::pair().expect("there are descriptors");
    writer.set_nonblocking(true).expect("it can be told");
    while match writer.write(&[0; 4096]) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        Err(error) => panic!("{error}"),
    } {}
    writer.set_nonblocking(false).expect("it can be told");
    (writer.into(), reader)
}

/// Has the kernel read the file anew: how much of it a process is given at once depends on how it came into memory.
fn forget(program: &str) {
    let file = fs::File::open(program).expect("it is there");
    file.sync_all().expect("it can be written");
    fadvise(&file, 0, None, Advice::DontNeed).expect("it is a file");
}

/// The most memory, in KiB, that `net-list` has held when it prints; `None` where there is no static program to ask.
fn peak(networks: usize, test: &str) -> Option<u64> {
    let program = program()?;
    forget(&program);
    let daemon = Testd::start(&program, test);
    daemon.bring(networks);
    let (stdout, _reader) = full();
    let mut list = Command::new(&program);
    list.args(["-c", &daemon.uri(), "net-list", "--all"]).stdout(stdout).env_clear();
    let mut list = list.spawn().expect("the program starts");
    let process = Path::new("/proc").join(list.id().to_string());
    let read = |file: &str| fs::read_to_string(process.join(file)).expect("it runs");
    // A system call with standard output as its first argument: it writes, for which it has done all the rest.
    until("it prints", || (read("syscall").split(' ').nth(1) == Some("0x1")).then_some(()));
    let status = read("status");
    let _ = list.kill();
    let _ = list.wait();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is told");
    Some(line.trim().trim_end_matches(" kB").parse().expect("it is a number"))
}

/// What to do where it takes more.
const REMEDY: &str = "KiB: dist/start.sh lists anew what a start runs";

#[test]
fn a_list_of_one_network_takes_at_most_two_and_a_half_mib() {
    let Some(peak) = peak(1, "memory-1") else { return };
    assert!((512..=2_560).contains(&peak), "{peak} {REMEDY}");
}

#[test]
fn a_list_of_a_thousand_networks_takes_at_most_three_mib() {
    let Some(peak) = peak(1_000, "memory-1000") else { return };
    assert!((512..=3_072).contains(&peak), "{peak} {REMEDY}");
}
