//! The events that one stream has not taken yet: bounded, so that who does not read loses events, and nobody else
//! anything. Knows no event's meaning.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::error::Error;

/// Bytes that an event may have on average, so that names of megabytes do not fill the memory: usual ones have 60.
const BYTES_EACH: usize = 1024;

/// What waits to be taken.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// An event: the procedure by which it came, and its body.
    Event(i32, Bytes),
    /// Here, so many events found no room.
    Lost(u64),
    /// Here the connection was lost and opened again, and why.
    Gap(Error),
    /// The connection ended, and why.
    End(Error),
}

/// A queue between the connection's task and one stream.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Most events that wait.
    capacity: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Item>,
    /// How many of them are events, and the bytes of these.
    events: usize,
    bytes: usize,
    /// No event comes for now, and why.
    stopped: Option<Error>,
    /// The stream is gone.
    is_abandoned: bool,
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, waiting: Mutex::default() }
    }

    /// Adds an event, or counts it as lost where there is no room.
    pub(crate) fn push(&self, procedure: i32, body: &Bytes) {
        let mut waiting = self.lock();
        if waiting.is_abandoned {
            return;
        }
        let has_room = waiting.events < self.capacity
            && waiting.bytes.saturating_add(body.len()) <= self.capacity.saturating_mul(BYTES_EACH);
        if has_room {
            waiting.events += 1;
            waiting.bytes += body.len();
            waiting.items.push_back(Item::Event(procedure, body.clone()));
        } else if let Some(Item::Lost(count)) = waiting.items.back_mut() {
            *count += 1;
        } else {
            waiting.items.push_back(Item::Lost(1));
        }
        waiting.wake();
    }

    /// No event comes until it [goes on](Queue::goes_on).
    pub(crate) fn stops(&self, cause: &Error) {
        self.lock().stopped.get_or_insert_with(|| cause.clone());
    }

    /// Events come once more: what came meanwhile is missing here. Who has to ask anew already is not told twice.
    pub(crate) fn goes_on(&self) {
        let mut waiting = self.lock();
        let Some(cause) = waiting.stopped.take() else { return };
        if !matches!(waiting.items.back(), Some(Item::Lost(_) | Item::Gap(_))) {
            waiting.items.push_back(Item::Gap(cause));
        }
        waiting.wake();
    }

    /// Adds the last item.
    pub(crate) fn end(&self, cause: &Error) {
        let mut waiting = self.lock();
        if !matches!(waiting.items.back(), Some(Item::End(_))) {
            waiting.items.push_back(Item::End(cause.clone()));
        }
        waiting.wake();
    }

    /// Takes the next item.
    pub(super) fn poll_take(&self, cx: &Context<'_>) -> Poll<Item> {
        let mut waiting = self.lock();
        let Some(item) = waiting.items.pop_front() else {
            waiting.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if let Item::Event(_, body) = &item {
            waiting.events = waiting.events.saturating_sub(1);
            waiting.bytes = waiting.bytes.saturating_sub(body.len());
        }
        Poll::Ready(item)
    }

    /// The stream is gone: nothing is kept from now on.
    pub(super) fn abandon(&self) {
        *self.lock() = Waiting { is_abandoned: true, ..Waiting::default() };
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.lock().is_abandoned
    }

    /// Never held across an await.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
