//! Ctrl-C, and being told to end, while something is being changed: what was sent is waited for, so that it can be said
//! what became of it.

use std::fs;
use std::future::{Future, poll_fn};
use std::io::Write;
use std::pin::pin;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that whoever started us wants ignored, as nohup does (proc(5), `SigIgn`).
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn bit(kind: SignalKind) -> u64 {
    u32::try_from(kind.as_raw_value() - 1).map_or(0, |shift| 1 << shift)
}

/// Heeds interruptions from when it is made.
pub(crate) struct Interrupts {
    signals: Vec<Signal>,
    has_come: bool,
    /// Somebody else tells the person.
    pub(crate) is_silent: bool,
}

impl Interrupts {
    pub(crate) fn new() -> Self {
        Self::unless_ignored(ignored())
    }

    /// For waiting that an interruption is the way to end: a shell's script starts its background jobs with that ignored.
    #[cfg(feature = "net-event")]
    pub(crate) fn of_waiting() -> Self {
        Self::unless_ignored(ignored() & !bit(SignalKind::interrupt()))
    }

    fn unless_ignored(ignored: u64) -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let heeded = kinds.into_iter().filter(|kind| ignored & bit(*kind) == 0);
        // A signal that cannot be heard ends the program, as it does without us.
        Self {
            signals: heeded.filter_map(|kind| signal(kind).ok()).collect(),
            has_come: false,
            is_silent: false,
        }
    }

    /// Whether it is time to end.
    pub(crate) fn has_come(&self) -> bool {
        self.has_come
    }

    /// Waits for `work`, after one interruption, too; nothing after two.
    pub(crate) async fn heed<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.come() => {
                    if self.has_come {
                        return None;
                    }
                    self.has_come = true;
                    if self.is_silent {
                        continue;
                    }
                    // There is nobody to tell where stderr cannot be written.
                    let _ = writeln!(std::io::stderr(), "interrupted: waiting for the change under way; once more gives it up");
                }
            }
        }
    }

    /// Waits for the next one.
    pub(crate) async fn come(&mut self) {
        poll_fn(|cx| {
            let has_come = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if has_come { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
