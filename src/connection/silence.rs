//! Judging a server's silence while it is to tell events: one that hangs, or is gone without a word, tells none either.
//! Knows no bytes and no calls.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::step::deadline;

/// What is to be done about the silence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Ask for a sign of life.
    Ask,
    /// The server was asked, and nothing at all has come since.
    Dead,
}

/// A clock that runs from the first registration of events until none is left.
#[derive(Debug)]
pub(super) struct Silence {
    /// How long the server may be silent before it is asked.
    patience: Duration,
    /// How long it may be silent then.
    pub(super) answer_within: Duration,
    heard: Instant,
    is_asked: bool,
    clock: Option<Pin<Box<Sleep>>>,
}

impl Silence {
    pub(super) fn new(patience: Duration, answer_within: Duration) -> Self {
        Self { patience, answer_within, heard: Instant::now(), is_asked: false, clock: None }
    }

    /// Events are to come from now on.
    pub(super) fn begin(&mut self) {
        let (heard, patience) = (self.heard, self.patience);
        self.clock.get_or_insert_with(|| Box::pin(sleep_until(deadline(heard, patience))));
    }

    /// Something has come, whatever it is.
    pub(super) fn heard(&mut self) {
        self.heard = Instant::now();
        if self.is_asked {
            self.is_asked = false;
            self.set_clock(self.patience);
        }
    }

    /// Waits until something is to be done; asks whether events are still to come.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, is_awaited: impl Fn() -> bool) -> Poll<Verdict> {
        loop {
            let Some(clock) = &mut self.clock else { return Poll::Pending };
            ready!(clock.as_mut().poll(cx));
            if !is_awaited() {
                self.clock = None;
            } else if self.is_asked {
                return Poll::Ready(Verdict::Dead);
            } else if self.heard.elapsed() < self.patience {
                // What comes does not move the clock each time.
                self.set_clock(self.patience);
            } else {
                self.is_asked = true;
                self.heard = Instant::now();
                self.set_clock(self.answer_within);
                return Poll::Ready(Verdict::Ask);
            }
        }
    }

    fn set_clock(&mut self, within: Duration) {
        if let Some(clock) = &mut self.clock {
            clock.as_mut().reset(deadline(self.heard, within));
        }
    }
}
