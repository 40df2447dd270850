//! A conversation that is cut off after every byte, in each direction.

use virtwire::ErrorKind;

use super::conversation::{CHANGE, CLOSE, LIST, OPEN, Part, Told, WELL, converse, passed};
use super::desk::{Daemon, Desk};
use super::lab::relay::From;
use super::proxy::{Fault, Seen, bytes};

/// What a conversation without a fault is made of.
fn recorded(daemon: &Daemon) -> Vec<Seen> {
    let recorded = std::sync::Mutex::new(Vec::new());
    daemon.work(1, vec![()], |desk, ()| {
        assert_eq!(converse(desk, Fault::None), WELL);
        assert_eq!(desk.is_so(), (false, true), "and it is so");
        *recorded.lock().unwrap() = desk.proxy.seen();
    });
    recorded.into_inner().unwrap()
}

/// What there is to say where this much went through.
fn truth(seen: &[Seen]) -> Told {
    let lost = Err(ErrorKind::Closed);
    let answered = |procedure, count| passed(seen, From::Server, procedure) == count;
    let part = |procedure, count| -> Part { Some(if answered(procedure, count) { Ok(()) } else { lost }) };
    let opened = part(OPEN, 1);
    if opened != Some(Ok(())) {
        return Told { opened, listed: None, changed: None, closed: None };
    }
    let was_asked = seen.iter().any(|frame| frame.from == From::Client && frame.procedure == CHANGE);
    let changed = match part(CHANGE, 1) {
        Some(Err(_)) if was_asked => Some(Err(ErrorKind::OutcomeUnknown)),
        part => part,
    };
    // Who was told already that the connection is lost has nothing to close.
    let closed = if changed == Some(Ok(())) { part(CLOSE, 1) } else { Some(Ok(())) };
    Told { opened, listed: part(LIST, 3), changed, closed }
}

fn cut(desk: &Desk, from: From, after: usize) {
    let told = converse(desk, Fault::Cut { from, after });
    assert!(desk.proxy.has_struck());
    let seen = desk.proxy.seen();
    let case = format!("cut after {after} bytes of {from:?}: {told:?}, {seen:?}");
    let last = seen.last().expect("one frame came at least");
    if last.passed {
        // Whoever is cut off right behind a frame may do something more, or be heard to do so, before that is noticed.
        desk.let_it_settle();
        let calls = [(told.opened, OPEN), (told.changed, CHANGE)];
        for (part, procedure) in calls {
            let is_answered = passed(&seen, From::Server, procedure) == 1;
            assert!(!is_answered || part == Some(Ok(())), "{case}");
            assert!(is_answered || part != Some(Ok(())), "{case}");
        }
    } else {
        assert_eq!(told, truth(&seen), "{case}");
    }
    let is_done = desk.is_so().1;
    let was_heard = passed(&seen, From::Client, CHANGE) == 1;
    match told.changed {
        Some(Ok(())) => assert!(is_done, "{case}"),
        None | Some(Err(ErrorKind::Closed)) => assert!(!is_done, "{case}"),
        Some(Err(ErrorKind::OutcomeUnknown)) if last.passed => {}
        Some(Err(ErrorKind::OutcomeUnknown)) => assert_eq!(is_done, was_heard, "{case}"),
        Some(Err(_)) => panic!("{case}"),
    }
}

fn cut_everywhere(daemon: &Daemon) {
    let whole = recorded(daemon);
    let cases: Vec<_> = [From::Client, From::Server]
        .into_iter()
        .flat_map(|from| (0..bytes(&whole, from)).map(move |after| (from, after)))
        .collect();
    assert!(cases.len() > 500, "{} cases", cases.len());
    daemon.work(4, cases, |desk, (from, after)| cut(desk, from, after));
}

#[test]
fn a_conversation_cut_off_after_any_byte_tells_what_is_so() {
    cut_everywhere(&Daemon::in_memory());
}

#[test]
fn a_conversation_with_libvirtd_cut_off_after_any_byte_tells_what_is_so() {
    let Some(daemon) = Daemon::real() else { return };
    cut_everywhere(&daemon);
}
