//! Bits that are turned over on the way.

use std::sync::Mutex;

use virtwire::ErrorKind;

use super::conversation::{CHANGE, CLOSE, OPEN, WELL, converse, kind};
use super::desk::{Daemon, Desk};
use super::lab::relay::From;
use super::proxy::{Fault, Seen, bytes};

/// So many bits of each way are turned over at every landing, spread by a step that shares no factor with a byte's.
const SAMPLE: usize = 160;

/// The bits of one way, all of them or a sample.
fn bits(whole: &[Seen], from: From, all: bool) -> Vec<(From, usize)> {
    let count = bytes(whole, from) * 8;
    let step = if all { 1 } else { (count / SAMPLE) | 1 };
    (0..count).step_by(step).map(|bit| (from, bit)).collect()
}

/// Whatever the bit was, nothing panics and nothing takes longer than its deadlines; what is said to be done, a daemon
/// said to be done, and where only its answer was touched it is done.
fn flip(desk: &Desk, from: From, bit: usize) {
    let told = converse(desk, Fault::Flip { from, bit });
    let seen = desk.proxy.seen();
    let case = format!("bit {bit} of {from:?}: {told:?}, {seen:?}");
    let is_answer = |frame: &&Seen| frame.from == From::Server && frame.procedure == CHANGE;
    let answer = seen.iter().find(is_answer);
    if told.changed == Some(Ok(())) {
        assert_eq!(answer.map(|answer| answer.status), Some(0), "the daemon does not say so: {case}");
    }
    if from == From::Server && told.changed == Some(Ok(())) {
        assert!(desk.is_so().1, "it is not so: {case}");
    }
    if from == From::Server
        && matches!(told.changed, None | Some(Err(ErrorKind::Closed | ErrorKind::Timeout)))
    {
        assert!(!desk.is_so().1, "it is so all the same: {case}");
    }
}

fn flip_on(daemon: &Daemon, all: bool) {
    let whole = Mutex::new(Vec::new());
    daemon.work(1, vec![()], |desk, ()| {
        assert_eq!(converse(desk, Fault::None), WELL);
        *whole.lock().unwrap() = desk.proxy.seen();
    });
    let whole = whole.into_inner().unwrap();
    let cases = [From::Client, From::Server].into_iter().flat_map(|from| bits(&whole, from, all)).collect();
    daemon.work(24, cases, |desk, (from, bit)| flip(desk, from, bit));
}

#[test]
fn a_bit_that_is_turned_over_makes_nobody_panic_hang_or_claim_what_is_not_so() {
    flip_on(&Daemon::in_memory(), false);
}

#[test]
fn a_bit_that_is_turned_over_before_libvirtd_or_behind_it_makes_nobody_hang_or_claim_what_is_not_so() {
    let Some(daemon) = Daemon::real() else { return };
    flip_on(&daemon, false);
}

#[test]
#[ignore = "long: every bit of a conversation, some thousands of deadlines"]
fn no_bit_that_is_turned_over_before_libvirtd_or_behind_it_makes_anybody_claim_what_is_not_so() {
    let Some(daemon) = Daemon::real() else { return };
    flip_on(&daemon, true);
}

/// The answers to a change: one that was made, and one that libvirt refused.
#[test]
fn no_bit_turned_over_in_an_answer_makes_a_refusal_of_it_a_success() {
    let Some(daemon) = Daemon::real() else { return };
    let sizes = Mutex::new((0, 0));
    let refused = |desk: &Desk, fault| {
        desk.bring(false, false);
        let network = desk.truth();
        desk.proxy.suffer(fault);
        desk.run(async {
            let connection = desk.options().open(&desk.proxy.uri()).await.unwrap();
            let net =
                virtwire::protocol::remote::Network { name: network.name().clone(), uuid: network.uuid() };
            // It does not run.
            let call = virtwire::protocol::remote::network::NetworkDestroy { net };
            connection.call(&call).await.map_err(|error| kind(&error))
        })
    };
    daemon.work(1, vec![()], |desk, ()| {
        assert_eq!(refused(desk, Fault::None), Err(ErrorKind::Libvirt));
        let seen = desk.proxy.seen();
        let answers = seen.iter().filter(|frame| frame.from == From::Server && frame.procedure != CLOSE);
        let sizes_of: Vec<usize> = answers.map(|frame| frame.size).collect();
        assert_eq!(seen.iter().filter(|frame| frame.procedure == OPEN).count(), 2);
        let size = sizes_of.get(2).copied().unwrap();
        *sizes.lock().unwrap() = (sizes_of.iter().take(2).sum::<usize>(), size);
    });
    let (before, size) = sizes.into_inner().unwrap();
    let bits: Vec<usize> = (8 * before..8 * (before + size)).collect();
    assert!(bits.len() > 800, "{}", bits.len());
    daemon.work(24, bits, |desk, bit| {
        let told = refused(desk, Fault::Flip { from: From::Server, bit });
        assert!(told.is_err(), "bit {bit} of the answer: {told:?}");
        assert!(!desk.is_so().0);
    });
}
