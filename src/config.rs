//! What the environment and libvirt.conf say about connections. This module reads, and opens nothing.
//!
//! Source: libvirt's `docs/uri.rst` and `src/libvirt.conf`.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::uri::{Mode, Proxy, is_root, shown};

/// The longest file that is read: what libvirt reads of its own, and far more than anybody writes.
const LONGEST: u64 = 10 * 1024 * 1024;

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
        match read_bounded(path) {
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
        let mut seen = Vec::new();
        while let Some(key) = lexer.key()? {
            let values = lexer.value()?;
            // Of a key that is there twice, libvirt takes the first.
            if !seen.contains(&key) {
                config.set(key, values).map_err(|error| lexer.wrong(&error.to_string()))?;
                seen.push(key);
            }
            lexer.end()?;
        }
        Ok(config)
    }

    fn set(&mut self, key: &str, values: Vec<String>) -> Result<()> {
        if key == "uri_aliases" {
            self.uri_aliases = values.iter().map(|text| alias(text)).collect::<Result<_>>()?;
            return Ok(());
        }
        let one = <[String; 1]>::try_from(values);
        let many = |values: Vec<String>| {
            Error::invalid(format!("'{key}' takes one value, and here is a list of {}", values.len()))
        };
        let one = || one.map(|[value]| value).map_err(many);
        match key {
            "uri_default" => self.uri_default = Some(one()?),
            "remote_mode" => self.remote_mode = Some(Mode::parse(&one()?)?),
            "remote_proxy" => self.remote_proxy = Some(Proxy::parse(&one()?)?),
            "tls_priority" => self.tls_priority = Some(one()?),
            _ => {}
        }
        Ok(())
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
fn alias(text: &str) -> Result<(String, String)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let parts = text.split_once('=').filter(|(name, _)| name.chars().all(is_name));
    let (name, uri) = parts
        .ok_or_else(|| Error::invalid(format!("the alias '{}' is not written \"name=uri\"", shown(text))))?;
    Ok((name.to_owned(), uri.to_owned()))
}

/// What a file of a user's holds, where that is not more than anybody writes.
pub(crate) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    // At once: what grows leaves copies behind.
    bytes.reserve_exact(usize::try_from(file.metadata()?.len().min(LONGEST) + 1).unwrap_or_default());
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("it has more than {LONGEST} bytes")));
    }
    Ok(bytes)
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

    /// What ends a line with a key: the line's end, or a `;`.
    fn end(&mut self) -> Result<()> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        match self.rest.chars().next() {
            Some(';') => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                Ok(())
            }
            None | Some('\n' | '#') => Ok(()),
            Some(_) => Err(self.wrong("the line should end behind the value")),
        }
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
        const LONG: &str = "\"\"\"";
        let quote = match self.rest.as_bytes() {
            [b'"', b'"', b'"', ..] => LONG,
            [b'"', ..] => "\"",
            [b'\'', ..] => "'",
            _ => return self.number(),
        };
        let open = || self.wrong("a quote is not closed");
        let (value, rest) =
            self.rest.get(quote.len()..).and_then(|body| body.split_once(quote)).ok_or_else(open)?;
        if value.contains('\n') && quote != LONG {
            return Err(open());
        }
        self.line += value.matches('\n').count();
        self.rest = rest;
        Ok(value.to_owned())
    }

    fn number(&mut self) -> Result<String> {
        let digits = self.rest.trim_start_matches(['-', '+']);
        let behind = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        let (value, rest) = self.rest.split_at(self.rest.len() - behind.len());
        if digits.len() == behind.len() {
            return Err(self.wrong("a number or a quoted text is wanted"));
        }
        self.rest = rest;
        Ok(value.to_owned())
    }
}
