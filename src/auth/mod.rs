//! Authentication: doing what the server asks for before it opens a connection.

use virtwire_protocol::remote::auth::{AuthList, AuthPolkit, AuthType};

use crate::connection::{Connection, Timeouts};
use crate::error::{Error, Result};
use crate::transport::Login;
use crate::uri::Uri;

/// Whom a client authenticates itself to, and what is known of the way there.
pub(crate) struct Peer<'a> {
    /// What the user typed; nothing where a stream was given.
    #[expect(dead_code, reason = "SASL is what asks")]
    pub(crate) uri: Option<&'a Uri>,
    /// Whether nobody on the way can read along: a unix socket, ssh, TLS.
    #[expect(dead_code, reason = "SASL is what asks")]
    pub(crate) is_private: bool,
    /// What the first answer has to wait for, where that is more than the server.
    pub(crate) login: Option<Login>,
}

/// Asks how to authenticate, and does so. For root on a polkit socket, asking is enough.
pub(crate) async fn authenticate(
    connection: &Connection,
    peer: &Peer<'_>,
    timeouts: &Timeouts,
) -> Result<()> {
    let (what, within) = match &peer.login {
        Some(login) => (login.what.as_str(), login.within),
        None => ("asking how to authenticate", timeouts.opening),
    };
    let reply = connection.opening_step(&AuthList {}, what, within).await?;
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
