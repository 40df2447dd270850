//! What the environment and libvirt.conf say about connections. This module reads, and opens nothing.
//!
//! Source: libvirt's `docs/uri.rst` and `src/libvirt.conf`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::uri::{Mode, Proxy, is_root};

/// The client's configuration file, as far as it is understood. Unknown keys are ignored, as libvirt ignores them.
///
/// ```
/// let config = virtwire::config::Config::parse("uri_aliases = [ \"lab=qemu:///session\" ]")?;
/// assert_eq!(config.uri(Some("lab")), "qemu:///session");
/// # Ok::<(), virtwire::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The URI that is meant where none is given.
    pub uri_default: Option<String>,
    /// Short names of URIs.
    pub uri_aliases: Vec<(String, String)>,
    /// Which daemon's socket is meant where the URI does not say.
    pub remote_mode: Option<Mode>,
    /// What leads from the other end of ssh to the daemon where the URI does not say.
    pub remote_proxy: Option<Proxy>,
    /// Which versions and algorithms of TLS are allowed, in GnuTLS's syntax, where the URI does not say.
    pub tls_priority: Option<String>,
}

impl Config {
    /// Reads the file of whoever runs this: `/etc/libvirt/libvirt.conf` for root, `libvirt/libvirt.conf` in
    /// `$XDG_CONFIG_HOME` or `~/.config` for others. A file that is not there says nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) names the file and the line.
    pub fn load() -> Result<Self> {
        match Self::path() {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    fn path() -> Option<PathBuf> {
        if is_root() {
            return Some("/etc/libvirt/libvirt.conf".into());
        }
        Some(user_directory("XDG_CONFIG_HOME", ".config")?.join("libvirt/libvirt.conf"))
    }

    fn read(path: &Path) -> Result<Self> {
        match fs::read(path) {
            Ok(bytes) => Self::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|error| Error::invalid(format!("{}: {error}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            // In a folder that this user may not search, such as root's under sudo's HOME, there is no file of theirs.
            Err(_) if fs::symlink_metadata(path).is_err() => Ok(Self::default()),
            Err(error) => Err(Error::invalid(format!("{} cannot be read: {error}", path.display()))),
        }
    }

    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) names the line.
    pub fn parse(text: &str) -> Result<Self> {
        let mut config = Self::default();
        let mut lexer = Lexer { rest: text, line: 1 };
        while let Some(key) = lexer.key()? {
            let values = lexer.value()?;
            match (key, values.as_slice()) {
                ("uri_default", [uri]) => config.uri_default = Some(uri.clone()),
                ("remote_mode", [mode]) => config.remote_mode = Some(Mode::parse(mode)?),
                ("remote_proxy", [proxy]) => config.remote_proxy = Some(Proxy::parse(proxy)?),
                ("tls_priority", [priority]) => config.tls_priority = Some(priority.clone()),
                ("uri_aliases", aliases) => {
                    for text in aliases {
                        let wrong =
                            || lexer.wrong(&format!("the alias '{text}' is not written \"name=uri\""));
                        config.uri_aliases.push(alias(text).ok_or_else(wrong)?);
                    }
                }
                _ => {}
            }
        }
        Ok(config)
    }

    /// The URI that is meant: `given`, else `LIBVIRT_DEFAULT_URI`, else `uri_default`, else the host's daemon for
    /// root and the user's own for others. An alias is replaced by what it stands for, which is no alias again.
    #[must_use]
    pub fn uri(&self, given: Option<&str>) -> String {
        let named = given.map(str::to_owned).or_else(|| variable("LIBVIRT_DEFAULT_URI"));
        let named = named.or_else(|| self.uri_default.clone()).unwrap_or_else(|| {
            let default = if is_root() { "qemu:///system" } else { "qemu:///session" };
            default.to_owned()
        });
        match self.uri_aliases.iter().find(|(alias, _)| *alias == named) {
            Some((_, uri)) => uri.clone(),
            None => named,
        }
    }
}

/// A short name and the URI that it stands for. The name is of letters, digits, `_` and `-`, as libvirt wants it.
fn alias(text: &str) -> Option<(String, String)> {
    let (name, uri) = text.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    is_name.then(|| (name.to_owned(), uri.to_owned()))
}

/// An environment variable that is set and not empty. Where it is not UTF-8, it is lossy: what it names will not be
/// found, which is better than acting on something else.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    Some(os_variable(name)?.to_string_lossy().into_owned())
}

fn os_variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A folder of the user's: the variable's, else below `HOME`.
pub(crate) fn user_directory(variable_name: &str, below_home: &str) -> Option<PathBuf> {
    let named = os_variable(variable_name).map(PathBuf::from);
    named.or_else(|| Some(Path::new(&os_variable("HOME")?).join(below_home)))
}

/// libvirt's configuration syntax: `key = value`, a value being a number, a quoted string or a list of strings.
struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    fn wrong(&self, why: &str) -> Error {
        Error::invalid(format!("line {}: {why}", self.line))
    }

    /// Steps over blanks, line ends and comments.
    fn blank(&mut self) {
        loop {
            let trimmed = self.rest.trim_start();
            let skipped = self.rest.len() - trimmed.len();
            self.line += self.rest.get(..skipped).map_or(0, |blank| blank.matches('\n').count());
            self.rest = trimmed;
            if !trimmed.starts_with('#') {
                return;
            }
            self.rest = trimmed.find('\n').and_then(|end| trimmed.get(end..)).unwrap_or_default();
        }
    }

    fn key(&mut self) -> Result<Option<&'a str>> {
        self.blank();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (key, rest) = self.rest.split_once('=').ok_or_else(|| self.wrong("'key = value' is wanted"))?;
        let key = key.trim();
        if key.is_empty() || key.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            return Err(self.wrong("'key = value' is wanted"));
        }
        self.rest = rest;
        Ok(Some(key))
    }

    fn value(&mut self) -> Result<Vec<String>> {
        self.blank();
        let Some(items) = self.rest.strip_prefix('[') else {
            return Ok(vec![self.scalar()?]);
        };
        self.rest = items;
        let mut values = Vec::new();
        loop {
            self.blank();
            if let Some(rest) = self.rest.strip_prefix(']') {
                self.rest = rest;
                return Ok(values);
            }
            values.push(self.scalar()?);
            self.blank();
            self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        }
    }

    fn scalar(&mut self) -> Result<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, rest) = match quote {
            Some(quote) => {
                let body = self.rest.get(1..).unwrap_or_default();
                body.split_once(quote).ok_or_else(|| self.wrong("a quote is not closed"))?
            }
            None => {
                let end =
                    self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
                self.rest.split_at(end)
            }
        };
        if quote.is_none() && value.is_empty() {
            return Err(self.wrong("a number or a quoted text is wanted"));
        }
        if value.contains('\n') {
            return Err(self.wrong("a quote is not closed"));
        }
        self.rest = rest;
        Ok(value.to_owned())
    }
}
