//! What can go wrong, and whose fault it is: the caller's, the host's, the peer's, or libvirt's own error.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use virtwire_protocol::error_body::{ErrorBody, code, domain};
use virtwire_protocol::frame::FrameError;
use virtwire_protocol::session::ReplyError;
use virtwire_protocol::xdr;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be done. Cheap to clone: every call that a lost connection takes with it gets the cause.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use std::error::Error;
/// use virtwire::{Connection, ErrorKind};
///
/// let connection = Connection::open("test:///default").await?;
/// match connection.lookup_network_by_name("lab").await {
///     Ok(network) => println!("{}", network.uuid()),
///     Err(error) => match error.kind() {
///         ErrorKind::NotFound => println!("there is none"),
///         ErrorKind::Closed | ErrorKind::Timeout => println!("nothing was changed; connect again"),
///         ErrorKind::OutcomeUnknown => println!("look again: a change may have been made"),
///         _ => {
///             // libvirt's own errors have a code; others may have a cause.
///             println!("{error} ({:?}, {:?})", error.libvirt().map(|body| body.code), error.source());
///         }
///     },
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Arc<Cause>);

/// The kinds of [`Error`], for callers that act on them.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::{Connection, ErrorKind};
///
/// let error = Connection::open("qemu:///system?socket=/nonexistent").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unreachable);
/// let error = Connection::open("qemu:///system?mode=best").await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URI, the configuration or an argument cannot be what was meant.
    Invalid,
    /// This version of virtwire, or the server, cannot do it.
    Unsupported,
    /// The server could not be reached.
    Unreachable,
    /// A deadline passed, and nothing was changed by the call.
    Timeout,
    /// The connection is closed or lost, and nothing was changed by the call.
    Closed,
    /// The server sent something that libvirt's protocol does not allow.
    Protocol,
    /// The host or the server denies it.
    Denied,
    /// There is no such object.
    NotFound,
    /// libvirt's own error of any other kind.
    Libvirt,
    /// A change was sent and not answered: whether it was made is not known.
    OutcomeUnknown,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Unsupported(String),
    #[cfg(feature = "evidence")]
    #[error("{0}")]
    Unreadable(String),
    #[error("{what}")]
    Way { kind: ErrorKind, what: String, advice: Option<String> },
    #[error("no libvirt daemon answers at {}", Tried(.0))]
    Unreachable(Vec<(PathBuf, io::Error)>),
    #[error("{what} took longer than {} seconds", Seconds(*.after))]
    Timeout { what: String, after: Duration },
    #[error("the connection was closed")]
    Closed,
    #[error("the server closed the connection{}", if *.within { " in the middle of a message" } else { "" })]
    Ended { within: bool },
    #[error("the connection's task {}", if *.panicked { "panicked" } else { "ended with its runtime" })]
    TaskEnded { panicked: bool },
    #[error("the server gave no sign of life for {} seconds", Seconds(*.limit))]
    Silent { limit: Duration },
    #[error("the connection was lost")]
    Lost(#[source] io::Error),
    #[error("the server does not speak libvirt's protocol")]
    Frame(#[from] FrameError),
    #[error("the answer to {procedure} cannot be understood")]
    Reply { procedure: &'static str, source: ReplyError },
    #[error("the event {event} cannot be understood")]
    Event { event: &'static str, source: xdr::Error },
    #[error("{0}")]
    Libvirt(Box<ErrorBody>),
    #[error("{body}")]
    NotAuthenticated { body: Box<ErrorBody>, advice: Option<String> },
    #[error("{procedure} was sent, but not answered: whether it was done is not known")]
    OutcomeUnknown { procedure: &'static str, source: Error },
}

impl Error {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Cause::Invalid(message.into()).into()
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Cause::Unsupported(message.into()).into()
    }

    /// What failed on the way to a server, be it a transport's or an authentication's matter; `what` names the step and the
    /// address, `advice` is what to do about it.
    pub(crate) fn way(kind: ErrorKind, what: impl Into<String>, advice: Option<String>) -> Self {
        Cause::Way { kind, what: what.into(), advice }.into()
    }

    /// What to do about it, where that is known: one line, for people.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        match &*self.0 {
            Cause::Way { advice, .. } | Cause::NotAuthenticated { advice, .. } => advice.as_deref(),
            Cause::Silent { .. } => {
                Some("is the host up, and the way to it open? A daemon that hangs is silent, too")
            }
            _ => None,
        }
    }

    /// What libvirt sent is not what libvirt sends.
    #[cfg(feature = "evidence")]
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Cause::Unreadable(message.into()).into()
    }

    pub(crate) fn timeout(what: impl Into<String>, after: Duration) -> Self {
        Cause::Timeout { what: what.into(), after }.into()
    }

    pub(crate) fn closed() -> Self {
        Cause::Closed.into()
    }

    /// The stream of a connection failed. A transport that knows more of it than the operating system says it by an error of
    /// ours inside.
    pub(crate) fn lost(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| Cause::Lost(error).into())
    }

    /// A change that was sent, and whose answer `self` kept from coming.
    pub(crate) fn leaves_unknown(self, procedure: &'static str) -> Self {
        Cause::OutcomeUnknown { procedure, source: self }.into()
    }

    pub(crate) fn reply(procedure: &'static str, error: ReplyError) -> Self {
        match error {
            ReplyError::Server(body) => Cause::Libvirt(body).into(),
            source => Cause::Reply { procedure, source }.into(),
        }
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::Invalid(_) => ErrorKind::Invalid,
            Cause::Unsupported(_) => ErrorKind::Unsupported,
            Cause::Way { kind, .. } => *kind,
            Cause::Unreachable(tried) if tried.iter().any(|(_, error)| is_denial(error)) => ErrorKind::Denied,
            Cause::Unreachable(_) => ErrorKind::Unreachable,
            Cause::Timeout { .. } => ErrorKind::Timeout,
            Cause::Closed
            | Cause::Ended { .. }
            | Cause::TaskEnded { .. }
            | Cause::Silent { .. }
            | Cause::Lost(_) => ErrorKind::Closed,
            Cause::Frame(_) | Cause::Reply { .. } | Cause::Event { .. } => ErrorKind::Protocol,
            #[cfg(feature = "evidence")]
            Cause::Unreadable(_) => ErrorKind::Protocol,
            Cause::Libvirt(body) => match body.code {
                code::OPERATION_DENIED | code::ACCESS_DENIED | code::AUTH_FAILED | code::AUTH_UNAVAILABLE => {
                    ErrorKind::Denied
                }
                code::NO_DOMAIN | code::NO_NETWORK | code::NO_NETWORK_PORT | code::NO_NETWORK_METADATA => {
                    ErrorKind::NotFound
                }
                code::NO_SUPPORT => ErrorKind::Unsupported,
                _ => ErrorKind::Libvirt,
            },
            Cause::NotAuthenticated { .. } => ErrorKind::Denied,
            Cause::OutcomeUnknown { .. } => ErrorKind::OutcomeUnknown,
        }
    }

    /// libvirt's own error, met while authenticating: whatever it is, this client is not let in.
    pub(crate) fn while_authenticating(self) -> Self {
        self.not_authenticated(None)
    }

    /// The same, where it is known what to do about it.
    pub(crate) fn not_authenticated(self, advice: impl Into<Option<String>>) -> Self {
        match &*self.0 {
            Cause::Libvirt(body) => {
                Cause::NotAuthenticated { body: body.clone(), advice: advice.into() }.into()
            }
            _ => self,
        }
    }

    /// Work on another thread that did not come to its end.
    #[cfg(feature = "sasl")]
    pub(crate) fn of_task(error: &tokio::task::JoinError) -> Self {
        Self::way(ErrorKind::Closed, format!("authentication was stopped: {error}"), None)
    }

    /// libvirt's own error, where this is one: its code, domain and texts.
    #[must_use]
    pub fn libvirt(&self) -> Option<&ErrorBody> {
        match &*self.0 {
            Cause::Libvirt(body) | Cause::NotAuthenticated { body, .. } => Some(body),
            _ => None,
        }
    }

    /// What kept the answer to a change from coming, where that left its outcome unknown.
    #[must_use]
    pub fn unanswered(&self) -> Option<&Error> {
        match &*self.0 {
            Cause::OutcomeUnknown { source, .. } => Some(source),
            _ => None,
        }
    }

    /// The sockets that were tried in vain, and what each answered.
    #[must_use]
    pub fn tried(&self) -> &[(PathBuf, io::Error)] {
        match &*self.0 {
            Cause::Unreachable(tried) => tried,
            _ => &[],
        }
    }

    /// Whether the server had asked another daemon, as virtqemud asks virtnetworkd for networks, and lost it before that
    /// one answered. libvirt's text says so in the server's language; one that could not be reached was not asked.
    pub(crate) fn is_others_loss(&self) -> bool {
        const UNREACHED: [Errno; 3] = [Errno::NOENT, Errno::ACCESS, Errno::CONNREFUSED];
        self.libvirt().is_some_and(|body| {
            let is_loss = match body.code {
                code::INTERNAL_ERROR => true,
                code::SYSTEM_ERROR => UNREACHED.iter().all(|errno| errno.raw_os_error() != body.int1),
                _ => false,
            };
            body.domain == domain::RPC && is_loss
        })
    }

    /// Whether the server lacks the procedure that was called, or could not understand the call.
    pub(crate) fn is_rpc(&self) -> bool {
        self.libvirt().is_some_and(|body| body.code == code::RPC)
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Arc::new(cause))
    }
}

impl From<FrameError> for Error {
    fn from(error: FrameError) -> Self {
        Cause::Frame(error).into()
    }
}

/// A value of the caller's that is over the protocol's limit.
impl From<xdr::Error> for Error {
    fn from(error: xdr::Error) -> Self {
        Self::invalid(error.to_string())
    }
}

fn is_denial(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// A time as a decimal number of seconds. It is written without floating point: its tables are 1 % of a small program.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.as_secs(), self.0.subsec_nanos());
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:09}").trim_end_matches('0'))
    }
}

struct Tried<'a>(&'a [(PathBuf, io::Error)]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (path, error)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", nor at " };
            write!(f, "{comma}{} ({error})", path.display())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Seconds;

    #[test]
    fn seconds_are_written_as_short_as_they_are() {
        for (milliseconds, text) in
            [(5_000, "5"), (250, "0.25"), (0, "0"), (1_001, "1.001"), (10_500, "10.5")]
        {
            assert_eq!(Seconds(Duration::from_millis(milliseconds)).to_string(), text);
        }
        assert_eq!(Seconds(Duration::from_nanos(1)).to_string(), "0.000000001");
    }
}
