//! What a command came to, as one value: the envelope that every output format shows. Its JSON is documented in
//! `docs/json.md`, and `docs/json-evidence.md` beside it.

use serde::Serialize;

use crate::cli::failure::Failure;
#[cfg(feature = "several")]
use crate::cli::failure::Kind;
use crate::cli::report::Report;
use crate::cli::report::time::Time;
use crate::cli::session::Session;
use crate::cli::status::Status;

/// The version of the schema. It changes when a field changes its meaning or goes; new fields do not change it.
const VERSION: u32 = 1;

/// What one command came to on one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Document {
    pub(crate) version: u32,
    /// The command, as it was typed; null where none was.
    pub(crate) command: Option<String>,
    /// The host's name; null for this one.
    pub(crate) host: Option<String>,
    /// The hypervisor, with defaults and aliases resolved; null where it did not come to that.
    pub(crate) uri: Option<String>,
    /// When this was so; lines of a stream have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<Time>,
    /// The host's turn never came: nothing was asked or changed there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) not_begun: bool,
    /// What was found out or done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<Report>,
    /// What is worth knowing besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Why the exit code is not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// What a command hands back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) report: Option<Report>,
    pub(crate) notes: Vec<String>,
    pub(crate) failure: Option<Failure>,
}

/// What one command came to on several hosts.
#[cfg(feature = "several")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct Documents {
    pub(crate) version: u32,
    pub(crate) command: String,
    /// For each host what there would be for it alone, in the order in which they were given.
    pub(crate) hosts: Vec<Document>,
    /// Why the exit code is not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

/// What several hosts come to in sum, counted one by one.
#[cfg(feature = "several")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    hosts: usize,
    status: Option<Status>,
    /// The URIs of those that failed.
    failed: Vec<String>,
    /// The URIs of those whose turn never came.
    pub(crate) not_begun: Vec<String>,
}

#[cfg(feature = "several")]
impl Tally {
    pub(crate) fn add(&mut self, document: &Document) {
        self.hosts += 1;
        let uri = document.uri.clone().unwrap_or_default();
        if document.not_begun {
            self.not_begun.push(uri);
        } else if document.error.is_some() {
            self.failed.push(uri);
        }
        self.status = Some(Status::of_several(self.status.into_iter().chain([document.status()])));
    }

    /// Why the exit code is not 0.
    pub(crate) fn error(&self) -> Option<Failure> {
        let what = format!("Failed on {} of {} hosts", self.failed.len(), self.hosts);
        let status = self.status.filter(|status| *status != Status::Done)?;
        Some(Failure::new(Kind::Several, self.failed.join(", ")).what(what).status(status))
    }
}

#[cfg(feature = "several")]
impl Documents {
    pub(crate) fn new(command: &str, hosts: Vec<Document>, tally: &Tally) -> Self {
        Self { version: VERSION, command: command.to_owned(), hosts, error: tally.error() }
    }

    pub(crate) fn status(&self) -> Status {
        self.error.as_ref().map_or(Status::Done, |failure| failure.status)
    }
}

impl Document {
    /// What a command came to where this session leads.
    pub(crate) fn of(command: &str, session: &Session, outcome: Outcome) -> Self {
        let host = session.host().map(str::to_owned);
        Self { host, ..Self::new(command, session.uri(), outcome) }
    }

    pub(crate) fn new(command: &str, uri: &str, outcome: Outcome) -> Self {
        Self {
            version: VERSION,
            command: Some(command.to_owned()),
            host: None,
            uri: Some(uri.to_owned()),
            time: None,
            not_begun: false,
            result: outcome.report,
            notes: outcome.notes,
            error: outcome.failure,
        }
    }

    /// It failed before there was a command to speak of.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self::own(failure.into())
    }

    /// What was done is about no host.
    pub(crate) fn own(outcome: Outcome) -> Self {
        Self { command: None, uri: None, ..Self::new("", "", outcome) }
    }

    pub(crate) fn status(&self) -> Status {
        self.error.as_ref().map_or(Status::Done, |failure| failure.status)
    }
}

impl From<Report> for Outcome {
    fn from(report: Report) -> Self {
        Self { report: Some(report), ..Self::default() }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

impl From<Result<Report, Failure>> for Outcome {
    fn from(result: Result<Report, Failure>) -> Self {
        result.map_or_else(Self::from, Self::from)
    }
}
