//! A server's side, as a value: finds the handler of a call and writes the reply. What no handler is registered for
//! is answered as libvirt answers it, and is not linked.

use std::collections::HashMap;
use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::error_body::{ErrorBody, code, domain};
use crate::frame::{self, Frame, Header, MessageType, Status, TooLarge};
use crate::keepalive;
use crate::procedure::{Call, Event};
use crate::xdr::{self, Writer, Xdr};

/// What a handler answers: a value, or libvirt's error.
pub type Answer<T> = Result<T, Box<ErrorBody>>;

/// The serial that libvirt gives to every event.
const EVENT_SERIAL: u32 = 1;

type Handler<S> = Box<dyn Fn(&mut S, &Bytes, &mut BytesMut) -> Answer<()> + Send + Sync>;

/// The calls that a server of state `S` answers.
pub struct Service<S> {
    /// By program, its version, and procedure.
    handlers: HashMap<(u32, u32, i32), Handler<S>>,
}

impl<S: 'static> Service<S> {
    /// A service that answers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { handlers: HashMap::new() }
    }

    /// Answers the call `C` by `handler`, in place of an earlier one.
    #[must_use]
    pub fn on<C: Call>(
        mut self,
        handler: impl Fn(&mut S, C) -> Answer<C::Reply> + Send + Sync + 'static,
    ) -> Self {
        let answer = move |state: &mut S, body: &Bytes, out: &mut BytesMut| {
            let call = xdr::from_bytes(body).map_err(|error| rpc_error(&format!("{error}")))?;
            handler(state, call)?.encode(&mut Writer::new(out));
            Ok(())
        };
        let key = (C::PROGRAM.number, C::PROGRAM.version, C::INFO.number);
        self.handlers.insert(key, Box::new(answer));
        self
    }

    /// Appends to `out` what `frame` is to be answered with: a reply to a call, a pong to a ping, nothing else.
    pub fn answer(&self, state: &mut S, frame: &Frame, out: &mut BytesMut) {
        match frame.header.r#type {
            // libvirt, too, answers a call that passes more descriptors than it takes.
            MessageType::Call | MessageType::CallWithDescriptors => self.reply(state, frame, out),
            _ if keepalive::is_ping(&frame.header) => keepalive::write_pong(out),
            _ => {}
        }
    }

    fn reply(&self, state: &mut S, frame: &Frame, out: &mut BytesMut) {
        let start = out.len();
        if let Err(error) = self.try_reply(state, frame, out) {
            out.truncate(start);
            // An error's six texts of up to 4 MiB fit any frame.
            let _ = frame::write(&reply_header(frame, Status::Error), &*error, out);
        }
    }

    fn try_reply(&self, state: &mut S, frame: &Frame, out: &mut BytesMut) -> Answer<()> {
        let handler = self.handler(&frame.header)?;
        let mut outcome = Ok(());
        frame::write_with(&reply_header(frame, Status::Ok), out, |out| {
            outcome = handler(state, &frame.payload, out);
        })
        .map_err(|error| rpc_error(&error.to_string()))?;
        outcome
    }

    fn handler(&self, header: &Header) -> Answer<&Handler<S>> {
        let Header { prog, vers, proc, .. } = *header;
        self.handlers.get(&(prog, vers, proc)).ok_or_else(|| {
            if self.has_program(prog, vers) {
                rpc_error(&format!("unknown procedure: {proc}"))
            } else {
                rpc_error(&format!("Cannot find program {prog} version {vers}"))
            }
        })
    }

    fn has_program(&self, program: u32, version: u32) -> bool {
        self.handlers.keys().any(|&(prog, vers, _)| (prog, vers) == (program, version))
    }
}

impl<S: 'static> Default for Service<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Service<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

/// Appends an event to `out`.
///
/// # Errors
/// [`TooLarge`]; `out` is as it was then.
pub fn write_event<E: Event>(event: &E, out: &mut BytesMut) -> Result<(), TooLarge> {
    frame::write(&Header::message::<E>(EVENT_SERIAL), event, out)
}

fn reply_header(call: &Frame, status: Status) -> Header {
    Header { r#type: MessageType::Reply, status, ..call.header.clone() }
}

fn rpc_error(message: &str) -> Box<ErrorBody> {
    ErrorBody::new(code::RPC, domain::RPC, message)
}
