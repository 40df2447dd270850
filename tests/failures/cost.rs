//! What a conversation costs: frames on the wire, and lines in the daemon's log.

use super::lab::relay::{Fate, From, Relay};
use super::lab::run::{DEADLINE, run};
use super::lab::{Lab, virtwire_path};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

/// How many frames the client sent at a time, each time before the server answered.
fn client_batches(lab: &Lab, number: usize, args: &[&str]) -> Vec<usize> {
    let path = lab.dir().join(format!("relay-{number}"));
    let relay = Relay::start(path, lab.socket(), |frame| {
        // Answers are slow, so that all that the client says without waiting for one stands before it.
        if frame.from == From::Server {
            thread::sleep(Duration::from_millis(200));
        }
        Fate::Pass
    });
    let mut command = lab.client(&virtwire_path());
    let output = run(command.args(["-c", &relay.uri()]).args(args), DEADLINE).expect_ok();
    assert!(output.out().lines().count() >= number, "all {number} are listed");
    let frames = relay.frames();
    let answers = frames.iter().filter(|frame| frame.from == From::Server).count();
    assert_eq!(2 * answers, frames.len(), "every call has its answer, and there is nothing else");
    let batches = frames.chunk_by(|one, other| one.from == other.from);
    let of_client = batches.filter(|batch| batch.iter().all(|frame| frame.from == From::Client));
    of_client.map(<[_]>::len).collect()
}

/// Defines networks until there are `wanted`, all by one virsh.
fn define_up_to(lab: &Lab, defined: usize, wanted: usize) {
    let mut script = String::new();
    for number in defined..wanted {
        let file = lab.dir().join(format!("many-{number}.xml"));
        let xml = format!("<network><name>many-{number}</name><bridge name='vwmany{number}'/></network>");
        fs::write(&file, xml).expect("the folder is ours");
        let _ = write!(script, "net-define {};", file.display());
    }
    let mut virsh = lab.client("virsh");
    run(virsh.args(["-q", "-c", &lab.uri(), &script]), 2 * DEADLINE).expect_ok();
}

#[test]
fn listing_takes_three_round_trips_and_a_close_whatever_the_number_of_networks() {
    let Some(lab) = Lab::start() else { return };
    let mut defined = 0;
    for number in [1, 100, 1000] {
        define_up_to(&lab, defined, number);
        defined = number;
        let batches = client_batches(&lab, number, &["net-list", "--all"]);
        assert_eq!(batches, [1, 1, 4, 1], "{number} networks: AUTH_LIST, OPEN, four at once, CLOSE");
    }
}

#[test]
fn the_daemons_log_stays_clean() {
    let Some(lab) = Lab::start() else { return };
    let before = lab.log();
    for _ in 0..100 {
        lab.virtwire(&["net-list", "--all"]).expect_ok();
    }
    assert_eq!(lab.log(), before);
    // It would show who leaves without a word.
    drop(UnixStream::connect(lab.socket()));
    let end = Instant::now() + DEADLINE;
    while lab.log() == before {
        assert!(Instant::now() < end, "the log shows nothing at all");
        thread::sleep(Duration::from_millis(20));
    }
}
