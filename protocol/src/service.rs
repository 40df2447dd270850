//! A server's side, as a value: finds the handler of a call and writes the reply. What no handler is registered for
//! is answered as libvirt answers it, and is not linked.

use std::collections::HashMap;
use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::error_body::{ErrorBody, code, domain};
use crate::frame::{self, Frame, Header, MessageType, Status, TooLarge};
use crate::keepalive;
use crate::procedure::{Call, Event};
use crate::session::{event_header, is_ping};
use crate::xdr::{self, Writer, Xdr};

/// What a handler answers: a value, or libvirt's error.
pub type Answer<T> = Result<T, Box<ErrorBody>>;

type Handler<S> = Box<dyn Fn(&mut S, &Bytes, &mut BytesMut) -> Answer<()> + Send + Sync>;

/// The calls that a server of state `S` answers.
pub struct Service<S> {
    handlers: HashMap<(u32, i32), Handler<S>>,
}

impl<S: 'static> Service<S> {
    /// A service that answers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            handlers: HashMap::new(),
        }
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
        self.handlers
            .insert((C::PROGRAM.number, C::INFO.number), Box::new(answer));
        self
    }

    /// Appends to `out` what `frame` is to be answered with: a reply to a call, a pong to a ping, nothing else.
    pub fn answer(&self, state: &mut S, frame: &Frame, out: &mut BytesMut) {
        match frame.header.r#type {
            MessageType::Call => self.reply(state, frame, out),
            // A body of no bytes is never too large.
            _ if is_ping(&frame.header) => drop(frame::write(&event_header::<keepalive::Pong>(), &(), out)),
            _ => {}
        }
    }

    fn reply(&self, state: &mut S, frame: &Frame, out: &mut BytesMut) {
        let mut body = BytesMut::new();
        let Header { prog, proc, .. } = frame.header;
        let outcome = match self.handlers.get(&(prog, proc)) {
            Some(handler) => handler(state, &frame.payload, &mut body),
            None => Err(rpc_error(&format!("unknown procedure: {proc}"))),
        };
        let header = |status| Header {
            r#type: MessageType::Reply,
            status,
            ..frame.header.clone()
        };
        let written = outcome.and_then(|()| {
            frame::write_with(&header(Status::Ok), out, |out| out.extend_from_slice(&body))
                .map_err(|error| rpc_error(&error.to_string()))
        });
        if let Err(error) = written {
            // An error's texts are bounded far below a frame's limit, except by a handler that means to exceed it.
            let _ = frame::write(&header(Status::Error), &*error, out);
        }
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
    frame::write(&event_header::<E>(), event, out)
}

fn rpc_error(message: &str) -> Box<ErrorBody> {
    ErrorBody::new(code::RPC, domain::RPC, message)
}
