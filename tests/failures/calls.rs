//! Real daemons that die, stop or take long during a call.

use super::lab::run::{DEADLINE, Output, run, wait};
use super::lab::state::State;
use super::lab::{Lab, virtwire_path};
use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A hook that takes this long after a network has stopped.
fn slow_stop(seconds: u32) -> String {
    format!("#!/bin/sh\n[ \"$2\" != stopped ] || sleep {seconds}\n")
}

fn spawn(lab: &Lab, args: &[&str]) -> Child {
    let mut command = lab.client(&virtwire_path());
    command.args(["-c", &lab.uri()]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("virtwire runs")
}

fn finish(mut child: Child) -> Output {
    let code = wait(&mut child, DEADLINE).expect("it ends in time");
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let _ = child.stdout.take().map(|mut pipe| pipe.read_to_end(&mut stdout));
    let _ = child.stderr.take().map(|mut pipe| pipe.read_to_end(&mut stderr));
    Output { code, stdout, stderr }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "never so: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_daemon_killed_during_a_change_leaves_its_outcome_unknown() {
    let Some(mut lab) = Lab::builder().network_hook(&slow_stop(20)).start() else {
        return;
    };
    lab.bring(State::One);
    let child = spawn(&lab, &["net-destroy", "default"]);
    wait_until("the bridge is gone", || !lab.bridge_exists("virbr0"));
    thread::sleep(Duration::from_millis(200));
    lab.kill9();
    let output = finish(child);
    assert_eq!(output.code, Some(8), "{output:?}");
    assert_eq!(output.first_error(), "error: Failed to destroy network default");
}

#[test]
fn a_daemon_killed_during_a_question_has_not_answered_it() {
    let Some(mut lab) = Lab::start() else { return };
    lab.signal("STOP");
    let child = spawn(&lab, &["net-list", "--all"]);
    thread::sleep(Duration::from_millis(500));
    lab.kill9();
    let output = finish(child);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn a_hook_that_takes_longer_than_the_deadline_leaves_the_outcome_unknown() {
    let Some(lab) = Lab::builder().network_hook(&slow_stop(3)).start() else {
        return;
    };
    lab.bring(State::One);
    let begun = Instant::now();
    let output = lab.virtwire(&["--timeout", "1", "net-destroy", "default"]);
    assert_eq!(output.code, Some(8), "{output:?}");
    assert!(begun.elapsed() < Duration::from_millis(2900), "{:?}", begun.elapsed());
    assert!(output.err().contains("1 second"), "{}", output.err());
    // Others wait for the hook too, and are answered.
    let listed = lab.virtwire(&["net-list", "--name"]).expect_ok();
    assert_eq!(listed.out(), "\n");
}

#[test]
fn a_stopped_daemon_is_waited_for_no_longer_than_the_deadline() {
    let Some(lab) = Lab::start() else { return };
    lab.signal("STOP");
    let begun = Instant::now();
    let output =
        run(lab.client(&virtwire_path()).args(["-c", &lab.uri(), "--timeout", "0.5", "net-list"]), DEADLINE);
    lab.signal("CONT");
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
