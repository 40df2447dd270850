//! GSSAPI by Kerberos (RFC 4752): the mechanism that libvirt's daemons offer unless told otherwise, and on plain TCP the one
//! with a layer of today's strength. The user's ticket is that of `kinit`: no password is asked for or seen.

mod ccache;
mod config;
mod context;
mod crypto;
#[cfg(any(test, fuzzing))]
pub(in crate::auth) mod fuzzing;
mod kdc;
mod messages;
mod refusal;
#[cfg(test)]
mod tests;
mod ticket;
mod tickets;
mod wrap;

use std::time::Duration;

use zeroize::Zeroizing;

use self::context::Initiator;
use self::wrap::{Confidential, MAXBUF, OVERHEAD, Wrapping};
use super::mechanism::{Mechanism, breach};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::SecurityLayer;

/// The layers that a server may offer and a client choose (RFC 4752, section 3.3).
const NO_LAYER: u8 = 1;
const CONFIDENTIAL: u8 = 4;

/// What may be wrong where a server does not take a ticket, of which it does not say why.
pub(super) fn refused_by(host: &str) -> String {
    format!(
        "{host} did not take the Kerberos ticket: is its keytab (/etc/libvirt/krb5.tab) the one that the realm has for it, \
         its clock right, and the user in its sasl_allowed_username_list? Its log may say more (see docs/sasl.md)"
    )
}

/// A client's side of GSSAPI.
#[derive(Debug)]
pub(super) struct Gssapi {
    initiator: Initiator,
    token: Zeroizing<Vec<u8>>,
    /// Whether all that follows is to be encrypted; else nothing is.
    is_confidential: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The server's proof is to come.
    Proof,
    /// The layers that the server offers are to come.
    Layers(Wrapping),
    Done {
        layer: Option<Confidential>,
    },
}

impl Gssapi {
    /// Finds the user's ticket for libvirt on this host, or gets one, under a deadline.
    pub(super) async fn new(host: &str, is_confidential: bool, within: Duration) -> Result<Self> {
        let host = host.trim_end_matches('.').to_lowercase();
        let (ticket, clock) = tickets::find(&host, within).await?;
        let (initiator, token) = Initiator::new(&ticket, clock)?;
        Ok(Self { initiator, token: Zeroizing::new(token), is_confidential, state: State::Proof })
    }

    /// Chooses a layer of those that the server offers.
    fn agree(&self, mut wrapping: Wrapping, offer: &[u8]) -> Result<(State, Vec<u8>)> {
        let offer =
            wrapping.open(offer).ok_or_else(|| breach("its offer of layers was altered on its way"))?.0;
        let [layers, a, b, c] = **offer else {
            return Err(breach("its offer of layers cannot be understood"));
        };
        let maxbuf = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or_default();
        if !self.is_confidential {
            if layers & NO_LAYER == 0 {
                return Err(breach("it wants GSSAPI with a layer where none is needed"));
            }
            let answer = wrapping.sign(&[NO_LAYER, 0, 0, 0]);
            return Ok((State::Done { layer: None }, answer));
        }
        if layers & CONFIDENTIAL == 0 {
            let what = "the server offers GSSAPI without encryption, which plain TCP wants";
            let advice = "go by qemu+tls:// or qemu+ssh://";
            return Err(Error::way(ErrorKind::Denied, what, Some(advice.to_owned())));
        }
        if maxbuf <= OVERHEAD {
            return Err(breach(&format!("it takes pieces of {maxbuf} bytes only")));
        }
        let [_, a, b, c] = MAXBUF.to_be_bytes();
        let answer = wrapping.sign(&[CONFIDENTIAL, a, b, c]);
        Ok((State::Done { layer: Some(Confidential { wrapping, maxbuf }) }, answer))
    }
}

impl Mechanism for Gssapi {
    fn start(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        Some(std::mem::take(&mut self.token))
    }

    fn step(&mut self, message: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (state, answer) = match std::mem::replace(&mut self.state, State::Proof) {
            State::Proof => (State::Layers(self.initiator.proven(message)?), Vec::new()),
            State::Layers(wrapping) => self.agree(wrapping, message)?,
            State::Done { .. } => return Err(breach("it goes on after its proof")),
        };
        self.state = state;
        Ok(Zeroizing::new(answer))
    }

    fn is_done(&self) -> bool {
        matches!(self.state, State::Done { .. })
    }

    fn layer(self: Box<Self>) -> Option<Box<dyn SecurityLayer>> {
        match self.state {
            State::Done { layer: Some(layer) } => Some(Box::new(layer)),
            _ => None,
        }
    }
}
