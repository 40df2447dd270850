//! More clients than a daemon takes: who cannot be served is told so in time, and all others are served.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use virtwire::{Connection, ErrorKind, Options, Timeouts};

use super::lab::Lab;
use super::lab::run::{DEADLINE, run};
use super::lab::virtwire_path;

const CLIENTS: usize = 200;

/// Twenty clients at most, ten of them not logged in yet, and so many that wait to be let in.
fn small(queue: u32) -> Option<Lab> {
    let limits = format!("max_clients = 20\nmax_anonymous_clients = 10\nmax_queued_clients = {queue}");
    Lab::builder().config(&limits).start()
}

fn options(opening: Duration) -> Options {
    let mut timeouts = Timeouts::default();
    timeouts.opening = opening;
    Options::new().timeouts(timeouts)
}

/// All come at once; how each went.
async fn come(lab: &Lab, opening: Duration) -> Vec<virtwire::Result<()>> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (uri, options) = (lab.uri(), options(opening));
        clients.spawn(async move {
            let connection = options.open(&uri).await?;
            connection.network_states().await?;
            connection.close().await
        });
    }
    clients.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_at_once_are_all_served_in_turn() {
    for queue in [1000, 5] {
        let Some(lab) = small(queue) else { return };
        let served = come(&lab, DEADLINE).await;
        let failed: Vec<_> = served.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert!(
            failed.is_empty(),
            "queue {queue}: {} of {CLIENTS} failed: {:?}",
            failed.len(),
            failed.first()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_no_place_is_told_so_in_time_and_served_once_there_is_one() {
    for queue in [1000, 5] {
        let Some(lab) = small(queue) else { return };
        let mut inside = Vec::new();
        while inside.len() < 20 {
            inside.push(Connection::open(&lab.uri()).await.unwrap());
        }
        let began = Instant::now();
        for outcome in come(&lab, Duration::from_secs(1)).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "queue {queue}: {error}");
            assert!(error.to_string().ends_with("took longer than 1 seconds"), "{error}");
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let mut program = lab.client(&virtwire_path());
        let said = run(program.args(["-c", &lab.uri(), "--timeout", "1", "net-list"]), DEADLINE);
        assert_eq!(said.code, Some(4), "{said:?}");
        assert!(said.err().contains("full of clients"), "{}", said.err());
        // Those inside are served all the while.
        for connection in &inside {
            connection.network_states().await.unwrap();
        }
        inside.pop().unwrap().close().await.unwrap();
        let late = options(DEADLINE).open(&lab.uri()).await.unwrap();
        assert!(late.network_states().await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_never_log_in_keep_others_waiting_no_longer_than_their_deadline() {
    // Root need not ask polkit, but is a stranger until it asks how to log in.
    let limits = "max_clients = 20\nmax_anonymous_clients = 10\nauth_unix_rw = \"polkit\"";
    let Some(lab) = Lab::builder().config(limits).start() else { return };
    let strangers: Vec<_> = (0..10).map(|_| UnixStream::connect(lab.socket()).unwrap()).collect();
    for outcome in come(&lab, Duration::from_secs(1)).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
    drop(strangers);
    let served = come(&lab, DEADLINE).await;
    assert!(served.iter().all(Result::is_ok), "{:?}", served.iter().find(|outcome| outcome.is_err()));
}
