//! Frames that are late, in pieces, in one piece, in another order, twice, or not there at all.

use std::time::{Duration, Instant};

use virtwire::ErrorKind;
use virtwire::{Keepalive, Options, Timeouts};

use super::conversation::{CHANGE, CLOSE, LIST, WELL, converse};
use super::desk::{Daemon, Desk};
use super::lab::relay::From;
use super::proxy::{Fault, Harm, Seen};

/// They wait for deadlines more than for anything else.
const AT_A_TIME: u8 = 7;

/// Works on these at one place, on both kinds of daemon.
fn on_each<C: Send + Clone>(cases: &[C], work: impl Fn(&Desk, C) + Sync) {
    for daemon in [Some(Daemon::in_memory()), Daemon::real()].into_iter().flatten() {
        daemon.work(AT_A_TIME, cases.to_vec(), &work);
    }
}

/// Where the first frame of a procedure stands among those that go this way, without a fault.
fn place(desk: &Desk, from: From, procedure: u32) -> usize {
    assert_eq!(converse(desk, Fault::None), WELL);
    let seen: Vec<Seen> = desk.proxy.seen().into_iter().filter(|frame| frame.from == from).collect();
    seen.iter().position(|frame| frame.procedure == procedure).expect("there is one")
}

#[test]
fn frames_that_come_late_or_a_byte_at_a_time_are_heard() {
    on_each(&[Fault::Split, Fault::Delay(Duration::from_millis(20))], |desk, fault| {
        assert_eq!(converse(desk, fault), WELL, "{fault:?}");
        assert!(desk.is_so().1);
    });
}

#[test]
fn answers_that_come_in_one_piece_or_in_another_order_reach_who_asked() {
    on_each(&[false, true], |desk, backwards| {
        let at = place(desk, From::Server, LIST);
        assert_eq!(converse(desk, Fault::Together { at, count: 3, backwards }), WELL);
        assert!(desk.proxy.has_struck() && desk.is_so().1);
        let whole = desk.run(async {
            let connection = desk.options().open(&desk.proxy.uri()).await.unwrap();
            let lists = [connection.networks(2), connection.networks(1), connection.networks(0)];
            let mut found = Vec::new();
            for list in lists {
                found.push(list.await.unwrap().len());
            }
            found
        });
        desk.proxy.suffer(Fault::Together { at: 2, count: 3, backwards });
        let mixed = desk.run(async {
            let connection = desk.options().open(&desk.proxy.uri()).await.unwrap();
            let lists = tokio::join!(connection.networks(2), connection.networks(1), connection.networks(0));
            [lists.0, lists.1, lists.2].map(|list| list.unwrap().len())
        });
        assert_eq!(whole, mixed, "active, inactive and all of them are not mixed up");
    });
}

#[test]
fn a_frame_that_comes_twice_counts_once() {
    let cases: Vec<_> = [From::Client, From::Server]
        .into_iter()
        .flat_map(|from| (0..7).map(move |at| Fault::Frame { from, at, harm: Harm::Twice }))
        .collect();
    on_each(&cases, |desk, fault| {
        let told = converse(desk, fault);
        assert!(desk.proxy.has_struck(), "{fault:?}");
        // A daemon that is opened or left twice says no the second time, or to what comes behind it.
        let is_served = matches!(fault, Fault::Frame { from: From::Server, .. });
        assert!(!is_served || told == WELL, "{fault:?}: {told:?}");
        assert_eq!(told.changed == Some(Ok(())), desk.is_so().1, "{fault:?}: {told:?}");
    });
}

#[test]
fn an_answer_that_is_lost_is_waited_for_until_the_deadline_and_what_comes_behind_it_is_heard() {
    on_each(&[LIST, CHANGE], |desk, procedure| {
        let at = place(desk, From::Server, procedure);
        let began = Instant::now();
        let told = converse(desk, Fault::Frame { from: From::Server, at, harm: Harm::Lost });
        assert!((desk.patience..4 * desk.patience).contains(&began.elapsed()), "{:?}", began.elapsed());
        let unanswered = if procedure == LIST { ErrorKind::Timeout } else { ErrorKind::OutcomeUnknown };
        let part = if procedure == LIST { told.listed } else { told.changed };
        assert_eq!(part, Some(Err(unanswered)));
        let other = if procedure == LIST { told.changed } else { told.listed };
        assert_eq!((other, told.closed), (Some(Ok(())), Some(Ok(()))), "the connection goes on");
        assert!(desk.is_so().1, "it was done");
    });
}

#[test]
fn a_call_that_is_lost_is_not_done_and_not_said_to_be() {
    on_each(&[()], |desk, ()| {
        let at = place(desk, From::Client, CHANGE);
        let told = converse(desk, Fault::Frame { from: From::Client, at, harm: Harm::Lost });
        assert_eq!((told.changed, told.closed), (Some(Err(ErrorKind::OutcomeUnknown)), Some(Ok(()))));
        assert!(!desk.is_so().1);
    });
}

#[test]
fn a_daemon_that_stalls_for_ever_anywhere_holds_nobody_longer_than_the_deadlines() {
    let cases: Vec<_> =
        [From::Client, From::Server].into_iter().flat_map(|from| (0..7).map(move |at| (from, at))).collect();
    on_each(&cases, |desk, (from, at)| {
        let began = Instant::now();
        let told = converse(desk, Fault::Frame { from, at, harm: Harm::Stall });
        assert!(desk.proxy.has_struck());
        // A list, a change and a goodbye wait each for itself.
        assert!(
            began.elapsed() < 2 * desk.patience + Duration::from_secs(2),
            "{told:?} {:?}",
            began.elapsed()
        );
        let is_done = desk.is_so().1;
        let silent = Some(Err(ErrorKind::Timeout));
        assert!(told.opened == Some(Ok(())) || told.opened == silent, "{told:?}");
        assert!(matches!(told.listed, None | Some(Ok(()) | Err(ErrorKind::Timeout))), "{told:?}");
        match told.changed {
            None => assert!(!is_done),
            Some(Ok(())) => assert!(is_done, "{from:?} {at}: {told:?}"),
            unknown => assert_eq!(unknown, Some(Err(ErrorKind::OutcomeUnknown)), "{from:?} {at}: {told:?}"),
        }
    });
}

#[test]
fn silence_is_noticed_by_who_asked_for_pings_before_the_deadline_of_its_call() {
    on_each(&[CHANGE, CLOSE], |desk, procedure| {
        desk.bring(false, false);
        let keepalive = Keepalive { interval: Duration::from_millis(200), count: 2 };
        let options = Options::new().keepalive(keepalive).timeouts(Timeouts::default());
        // AUTH_LIST, OPEN, the question for pings and the lookup pass.
        desk.proxy.suffer(Fault::Frame { from: From::Server, at: 4, harm: Harm::Stall });
        let (told, took) = desk.run(async {
            let connection = options.open(&desk.proxy.uri()).await.unwrap();
            let network = connection.lookup_network_by_name(desk.name()).await.unwrap();
            let began = Instant::now();
            let told = if procedure == CHANGE {
                network.set_autostart(true).await
            } else {
                connection.close().await
            };
            (told.unwrap_err(), began.elapsed())
        });
        let limit = keepalive.limit();
        if procedure == CHANGE {
            assert_eq!(told.kind(), ErrorKind::OutcomeUnknown);
            assert!((limit..limit + Duration::from_secs(2)).contains(&took), "{took:?}");
            assert!(desk.is_so().1);
        } else {
            assert!(took < Duration::from_secs(2), "{took:?}");
        }
    });
}
