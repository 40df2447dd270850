//! Places to work at, side by side: each has a proxy, a network and a second way to the daemon of its own.

use std::future::Future;
use std::io::{Write, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use virtwire::testdaemon::Hypervisor;
use virtwire::{Connection, Network, Options, Timeouts};

use super::lab::Lab;
use super::lab::relay::uri;
use super::lab::state::{Kind, Net};
use super::proxy::Proxy;

/// No conversation of a test may take longer, however it goes wrong.
pub(crate) const IN_TIME: Duration = Duration::from_secs(20);

/// A daemon, and a folder for what tests put beside it.
#[derive(Debug)]
pub(crate) enum Daemon {
    /// libvirtd.
    Real(Lab),
    /// The in-memory one, behind a socket in this folder.
    InMemory(PathBuf),
}

impl Daemon {
    /// A real one; `None` where it cannot run.
    pub(crate) fn real() -> Option<Self> {
        Lab::start().map(Self::Real)
    }

    /// An empty in-memory one.
    pub(crate) fn in_memory() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("vwfault-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let daemon = Self::InMemory(folder);
        let socket = daemon.socket();
        thread::spawn(move || {
            let hypervisor = Hypervisor::empty();
            runtime().block_on(hypervisor.listen(socket))
        });
        let end = Instant::now() + IN_TIME;
        while std::os::unix::net::UnixStream::connect(daemon.socket()).is_err() {
            assert!(Instant::now() < end, "it does not listen");
            thread::sleep(Duration::from_millis(5));
        }
        daemon
    }

    pub(crate) fn socket(&self) -> PathBuf {
        match self {
            Self::Real(lab) => lab.socket(),
            Self::InMemory(folder) => folder.join("sock"),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Real(lab) => lab.dir(),
            Self::InMemory(folder) => folder,
        }
    }

    /// How long what is not answered is waited for: longer than this daemon takes for anything that it does answer.
    fn patience(&self) -> Duration {
        match self {
            Self::Real(_) => Duration::from_millis(1500),
            Self::InMemory(_) => Duration::from_millis(1500),
        }
    }

    /// Works on all cases before real daemons, some hundred each. libvirtd 9.0.0 aborts about once in two thousand such
    /// cases, its heap corrupted (glibc: "unsorted double linked list corrupted"), when clients are gone while it works
    /// for them: what it was asked meanwhile is asked of another one, and that is said.
    pub(crate) fn work_on_real<C: Send + Clone>(at_a_time: u8, cases: &[C], work: impl Fn(&Desk, C) + Sync) {
        for cases in cases.chunks(200) {
            for is_last in [false, false, true] {
                let Some(mut daemon) = Self::real() else { return };
                let all = AssertUnwindSafe(|| daemon.work(at_a_time, cases.to_vec(), &work));
                let Err(panic) = catch_unwind(all) else { break };
                if is_last || daemon.runs() {
                    resume_unwind(panic);
                }
                let _ = writeln!(stderr(), "\nthe daemon died: {} cases once more\n", cases.len());
            }
        }
    }

    /// Whether it has not ended.
    fn runs(&mut self) -> bool {
        match self {
            Self::Real(lab) => lab.runs(),
            Self::InMemory(_) => true,
        }
    }

    /// Works on all cases, so many at a time.
    pub(crate) fn work<C: Send>(&self, at_a_time: u8, cases: Vec<C>, work: impl Fn(&Desk, C) + Sync) {
        let cases = Mutex::new(cases.into_iter());
        let next = || cases.lock().expect("no thread panics with it").next();
        thread::scope(|scope| {
            for number in 0..at_a_time {
                let (next, work) = (&next, &work);
                scope.spawn(move || {
                    let desk = Desk::new(self, number);
                    while let Some(case) = next() {
                        work(&desk, case);
                    }
                });
            }
        });
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Self::InMemory(folder) = self {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// One place.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) proxy: Proxy,
    pub(crate) patience: Duration,
    runtime: Runtime,
    net: Net,
    direct: Connection,
}

impl Desk {
    fn new(daemon: &Daemon, number: u8) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("proxy-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let proxy = Proxy::start(daemon.folder().join(name), &daemon.socket());
        let runtime = runtime();
        let open = async { Options::new().open(&uri(&daemon.socket())).await };
        let direct = runtime.block_on(open).unwrap();
        let net = Net::new(number, &format!("fault-{number}"), Kind::ALL[3]);
        let desk = Self { proxy, patience: daemon.patience(), runtime, net, direct };
        desk.run(desk.direct.define_network(desk.net.xml(), false)).unwrap();
        desk
    }

    /// Awaits this, and fails the test where it takes too long.
    #[track_caller]
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(async { timeout(IN_TIME, work).await }).expect("it ends in time")
    }

    /// The name of this place's network.
    pub(crate) fn name(&self) -> &str {
        &self.net.name
    }

    /// How its conversations are opened: without pings, so that they are the same each time.
    pub(crate) fn options(&self) -> Options {
        Options::new().keepalive(None).timeouts(Timeouts::all(self.patience))
    }

    /// The network, by the second way: as the daemon itself knows it.
    pub(crate) fn truth(&self) -> Network {
        self.run(self.direct.lookup_network_by_name(self.name())).unwrap()
    }

    /// Whether it runs, and whether it starts with its host.
    pub(crate) fn is_so(&self) -> (bool, bool) {
        let network = self.truth();
        self.run(async { (network.is_active().await.unwrap(), network.autostart().await.unwrap()) })
    }

    /// Brings the network to this, whatever became of it.
    pub(crate) fn bring(&self, is_active: bool, is_autostarted: bool) {
        let network = self.run(self.direct.define_network(self.net.xml(), false)).unwrap();
        self.run(async {
            match (network.is_active().await.unwrap(), is_active) {
                (false, true) => network.create().await.unwrap(),
                (true, false) => network.destroy().await.unwrap(),
                _ => {}
            }
            if network.autostart().await.unwrap() != is_autostarted {
                network.set_autostart(is_autostarted).await.unwrap();
            }
        });
    }

    /// Lets a daemon finish what it may have heard right before its client was gone.
    pub(crate) fn let_it_settle(&self) {
        thread::sleep(Duration::from_millis(50));
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
