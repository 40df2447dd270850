//! Networks that are switched off and on while the connection is cut: what is said to be done is done, what is not known is
//! said not to be, and running it again finishes.

use std::sync::Mutex;
use std::time::Duration;

use virtwire::Options;
use virtwire::disable::{After, Goal, Outcome, Report, Request, Step, StepOutcome, Switch, Verdict};

use super::conversation::CHANGE;
use super::desk::{Daemon, Desk};
use super::lab::relay::From;
use super::proxy::{Fault, Seen, bytes};

const START: u32 = 39;
const STOP: u32 = 42;

const GOALS: [Goal; 2] = [Goal::Disabled, Goal::Enabled { autostart: true }];

/// One cut.
#[derive(Clone, Copy, Debug)]
struct Case {
    goal: Goal,
    from: From,
    after: usize,
    /// Nobody reaches the daemon afterwards.
    is_for_good: bool,
}

/// A network is in the state that is opposite to a goal.
fn prepare(desk: &Desk, goal: Goal) {
    let is_on = goal == Goal::Disabled;
    desk.bring(is_on, is_on);
}

/// Switches a place's network through its proxy; `None` where no connection was opened.
fn switched(desk: &Desk, goal: Goal) -> Option<Outcome> {
    switched_with(desk, goal, &desk.options())
}

fn switched_with(desk: &Desk, goal: Goal, options: &Options) -> Option<Outcome> {
    desk.run(async {
        let mut switch = Switch::open(&desk.proxy.uri(), options).await.ok()?;
        Some(switch.run(desk.name(), &Request::new(goal)).await)
    })
}

fn is_so(step: &Step, (is_active, is_autostarted): (bool, bool)) -> bool {
    match step {
        Step::Save(_) => true,
        Step::Autostart(on) => is_autostarted == *on,
        Step::Start => is_active,
        Step::Stop => !is_active,
    }
}

/// All that a report says is so. What was heard right before the client was gone may still happen.
fn check(report: &Report, goal: Goal, now: (bool, bool), may_happen: bool, case: &str) {
    for (step, outcome) in &report.steps {
        match outcome {
            StepOutcome::Done | StepOutcome::SeenDone | StepOutcome::AlreadySo => {
                assert!(is_so(step, now), "{step:?} is not so: {case}");
            }
            StepOutcome::NotTried | StepOutcome::Failed(_) => {
                assert!(!is_so(step, now), "{step:?} is so: {case}");
            }
            StepOutcome::SeenNotDone(_) => assert!(may_happen || !is_so(step, now), "{step:?} is so: {case}"),
            StepOutcome::Unknown(_) => {}
            other => panic!("{other:?}: {case}"),
        }
    }
    let is_reached = goal.active() == Some(now.0) && goal.autostart() == Some(now.1);
    match (&report.verdict, &report.after) {
        (Verdict::Reached, After::Is(after)) => {
            assert!(is_reached && (after.is_active, after.is_autostarted) == now, "{case}");
        }
        (Verdict::Failed(_), After::Is(after)) => {
            let was_so = (after.is_active, after.is_autostarted) == now && !is_reached;
            assert!(was_so || may_happen, "{case}");
        }
        (Verdict::Failed(_), After::Unknown(_)) => assert!(!is_reached, "{case}"),
        (Verdict::Unknown(_), After::Unknown(_)) => {}
        other => panic!("{other:?}: {case}"),
    }
}

fn cut(desk: &Desk, case: Case) {
    let Case { goal, from, after, is_for_good } = case;
    prepare(desk, goal);
    let before = desk.is_so();
    desk.proxy.suffer_and_shut(Fault::Cut { from, after }, is_for_good);
    let outcome = switched(desk, goal);
    let (seen, has_struck) = (desk.proxy.seen(), desk.proxy.has_struck());
    let was_heard_at_last = has_struck && seen.last().is_some_and(|last| last.passed);
    if was_heard_at_last {
        desk.let_it_settle();
    }
    let now = desk.is_so();
    let told = format!("{case:?}: {outcome:?}; it is {now:?}; {seen:?}");
    assert!(!told.contains("panicked: true"), "{told}");
    match &outcome {
        None | Some(Outcome::Unread(_)) => assert_eq!(now, before, "{told}"),
        Some(Outcome::Absent(_)) => panic!("{told}"),
        Some(Outcome::Found(report)) => {
            check(report, goal, now, was_heard_at_last, &told);
            let is_unknown = matches!(report.verdict, Verdict::Unknown(_));
            let was_sent = seen.iter().any(|frame| from_client(frame) && is_change(frame));
            assert!(!is_unknown || (is_for_good && was_sent), "{told}");
        }
    }
    desk.proxy.suffer(Fault::None);
    let again = switched_with(desk, goal, &Options::new());
    let Some(Outcome::Found(again)) = again else { panic!("again: {again:?} after {told}") };
    assert!(matches!(again.verdict, Verdict::Reached | Verdict::AlreadySo), "{again:?} after {told}");
    let is_on = goal != Goal::Disabled;
    assert_eq!(desk.is_so(), (is_on, is_on), "running it again finishes: {told}");
}

fn from_client(frame: &Seen) -> bool {
    frame.from == From::Client
}

fn is_change(frame: &Seen) -> bool {
    [CHANGE, START, STOP].contains(&frame.procedure)
}

/// How many bytes go this way before the first change of a conversation and behind the last.
fn changing(seen: &[Seen], from: From) -> (usize, usize) {
    let ours: Vec<Seen> = seen.iter().filter(|frame| frame.from == from).copied().collect();
    let first = ours.iter().position(is_change).expect("something is changed");
    let last = ours.iter().rposition(is_change).expect("something is changed");
    let (before, until) = (ours.get(..first).unwrap_or_default(), ours.get(..=last).unwrap_or_default());
    (bytes(before, from), bytes(until, from))
}

/// Every so many bytes, and every so many of those with which something is changed.
fn cases(daemon: &Daemon, sparse: usize, dense: usize) -> Vec<Case> {
    let found = Mutex::new(Vec::new());
    daemon.work(1, GOALS.to_vec(), |desk, goal| {
        prepare(desk, goal);
        desk.proxy.suffer(Fault::None);
        let outcome = switched(desk, goal);
        let Some(Outcome::Found(report)) = outcome else { panic!("{goal:?}: {outcome:?}") };
        assert!(matches!(report.verdict, Verdict::Reached), "{report:?}");
        let seen = desk.proxy.seen();
        for from in [From::Client, From::Server] {
            let (begin, end) = changing(&seen, from);
            let positions = (0..bytes(&seen, from)).filter(|at| {
                let is_dense = (begin.saturating_sub(1)..end + 1).contains(at);
                at % if is_dense { dense } else { sparse } == 0
            });
            let cases = positions
                .flat_map(|after| [false, true].map(|is_for_good| Case { goal, from, after, is_for_good }));
            found.lock().unwrap().extend(cases);
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn switching_cut_off_at_any_byte_says_what_is_so_and_finishes_the_next_time() {
    let daemon = Daemon::in_memory();
    let cases = cases(&daemon, 47, 1);
    assert!(cases.len() > 600, "{} cases", cases.len());
    daemon.work(32, cases, cut);
}

#[test]
fn switching_cut_off_before_libvirtd_says_what_is_so_and_finishes_the_next_time() {
    let Some(daemon) = Daemon::real() else { return };
    Daemon::work_on_real(3, &cases(&daemon, 401, 19), cut);
}

#[test]
#[ignore = "long: libvirtd starts and stops networks some thousand times"]
fn switching_cut_off_before_libvirtd_at_any_byte_says_what_is_so_and_finishes_the_next_time() {
    let Some(daemon) = Daemon::real() else { return };
    Daemon::work_on_real(3, &cases(&daemon, 7, 1), cut);
}

/// A daemon that answers nothing any more from some frame on is waited for no longer than the deadlines.
#[test]
fn switching_before_a_daemon_that_stalls_ends_in_time_and_says_what_is_so() {
    let daemon = Daemon::in_memory();
    let cases: Vec<_> = GOALS
        .into_iter()
        .flat_map(|goal| [From::Client, From::Server].map(|from| (goal, from)))
        .flat_map(|(goal, from)| (0..16).map(move |at| (goal, from, at)))
        .collect();
    daemon.work(16, cases, |desk, (goal, from, at)| {
        prepare(desk, goal);
        let before = desk.is_so();
        desk.proxy.suffer(Fault::Frame { from, at, harm: super::proxy::Harm::Stall });
        let began = std::time::Instant::now();
        let outcome = switched(desk, goal);
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let now = desk.is_so();
        let told = format!("{goal:?} {from:?} {at}: {outcome:?}; it is {now:?}");
        match &outcome {
            None | Some(Outcome::Unread(_)) => assert_eq!(now, before, "{told}"),
            Some(Outcome::Absent(_)) => panic!("{told}"),
            Some(Outcome::Found(report)) => check(report, goal, now, false, &told),
        }
    });
}
