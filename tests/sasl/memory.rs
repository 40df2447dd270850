//! What of a password is left in the memory of a client that has logged in by it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::UnixListener;
use virtwire::protocol::remote::Text;
use virtwire::protocol::remote::auth::{
    AuthList, AuthListReply, AuthSaslInit, AuthSaslInitReply, AuthSaslStart, AuthSaslStartReply, AuthType,
};
use virtwire::protocol::remote::connect::{ConnectOpen, ConnectSupportsFeature};
use virtwire::protocol::xdr::{List, from_bytes};

use crate::lab::virtwire_path;
use crate::peer::Peer;
use crate::server::{auth, lab, log_in_as};

const NAME: &str = "mallory";
const PASSWORD: &str = "correct horse battery staple";

/// A client, killed when dropped.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Client {
    fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program runs"))
    }

    /// How often a text is in the memory that this process may write, as it is and as XDR's characters.
    fn holds(&self, text: &str) -> usize {
        let wide: Vec<u8> = text.bytes().flat_map(|byte| [0, 0, 0, byte]).collect();
        let memory = File::open(format!("/proc/{}/mem", self.0.id())).expect("the process is our child");
        let maps =
            fs::read_to_string(format!("/proc/{}/maps", self.0.id())).expect("the process is our child");
        let places = maps.lines().filter(|line| line.contains(" rw")).filter_map(|line| {
            let (from, to) = line.split(' ').next()?.split_once('-')?;
            Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
        });
        let found = places.map(|(from, to)| {
            let mut bytes = vec![0; usize::try_from(to - from).expect("it is mapped")];
            // What lies behind a file's end cannot be read.
            let _ = memory.read_at(&mut bytes, from);
            count(&bytes, text.as_bytes()) + count(&bytes, &wide)
        });
        found.sum()
    }
}

fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| window == &part).count()
}

/// A folder for a socket and an auth.conf, gone when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Plays a daemon that takes PLAIN, until the client has its connection and asks its first question.
async fn play(listener: &UnixListener) -> Peer {
    let mut peer = Peer::accept(listener).await;
    let asked = peer.expect::<AuthList>().await;
    let types = List::new(&[AuthType::Sasl]).expect("one is not too many");
    peer.reply(&asked, &AuthListReply { types }).await;
    let init = peer.expect::<AuthSaslInit>().await;
    let mechlist = Text::try_from("PLAIN").expect("it is short");
    peer.reply(&init, &AuthSaslInitReply { mechlist }).await;
    let start = peer.expect::<AuthSaslStart>().await;
    let call: AuthSaslStart = from_bytes(&start.payload).expect("a call");
    assert_eq!(call.data.0.as_bytes(), format!("\0{NAME}\0{PASSWORD}").as_bytes());
    peer.reply(&start, &AuthSaslStartReply { complete: 1, nil: 1, data: Default::default() }).await;
    let open = peer.expect::<ConnectOpen>().await;
    peer.reply(&open, &()).await;
    peer.expect::<ConnectSupportsFeature>().await;
    peer
}

#[tokio::test]
async fn a_password_that_was_sent_is_nowhere_in_memory_afterwards() {
    for trace in [false, true] {
        let name = format!("virtwire-sasl-memory-{trace}-{}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir(&folder.0).expect("the temporary folder is writable");
        fs::write(folder.0.join("auth.conf"), auth(NAME, PASSWORD)).expect("the folder is ours");
        let listener = UnixListener::bind(folder.0.join("socket")).expect("the folder is ours");
        let mut command = Command::new(virtwire_path());
        let path = folder.0.display();
        command.arg("-c").arg(format!("qemu:///system?socket={path}/socket&authfile={path}/auth.conf"));
        command.args(trace.then_some("--trace")).arg("net-list").stderr(Stdio::null());
        let client = Client::start(command);
        let _peer = play(&listener).await;
        assert!(client.holds(&path.to_string()) > 0, "what is in memory is found");
        assert_eq!(client.holds(PASSWORD), 0, "with --trace: {trace}");
    }
}

#[test]
fn no_mechanism_leaves_the_password_in_memory_while_the_connection_is_used() {
    const MECHANISMS: [&str; 4] = ["SCRAM-SHA-512", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"];
    let Some(lab) = lab("plain digest-md5 scram-sha-1 scram-sha-512") else { return };
    log_in_as(&lab, "spaces", "open  sesame !\"\\$,=");
    for mechanism in MECHANISMS {
        let mut command = lab.client_inside(&virtwire_path());
        let uri = format!("qemu:///system?auth=sasl.{mechanism}");
        let said = lab.dir().join(mechanism);
        let stderr = File::create(&said).expect("the lab's folder is ours");
        command.args(["--trace", "-c", &uri, "net-event", "--event", "lifecycle", "--loop"]).stderr(stderr);
        let client = Client::start(command);
        let end = Instant::now() + Duration::from_secs(30);
        while !fs::read_to_string(&said).expect("the file is ours").contains("event_register_any") {
            assert!(Instant::now() < end, "{mechanism}: no connection in time");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(client.holds(&uri) > 0, "{mechanism}: what is in memory is found");
        assert_eq!(client.holds("open  sesame"), 0, "{mechanism}");
    }
}
