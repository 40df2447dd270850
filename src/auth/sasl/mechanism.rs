//! What a SASL mechanism is: messages in, messages out, without I/O.

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::transport::SecurityLayer;

/// A client's side of one mechanism, for one connection.
pub(super) trait Mechanism: Send {
    /// The message that is sent with the mechanism's name; none is not the same as an empty one.
    fn start(&mut self) -> Option<Zeroizing<Vec<u8>>>;

    /// Answers a message of the server's. Called as long as the mechanism is not done.
    fn step(&mut self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>>;

    /// Whether all was said, and all of the server's proofs were seen to be true.
    fn is_done(&self) -> bool;

    /// What protects every later byte, where that was agreed on.
    fn layer(self: Box<Self>) -> Option<Box<dyn SecurityLayer>> {
        None
    }
}

/// The server does not keep to the mechanism.
pub(super) fn breach(how: &str) -> Error {
    let what = format!("the server does not authenticate as it should: {how}");
    let advice = "is what answers really a libvirt daemon? nothing that it said is believed";
    Error::way(ErrorKind::Protocol, what, Some(advice.to_owned()))
}

/// The server did not prove that it knows the password.
pub(super) fn impostor() -> Error {
    let what = "the server could not prove that it knows the password";
    let advice =
        "it may not be the server that you mean: do not type the password anywhere else before you know";
    Error::way(ErrorKind::Protocol, what, Some(advice.to_owned()))
}
