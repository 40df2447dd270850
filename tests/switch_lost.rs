//! Switching a network through a relay that loses one answer: what is said then is what is so.
#![cfg(all(feature = "evidence", feature = "testdaemon"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helper fails the test"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};
use virtwire::disable::{After, Goal, Outcome, Report, Request, StepOutcome, Switch, Undo, Verdict};
use virtwire::protocol::frame::{FrameReader, LENGTH_MAX};
use virtwire::testdaemon::Hypervisor;
use virtwire::{Connection, Options, Timeouts};

const SET_AUTOSTART: i32 = 48;
const DESTROY: i32 = 42;

/// What happens to the first call of one procedure.
#[derive(Clone, Copy)]
enum Loss {
    /// It is carried out, and the connection breaks instead of the answer.
    Answer,
    /// It never arrives, and nobody says so.
    Call,
    /// It arrives, and the answer too; then a network of the same name is made before anybody looks.
    Nothing,
}

struct Relay {
    hypervisor: Hypervisor,
    procedure: i32,
    loss: Loss,
    is_spent: AtomicBool,
}

impl Relay {
    /// A socket that leads to `hypervisor`, losing one thing.
    fn start(hypervisor: &Hypervisor, procedure: i32, loss: Loss) -> PathBuf {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("virtwire-relay-{}-{number}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        let is_spent = AtomicBool::new(false);
        let relay = Arc::new(Self { hypervisor: hypervisor.clone(), procedure, loss, is_spent });
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&relay).relay(client));
            }
        });
        path
    }

    async fn relay(self: Arc<Self>, mut client: UnixStream) {
        let (mut server, other) = tokio::io::duplex(1 << 20);
        let hypervisor = self.hypervisor.clone();
        tokio::spawn(async move { hypervisor.serve(other).await });
        let (mut from_client, mut from_server) = (FrameReader::default(), vec![0; 64 * 1024]);
        let mut pending = Vec::new();
        loop {
            let mut chunk = [0; 4096];
            tokio::select! {
                count = client.read(&mut chunk) => {
                    let count = count.unwrap_or(0);
                    if count == 0 { return; }
                    pending.extend_from_slice(&chunk[..count]);
                    from_client.feed(&chunk[..count]);
                    let mut is_hit = false;
                    while let Some(frame) = from_client.next_frame().unwrap() {
                        is_hit |= frame.header.proc == self.procedure && !self.is_spent.swap(true, Ordering::SeqCst);
                    }
                    match self.loss {
                        Loss::Call if is_hit => { sleep(Duration::from_secs(3600)).await; }
                        Loss::Answer if is_hit => {
                            server.write_all(&pending).await.unwrap();
                            // The answer is there once it can be read; it goes nowhere.
                            let _ = server.read(&mut from_server).await;
                            return;
                        }
                        Loss::Nothing if is_hit => {
                            server.write_all(&pending).await.unwrap();
                            let count = server.read(&mut from_server).await.unwrap();
                            make_another(&self.hypervisor).await;
                            client.write_all(&from_server[..count]).await.unwrap();
                        }
                        _ => server.write_all(&pending).await.unwrap(),
                    }
                    pending.clear();
                }
                count = server.read(&mut from_server) => {
                    let count = count.unwrap_or(0);
                    if count == 0 || client.write_all(&from_server[..count]).await.is_err() { return; }
                }
            }
        }
    }
}

async fn direct(hypervisor: &Hypervisor) -> Connection {
    let (client, server) = tokio::io::duplex(1 << 20);
    let hypervisor = hypervisor.clone();
    tokio::spawn(async move { hypervisor.serve(server).await });
    Options::new().open_over(client, "test:///default").await.unwrap()
}

async fn make_another(hypervisor: &Hypervisor) {
    let xml = "<network><name>short</name><bridge name='virbr8'/></network>";
    direct(hypervisor).await.create_network_xml(xml, false).await.unwrap();
}

async fn disabled(
    hypervisor: &Hypervisor,
    procedure: i32,
    loss: Loss,
    name: &str,
    request: Request,
) -> Report {
    assert_eq!(LENGTH_MAX, 33_554_436);
    let socket = Relay::start(hypervisor, procedure, loss);
    let options = Options::new().timeouts(Timeouts::all(Duration::from_millis(700)));
    let uri = format!("test+unix:///default?socket={}", socket.display());
    let outcome = timeout(Duration::from_secs(20), async {
        let mut switch = Switch::open(&uri, &options).await.unwrap();
        switch.run(name, &request).await
    });
    let outcome = outcome.await.unwrap();
    let _ = std::fs::remove_file(socket);
    match outcome {
        Outcome::Found(report) => *report,
        other => panic!("{other:?}"),
    }
}

fn outcomes(report: &Report) -> Vec<&'static str> {
    let name = |outcome: &StepOutcome| match outcome {
        StepOutcome::Done => "done",
        StepOutcome::SeenDone => "seen done",
        StepOutcome::SeenNotDone(_) => "seen not done",
        StepOutcome::NotTried => "not tried",
        StepOutcome::AlreadySo => "already so",
        _ => "other",
    };
    report.steps.iter().map(|(_, outcome)| name(outcome)).collect()
}

#[tokio::test]
async fn a_step_seen_to_be_done_does_not_make_the_rest_look_done() {
    let hypervisor = Hypervisor::default();
    let network = direct(&hypervisor).await.lookup_network_by_name("default").await.unwrap();
    network.set_autostart(true).await.unwrap();
    let request = Request::new(Goal::Disabled);
    let report = disabled(&hypervisor, SET_AUTOSTART, Loss::Answer, "default", request.clone()).await;
    assert_eq!(outcomes(&report), ["seen done", "not tried"]);
    assert!(matches!(report.verdict, Verdict::Failed(_)), "{:?}", report.verdict);
    assert_eq!(report.undo, [Undo::Autostart(true)], "what was done is undone");
    assert!(network.is_active().await.unwrap());
    let again = disabled(&hypervisor, 0, Loss::Call, "default", request).await;
    assert_eq!(outcomes(&again), ["already so", "done"], "running it again finishes");
}

#[tokio::test]
async fn a_change_that_is_seen_to_be_made_without_an_answer_is_a_success() {
    let hypervisor = Hypervisor::default();
    let report = disabled(&hypervisor, DESTROY, Loss::Answer, "default", Request::new(Goal::Disabled)).await;
    assert_eq!(outcomes(&report), ["already so", "seen done"]);
    assert!(matches!(report.verdict, Verdict::Reached), "{:?}", report.verdict);
    assert_eq!(report.undo, [Undo::Enable { autostart: false }]);
}

#[tokio::test]
async fn a_change_that_is_not_seen_is_not_said_to_have_failed_for_good() {
    let hypervisor = Hypervisor::default();
    let report = disabled(&hypervisor, DESTROY, Loss::Call, "default", Request::new(Goal::Disabled)).await;
    assert_eq!(outcomes(&report), ["already so", "seen not done"]);
    assert!(matches!(report.verdict, Verdict::Failed(_)), "{:?}", report.verdict);
    assert_eq!(report.undo, [], "nothing is known to have changed");
}

#[tokio::test]
async fn another_network_of_the_same_name_is_not_taken_for_gone() {
    let hypervisor = Hypervisor::default();
    let xml = "<network><name>short</name><bridge name='virbr7'/></network>";
    direct(&hypervisor).await.create_network_xml(xml, false).await.unwrap();
    let folder = std::env::temp_dir();
    let request = Request::new(Goal::Disabled).allow_transient(Some(folder));
    let report = disabled(&hypervisor, DESTROY, Loss::Nothing, "short", request).await;
    let saved = report.steps.iter().find_map(|(step, _)| match step {
        virtwire::disable::Step::Save(file) => Some(file.clone()),
        _ => None,
    });
    let _ = std::fs::remove_file(saved.unwrap());
    assert!(matches!(report.after, After::Replaced(now) if now.is_active), "{:?}", report.after);
    assert!(matches!(report.verdict, Verdict::NotAsWanted), "{:?}", report.verdict);
}
