//! What must hold for the whole client whatever its server does: for the fuzzer, and for the plain test that replays its
//! corpus. Whoever uses it provides `ALLOCATOR`, which counts what is allocated, and runs one check at a time.

mod plan;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use self::plan::Plan;
use self::server::Server;
use crate::ALLOCATOR;
use crate::filled::Decisions;

/// Longer than all deadlines of a plan together.
const FOR_EVER: Duration = Duration::from_secs(7 * 24 * 3600);

/// What is known of a client from outside.
#[derive(Default)]
struct Measured {
    /// Bytes that it took from its stream.
    received: AtomicUsize,
    /// The most that it held.
    peak: AtomicIsize,
    /// What is allocated besides: before it began, and by its server since.
    others: AtomicIsize,
}

impl Measured {
    fn begin(&self) {
        self.others.store(used(ALLOCATOR.current_usage()), Ordering::Relaxed);
        ALLOCATOR.reset_peak_usage();
    }

    fn look(&self) {
        let held = used(ALLOCATOR.peak_usage()) - self.others.load(Ordering::Relaxed);
        self.peak.fetch_max(held, Ordering::Relaxed);
    }

    /// Work of the server's: what it takes, and what it keeps, is not the client's.
    fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.look();
        let before = used(ALLOCATOR.current_usage());
        let done = work();
        let more = used(ALLOCATOR.current_usage()) - before;
        self.others.fetch_add(more, Ordering::Relaxed);
        ALLOCATOR.reset_peak_usage();
        done
    }
}

fn used(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

/// The input decides what the client does, and then what the server does.
///
/// Asserts that the client comes to an end, and never holds more than four times the bytes it received and 64 KiB; a little
/// [more](Plan::most) where it makes values of lists.
pub(crate) fn check(input: &[u8]) {
    let mut decisions = Decisions::new(input);
    let plan = Plan::decided_by(&mut decisions);
    let measured = Arc::<Measured>::default();
    let server = Server::decided_by(decisions, Arc::clone(&measured));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O");
    // The caller's own, and of tens of kilobytes where nothing is optimized: not counted.
    let followed = Box::pin(async { timeout(FOR_EVER, plan.follow(server)).await });
    measured.begin();
    let ended = runtime.block_on(followed);
    assert!(ended.is_ok(), "the client hangs");
    measured.look();
    let peak = usize::try_from(measured.peak.load(Ordering::Relaxed)).unwrap_or_default();
    let received = measured.received.load(Ordering::Relaxed);
    assert!(peak <= plan.most(received), "{peak} bytes held, {received} received");
}
