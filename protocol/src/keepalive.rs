//! The KEEPALIVE program: a peer that is asked must answer, whatever else goes on.
//!
//! Source: libvirt's `src/rpc/virkeepaliveprotocol.x`. Both messages have type `message`, serial 0 and no body.

use crate::declare::procedures;
use crate::procedure::Program;

/// The program: number 0x6b65_6570, version 1.
pub static PROGRAM: Program = Program {
    name: "keepalive",
    number: 0x6b65_6570,
    version: 1,
    families: &[TABLE],
};

procedures! { PROGRAM, "keepalive":
    event 1 ping Ping since "0.9.8" {};
    event 2 pong Pong since "0.9.8" {};
}
