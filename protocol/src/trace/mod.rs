//! Frames as people read them, one line each. This module shows what a frame says, and never what is secret in it; it
//! neither opens nor judges anything. Traces, fuzzers and tests all use it.
//!
//! ```
//! use virtwire_protocol::frame::FrameReader;
//! use virtwire_protocol::session::{Outgoing, Session};
//! use virtwire_protocol::remote::{Text, network::NetworkLookupByName};
//! use virtwire_protocol::trace::{Direction, FrameRecord};
//!
//! let mut session = Session::default();
//! session.call(Outgoing::new(&NetworkLookupByName { name: Text::from_static("lab") })?);
//! let mut reader = FrameReader::default();
//! reader.feed(session.unsent());
//! let frame = reader.next_frame()?.expect("it is whole");
//! let line = FrameRecord::new(Direction::Sent, &frame).to_string();
//! assert_eq!(line, "-> network_lookup_by_name #1 call ok, 36 bytes: name=\"lab\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod line;
mod payload;
mod quoted;

use std::fmt;

pub use payload::{Payload, payload};

use crate::frame::{self, Frame, Header, MessageType, Status};
use crate::keepalive;
use crate::procedure::{Program, Row};
use crate::remote;
use crate::xdr::Schema;

/// The programs whose procedures have names here.
const PROGRAMS: [&Program; 2] = [&remote::PROGRAM, &keepalive::PROGRAM];

/// Which way a frame goes, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the server.
    Sent,
    /// From the server.
    Received,
}

/// One frame that was sent or received. [`Display`](fmt::Display) writes it as one line without a line end: direction,
/// procedure, serial, type, status, size, and what it carries, as [`payload`] shows it.
#[derive(Clone, Copy, Debug)]
pub struct FrameRecord<'a> {
    direction: Direction,
    frame: &'a Frame,
}

impl<'a> FrameRecord<'a> {
    /// The record of a frame.
    #[must_use]
    pub const fn new(direction: Direction, frame: &'a Frame) -> Self {
        Self { direction, frame }
    }

    /// Which way it goes.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Program, procedure, type, serial and status.
    #[must_use]
    pub const fn header(&self) -> &'a Header {
        &self.frame.header
    }

    /// The procedure, where it is declared.
    #[must_use]
    pub fn procedure(&self) -> Option<&'static Row> {
        let Header { prog, vers, proc, .. } = self.frame.header;
        program(prog, vers)?.procedure(proc)
    }

    /// Its size in bytes, length word and header included.
    #[must_use]
    pub fn size(&self) -> usize {
        let count = if has_descriptors(self.frame.header.r#type) { 4 } else { 0 };
        frame::LENGTH_MIN as usize + count + self.frame.payload.len()
    }

    /// Arguments, reply, error or event. What is not declared, and the data of streams, is shown by its size alone: it
    /// may be secret.
    #[must_use]
    pub fn payload(&self) -> Payload<'a> {
        let bytes = &self.frame.payload;
        match self.frame.header.status {
            Status::Error => Payload::error(bytes),
            Status::Ok => Payload::new(self.schema(), bytes),
            Status::Continue | Status::Unknown(_) => Payload::new(None, bytes),
        }
    }

    /// What the payload of a frame that says it went well is declared to be.
    fn schema(&self) -> Option<Schema> {
        let procedure = self.procedure()?;
        match self.frame.header.r#type {
            MessageType::Call | MessageType::CallWithDescriptors | MessageType::Message => {
                Some(procedure.arguments)
            }
            MessageType::Reply | MessageType::ReplyWithDescriptors => Some(procedure.reply),
            MessageType::Stream | MessageType::StreamHole | MessageType::Unknown(_) => None,
        }
    }
}

impl fmt::Display for FrameRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = match self.direction {
            Direction::Sent => "->",
            Direction::Received => "<-",
        };
        let Header { r#type, serial, status, .. } = *self.header();
        write!(f, "{arrow} {} #{serial} ", Name(self))?;
        match type_word(r#type) {
            Some(word) => f.write_str(word)?,
            None => write!(f, "type {}", i32::from(r#type))?,
        }
        if self.frame.descriptors > 0 {
            write!(f, " with {} descriptors", self.frame.descriptors)?;
        }
        match status {
            Status::Ok => f.write_str(" ok")?,
            Status::Error => f.write_str(" error")?,
            Status::Continue => f.write_str(" continue")?,
            Status::Unknown(number) => write!(f, " status {number}")?,
        }
        write!(f, ", {} bytes", self.size())?;
        let payload = self.payload();
        if payload.is_empty() { Ok(()) } else { write!(f, ": {payload}") }
    }
}

/// The procedure's name, behind its program's unless that is libvirt's main one.
struct Name<'a>(&'a FrameRecord<'a>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { prog, vers, proc, .. } = *self.0.header();
        match program(prog, vers) {
            None => write!(f, "program {prog:#x} version {vers} procedure {proc}"),
            Some(program) => {
                if program.number != remote::PROGRAM.number {
                    write!(f, "{}.", program.name)?;
                }
                match program.procedure(proc) {
                    Some(procedure) => f.write_str(procedure.name),
                    None => write!(f, "procedure {proc}"),
                }
            }
        }
    }
}

fn program(number: u32, version: u32) -> Option<&'static Program> {
    PROGRAMS.into_iter().find(|program| (program.number, program.version) == (number, version))
}

const fn has_descriptors(r#type: MessageType) -> bool {
    matches!(r#type, MessageType::CallWithDescriptors | MessageType::ReplyWithDescriptors)
}

const fn type_word(r#type: MessageType) -> Option<&'static str> {
    Some(match r#type {
        MessageType::Call | MessageType::CallWithDescriptors => "call",
        MessageType::Reply | MessageType::ReplyWithDescriptors => "reply",
        MessageType::Message => "message",
        MessageType::Stream => "stream",
        MessageType::StreamHole => "hole",
        MessageType::Unknown(_) => return None,
    })
}
