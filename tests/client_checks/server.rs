//! A server at the other end of a stream that does what a fuzzer's bytes decide: answers, errs, waits, lies, stops.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use virtwire::protocol::frame::{Frame, FrameReader, Header, MessageType, Status};
use virtwire::protocol::procedure::{Kind, Row};
use virtwire::protocol::xdr::{Schema, Xdr};
use virtwire::protocol::{error_body::ErrorBody, keepalive, remote};

use super::Measured;
use crate::filled::{Decisions, fill};

/// The most that a server says.
const MOST: usize = 1024 * 1024;

/// What a client understands.
const WORDS: &[&str] = &[
    "default",
    "SCRAM-SHA-256",
    "PLAIN",
    "DIGEST-MD5",
    "nonce=\"abc\",realm=\"r\",qop=\"auth-conf\",cipher=\"rc4\",charset=utf-8,algorithm=md5-sess",
    "r=x,s=QQ==,i=4096",
    "<network><name>default</name></network>",
];

/// What is still to be said.
enum Saying {
    Bytes(usize),
    Wait(Duration),
    End,
}

pub(crate) struct Server {
    decisions: Decisions,
    heard: FrameReader,
    /// Calls whose answers are late.
    held: Vec<Header>,
    /// All that was or will be said; its room is there from the beginning, so that the client's memory is counted alone.
    said: Vec<u8>,
    /// How much of it the client has got.
    taken: usize,
    sayings: VecDeque<Saying>,
    pause: Option<Pin<Box<Sleep>>>,
    reader: Option<Waker>,
    measured: Arc<Measured>,
    /// Bytes at once in either direction; 0 is as many as there are.
    piece: usize,
    listens: bool,
    is_over: bool,
}

impl Server {
    pub(crate) fn decided_by(mut decisions: Decisions, measured: Arc<Measured>) -> Self {
        let piece = decisions.byte().into();
        let mut heard = FrameReader::default();
        heard.buffer();
        Self {
            decisions,
            heard,
            held: Vec::with_capacity(64),
            said: Vec::with_capacity(MOST),
            taken: 0,
            sayings: VecDeque::with_capacity(1024),
            pause: None,
            reader: None,
            measured,
            piece,
            listens: true,
            is_over: false,
        }
    }

    /// Decides what comes of a call: some things, and then what ends them.
    fn react(&mut self, call: &Frame) {
        let header = call.header.clone();
        loop {
            match self.decisions.byte() % 16 {
                0..6 => return self.answer(&header, |_, _| {}),
                6 => return self.fail(&header),
                7 => return self.answer(&header, damage),
                8 => return self.lie(&header),
                9 => return self.held.push(header),
                10 => {
                    if let Some(late) = self.held.pop() {
                        self.answer(&late, |_, _| {});
                    }
                }
                11 => self.event(),
                12 => self.ping(),
                13 => {
                    let pause = self.decisions.time();
                    self.sayings.push_back(Saying::Wait(pause));
                }
                14 => {
                    let count = self.decisions.byte().into();
                    let bytes = self.decisions.some(count).to_vec();
                    self.say(&bytes);
                }
                _ => match self.decisions.byte() % 4 {
                    0 => return self.sayings.push_back(Saying::End),
                    1 => return self.listens = false,
                    _ => return,
                },
            }
            if self.decisions.are_over() {
                return self.answer(&header, |_, _| {});
            }
        }
    }

    fn answer(&mut self, call: &Header, then: fn(&mut Vec<u8>, &mut Decisions)) {
        let reply = procedure(call).map_or(Schema::Void, |procedure| procedure.reply);
        let mut body = Vec::new();
        fill(&reply, WORDS, &mut self.decisions, &mut body);
        then(&mut body, &mut self.decisions);
        self.frame(&Header { r#type: MessageType::Reply, ..call.clone() }, &body);
    }

    fn fail(&mut self, call: &Header) {
        let mut body = Vec::new();
        fill(&ErrorBody::SCHEMA, WORDS, &mut self.decisions, &mut body);
        self.frame(&Header { r#type: MessageType::Reply, status: Status::Error, ..call.clone() }, &body);
    }

    /// An answer to nobody, or of no kind.
    fn lie(&mut self, call: &Header) {
        let mut header = Header { r#type: MessageType::Reply, ..call.clone() };
        let value = self.decisions.byte();
        match self.decisions.byte() % 6 {
            0 => header.serial = header.serial.wrapping_add(value.into()),
            1 => header.r#type = i32::from(value).into(),
            2 => header.status = i32::from(value).into(),
            3 => header.proc = value.into(),
            4 => header.prog = value.into(),
            _ => header.vers = value.into(),
        }
        let mut body = Vec::new();
        let reply = procedure(call).map_or(Schema::Void, |procedure| procedure.reply);
        fill(&reply, WORDS, &mut self.decisions, &mut body);
        self.frame(&header, &body);
    }

    fn event(&mut self) {
        let mut events = remote::PROGRAM.procedures().filter(|procedure| procedure.kind == Kind::Event);
        let Some(event) = events.nth(usize::from(self.decisions.byte() % 3)) else { return };
        let header = Header {
            prog: remote::PROGRAM.number,
            vers: remote::PROGRAM.version,
            proc: event.number,
            r#type: MessageType::Message,
            serial: 0,
            status: Status::Ok,
        };
        let mut body = Vec::new();
        fill(&event.arguments, WORDS, &mut self.decisions, &mut body);
        self.frame(&header, &body);
    }

    fn ping(&mut self) {
        let mut ping = BytesMut::new();
        keepalive::write_ping(&mut ping);
        self.say(&ping);
    }

    fn frame(&mut self, header: &Header, body: &[u8]) {
        let mut out = BytesMut::new();
        let written = virtwire::protocol::frame::write_with(header, &mut out, |out| out.put_slice(body));
        if written.is_ok() {
            self.say(&out);
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        if self.said.len() + bytes.len() > MOST {
            return self.sayings.push_back(Saying::End);
        }
        self.said.extend_from_slice(bytes);
        self.sayings.push_back(Saying::Bytes(bytes.len()));
    }

    /// What is ready to be read.
    fn tell(&mut self, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<()> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            let piece = self.piece();
            match self.sayings.front_mut() {
                None if self.is_over => return Poll::Ready(()),
                None => {
                    self.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Some(Saying::End) => self.is_over = true,
                Some(Saying::Wait(time)) => {
                    let pause = sleep(*time);
                    self.pause = Some(Box::pin(pause));
                }
                Some(Saying::Bytes(0)) => {}
                Some(Saying::Bytes(left)) => {
                    let count = to.remaining().min(*left).min(piece);
                    *left -= count;
                    let from = self.taken;
                    to.put_slice(self.said.get(from..from + count).unwrap_or_default());
                    self.taken += count;
                    self.measured.received.fetch_add(count, Ordering::Relaxed);
                    return Poll::Ready(());
                }
            }
            self.sayings.pop_front();
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.heard.buffer().put_slice(bytes);
        while let Some(frame) = self.heard.next_frame().expect("a client's frames are well formed") {
            if frame.header.r#type == MessageType::Call {
                self.react(&frame);
            }
        }
    }

    fn piece(&self) -> usize {
        if self.piece == 0 { usize::MAX } else { self.piece }
    }
}

fn procedure(call: &Header) -> Option<&'static Row> {
    remote::PROGRAM.procedure(call.proc).filter(|_| call.prog == remote::PROGRAM.number)
}

/// Changes some bytes, or cuts.
fn damage(body: &mut Vec<u8>, decisions: &mut Decisions) {
    let (at, value) = (usize::from(decisions.u16()), decisions.byte());
    let at = at % (body.len() + 1);
    match body.get_mut(at) {
        Some(byte) if value < 0xf0 => *byte = value,
        _ => body.truncate(at),
    }
}

impl AsyncRead for Server {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let measured = Arc::clone(&this.measured);
        measured.aside(|| this.tell(cx, to)).map(Ok)
    }
}

impl AsyncWrite for Server {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_over {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if !self.listens {
            return Poll::Pending;
        }
        let count = bytes.len().min(self.piece());
        let measured = Arc::clone(&self.measured);
        measured.aside(|| self.hear(bytes.get(..count).unwrap_or_default()));
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
