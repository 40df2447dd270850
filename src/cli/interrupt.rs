//! Ctrl-C, and being told to end, while something is being changed: what was sent is waited for, so that it can be said
//! what became of it.

use std::future::{Future, poll_fn};
use std::io::Write;
use std::pin::pin;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Heeds interruptions from when it is made.
pub(crate) struct Interrupts {
    signals: Vec<Signal>,
    has_come: bool,
}

impl Interrupts {
    pub(crate) fn new() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        // A signal that cannot be heard ends the program, as it does without us.
        Self { signals: kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect(), has_come: false }
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
                () = self.next() => {
                    if self.has_come {
                        return None;
                    }
                    self.has_come = true;
                    // There is nobody to tell where stderr cannot be written.
                    let _ = writeln!(std::io::stderr(), "interrupted: waiting for the change under way; once more gives it up");
                }
            }
        }
    }

    async fn next(&mut self) {
        poll_fn(|cx| {
            let has_come = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if has_come { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
