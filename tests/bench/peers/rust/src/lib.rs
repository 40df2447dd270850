//! What the clients have in common: how long calls took.

use std::future::Future;
use std::time::Instant;

pub const CALLERS: usize = 8;
const WARM: usize = 200;

/// How many calls there are, and how many come before they count.
pub fn calls(count: &str) -> (usize, usize) {
    let calls: usize = count.parse().unwrap();
    (if calls < WARM { CALLERS } else { WARM }, calls)
}

/// Prints calls, nanoseconds of the clock, nanoseconds of CPU.
pub async fn measured(calls: usize, work: impl Future<Output = ()>) {
    let (cpu, wall) = (cpu(), Instant::now());
    work.await;
    println!("{calls} {} {}", wall.elapsed().as_nanos(), self::cpu() - cpu);
}

/// Of this process, by the kernel's clock for it: in ticks of 10 ms in /proc/self/stat, in nanoseconds here.
fn cpu() -> u128 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}
