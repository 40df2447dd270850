//! Authentication: doing what the server asks for before it opens a connection.

use virtwire_protocol::remote::auth::{AuthList, AuthPolkit, AuthType};

use crate::connection::{Connection, Timeouts};
use crate::error::{Error, Result};
use crate::uri::Uri;

/// Whom a client authenticates itself to, and what is known of the way there.
#[expect(dead_code, reason = "SASL is what asks")]
pub(crate) struct Peer<'a> {
    /// What the user typed; nothing where a stream was given.
    pub(crate) uri: Option<&'a Uri>,
    /// Whether nobody on the way can read along: a unix socket, ssh, TLS.
    pub(crate) is_private: bool,
}

/// Asks how to authenticate, and does so. For root on a polkit socket, asking is enough.
pub(crate) async fn authenticate(
    connection: &Connection,
    _peer: &Peer<'_>,
    timeouts: &Timeouts,
) -> Result<()> {
    let reply = connection.opening_step(&AuthList {}, "asking how to authenticate", timeouts.opening).await?;
    match reply.types.iter().next() {
        None | Some(AuthType::None) => Ok(()),
        Some(AuthType::Polkit) => {
            let ask = connection.opening_step(&AuthPolkit {}, "authenticating by polkit", timeouts.person);
            let answer = ask.await.map_err(Error::while_authenticating)?;
            if answer.complete != 0 {
                Ok(())
            } else {
                Err(Error::unsupported("the server wants a second step of polkit authentication"))
            }
        }
        Some(AuthType::Sasl) => Err(Error::unsupported("the server asks for SASL, which is not there yet")),
        Some(AuthType::Unknown(number)) => Err(Error::unsupported(format!(
            "the server asks for authentication of type {number}, which is not known"
        ))),
    }
}
