//! The envelope of every message: a length word, a header, a payload. This module cuts a stream of bytes into
//! frames and writes frames; it does not know what a payload means.
//!
//! Source: libvirt's `src/rpc/virnetprotocol.x` and `src/rpc/virnetmessage.c`.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::declare::{open_enum, structures};
use crate::procedure::Event;
use crate::xdr::{self, Reader, Writer, Xdr};

/// The shortest length word: itself and a header.
pub const LENGTH_MIN: u32 = 28;
/// The longest length word: itself and 32 MiB.
pub const LENGTH_MAX: u32 = 33_554_436;
/// Most file descriptors that one frame passes.
pub const DESCRIPTORS_MAX: u32 = 32;

/// Where the serial stands in a frame, counted from the length word.
const SERIAL_AT: std::ops::Range<usize> = 20..24;

/// Room that is made for reading while nothing is known of the next frame.
const CHUNK: usize = 16 * 1024;
/// Less room than this is not worth a read, unless the frame needs no more.
const ROOM: usize = 4 * 1024;

open_enum! {
    /// What a frame is.
    virNetMessageType MessageType {
        /// A client's call.
        Call = 0,
        /// A server's reply.
        Reply = 1,
        /// A message that nobody asked for: an event, a ping.
        Message = 2,
        /// A piece of a stream.
        Stream = 3,
        /// A call that passes file descriptors.
        CallWithDescriptors = 4,
        /// A reply that passes file descriptors.
        ReplyWithDescriptors = 5,
        /// A hole in a stream.
        StreamHole = 6,
    }
}

open_enum! {
    /// How it went.
    virNetMessageStatus Status {
        /// Well; always so in calls.
        Ok = 0,
        /// Not: the payload is an [`ErrorBody`](crate::error_body::ErrorBody).
        Error = 1,
        /// A stream goes on.
        Continue = 2,
    }
}

structures! {
    /// What stands before every payload: 24 bytes.
    virNetMessageHeader Header { prog: u32, vers: u32, proc: i32, r#type: MessageType, serial: u32, status: Status }
}

impl Header {
    /// The header of a message that nobody asked for.
    pub(crate) const fn message<E: Event>(serial: u32) -> Self {
        Self {
            prog: E::PROGRAM.number,
            vers: E::PROGRAM.version,
            proc: E::INFO.number,
            r#type: MessageType::Message,
            serial,
            status: Status::Ok,
        }
    }
}

/// One message.
#[derive(Clone, PartialEq)]
pub struct Frame {
    /// What it is and whom it is for.
    pub header: Header,
    /// How many file descriptors came with it.
    pub descriptors: u32,
    /// The bytes behind the header (and behind the count of descriptors).
    pub payload: Bytes,
}

/// Not the payload: it may hold a secret.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header, descriptors, payload } = self;
        write!(f, "Frame {{ {header:?}, descriptors: {descriptors}, {} bytes }}", payload.len())
    }
}

/// The stream cannot be cut into frames from here on: the connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The length word is out of bounds: the peer does not speak this protocol.
    #[error("a frame announces {0} bytes; {LENGTH_MIN} to {LENGTH_MAX} are possible")]
    Length(u32),
    /// More descriptors than one frame may pass.
    #[error("a frame announces {0} file descriptors; at most {DESCRIPTORS_MAX} are possible")]
    Descriptors(u32),
    /// The header or the count of descriptors is cut short.
    #[error("malformed frame: {0}")]
    Header(#[from] xdr::Error),
}

/// The message would be longer than [`LENGTH_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes is longer than the protocol allows ({LENGTH_MAX})")]
pub struct TooLarge(pub usize);

/// Cuts a stream of bytes into frames, whatever pieces it comes in.
///
/// Memory is bounded by what has really been received: the buffer grows to at most twice that, and 16 KiB.
#[derive(Default)]
pub struct FrameReader {
    input: BytesMut,
    /// A frame whose descriptors' bytes have not all come yet.
    waiting: Option<Frame>,
    /// Behind an error nothing can be told apart, whatever comes.
    failed: Option<FrameError>,
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameReader {{ {} bytes, waiting: {:?} }}", self.input.len(), self.waiting)
    }
}

impl FrameReader {
    /// The buffer to read into, behind what it holds; it has spare capacity.
    pub fn buffer(&mut self) -> &mut BytesMut {
        let received = self.input.len();
        let missing = self.announced().map_or(CHUNK, |length| length.saturating_sub(received).max(1));
        if self.input.capacity() - received < missing.min(ROOM) {
            // Not `reserve`, which may double a capacity that is large already, or keep that of a large frame.
            let room = missing.clamp(CHUNK, received.max(CHUNK));
            let mut grown = BytesMut::with_capacity(received + room);
            grown.put_slice(&self.input);
            self.input = grown;
        }
        &mut self.input
    }

    /// Appends bytes that were received.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.put_slice(bytes);
    }

    /// Whether part of a frame has come, and the rest not.
    #[must_use]
    pub fn is_within_a_frame(&self) -> bool {
        !self.input.is_empty() || self.waiting.is_some()
    }

    /// The next whole frame, where it has come.
    ///
    /// # Errors
    /// [`FrameError`]: no further frame can be told apart, so that the error is the answer from then on.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.waiting.is_none() {
            self.waiting = self.cut().inspect_err(|error| self.failed = Some(*error))?;
        }
        // Each descriptor arrives as one more byte, behind the frame.
        let bytes = self.waiting.as_ref().map_or(0, |frame| frame.descriptors as usize);
        if self.input.len() < bytes {
            return Ok(None);
        }
        self.input.advance(bytes);
        Ok(self.waiting.take())
    }

    fn cut(&mut self) -> Result<Option<Frame>, FrameError> {
        let Some(length) = self.input.first_chunk().map(|word| u32::from_be_bytes(*word)) else {
            return Ok(None);
        };
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            return Err(FrameError::Length(length));
        }
        if self.input.len() < length as usize {
            return Ok(None);
        }
        let capacity = self.input.capacity();
        let whole = self.input.split_to(length as usize);
        // A slice keeps its whole buffer: a small frame must not keep what a large one needed.
        let is_small = capacity > 2 * CHUNK && whole.len() < capacity / 4;
        let mut whole = if is_small { Bytes::copy_from_slice(&whole) } else { whole.freeze() };
        whole.advance(4);
        Frame::decode(whole).map(Some)
    }

    /// The length word of the frame that is being received.
    fn announced(&self) -> Option<usize> {
        let word = self.input.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*word).min(LENGTH_MAX)).ok()
    }
}

impl Frame {
    /// The frame whose bytes behind the length word are `whole`.
    pub(crate) fn decode(mut whole: Bytes) -> Result<Self, FrameError> {
        let mut reader = Reader::new(&whole);
        let header = Header::decode(&mut reader)?;
        let descriptors = match header.r#type {
            MessageType::CallWithDescriptors | MessageType::ReplyWithDescriptors => reader.u32()?,
            _ => 0,
        };
        if descriptors > DESCRIPTORS_MAX {
            return Err(FrameError::Descriptors(descriptors));
        }
        let body = reader.position();
        whole.advance(body);
        Ok(Self { header, descriptors, payload: whole })
    }
}

/// Appends a frame to `out`.
///
/// # Errors
/// [`TooLarge`]; `out` is as it was then.
pub fn write<T: Xdr>(header: &Header, body: &T, out: &mut BytesMut) -> Result<(), TooLarge> {
    write_with(header, out, |out| body.encode(&mut Writer::new(out)))
}

/// Appends a frame whose payload `body` appends.
///
/// # Errors
/// [`TooLarge`]; `out` is as it was then.
pub fn write_with(
    header: &Header,
    out: &mut BytesMut,
    body: impl FnOnce(&mut BytesMut),
) -> Result<(), TooLarge> {
    let start = out.len();
    out.put_u32(0);
    header.encode(&mut Writer::new(out));
    body(out);
    let bytes = out.len() - start;
    match u32::try_from(bytes) {
        Ok(length) if length <= LENGTH_MAX => {
            put_word(out, start, length);
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(TooLarge(bytes))
        }
    }
}

/// Writes the serial into a frame that was written without one.
pub(crate) fn set_serial(frame: &mut BytesMut, serial: u32) {
    put_word(frame, SERIAL_AT.start, serial);
}

fn put_word(out: &mut BytesMut, at: usize, word: u32) {
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&word.to_be_bytes());
    }
}
