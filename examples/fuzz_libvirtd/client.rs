//! The simplest client of a session: blocking, one call at a time, whatever that call may be.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use virtwire_protocol::frame::Frame;
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::auth::AuthList;
use virtwire_protocol::remote::connect::ConnectOpen;
use virtwire_protocol::session::{Incoming, Outgoing, ReplyError, Session};
use virtwire_protocol::{Call, xdr};

use super::calls::Procedure;

/// Starting a network takes seconds; a daemon that takes longer for anything hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a call came to.
pub(super) enum Answer {
    Reply,
    Error,
    /// It cannot be decoded, and this is why.
    Undeclared(String),
    /// There was none.
    Late,
}

/// A connection.
pub(super) struct Client {
    stream: UnixStream,
    session: Session,
}

impl Client {
    /// Connects, authenticates as nobody, and opens `qemu:///system`.
    pub(super) fn open(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        let mut client = Self { stream, session: Session::default() };
        client.opening(&AuthList {})?;
        client.opening(&ConnectOpen { name: Some(Text::from_static("qemu:///system")), flags: 0 })?;
        Ok(client)
    }

    fn opening<C: Call>(&mut self, call: &C) -> io::Result<()> {
        match self.exchange(C::INFO.number, &xdr::to_bytes(call))? {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// One call and its answer.
    pub(super) fn call(&mut self, procedure: &Procedure, arguments: &Bytes) -> io::Result<Answer> {
        let Some(reply) = self.exchange(procedure.info.number, arguments)? else { return Ok(Answer::Late) };
        Ok(match (procedure.check)(&reply) {
            Ok(()) => Answer::Reply,
            Err(ReplyError::Server(_)) => Answer::Error,
            Err(other) => Answer::Undeclared(other.to_string()),
        })
    }

    fn exchange(&mut self, procedure: i32, body: &Bytes) -> io::Result<Option<Frame>> {
        let program = &virtwire_protocol::remote::PROGRAM;
        let call = Outgoing::raw(program.number, program.version, procedure, body);
        let serial = self.session.call(call.map_err(io::Error::other)?);
        let end = Instant::now() + DEADLINE;
        while Instant::now() < end {
            let unsent = self.session.unsent().len();
            self.stream.write_all(self.session.unsent())?;
            self.session.sent(unsent);
            match self.session.next_incoming().map_err(io::Error::other)? {
                Some(Incoming::Reply(of, frame)) if of == serial => return Ok(Some(frame)),
                Some(_) => {}
                None => self.receive()?,
            }
        }
        Ok(None)
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.session.feed(bytes.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}
