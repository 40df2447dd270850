//! The one task that owns a connection's stream: it writes calls, reads replies and answers pings, in that order of
//! urgency, until the last handle is gone or the peer is.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
#[cfg(feature = "sasl")]
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::thread::panicking;
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::io::poll_read_buf;
use virtwire_protocol::frame::Frame;
use virtwire_protocol::remote::connect::{ConnectClose, ConnectSupportsFeature, ConnectSupportsFeatureReply};
use virtwire_protocol::session::{self, Incoming, Outgoing, Session};

use super::keepalive::{Clock, Verdict};
use super::routes::Registration;
use super::shared::Shared;
#[cfg(feature = "sasl")]
use crate::error::ErrorKind;
use crate::error::{Cause, Error};
use crate::transport::ByteStream;
#[cfg(feature = "sasl")]
use crate::transport::{Layered, SecurityLayer};

/// How long the reply to CONNECT_CLOSE is waited for.
pub(super) const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// Reads in a row before others have their turn: a flood must not stop the clock.
const TURNS: usize = 32;

/// What handles ask of the task.
#[derive(Debug)]
pub(super) enum Command {
    Call(Request),
    /// Every byte from here on is protected, in both directions.
    #[cfg(feature = "sasl")]
    Protect(Box<dyn SecurityLayer>),
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
    pub(super) errand: Option<Errand>,
    /// Held until the reply came, whether or not the caller still waits for it.
    pub(super) slot: OwnedSemaphorePermit,
}

/// What a call is about, where its reply is for more than its caller.
#[derive(Debug)]
pub(super) enum Errand {
    /// It asks to be told this.
    Register(Registration),
    /// It asks to be told something no longer, and no other does before it is answered.
    Deregister { _turn: OwnedSemaphorePermit },
    /// It asks for keepalive: from the answer on, where that says so, pings go both ways.
    Keepalive,
}

/// The connection ended before the reply came.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) cause: Error,
    /// Whether the call had been sent to its last byte. A server carries out nothing less.
    pub(super) was_sent: bool,
}

#[derive(Debug)]
struct Waiting {
    serial: u32,
    answer: Option<oneshot::Sender<Result<Frame, Lost>>>,
    errand: Option<Errand>,
    /// Where the call ends in all the bytes that were ever queued.
    ends: u64,
    _slot: OwnedSemaphorePermit,
}

pub(super) struct Driver {
    stream: Box<dyn ByteStream>,
    session: Session,
    clock: Option<Clock>,
    commands: mpsc::UnboundedReceiver<Command>,
    /// Calls that wait until earlier bytes are sent.
    queued: VecDeque<Request>,
    /// As many as there are slots.
    waiting: Vec<Waiting>,
    /// All the bytes that were ever sent.
    sent: u64,
    needs_flush: bool,
    /// Why nothing more can be written. What the peer had sent before is still read.
    broken: Option<Error>,
    farewell: Farewell,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What is said once the last handle is gone.
#[derive(PartialEq, Eq)]
enum Farewell {
    /// A handle is left.
    NotYet,
    /// CONNECT_CLOSE, after the calls that are in flight: it must not overtake them.
    AfterOthers,
    /// CONNECT_CLOSE was sent, with this serial.
    Said(u32),
}

/// Why the task has nothing more to do.
enum End {
    /// The last handle was dropped, or the last of its calls was answered.
    Unused,
    /// The last reply was read, or a handle said stop.
    Closed,
    /// The peer went away, or sent what cannot be understood.
    Failed(Error),
}

impl Driver {
    pub(super) fn new(
        stream: Box<dyn ByteStream>,
        session: Session,
        clock: Option<Clock>,
        commands: mpsc::UnboundedReceiver<Command>,
        slots: Arc<Semaphore>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            stream,
            session,
            clock,
            commands,
            queued: VecDeque::new(),
            waiting: Vec::new(),
            sent: 0,
            needs_flush: false,
            broken: None,
            farewell: Farewell::NotYet,
            slots,
            shared,
        }
    }

    pub(super) async fn run(mut self) {
        let mut end = poll_fn(|cx| self.poll(cx)).await;
        if matches!(end, End::Unused) && self.shared.is_open.load(Ordering::Relaxed) {
            self.farewell = Farewell::AfterOthers;
            end = timeout(CLOSE_DEADLINE / 2, poll_fn(|cx| self.poll(cx))).await.unwrap_or(End::Unused);
        }
        if let (End::Unused, Farewell::AfterOthers, Ok(close)) =
            (&end, &self.farewell, Outgoing::new(&ConnectClose {}))
        {
            self.farewell = Farewell::Said(self.session.call(close));
            end = timeout(CLOSE_DEADLINE / 2, poll_fn(|cx| self.poll(cx))).await.unwrap_or(End::Closed);
        }
        self.shared.cause.get_or_init(|| match end {
            End::Failed(cause) => cause,
            End::Unused | End::Closed => Error::closed(),
        });
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        for _ in 0..TURNS {
            if self.farewell == Farewell::AfterOthers && self.waiting.is_empty() && self.queued.is_empty() {
                return Poll::Ready(End::Unused);
            }
            if let Err(end) = self.poll_commands(cx) {
                return Poll::Ready(end);
            }
            self.poll_write(cx);
            match (self.poll_read(cx), &self.broken) {
                (Poll::Ready(Ok(())), _) => {}
                (Poll::Ready(Err(End::Failed(_))) | Poll::Pending, Some(error)) => {
                    return Poll::Ready(End::Failed(error.clone()));
                }
                (Poll::Ready(Err(end)), _) => return Poll::Ready(end),
                // Nothing has come: only now silence is silence.
                (Poll::Pending, None) => match ready!(self.poll_clock(cx)) {
                    Ok(()) => {}
                    Err(end) => return Poll::Ready(end),
                },
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Writes what is unsent, as far as the stream takes it, and then what is queued.
    fn poll_write(&mut self, cx: &mut Context<'_>) {
        if self.broken.is_some() {
            return;
        }
        loop {
            match self.poll_flush_unsent(cx) {
                Poll::Ready(Ok(())) if self.queued.is_empty() => return,
                Poll::Ready(Ok(())) => self.take_queued(),
                Poll::Ready(Err(error)) => {
                    self.broken = Some(Error::lost(error));
                    return;
                }
                Poll::Pending => return,
            }
        }
    }

    fn poll_flush_unsent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.session.unsent().is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, self.session.unsent()))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.session.sent(count);
            self.sent += count as u64;
            self.needs_flush = true;
        }
        if self.needs_flush {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Hears what handles ask. Their calls are queued: bounded, since each holds a slot.
    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        if self.farewell != Farewell::NotYet {
            return Ok(());
        }
        while let Poll::Ready(command) = self.commands.poll_recv(cx) {
            match command {
                Some(Command::Call(request)) => self.queued.push_back(request),
                #[cfg(feature = "sasl")]
                Some(Command::Protect(layer)) => self.protect(layer)?,
                Some(Command::Stop) => return Err(End::Closed),
                None => return Err(End::Unused),
            }
        }
        Ok(())
    }

    /// Puts a layer around the stream. What came before it must have been asked for: bytes that wait to be understood,
    /// or to be answered, were put there by somebody who knows no secret.
    #[cfg(feature = "sasl")]
    fn protect(&mut self, layer: Box<dyn SecurityLayer>) -> Result<(), End> {
        if self.session.is_within_a_frame() || !self.session.unsent().is_empty() {
            let what = "the server sent bytes in plain where only protected ones may come";
            return Err(End::Failed(Error::way(ErrorKind::Protocol, what, None)));
        }
        let stream = mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        self.stream = Box::new(Layered::new(stream, layer));
        Ok(())
    }

    /// Asks for a sign of life once the server was silent for long, and gives up once it was for too long.
    fn poll_clock(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        let Some(clock) = &mut self.clock else { return Poll::Pending };
        Poll::Ready(match ready!(clock.poll(cx)) {
            Verdict::Ping => {
                self.session.ping();
                Ok(())
            }
            Verdict::Dead => Err(End::Failed(Cause::Silent { limit: clock.limit() }.into())),
        })
    }

    /// Takes all calls that wait, but none while earlier bytes are still unsent: what has not been taken can be given
    /// up and be known not to have been sent.
    fn take_queued(&mut self) {
        while let Some(request) = self.queued.pop_front() {
            self.take(request);
        }
    }

    fn take(&mut self, request: Request) {
        let Request { outgoing, claimed, answer, errand, slot } = request;
        if answer.as_ref().is_some_and(oneshot::Sender::is_closed) || claimed.swap(true, Ordering::AcqRel) {
            return;
        }
        let serial = self.session.call(outgoing);
        let ends = self.sent + self.session.unsent().len() as u64;
        self.waiting.push(Waiting { serial, answer, errand, ends, _slot: slot });
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        match ready!(poll_read_buf(Pin::new(&mut self.stream), cx, self.session.buffer())) {
            Ok(0) => {
                let within = self.session.is_within_a_frame();
                Poll::Ready(Err(End::Failed(Cause::Ended { within }.into())))
            }
            Ok(_) => {
                if let Some(clock) = &mut self.clock {
                    clock.heard();
                }
                Poll::Ready(self.deliver())
            }
            Err(error) => Poll::Ready(Err(End::Failed(Error::lost(error)))),
        }
    }

    fn deliver(&mut self) -> Result<(), End> {
        while let Some(incoming) = self.session.next_incoming().map_err(|error| End::Failed(error.into()))? {
            match incoming {
                Incoming::Reply(serial, _) if self.farewell == Farewell::Said(serial) => {
                    return Err(End::Closed);
                }
                Incoming::Reply(serial, frame) => self.answer(serial, frame),
                Incoming::Event(frame) => self.shared.routes.deliver(self.shared.number, &frame),
                // Streams and what nobody asked for have no taker here.
                Incoming::Stream(_) | Incoming::Unexpected(_) => {}
            }
        }
        Ok(())
    }

    fn answer(&mut self, serial: u32, frame: Frame) {
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.serial == serial) {
            let waiting = self.waiting.swap_remove(at);
            match waiting.errand {
                Some(Errand::Register(registration)) => {
                    self.shared.routes.registered(self.shared.number, registration, &frame);
                }
                Some(Errand::Keepalive) => self.begin_keepalive(&frame),
                Some(Errand::Deregister { .. }) | None => {}
            }
            answer(waiting.answer, Ok(frame));
        }
    }

    /// A server that does not know pings would take them for an error.
    fn begin_keepalive(&mut self, reply: &Frame) {
        let answer = session::value::<ConnectSupportsFeature>(reply);
        if let (Ok(ConnectSupportsFeatureReply { supported: 1.. }), Some(clock)) = (answer, &mut self.clock) {
            clock.begin();
        }
    }
}

/// However the task ends, also where it panics or its runtime is shut down: every call that waits, every later one, and
/// every stream of events fails with the cause.
impl Drop for Driver {
    fn drop(&mut self) {
        let cause =
            self.shared.cause.get_or_init(|| Cause::TaskEnded { panicked: panicking() }.into()).clone();
        self.slots.close();
        self.commands.close();
        self.shared.routes.lost(&cause);
        while let Some(waiting) = self.waiting.pop() {
            let lost = Lost { cause: cause.clone(), was_sent: self.sent >= waiting.ends };
            answer(waiting.answer, Err(lost));
        }
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Call(request) = command {
                self.queued.push_back(request);
            }
        }
        while let Some(request) = self.queued.pop_front() {
            answer(request.answer, Err(Lost { cause: cause.clone(), was_sent: false }));
        }
    }
}

fn answer(to: Option<oneshot::Sender<Result<Frame, Lost>>>, outcome: Result<Frame, Lost>) {
    if let Some(to) = to {
        // A caller that is gone needs no answer.
        let _ = to.send(outcome);
    }
}
