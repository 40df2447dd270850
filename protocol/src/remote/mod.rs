//! The REMOTE program: libvirt's own API, as tables that a person can read, one family a file.
//!
//! Source: libvirt's `src/remote/remote_protocol.x`, against which a test compares every row here.

pub mod auth;
pub mod connect;
pub mod domain;
pub mod interface;
pub mod network;
mod types;

use crate::procedure::{Program, Visitor};

pub use types::{
    Domain, Interface, Network, NetworkPort, NetworkView, OptText, Parameter, ParameterValue, Text, Uuid,
};

/// Shows every procedure of the program.
pub fn visit(visitor: &mut impl Visitor) {
    connect::visit(visitor);
    auth::visit(visitor);
    domain::visit(visitor);
    interface::visit(visitor);
    network::visit(visitor);
}

/// The program: number 0x2000_8086, version 1.
pub static PROGRAM: Program = Program {
    name: "remote",
    number: 0x2000_8086,
    version: 1,
    families: &[connect::TABLE, auth::TABLE, domain::TABLE, interface::TABLE, network::TABLE],
};

const _: () = assert!(PROGRAM.numbers_are_unique(), "a procedure number is declared twice");
