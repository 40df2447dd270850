//! Who logs in, and how a program that uses this library is asked for it. Reads no file.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::Result;

/// A user's name and password at a server. Wiped from memory when dropped; `Debug` does not show the password.
///
/// ```
/// let login = virtwire::Credentials::new("alice", "sesame");
/// assert!(!format!("{login:?}").contains("sesame"));
/// ```
#[derive(Clone)]
pub struct Credentials {
    pub(super) authname: String,
    pub(super) password: Zeroizing<String>,
    pub(super) realm: Option<String>,
}

impl Credentials {
    /// A name and a password, both as the server knows them.
    #[must_use]
    pub fn new(authname: impl Into<String>, password: impl Into<String>) -> Self {
        Self { authname: authname.into(), password: Zeroizing::new(password.into()), realm: None }
    }

    /// Chooses among the realms of a server that has several, which DIGEST-MD5 alone knows of. A server that has one
    /// decides itself.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        Self { realm: Some(realm.into()), ..self }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { authname, realm, .. } = self;
        write!(f, "Credentials {{ authname: {authname:?}, password: <secret>, realm: {realm:?} }}")
    }
}

/// What [`Options::credentials`](crate::Options::credentials) is asked: what neither `auth.conf` nor the URI says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialsRequest {
    /// The host of the URI; `localhost` where it names none.
    pub host: String,
    /// The SASL mechanism, such as `SCRAM-SHA-256`.
    pub mechanism: String,
    /// The name, where it is known already: the one that is answered is not used then.
    pub authname: Option<String>,
    /// Whether the password is known already: the one that is answered is not used then.
    pub has_password: bool,
}

type Answer = Result<Option<Credentials>>;

/// Whoever is asked.
#[derive(Clone)]
pub(crate) struct Ask(Arc<dyn Fn(&CredentialsRequest) -> Answer + Send + Sync>);

impl Ask {
    pub(crate) fn new(ask: impl Fn(&CredentialsRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    /// Asks, and waits for the answer as long as that takes.
    pub(super) fn ask(&self, request: &CredentialsRequest) -> Answer {
        (self.0)(request)
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ask")
    }
}
