//! A client's side of one connection, as a value: numbers calls, correlates replies, answers pings, passes the rest
//! on. It reads and writes nothing itself, and knows no time.

use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::error_body::ErrorBody;
use crate::frame::{self, Frame, FrameError, FrameReader, Header, MessageType, Status, TooLarge};
use crate::keepalive;
use crate::procedure::Call;
use crate::trace::{Direction, FrameRecord};
use crate::wiped::Wiped;
use crate::xdr::{self, Xdr};

/// A call that is ready to be sent: a whole frame that lacks only its serial.
#[derive(Clone)]
pub struct Outgoing {
    program: u32,
    procedure: i32,
    frame: Wiped,
}

/// Not the bytes: they may hold a secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, procedure, frame } = self;
        write!(f, "Outgoing {{ program: {program:#x}, procedure: {procedure}, {} bytes }}", frame.len())
    }
}

impl Outgoing {
    /// The frame of this call.
    ///
    /// # Errors
    /// [`TooLarge`] where it would be over 32 MiB.
    pub fn new<C: Call>(call: &C) -> Result<Self, TooLarge> {
        let body = |out: &mut BytesMut| call.encode(&mut xdr::Writer::new(out));
        Self::with_body(C::PROGRAM.number, C::PROGRAM.version, C::INFO.number, &body)
    }

    /// The frame of a call that no row declares, with a body that is encoded already.
    ///
    /// # Errors
    /// [`TooLarge`] where it would be over 32 MiB.
    pub fn raw(program: u32, version: u32, procedure: i32, body: &[u8]) -> Result<Self, TooLarge> {
        Self::with_body(program, version, procedure, &|out| out.extend_from_slice(body))
    }

    /// The size of the frame in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.frame.len()
    }

    /// Compiled once, whatever writes the body.
    fn with_body(
        program: u32,
        version: u32,
        procedure: i32,
        body: &dyn Fn(&mut BytesMut),
    ) -> Result<Self, TooLarge> {
        let header = Header {
            prog: program,
            vers: version,
            proc: procedure,
            r#type: MessageType::Call,
            serial: 0,
            status: Status::Ok,
        };
        let mut frame = Wiped::roomy();
        frame::write_with(&header, &mut frame, body)?;
        Ok(Self { program, procedure, frame })
    }
}

/// What came in, once pings are answered and abandoned replies dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// The reply to the call of this serial.
    Reply(u32, Frame),
    /// A message that nobody asked for.
    Event(Frame),
    /// A piece of a stream, or a hole in one.
    Stream(Frame),
    /// A reply to no call that is in flight, or a frame of a type that a client does not get.
    Unexpected(Frame),
}

/// Why a reply is not the value that was asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// libvirt's own error.
    #[error(transparent)]
    Server(#[from] Box<ErrorBody>),
    /// The payload is malformed. The connection is still usable.
    #[error("malformed reply: {0}")]
    Malformed(#[from] xdr::Error),
    /// A status that a reply cannot have.
    #[error("malformed reply: status {0}")]
    Status(i32),
    /// So many bytes follow the value, where nothing may.
    #[error("malformed reply: {0} bytes follow it")]
    Trailing(usize),
}

/// Is shown every frame of a session.
pub type Tap = Box<dyn Fn(&FrameRecord<'_>) + Send>;

#[derive(Debug)]
struct Pending {
    serial: u32,
    program: u32,
    procedure: i32,
    abandoned: bool,
}

/// One connection's state. Bounded by the calls in flight, whatever the peer sends.
#[derive(Default)]
pub struct Session {
    reader: FrameReader,
    unsent: Wiped,
    /// Where in `unsent` the last pong ends; 0: it is sent. An unsent pong answers every ping that has come since, so
    /// that a peer cannot make the queue grow by not reading it.
    pong_ends: usize,
    /// The same for the last ping.
    ping_ends: usize,
    pending: Vec<Pending>,
    serial: u32,
    tap: Option<Tap>,
}

/// Not the bytes: they may hold a secret.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unsent, pending, .. } = self;
        write!(f, "Session {{ pending: {pending:?}, {} bytes unsent }}", unsent.len())
    }
}

impl Session {
    /// A session that shows every frame to `tap`, keepalive included: what comes in as soon as it is whole, what is to
    /// be sent when it is queued for that.
    #[must_use]
    pub fn tapped(tap: Tap) -> Self {
        Self { tap: Some(tap), ..Self::default() }
    }

    /// Queues a call and returns its serial.
    pub fn call(&mut self, mut call: Outgoing) -> u32 {
        let serial = self.unused_serial();
        frame::set_serial(&mut call.frame, serial);
        self.show_queued(&call.frame);
        if self.unsent.is_empty() {
            self.unsent = call.frame;
        } else {
            self.unsent.extend_from_slice(&call.frame);
        }
        let Outgoing { program, procedure, .. } = call;
        self.pending.push(Pending { serial, program, procedure, abandoned: false });
        serial
    }

    /// Queues a ping, unless one is still unsent. The pong is taken in silence: whatever comes is a sign of life.
    pub fn ping(&mut self) {
        if self.ping_ends == 0 {
            self.ping_ends = self.queue(keepalive::write_ping);
        }
    }

    /// Nobody waits for this reply any more: it is dropped when it comes, and counts as in flight until then.
    pub fn abandon(&mut self, serial: u32) {
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.serial == serial) {
            pending.abandoned = true;
        }
    }

    /// Calls that were queued and have no reply yet, abandoned ones included.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Bytes that are to be sent.
    #[must_use]
    pub fn unsent(&self) -> &[u8] {
        &self.unsent
    }

    /// `count` of the unsent bytes were sent.
    pub fn sent(&mut self, count: usize) {
        self.unsent.advance(count);
        self.pong_ends = self.pong_ends.saturating_sub(count);
        self.ping_ends = self.ping_ends.saturating_sub(count);
    }

    /// The buffer to read into, behind what it holds; it has spare capacity.
    pub fn buffer(&mut self) -> &mut BytesMut {
        self.reader.buffer()
    }

    /// Appends bytes that were received.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// Whether part of a frame has come, and the rest not.
    #[must_use]
    pub fn is_within_a_frame(&self) -> bool {
        self.reader.is_within_a_frame()
    }

    /// The next thing that came in, where it has come whole.
    ///
    /// # Errors
    /// [`FrameError`]: nothing more can be understood on this connection.
    pub fn next_incoming(&mut self) -> Result<Option<Incoming>, FrameError> {
        while let Some(frame) = self.reader.next_frame()? {
            if let Some(tap) = &self.tap {
                tap(&FrameRecord::new(Direction::Received, &frame));
            }
            if let Some(incoming) = self.sort(frame) {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn sort(&mut self, frame: Frame) -> Option<Incoming> {
        match frame.header.r#type {
            MessageType::Message if keepalive::is_ping(&frame.header) => {
                self.pong();
                None
            }
            MessageType::Message if frame.header.prog == keepalive::PROGRAM.number => None,
            MessageType::Message => Some(Incoming::Event(frame)),
            MessageType::Reply | MessageType::ReplyWithDescriptors => self.correlate(frame),
            MessageType::Stream | MessageType::StreamHole => Some(Incoming::Stream(frame)),
            _ => Some(Incoming::Unexpected(frame)),
        }
    }

    fn correlate(&mut self, frame: Frame) -> Option<Incoming> {
        let Header { prog, proc, serial, .. } = frame.header;
        let matches = |p: &Pending| p.serial == serial && p.program == prog && p.procedure == proc;
        match self.pending.iter().position(matches) {
            Some(at) if self.pending.swap_remove(at).abandoned => None,
            Some(_) => Some(Incoming::Reply(serial, frame)),
            None => Some(Incoming::Unexpected(frame)),
        }
    }

    fn pong(&mut self) {
        if self.pong_ends == 0 {
            self.pong_ends = self.queue(keepalive::write_pong);
        }
    }

    /// Queues a frame of our own; returns where it ends.
    fn queue(&mut self, write: impl FnOnce(&mut BytesMut)) -> usize {
        let start = self.unsent.len();
        write(&mut self.unsent);
        self.show_queued(self.unsent.get(start..).unwrap_or_default());
        self.unsent.len()
    }

    /// Shows a frame of our own, length word included.
    fn show_queued(&self, frame: &[u8]) {
        let Some(tap) = &self.tap else { return };
        let behind_length = frame.get(4..).unwrap_or_default();
        if let Ok(frame) = Frame::decode(Bytes::from_owner(Wiped::copy_of(behind_length))) {
            tap(&FrameRecord::new(Direction::Sent, &frame));
        }
    }

    fn unused_serial(&mut self) -> u32 {
        loop {
            self.serial = self.serial.wrapping_add(1);
            // Keepalive messages carry serial 0.
            if self.serial != 0 && self.pending.iter().all(|pending| pending.serial != self.serial) {
                return self.serial;
            }
        }
    }
}

/// The payload of a reply that says it went well.
///
/// # Errors
/// [`ReplyError`]: libvirt's own error, or a malformed one.
pub fn payload(reply: &Frame) -> Result<&Bytes, ReplyError> {
    match reply.header.status {
        Status::Ok => Ok(&reply.payload),
        Status::Error => {
            let body: ErrorBody = xdr::from_bytes(&reply.payload)?;
            Err(ReplyError::Server(Box::new(body)))
        }
        other => Err(ReplyError::Status(other.into())),
    }
}

/// The value that the call `C` was answered with.
///
/// # Errors
/// [`ReplyError`]: libvirt's own error, or a malformed reply.
pub fn value<C: Call>(reply: &Frame) -> Result<C::Reply, ReplyError> {
    read(payload(reply)?, C::Reply::decode, false)
}

/// The same, where nothing may follow the value: for what says that something was changed. An error that lost its status
/// on the way would look like that, and like success.
///
/// # Errors
/// As [`value`].
pub fn whole_value<C: Call>(reply: &Frame) -> Result<C::Reply, ReplyError> {
    read(payload(reply)?, C::Reply::decode, true)
}

/// The value that a payload begins with; `is_whole`: nothing may follow it.
///
/// # Errors
/// [`ReplyError::Malformed`] or [`ReplyError::Trailing`].
pub fn read<T>(
    payload: &Bytes,
    decode: fn(&mut xdr::Reader<'_>) -> Result<T, xdr::Error>,
    is_whole: bool,
) -> Result<T, ReplyError> {
    let mut reader = xdr::Reader::new(payload);
    let value = decode(&mut reader)?;
    match reader.remaining() {
        left @ 1.. if is_whole => Err(ReplyError::Trailing(left)),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_that_wrap_around_skip_zero_and_what_is_in_flight() -> Result<(), TooLarge> {
        let mut session = Session::default();
        let mut call = |from: u32| {
            session.serial = from;
            Ok(session.call(Outgoing::raw(1, 1, 1, &[])?))
        };
        assert_eq!((call(0)?, call(2)?), (1, 3));
        assert_eq!(call(u32::MAX - 1)?, u32::MAX);
        assert_eq!(call(u32::MAX)?, 2, "0 is none, 1 is in flight");
        assert_eq!(call(2)?, 4, "3 is in flight");
        assert_eq!(call(u32::MAX - 1)?, 5, "so are all from the last to 4");
        Ok(())
    }
}
