//! The one task that owns a connection's stream: it writes calls, reads replies and answers pings, in that order of
//! urgency, until the last handle is gone or the peer is.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::io::poll_read_buf;
use virtwire_protocol::frame::Frame;
use virtwire_protocol::remote::connect::ConnectClose;
use virtwire_protocol::session::{Incoming, Outgoing, Session};

use super::shared::Shared;
use crate::error::{Cause, Error};
use crate::transport::Stream;

/// How long the reply to CONNECT_CLOSE is waited for.
pub(super) const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// What handles ask of the task.
#[derive(Debug)]
pub(super) enum Command {
    Call(Request),
    Stop,
}

/// A call on its way to the wire.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) outgoing: Outgoing,
    /// Set by whoever is first: the task that sends the call, or the caller that gives it up unsent.
    pub(super) claimed: Arc<AtomicBool>,
    /// `None`: nobody waits for the reply.
    pub(super) answer: Option<oneshot::Sender<Result<Frame, Lost>>>,
    /// Held until the reply came, whether or not the caller still waits for it.
    pub(super) slot: OwnedSemaphorePermit,
}

/// The connection ended before the reply came.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) cause: Error,
    /// Whether any byte of the call had been sent.
    pub(super) was_sent: bool,
}

#[derive(Debug)]
struct Waiting {
    answer: Option<oneshot::Sender<Result<Frame, Lost>>>,
    /// Where the call begins in all the bytes that were ever queued.
    begins: u64,
    _slot: OwnedSemaphorePermit,
}

pub(super) struct Driver {
    stream: Box<dyn Stream>,
    session: Session,
    commands: mpsc::UnboundedReceiver<Command>,
    waiting: HashMap<u32, Waiting>,
    /// All the bytes that were ever sent.
    sent: u64,
    needs_flush: bool,
    /// The serial of the CONNECT_CLOSE that was sent after the last handle was gone.
    farewell: Option<u32>,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// Why the task has nothing more to do.
enum End {
    /// The last handle was dropped.
    Unused,
    /// The last reply was read, or a handle said stop.
    Closed,
    /// The peer went away, or sent what cannot be understood.
    Failed(Error),
}

impl Driver {
    pub(super) fn new(
        stream: Box<dyn Stream>,
        commands: mpsc::UnboundedReceiver<Command>,
        slots: Arc<Semaphore>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            stream,
            session: Session::default(),
            commands,
            waiting: HashMap::new(),
            sent: 0,
            needs_flush: false,
            farewell: None,
            slots,
            shared,
        }
    }

    pub(super) async fn run(mut self) {
        let mut end = poll_fn(|cx| self.poll(cx)).await;
        if let (End::Unused, true, Ok(close)) =
            (&end, self.shared.is_open.load(Ordering::Relaxed), Outgoing::new(&ConnectClose {}))
        {
            self.farewell = Some(self.session.call(close));
            end = timeout(CLOSE_DEADLINE, poll_fn(|cx| self.poll(cx))).await.unwrap_or(End::Closed);
        }
        self.finish(match end {
            End::Failed(cause) => cause,
            End::Unused | End::Closed => Error::closed(),
        });
    }

    /// Every call that waits, and every later one, fails with the cause.
    fn finish(mut self, cause: Error) {
        let cause = self.shared.cause.get_or_init(|| cause).clone();
        self.slots.close();
        self.commands.close();
        for waiting in self.waiting.into_values() {
            let lost = Lost { cause: cause.clone(), was_sent: self.sent > waiting.begins };
            answer(waiting.answer, Err(lost));
        }
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Call(request) = command {
                answer(request.answer, Err(Lost { cause: cause.clone(), was_sent: false }));
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            let wrote = match self.poll_write(cx) {
                Ok(progress) => progress,
                Err(error) => return Poll::Ready(End::Failed(error)),
            };
            let took = match self.poll_commands(cx) {
                Ok(progress) => progress,
                Err(end) => return Poll::Ready(end),
            };
            match self.poll_read(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending if wrote || took => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Writes what is unsent, as far as the stream takes it.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let lost = |error| Error::from(Cause::Lost(error));
        let mut progress = false;
        while !self.session.unsent().is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, self.session.unsent()) {
                Poll::Ready(Ok(0)) => return Err(lost(std::io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.session.sent(count);
                    self.sent += count as u64;
                    self.needs_flush = true;
                    progress = true;
                }
                Poll::Ready(Err(error)) => return Err(lost(error)),
                Poll::Pending => return Ok(progress),
            }
        }
        if self.needs_flush {
            if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(cx) {
                flushed.map_err(lost)?;
                self.needs_flush = false;
            }
        }
        Ok(progress)
    }

    /// Takes calls, all that wait at once, but none while earlier bytes are still unsent: what has not been taken
    /// can be given up and be known not to have been sent.
    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut progress = false;
        let mut queued = self.sent;
        if !self.session.unsent().is_empty() || self.farewell.is_some() {
            return Ok(false);
        }
        while let Poll::Ready(command) = self.commands.poll_recv(cx) {
            match command {
                Some(Command::Call(request)) => queued = self.take(request, queued),
                Some(Command::Stop) => return Err(End::Closed),
                None => return Err(End::Unused),
            }
            progress = true;
        }
        Ok(progress)
    }

    /// Queues a call whose first byte is number `begins` of all; returns where the next one begins.
    fn take(&mut self, request: Request, begins: u64) -> u64 {
        let Request { outgoing, claimed, answer, slot } = request;
        if answer.as_ref().is_some_and(oneshot::Sender::is_closed) || claimed.swap(true, Ordering::AcqRel) {
            return begins;
        }
        let serial = self.session.call(outgoing);
        self.waiting.insert(serial, Waiting { answer, begins, _slot: slot });
        self.sent + self.session.unsent().len() as u64
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        match ready!(poll_read_buf(Pin::new(&mut self.stream), cx, self.session.buffer())) {
            Ok(0) => {
                let within = self.session.is_within_a_frame();
                Poll::Ready(Err(End::Failed(Cause::Ended { within }.into())))
            }
            Ok(_) => Poll::Ready(self.deliver()),
            Err(error) => Poll::Ready(Err(End::Failed(Cause::Lost(error).into()))),
        }
    }

    fn deliver(&mut self) -> Result<(), End> {
        while let Some(incoming) = self.session.next_incoming().map_err(|error| End::Failed(error.into()))? {
            // Events, streams and what nobody asked for have no taker here.
            let Incoming::Reply(serial, frame) = incoming else {
                continue;
            };
            if self.farewell == Some(serial) {
                return Err(End::Closed);
            }
            if let Some(waiting) = self.waiting.remove(&serial) {
                answer(waiting.answer, Ok(frame));
            }
        }
        Ok(())
    }
}

fn answer(to: Option<oneshot::Sender<Result<Frame, Lost>>>, outcome: Result<Frame, Lost>) {
    if let Some(to) = to {
        // A caller that is gone needs no answer.
        let _ = to.send(outcome);
    }
}
