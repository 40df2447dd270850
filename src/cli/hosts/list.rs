//! Which hosts are meant: those of `-c`, then those of a file that people edit, each once. Opens no connection.

use std::collections::BTreeSet;
use std::path::Path;

use virtwire::Error;
use virtwire::config::Config;
use virtwire::uri::{Transport, Uri};

use crate::cli::args::{Arguments, Globals};
use crate::cli::failure::{Failure, Kind};
use crate::cli::input;
use crate::cli::session::Session;

/// The hosts, as URIs: a session is made when a host's turn comes.
pub(in crate::cli) struct Targets<'a> {
    globals: &'a Globals,
    config: Result<Config, Error>,
    /// As they were given, in that order.
    uris: Vec<String>,
    are_several: bool,
}

impl<'a> Targets<'a> {
    /// Who is named twice, by another alias, too, is asked once.
    pub(in crate::cli) fn of(arguments: &'a Arguments) -> Result<Self, Failure> {
        let globals = &arguments.globals;
        let config = Config::load();
        let mut uris: Vec<String> = globals.uris().map(str::to_owned).collect();
        if let Some(path) = arguments.hosts() {
            uris.extend(listed(path, &config)?);
        }
        let mut seen = BTreeSet::new();
        uris.retain(|uri| seen.insert(meant(&config, uri)));
        // A file has one form of output, however many hosts are in it on this day.
        let are_several = uris.len() > 1 || arguments.hosts().is_some();
        Ok(Self { globals, config, uris, are_several })
    }

    /// Whether what is said is grouped by host.
    pub(in crate::cli) fn are_several(&self) -> bool {
        self.are_several
    }

    pub(super) fn count(&self) -> usize {
        self.uris.len()
    }

    /// The only one: that of the defaults where none was given.
    pub(in crate::cli) fn only(&self) -> Session {
        self.to(self.uris.first().map(String::as_str))
    }

    /// One of several.
    pub(super) fn session(&self, at: usize) -> Option<Session> {
        Some(self.to(Some(self.uris.get(at)?)).beside_others(self.are_at_once()))
    }

    /// Whether ssh may ask something at the terminal, of which nobody here knows when.
    pub(super) fn may_ask_by_ssh(&self) -> bool {
        let is_by_ssh = |uri: &String| {
            Uri::parse(&meant(&self.config, uri)).is_ok_and(|uri| uri.transport() == Transport::Ssh)
        };
        !self.are_at_once() && self.uris.iter().any(is_by_ssh)
    }

    fn are_at_once(&self) -> bool {
        self.globals.parallel() > 1
    }

    fn to(&self, uri: Option<&str>) -> Session {
        let session = Session::to(self.globals, uri, self.config.clone());
        #[cfg(feature = "sasl")]
        let session = session.asking();
        session
    }
}

fn meant(config: &Result<Config, Error>, uri: &str) -> String {
    config.as_ref().map_or_else(|_| uri.to_owned(), |config| config.uri(Some(uri)))
}

/// The URIs of a file. Each is read before any host is asked: of a list with a slip in it, nothing is done.
fn listed(path: &Path, config: &Result<Config, Error>) -> Result<Vec<String>, Failure> {
    let name = input::name(path);
    let content = input::read(path).map_err(|error| {
        Failure::io(format!("Failed to read the hosts in {name}"), &error).status(Kind::Usage.status())
    })?;
    let mut uris = Vec::new();
    for (number, line) in
        (1..).zip(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content).split(|byte| *byte == b'\n'))
    {
        let wrong = |why: &str| {
            let failure = Failure::new(Kind::Usage, format!("{name}, line {number}: {why}"));
            failure.advice(
                "a line is a URI, such as qemu+ssh://root@cmp17/system, or a comment behind '#'".to_owned(),
            )
        };
        let line = std::str::from_utf8(line).map_err(|_| wrong("this is no UTF-8"))?;
        let Some(uri) = uri_of(line) else { continue };
        Uri::parse(&meant(config, uri)).map_err(|error| wrong(&error.to_string()))?;
        uris.push(uri.to_owned());
    }
    if uris.is_empty() {
        // What is meant where no host is given is not meant here.
        return Err(Failure::new(Kind::Usage, format!("there is no host in {name}")));
    }
    Ok(uris)
}

/// What a line says, without blanks around it and without a comment: that begins the line, or stands behind a blank.
/// Elsewhere `#` is part of a URI.
fn uri_of(line: &str) -> Option<&str> {
    let is_comment = |(at, _): &(usize, &str)| {
        line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
    };
    let end = line.match_indices('#').find(is_comment).map_or(line.len(), |(at, _)| at);
    Some(line.get(..end)?.trim()).filter(|uri| !uri.is_empty())
}

#[cfg(test)]
mod tests {
    use super::uri_of;

    #[test]
    fn a_line_is_a_uri_without_what_people_put_around_it() {
        for (line, uri) in [
            ("qemu:///system", Some("qemu:///system")),
            ("  qemu+ssh://a/system \t\r", Some("qemu+ssh://a/system")),
            ("qemu+ssh://a/system # rack 3", Some("qemu+ssh://a/system")),
            ("qemu+ssh://a/system\t#rack 3\r", Some("qemu+ssh://a/system")),
            ("qemu+ssh://a/system#rack", Some("qemu+ssh://a/system#rack")),
            ("# qemu:///system", None),
            ("   # qemu:///system", None),
            ("", None),
            (" \r", None),
        ] {
            assert_eq!(uri_of(line), uri, "{line:?}");
        }
    }
}
