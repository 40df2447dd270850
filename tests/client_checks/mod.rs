//! What must hold for the whole client whatever its server does: for the fuzzer, and for the plain test that replays its
//! corpus. Whoever uses it provides `ALLOCATOR`, which counts what is allocated, and runs one check at a time.

mod plan;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// The most that was allocated while it ran.
    peak: AtomicUsize,
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
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let ended = runtime.block_on(followed);
    assert!(ended.is_ok(), "the client hangs");
    let peak = measured.peak.load(Ordering::Relaxed).max(ALLOCATOR.peak_usage()).saturating_sub(before);
    let received = measured.received.load(Ordering::Relaxed);
    assert!(peak <= plan.most(received), "{peak} bytes held, {received} received");
}
