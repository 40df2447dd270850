//! SASL (RFC 4422) over libvirt's procedures 67 to 69: which mechanism, its messages to and fro, and the layer that
//! protects every later byte, where one was agreed on. What a mechanism says is its own affair.

mod choose;
mod digest;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
#[cfg(feature = "gssapi")]
pub(super) mod gssapi;
mod login;
mod mechanism;
mod nonce;
mod plain;
mod scram;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::task::spawn_blocking;
use virtwire_protocol::remote::Text;
use virtwire_protocol::remote::auth::{AuthSaslInit, AuthSaslStart, AuthSaslStep, SaslData};
use virtwire_protocol::xdr::{Chars, Secret};
use zeroize::Zeroizing;

#[cfg(feature = "gssapi")]
use self::choose::choose_without_ticket;
use self::choose::{Known, Way, choose};
use self::digest::DigestMd5;
#[cfg(feature = "gssapi")]
use self::gssapi::Gssapi;
use self::mechanism::{Mechanism, breach};
use self::plain::OneMessage;
use self::scram::Scram;
use super::{Credentials, Opening, Peer};
use crate::error::{Error, Result};
use crate::step::step;

/// Messages to and fro: no mechanism has more than two of either side.
const ROUNDS: usize = 4;

/// Authenticates by the mechanism that is demanded, or by the strongest.
pub(super) async fn authenticate(
    connection: &impl Opening,
    peer: &Peer<'_>,
    demanded: Option<&str>,
) -> Result<()> {
    let what = "asking which SASL mechanisms there are";
    let list = connection.opening_step(&AuthSaslInit {}, what, peer.within).await;
    let list = list.map_err(|error| without_mechanisms(error, peer))?.mechlist;
    let Ready { known, mechanism, login } = ready(list.as_bytes(), demanded, peer).await?;
    let talk =
        Talk { connection, known, what: format!("authenticating by {}", known.name()), within: peer.within };
    let outcome = talk.through(mechanism).await;
    outcome.map_err(|error| explained(error, known, login.as_ref(), peer))
}

/// A mechanism that can begin, and who logs in where that is by a password.
struct Ready {
    known: Known,
    mechanism: Box<dyn Mechanism>,
    login: Option<Credentials>,
}

async fn ready(list: &[u8], demanded: Option<&str>, peer: &Peer<'_>) -> Result<Ready> {
    let known = choose(list, demanded, Way::to(peer))?;
    #[cfg(feature = "gssapi")]
    if known == Known::Gssapi {
        let ticketed = Gssapi::new(peer.host(), !peer.is_private, peer.within).await;
        return match ticketed {
            Ok(mechanism) => Ok(Ready { known, mechanism: Box::new(mechanism), login: None }),
            // Who has no ticket may have a password.
            Err(error) => {
                let other = demanded.is_none().then(|| choose_without_ticket(list, Way::to(peer)));
                without_ticket(other.flatten().ok_or(error)?, peer).await
            }
        };
    }
    without_ticket(known, peer).await
}

async fn without_ticket(known: Known, peer: &Peer<'_>) -> Result<Ready> {
    let login = if known.wants_credentials() { Some(login::find(peer, known.name()).await?) } else { None };
    let mechanism = mechanism(known, login.as_ref(), peer)?;
    Ok(Ready { known, mechanism, login })
}

fn mechanism(known: Known, login: Option<&Credentials>, peer: &Peer<'_>) -> Result<Box<dyn Mechanism>> {
    Ok(match (known, login) {
        (Known::Scram(hash), Some(login)) => Box::new(Scram::new(hash, login)?),
        (Known::DigestMd5, Some(login)) => Box::new(DigestMd5::new(login, peer.host(), !peer.is_private)?),
        (Known::Plain, Some(login)) => Box::new(OneMessage::plain(login)),
        (Known::External, _) => Box::new(OneMessage::external()),
        (Known::Anonymous, _) => Box::new(OneMessage::anonymous()),
        _ => return Err(Error::invalid(format!("{} wants a name and a password", known.name()))),
    })
}

/// A daemon that has nothing to offer on this way says "authentication failed", too.
fn without_mechanisms(error: Error, peer: &Peer<'_>) -> Error {
    let wanted =
        if peer.is_private { "scram-sha-256" } else { "digest-md5, for plain TCP wants one that encrypts" };
    error.not_authenticated(format!(
        "the daemon at {} wants SASL, and has no mechanism to offer: mech_list of its sasl2/libvirt.conf should name one \
         that is installed there ({wanted}); see docs/sasl.md",
        peer.host()
    ))
}

/// libvirt says "authentication failed", whatever the reason: the rest is to be said here.
fn explained(error: Error, known: Known, login: Option<&Credentials>, peer: &Peer<'_>) -> Error {
    #[cfg(feature = "gssapi")]
    if known == Known::Gssapi {
        return error.not_authenticated(gssapi::refused_by(peer.host()));
    }
    let (name, host) = (known.name(), peer.host());
    let Some(Credentials { authname, realm, .. }) = login else {
        return error.not_authenticated(format!("{host} did not accept {name}: its log may say why"));
    };
    // Of the realms that a server has, it chooses: only a name brings its own.
    let what_to_do = match (authname.split_once('@'), realm) {
        (Some((user, realm)), _) => format!("'saslpasswd2 -a libvirt -u {realm} {user}' sets one there"),
        (None, Some(realm)) => {
            format!("a user of the realm '{realm}' may have to be named by 'authname={authname}@{realm}'")
        }
        (None, None) => format!("'saslpasswd2 -a libvirt {authname}' sets one there"),
    };
    error.not_authenticated(format!(
        "{name} at {host} did not accept '{authname}' with this password: {what_to_do}, and its log may say more (see \
         docs/sasl.md)"
    ))
}

/// What the server answers to a message.
struct Answer {
    is_complete: bool,
    data: Vec<u8>,
}

/// The messages of one mechanism on their way to and fro.
struct Talk<'a, C> {
    connection: &'a C,
    known: Known,
    what: String,
    within: Duration,
}

impl<C: Opening> Talk<'_, C> {
    /// Takes the mechanism to its end, and puts its layer around the connection.
    async fn through(&self, mut mechanism: Box<dyn Mechanism>) -> Result<()> {
        let mut answer = self.start(mechanism.start()).await?;
        for _ in 0..ROUNDS {
            if answer.is_complete && mechanism.is_done() {
                self.protect(mechanism);
                return Ok(());
            }
            let message = if mechanism.is_done() {
                None
            } else {
                let (taken, message) = self.step_aside(mechanism, std::mem::take(&mut answer.data)).await?;
                mechanism = taken;
                Some(message)
            };
            if !answer.is_complete {
                answer = self.next(message).await?;
            } else if !mechanism.is_done() {
                return Err(breach("it says that all is done before its proof was seen"));
            }
        }
        Err(breach("it does not come to an end"))
    }

    /// Works a message out where it keeps nobody waiting: salted passwords are meant to take their time.
    async fn step_aside(
        &self,
        mut mechanism: Box<dyn Mechanism>,
        message: Vec<u8>,
    ) -> Result<(Box<dyn Mechanism>, Zeroizing<Vec<u8>>)> {
        let work = spawn_blocking(move || {
            let answer = mechanism.step(&message);
            answer.map(|answer| (mechanism, answer))
        });
        step(&self.what, self.within, async { work.await.map_err(|error| Error::of_task(&error))? }).await
    }

    async fn start(&self, message: Option<Zeroizing<Vec<u8>>>) -> Result<Answer> {
        let (nil, data) = packed(message)?;
        let call = AuthSaslStart { mech: Text::try_from(self.known.name())?, nil, data };
        let reply = self.connection.opening_step(&call, &self.what, self.within).await?;
        Ok(Answer { is_complete: reply.complete != 0, data: unpacked(reply.nil, &reply.data) })
    }

    async fn next(&self, message: Option<Zeroizing<Vec<u8>>>) -> Result<Answer> {
        let (nil, data) = packed(message)?;
        let reply =
            self.connection.opening_step(&AuthSaslStep { nil, data }, &self.what, self.within).await?;
        Ok(Answer { is_complete: reply.complete != 0, data: unpacked(reply.nil, &reply.data) })
    }

    fn protect(&self, mechanism: Box<dyn Mechanism>) {
        if let Some(layer) = mechanism.layer() {
            self.connection.protect(layer);
        }
    }
}

fn packed(message: Option<Zeroizing<Vec<u8>>>) -> Result<(i32, SaslData)> {
    let nil = i32::from(message.is_none());
    // Moved, not copied: whoever has it last wipes it.
    let data = Chars::new(std::mem::take(&mut *message.unwrap_or_default()))?;
    Ok((nil, Secret(data)))
}

/// What a server means by no message, no mechanism of ours tells from an empty one.
fn unpacked(nil: i32, data: &SaslData) -> Vec<u8> {
    if nil == 0 { data.0.as_bytes().to_vec() } else { Vec::new() }
}
