//! Why a command failed: one value, from which stderr's lines, the JSON and the exit code come.

use std::error::Error as _;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use virtwire::{Error, ErrorKind};

use super::output::shown_path;
use super::report::Message;
use super::status::Status;

/// Why a command failed. It is passed on by nearly every function: what it says lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(transparent)]
pub(crate) struct Failure(Box<Why>);

/// What a failure says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Why {
    pub(crate) kind: Kind,
    /// The exit code.
    #[serde(rename = "code")]
    pub(crate) status: Status,
    /// What failed, where that is not plain from the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) what: Option<String>,
    /// Why: libvirt's own words where it has some.
    #[serde(flatten)]
    pub(crate) message: Message,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
    /// libvirt's own numbers, where the error is libvirt's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) libvirt: Option<LibvirtNumbers>,
    /// It failed before the command had begun.
    #[serde(skip)]
    pub(crate) is_at_connecting: bool,
}

impl Deref for Failure {
    type Target = Why;

    fn deref(&self) -> &Why {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Why {
        &mut self.0
    }
}

impl From<Why> for Failure {
    fn from(why: Why) -> Self {
        Self(Box::new(why))
    }
}

/// libvirt's numbers of an error (`virErrorNumber`, `virErrorDomain`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct LibvirtNumbers {
    pub(crate) code: i32,
    pub(crate) domain: i32,
}

/// The kinds of failures, for programs that act on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The command line, the URI or the configuration cannot be what was meant.
    Usage,
    /// This version of virtwire, or the server, cannot do it.
    Unsupported,
    /// The server could not be reached.
    Unreachable,
    /// The server did not answer in time, and nothing was changed.
    Timeout,
    /// The connection was lost, and nothing was changed.
    ConnectionLost,
    /// The server broke libvirt's protocol.
    Protocol,
    /// The host or the server denies it.
    Denied,
    /// There is no such network.
    NotFound,
    /// Any other error of libvirt's.
    Libvirt,
    /// A file could not be read, or the output not written.
    Io,
    /// Whether the change was made is not known.
    OutcomeUnknown,
    /// A change was not answered, and was seen not to have been made.
    NotDone,
    /// No event came in the time that was waited.
    NoEvent,
    /// The command was interrupted before this was tried.
    Interrupted,
    /// We refuse, because guests or a transient network would suffer. Nothing was changed.
    Refused,
    /// Every step was done, and the network is not as it was wanted.
    NotAsWanted,
    /// A network runs, and something of it is missing.
    Degraded,
    /// Something is there of a network that does not run.
    LeftBehind,
    /// A network is not as it was expected to be.
    NotAsExpected,
    /// Several networks failed: each has its own error.
    Several,
}

impl Kind {
    /// The kind of a library's error; with [`Kind::status`], its exit code.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Invalid => Self::Usage,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::Unreachable => Self::Unreachable,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Closed => Self::ConnectionLost,
            ErrorKind::Protocol => Self::Protocol,
            ErrorKind::Denied => Self::Denied,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::OutcomeUnknown => Self::OutcomeUnknown,
            _ => Self::Libvirt,
        }
    }

    /// The exit code.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Usage => Status::Usage,
            Self::NotFound => Status::NotFound,
            Self::Unreachable | Self::Timeout | Self::ConnectionLost => Status::Unreachable,
            Self::Denied => Status::Denied,
            Self::OutcomeUnknown => Status::Unknown,
            Self::Refused => Status::Refused,
            Self::NotAsWanted | Self::Degraded | Self::LeftBehind | Self::NotAsExpected => Status::LeftBehind,
            Self::Unsupported
            | Self::Protocol
            | Self::Libvirt
            | Self::Io
            | Self::NotDone
            | Self::NoEvent
            | Self::Interrupted
            | Self::Several => Status::Failed,
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl AsRef<[u8]>) -> Self {
        let (status, message) = (kind.status(), message.as_ref().into());
        Why { kind, status, what: None, message, advice: None, libvirt: None, is_at_connecting: false }.into()
    }

    /// A library's error, in libvirt's own words where it has some.
    pub(crate) fn of(error: &Error) -> Self {
        let kind = Kind::of(error);
        let Some(body) = error.libvirt() else {
            let message = in_vain(error.tried()).unwrap_or_else(|| with_sources(error));
            return Self::new(kind, message);
        };
        let mut failure = match &body.message {
            Some(message) => Self::new(kind, message.as_bytes()),
            None => Self::new(kind, body.to_string()),
        };
        failure.libvirt = Some(LibvirtNumbers { code: body.code, domain: body.domain });
        failure
    }

    /// What this build leaves out, and the feature of ours that has it.
    pub(crate) fn not_built(what: &str, feature: &str) -> Self {
        let message = format!("this build of virtwire has no {what}");
        Self::new(Kind::Unsupported, message).advice(format!("one with the feature '{feature}' has"))
    }

    /// What the operating system refused.
    pub(crate) fn io(what: impl Into<String>, error: &io::Error) -> Self {
        Self::new(Kind::Io, os_message(error)).what(what)
    }

    pub(crate) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = Some(what.into());
        self
    }

    pub(crate) fn advice(mut self, advice: impl Into<Option<String>>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The same with another exit code than its kind's.
    pub(crate) fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }
}

/// The sockets that were tried in vain, as libvirt tells of one.
fn in_vain(tried: &[(PathBuf, io::Error)]) -> Option<String> {
    let each = tried.iter().map(|(path, error)| format!("'{}': {}", shown_path(path), os_message(error)));
    let all = each.reduce(|all, one| format!("{all}, nor to {one}"))?;
    Some(format!("Failed to connect socket to {all}"))
}

/// The operating system's words.
pub(crate) fn os_message(error: &io::Error) -> String {
    without_numbers(&error.to_string())
}

/// Errors in musl's words, and in glibc's: by these people know them from virsh, and look them up.
const WORDS: [(&str, &str); 12] = [
    ("Host is unreachable", "No route to host"),
    ("Operation timed out", "Connection timed out"),
    ("No file descriptors available", "Too many open files"),
    ("Out of memory", "Cannot allocate memory"),
    ("I/O error", "Input/output error"),
    ("Address in use", "Address already in use"),
    ("Address not available", "Cannot assign requested address"),
    ("Filename too long", "File name too long"),
    ("Not a socket", "Socket operation on non-socket"),
    ("Resource busy", "Device or resource busy"),
    ("Symbolic link loop", "Too many levels of symbolic links"),
    ("Value too large for data type", "Value too large for defined data type"),
];

/// A text without the numbers that Rust adds to the operating system's words, ` (os error 2)`, and with the same words
/// whatever libc is linked.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some((musls, glibcs)) = WORDS.iter().find(|(musls, _)| words.ends_with(musls)) {
            words.truncate(words.len() - musls.len());
            words.push_str(glibcs);
        }
        words.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    words
}

/// An error and its causes, in one line.
fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Transparent layers say the same twice.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    without_numbers(&text)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Failure, Kind, os_message, without_numbers};
    use crate::cli::status::Status;

    #[test]
    fn every_kind_has_its_exit_code() {
        let codes = [
            (Kind::Usage, Status::Usage),
            (Kind::Unsupported, Status::Failed),
            (Kind::Unreachable, Status::Unreachable),
            (Kind::Timeout, Status::Unreachable),
            (Kind::ConnectionLost, Status::Unreachable),
            (Kind::Protocol, Status::Failed),
            (Kind::Denied, Status::Denied),
            (Kind::NotFound, Status::NotFound),
            (Kind::Libvirt, Status::Failed),
            (Kind::Io, Status::Failed),
            (Kind::OutcomeUnknown, Status::Unknown),
            (Kind::NotDone, Status::Failed),
            (Kind::NoEvent, Status::Failed),
            (Kind::Interrupted, Status::Failed),
            (Kind::Refused, Status::Refused),
            (Kind::NotAsWanted, Status::LeftBehind),
            (Kind::Several, Status::Failed),
        ];
        for (kind, status) in codes {
            assert_eq!(kind.status(), status, "{kind:?}");
            assert_eq!(Failure::new(kind, "why").status, status);
        }
    }

    #[cfg(not(all(
        feature = "completions",
        feature = "man",
        feature = "page",
        feature = "testdaemon",
        feature = "xpath"
    )))]
    #[test]
    fn what_a_build_lacks_is_named_with_the_feature_that_has_it() {
        let failure = Failure::not_built("XPath", "xpath");
        assert_eq!((failure.kind, failure.status), (Kind::Unsupported, Status::Failed));
        assert_eq!(failure.message.bytes(), b"this build of virtwire has no XPath");
        assert_eq!(failure.advice.as_deref(), Some("one with the feature 'xpath' has"));
    }

    #[test]
    fn the_systems_words_come_without_its_number() {
        assert_eq!(os_message(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(os_message(&io::Error::other("odd")), "odd");
        let two = "at a (not there (os error 2)), nor at b (not there (os error 2))";
        assert_eq!(without_numbers(two), "at a (not there), nor at b (not there)");
    }

    #[test]
    fn the_systems_words_are_those_of_virsh_whatever_libc_says_them() {
        let musls = "at a: Host is unreachable (os error 113); at b: Operation timed out (os error 110)";
        assert_eq!(without_numbers(musls), "at a: No route to host; at b: Connection timed out");
        assert_eq!(os_message(&io::Error::from_raw_os_error(24)), "Too many open files");
        assert_eq!(without_numbers("a network named Out of memory"), "a network named Out of memory");
    }
}
