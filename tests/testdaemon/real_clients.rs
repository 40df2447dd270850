//! Real clients on the socket: virsh and libvirt-python, which know nothing of us.

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use virtwire::testdaemon::Hypervisor;

use crate::hostile::tempfile;
use crate::peer::within;

const IMPORT: &[&str] = &["-c", "import libvirt"];

/// A hypervisor on a socket of its own.
struct Daemon {
    folder: PathBuf,
    listening: JoinHandle<std::io::Result<()>>,
}

impl Daemon {
    /// `None`, said loudly, where `program` does not run; a failed test where real clients are demanded.
    async fn start(program: &str, arguments: &[&str]) -> Option<Self> {
        if !runs(program, arguments).await {
            let demanded = std::env::var("VIRTWIRE_TEST_REAL").is_ok_and(|value| value == "1");
            assert!(!demanded, "VIRTWIRE_TEST_REAL=1, but `{program} {arguments:?}` fails");
            // Not eprintln!: the harness would swallow it, and a skipped test must not look like one that ran.
            let _ = writeln!(
                std::io::stderr(),
                "\nSKIPPED a test with real clients: `{program} {arguments:?}` fails\n"
            );
            return None;
        }
        let folder = tempfile();
        let path = folder.join("sock");
        let listening = tokio::spawn({
            let path = path.clone();
            async move { Hypervisor::default().listen(path).await }
        });
        within(async {
            while !path.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        Some(Self { folder, listening })
    }

    fn uri(&self) -> String {
        format!("test+unix:///default?socket={}", self.folder.join("sock").display())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.folder).env("LC_ALL", "C.UTF-8").kill_on_drop(true);
        command
    }

    /// Whether virsh succeeded, and what it printed.
    async fn virsh(&self, arguments: &[&str]) -> (bool, String, String) {
        let mut command = self.command("virsh");
        let output = within(command.args(["-c", &self.uri()]).args(arguments).output()).await.unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.success(), stdout, stderr)
    }

    /// What virsh printed, where it succeeded.
    async fn done(&self, arguments: &[&str]) -> String {
        let (success, stdout, stderr) = self.virsh(arguments).await;
        assert!(success, "{arguments:?}: {stderr}");
        stdout
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.listening.abort();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn virsh_leads_a_network_through_its_life() {
    let Some(daemon) = Daemon::start("virsh", &["--version"]).await else {
        return;
    };
    let table = " Name      State    Autostart   Persistent
--------------------------------------------
 default   active   no          yes

";
    assert_eq!(daemon.done(&["net-list", "--all"]).await, table);
    let file = daemon
        .write("b.xml", "<network><name>b &lt;ü&gt;</name><ip address='10.1.1.1' prefix='24'/></network>");
    assert_eq!(daemon.done(&["-q", "net-define", &file]).await, "");
    assert_eq!(daemon.done(&["net-start", "b <ü>"]).await, "Network b <ü> started\n\n");
    assert_eq!(daemon.done(&["-q", "net-list", "--name"]).await, "b <ü>\ndefault\n");
    let xml = daemon.done(&["-q", "net-dumpxml", "b <ü>"]).await;
    assert!(xml.contains("  <name>b &lt;ü&gt;</name>\n"), "{xml}");
    assert!(xml.contains("  <ip address='10.1.1.1' prefix='24'/>\n"), "{xml}");
    daemon.done(&["net-autostart", "b <ü>"]).await;
    let info = daemon.done(&["-q", "net-info", "b <ü>"]).await;
    assert!(info.ends_with(
        "Active:         yes\nPersistent:     yes\nAutostart:      yes\nBridge:         virbr1\n"
    ));
    daemon.done(&["net-destroy", "b <ü>"]).await;
    daemon.done(&["net-undefine", "b <ü>"]).await;
    assert_eq!(daemon.done(&["net-list", "--all"]).await, table);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn virsh_prints_our_errors_as_libvirts() {
    let Some(daemon) = Daemon::start("virsh", &["--version"]).await else {
        return;
    };
    let cases: [(&[&str], &str); 5] = [
        (&["net-start", "default"], "Requested operation is not valid: network is already active"),
        (&["net-info", "x"], "Network not found: no network with matching name 'x'"),
        (&["net-dhcp-leases", "default", "zz"], "invalid MAC address: zz"),
        (
            &["-r", "net-destroy", "default"],
            "operation forbidden: read only access prevents virNetworkDestroy",
        ),
        (
            &["net-update", "default", "add", "bridge", "<bridge/>"],
            "Operation not supported: can't update 'bridge' section",
        ),
    ];
    for (arguments, expected) in cases {
        let (_, _, stderr) = daemon.virsh(arguments).await;
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn virsh_sees_ports_and_leases() {
    let Some(daemon) = Daemon::start("virsh", &["--version"]).await else {
        return;
    };
    let port = "<networkport><uuid>aaaaaaaa-0000-4000-8000-000000000001</uuid><owner><name>g</name>\
        <uuid>bbbbbbbb-0000-4000-8000-000000000001</uuid></owner><mac address='52:54:00:00:00:01'/></networkport>";
    let file = daemon.write("port.xml", port);
    daemon.done(&["net-port-create", "default", &file]).await;
    let ports = daemon.done(&["-q", "net-port-list", "default"]).await;
    assert_eq!(ports.trim(), "aaaaaaaa-0000-4000-8000-000000000001");
    assert!(daemon.done(&["net-dumpxml", "default"]).await.starts_with("<network connections='1'>\n"));
    assert!(daemon.done(&["net-dumpxml", "--inactive", "default"]).await.starts_with("<network>\n"));
    assert_eq!(daemon.done(&["-q", "net-dhcp-leases", "default"]).await, "");
}

/// A program that prints a line for each thing that it sees.
struct Watcher {
    _child: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Watcher {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { _child: child, lines }
    }

    async fn line(&mut self) -> String {
        within(self.lines.next_line()).await.unwrap().expect("another line")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn virsh_net_event_sees_what_happens() {
    let Some(daemon) = Daemon::start("virsh", &["--version"]).await else {
        return;
    };
    let mut command = daemon.command("virsh");
    command.args(["-c", &daemon.uri(), "net-event", "--event", "lifecycle", "--loop", "--timeout", "15"]);
    let mut watcher = Watcher::start(command);
    // It says nothing when it has registered: something must happen until it sees it.
    let seen = within(async {
        loop {
            daemon.done(&["net-autostart", "default"]).await;
            daemon.done(&["net-destroy", "default"]).await;
            daemon.done(&["net-start", "default"]).await;
            if let Ok(line) =
                tokio::time::timeout(Duration::from_millis(300), watcher.lines.next_line()).await
            {
                return line.unwrap().unwrap();
            }
        }
    })
    .await;
    let stopped = "event 'lifecycle' for network default: Stopped";
    let started = "event 'lifecycle' for network default: Started";
    assert!([stopped, started].contains(&seen.as_str()), "{seen}");
    daemon.done(&["net-undefine", "default"]).await;
    let undefined = "event 'lifecycle' for network default: Undefined";
    while watcher.line().await != undefined {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_callback_is_called_with_each_event() {
    // Debian's module is Debian's Python's, which need not be the first in PATH.
    let python = if runs("/usr/bin/python3", IMPORT).await { "/usr/bin/python3" } else { "python3" };
    let Some(daemon) = Daemon::start(python, IMPORT).await else {
        return;
    };
    let script = "
import libvirt, sys, threading
libvirt.virEventRegisterDefaultImpl()
def loop():
    while True: libvirt.virEventRunDefaultImpl()
threading.Thread(target=loop, daemon=True).start()
c = libvirt.open(sys.argv[1])
seen = threading.Semaphore(0)
def told(conn, net, event, detail, opaque):
    print(net.name(), event, detail, opaque, flush=True)
    seen.release()
c.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, told, 'mine')
n = c.networkLookupByName('default')
n.destroy(); n.create(); n.undefine()
c.networkDefineXML('<network><name>p</name></network>')
for _ in range(4):
    assert seen.acquire(timeout=10)
try:
    n.undefine()
except libvirt.libvirtError as e:
    print(e.get_error_code(), e.get_error_domain(), e.get_str1(), '|', e.get_str2(), flush=True)
c.close()
print('end', flush=True)
";
    let mut command = daemon.command(python);
    command.args(["-c", script, &daemon.uri()]).stderr(Stdio::null());
    let mut watcher = Watcher::start(command);
    let expected = [
        "default 3 0 mine",
        "default 2 0 mine",
        "default 1 0 mine",
        "p 0 0 mine",
        "55 19 Requested operation is not valid: %s | can't undefine transient network",
        "end",
    ];
    for line in expected {
        assert_eq!(watcher.line().await, line);
    }
}

async fn runs(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).kill_on_drop(true).output();
    within(output).await.is_ok_and(|output| output.status.success())
}
