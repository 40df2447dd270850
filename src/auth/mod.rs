//! Authentication: doing what the server asks for before it opens a connection. Which mechanisms there are, and how each
//! works, is known below `sasl`.

#[cfg(feature = "sasl")]
mod conf;
#[cfg(feature = "sasl")]
mod credentials;
#[cfg(feature = "sasl")]
mod sasl;

#[cfg(all(any(test, fuzzing), feature = "sasl"))]
pub(crate) mod fuzzing {
    //! The checks of what is below.

    pub use super::conf::fuzzing::auth_conf;
    pub use super::sasl::fuzzing::sasl;
    #[cfg(feature = "gssapi")]
    pub use super::sasl::gssapi::fuzzing::gssapi;
}

use std::time::Duration;

use virtwire_protocol::Call;
use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::auth::{AuthList, AuthPolkit, AuthType};

#[cfg(feature = "sasl")]
pub(crate) use self::credentials::Ask;
#[cfg(feature = "sasl")]
pub use self::credentials::{Credentials, CredentialsRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Login;
#[cfg(feature = "sasl")]
use crate::transport::SecurityLayer;
#[cfg(feature = "sasl")]
use crate::uri::Transport;
use crate::uri::Uri;

/// Whom a client authenticates itself to, and what is known of the way there.
pub(crate) struct Peer<'a> {
    /// What the user typed; nothing where a stream was given.
    pub(crate) uri: Option<&'a Uri>,
    /// Whether nobody on the way can read along: a unix socket, ssh, TLS.
    #[cfg_attr(not(feature = "sasl"), expect(dead_code, reason = "SASL is what asks"))]
    pub(crate) is_private: bool,
    /// What the first answer has to wait for, where that is more than the server.
    pub(crate) login: Option<Login>,
    /// How long each step may take.
    pub(crate) within: Duration,
    /// How long a step may take in which a person is asked.
    pub(crate) person: Duration,
    /// Who is asked for what neither `auth.conf` nor the URI says.
    #[cfg(feature = "sasl")]
    pub(crate) ask: Option<&'a Ask>,
}

/// A connection while it is being opened: what is done to authenticate, is done by way of it.
pub(crate) trait Opening: Sync {
    /// A call of the opening: its deadline's error names the step.
    fn opening_step<C: Call + Sync>(
        &self,
        call: &C,
        what: &str,
        within: Duration,
    ) -> impl Future<Output = Result<C::Reply>> + Send;

    /// Protects every byte from here on, before the next call is sent. A connection that cannot be protected ends, and
    /// that call tells why.
    #[cfg(feature = "sasl")]
    fn protect(&self, layer: Box<dyn SecurityLayer>);
}

#[cfg(feature = "sasl")]
impl Peer<'_> {
    /// The host, by the name that credentials are looked up by and mechanisms are told.
    fn host(&self) -> &str {
        self.uri.map(Uri::host).filter(|host| !host.is_empty()).unwrap_or("localhost")
    }

    /// Whether anybody may be at the other end, for the user wants no proof of who it is.
    fn is_anyone(&self) -> bool {
        let leads_away = |uri: &&Uri| matches!(uri.transport(), Transport::Tls | Transport::Ssh);
        self.uri.filter(leads_away).is_some_and(|uri| uri.flag("no_verify").unwrap_or_default())
    }
}

/// What the user demands by `?auth=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand<'a> {
    Anything,
    Nothing,
    Polkit,
    /// By this mechanism, where one is named.
    Sasl(Option<&'a str>),
}

impl<'a> Demand<'a> {
    fn parse(text: Option<&'a str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::Anything) };
        match text.split_once('.') {
            Some((way, mechanism)) if way.eq_ignore_ascii_case("sasl") && !mechanism.is_empty() => {
                Ok(Self::Sasl(Some(mechanism)))
            }
            None if text.eq_ignore_ascii_case("sasl") => Ok(Self::Sasl(None)),
            None if text.eq_ignore_ascii_case("polkit") => Ok(Self::Polkit),
            None if text.eq_ignore_ascii_case("none") => Ok(Self::Nothing),
            _ => Err(Error::invalid(format!(
                "unknown authentication 'auth={text}': none, polkit, sasl and sasl.MECHANISM are possible"
            ))),
        }
    }

    /// What is to be done, of what the server asks for. Never less than the user demands.
    fn choose(self, asked: &[AuthType]) -> Result<AuthType> {
        let wanted = match self {
            Self::Anything => return Ok(asked.first().cloned().unwrap_or(AuthType::None)),
            Self::Nothing if asked.is_empty() => return Ok(AuthType::None),
            Self::Nothing => AuthType::None,
            Self::Polkit => AuthType::Polkit,
            Self::Sasl(_) => AuthType::Sasl,
        };
        if asked.contains(&wanted) {
            return Ok(wanted);
        }
        let what = format!(
            "the URI demands {}, and the server asks for {}",
            named(&wanted),
            asked.first().map_or("no authentication", named)
        );
        let asks_for_nothing = asked.iter().all(|kind| *kind == AuthType::None);
        let advice = if asks_for_nothing {
            "auth_tcp, auth_tls or auth_unix_rw of the host's libvirtd.conf says what it asks for: if that is not 'none', \
             another one answers in its place"
        } else {
            "leave 'auth=' out of the URI to do what the server asks for"
        };
        Err(Error::way(ErrorKind::Denied, what, Some(advice.to_owned())))
    }
}

fn named(kind: &AuthType) -> &'static str {
    match kind {
        AuthType::None => "no authentication",
        AuthType::Sasl => "SASL",
        AuthType::Polkit => "polkit",
        AuthType::Unknown(_) => "a kind of authentication that is not known",
    }
}

/// Asks how to authenticate, and does so. For root on a polkit socket, asking is enough.
pub(crate) async fn authenticate(connection: &impl Opening, peer: &Peer<'_>) -> Result<()> {
    let demand = Demand::parse(peer.uri.and_then(|uri| uri.parameter("auth")))?;
    let reply = match &peer.login {
        Some(login) => {
            let asked = connection.opening_step(&AuthList {}, &login.what, login.within).await;
            asked.map_err(|error| login.explained(error))?
        }
        None => {
            let what = "asking how to authenticate";
            connection.opening_step(&AuthList {}, what, peer.within).await?
        }
    };
    let asked: Vec<_> = reply.types.iter().collect();
    match demand.choose(&asked)? {
        AuthType::None => Ok(()),
        AuthType::Polkit => polkit(connection, peer.person).await,
        #[cfg(feature = "sasl")]
        AuthType::Sasl => {
            let mechanism = if let Demand::Sasl(mechanism) = demand { mechanism } else { None };
            sasl::authenticate(connection, peer, mechanism).await
        }
        #[cfg(not(feature = "sasl"))]
        AuthType::Sasl => Err(Error::unsupported(
            "the server asks for SASL, which needs virtwire built with the feature sasl",
        )),
        AuthType::Unknown(number) => Err(Error::unsupported(format!(
            "the server asks for authentication of type {number}, which is not known"
        ))),
    }
}

async fn polkit(connection: &impl Opening, within: Duration) -> Result<()> {
    let ask = connection.opening_step(&AuthPolkit {}, "authenticating by polkit", within);
    let answer = ask.await.map_err(without_polkit)?;
    if answer.complete != 0 {
        Ok(())
    } else {
        Err(Error::unsupported("the server wants a second step of polkit authentication"))
    }
}

/// Code `VIR_ERR_AUTH_CANCELLED`: a person did not want to answer polkit.
const CANCELLED: i32 = 79;

/// A daemon that could not even ask says what failed in its own words, which do not name polkit.
fn without_polkit(error: Error) -> Error {
    let answers = [code::AUTH_FAILED, code::AUTH_UNAVAILABLE, CANCELLED];
    if error.libvirt().is_some_and(|body| answers.contains(&body.code)) {
        return error.while_authenticating();
    }
    let advice = "the daemon could not ask polkit who may connect ('systemctl status polkit' there says more): use sudo, for \
                  root is not asked about";
    error.not_authenticated(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_are_read_as_libvirt_writes_them() -> Result<()> {
        let demands = [
            (None, Demand::Anything),
            (Some("none"), Demand::Nothing),
            (Some("polkit"), Demand::Polkit),
            (Some("SASL"), Demand::Sasl(None)),
            (Some("sasl.SCRAM-SHA-256"), Demand::Sasl(Some("SCRAM-SHA-256"))),
        ];
        for (text, demand) in demands {
            assert_eq!(Demand::parse(text)?, demand, "{text:?}");
        }
        for text in ["", "sasl.", "kerberos", "polkit.x", "sasl,polkit"] {
            assert_eq!(Demand::parse(Some(text)).unwrap_err().kind(), ErrorKind::Invalid, "{text}");
        }
        Ok(())
    }

    #[test]
    fn less_than_was_demanded_is_never_done() -> Result<()> {
        let asked = [AuthType::Sasl, AuthType::Polkit];
        assert_eq!(Demand::Anything.choose(&asked)?, AuthType::Sasl);
        assert_eq!(Demand::Polkit.choose(&asked)?, AuthType::Polkit);
        assert_eq!(Demand::Anything.choose(&[])?, AuthType::None);
        assert_eq!(Demand::Nothing.choose(&[])?, AuthType::None);
        let refused: [(Demand<'_>, &[AuthType]); 4] = [
            (Demand::Sasl(None), &[AuthType::None]),
            (Demand::Sasl(Some("SCRAM-SHA-256")), &[]),
            (Demand::Polkit, &[AuthType::Sasl]),
            (Demand::Nothing, &[AuthType::Sasl]),
        ];
        for (demand, asked) in refused {
            let error = demand.choose(asked).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied, "{demand:?} {asked:?}");
            let is_stripped = asked.iter().all(|kind| *kind == AuthType::None);
            let says_so = error.advice().unwrap_or_default().contains("another one answers in its place");
            assert_eq!(says_so, is_stripped, "{demand:?} {asked:?}");
        }
        Ok(())
    }
}
