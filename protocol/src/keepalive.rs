//! The KEEPALIVE program: a peer that is asked must answer, whatever else goes on.
//!
//! Source: libvirt's `src/rpc/virkeepaliveprotocol.x`. Both messages have type `message`, serial 0 and no body.

use bytes::BytesMut;

use crate::declare::procedures;
use crate::frame::{self, Header, MessageType};
use crate::procedure::{Procedure, Program};

/// The program: number 0x6b65_6570, version 1.
pub static PROGRAM: Program =
    Program { name: "keepalive", number: 0x6b65_6570, version: 1, families: &[TABLE] };

procedures! { PROGRAM, "keepalive":
    event 1 ping Ping since "0.9.8" {};
    event 2 pong Pong since "0.9.8" {};
}

/// Whether a frame of this header asks for a pong.
pub(crate) fn is_ping(header: &Header) -> bool {
    header.prog == PROGRAM.number && header.r#type == MessageType::Message && header.proc == Ping::INFO.number
}

/// Appends a ping to `out`.
pub fn write_ping(out: &mut BytesMut) {
    // A header without a body is never too large.
    let _ = frame::write(&Header::message::<Ping>(0), &(), out);
}

/// Appends a pong to `out`.
pub(crate) fn write_pong(out: &mut BytesMut) {
    // A header without a body is never too large.
    let _ = frame::write(&Header::message::<Pong>(0), &(), out);
}
