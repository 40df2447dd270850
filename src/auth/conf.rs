//! `auth.conf`: who logs in at which host. This module finds, reads and wipes the file; it asks nobody.
//!
//! Source: libvirt's `docs/auth.rst`. The syntax is that of desktop entries: groups of `key=value`, with `\s`, `\n`, `\t`,
//! `\r` and `\\` in values.

#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::{read_bounded, user_directory};
use crate::error::{Error, ErrorKind, Result};

/// What the file says of one host.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) authname: Option<String>,
    pub(super) password: Option<Zeroizing<String>>,
    pub(super) realm: Option<String>,
}

/// The file that counts, by libvirt's order: `LIBVIRT_AUTH_FILE`, `authfile=` of the URI, the user's own, the host's.
/// The first two must be there; of the others the first that can be read counts. Blocks as long as reading does, and a file
/// that is named may be a pipe.
pub(super) fn lookup(authfile: Option<&str>, host: &str) -> Result<Entry> {
    let named = env::var_os("LIBVIRT_AUTH_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let (path, bytes) = match named.or_else(|| authfile.map(PathBuf::from)) {
        Some(path) => match read_bounded(&path) {
            Ok(bytes) => (path, bytes),
            Err(error) => return Err(unreadable(&path, &error)),
        },
        None => match usual().into_iter().find_map(|path| Some((read_bounded(&path).ok()?, path))) {
            Some((bytes, path)) => (path, bytes),
            None => return Ok(Entry::default()),
        },
    };
    let bytes = Zeroizing::new(bytes);
    entry(&bytes, host).map_err(|why| Error::invalid(format!("{}: {why}", path.display())))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
    let kind = if is_denied { ErrorKind::Denied } else { ErrorKind::Invalid };
    Error::way(kind, format!("the credentials in {} cannot be read: {error}", path.display()), None)
}

/// The files that are looked for where none is named.
pub(super) fn usual() -> Vec<PathBuf> {
    let own = user_directory("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("libvirt/auth.conf"));
    own.into_iter().chain([Path::new("/etc/libvirt/auth.conf").to_owned()]).collect()
}

/// What the text of a file says of a host; or what is wrong with it, without showing anything of it that may be secret.
fn entry(text: &[u8], host: &str) -> std::result::Result<Entry, String> {
    let groups = groups(text)?;
    let of = |name: &str| groups.iter().any(|line| line.group == name.as_bytes());
    let names = [format!("auth-libvirt-{host}"), "auth-libvirt-default".to_owned()];
    let Some(group) = names.into_iter().find(|name| of(name)) else { return Ok(Entry::default()) };
    let value = |group: &str, key: &str| {
        let is_it = |line: &&Line<'_>| line.group == group.as_bytes() && line.key == key.as_bytes();
        groups.iter().rfind(is_it).map(Line::value).transpose()
    };
    let credentials = value(&group, "credentials")?
        .ok_or_else(|| format!("the group [{group}] lacks a line 'credentials=NAME'"))?;
    let named = format!("credentials-{}", *credentials);
    if !of(&named) {
        return Err(format!("the group [{group}] names [{named}], which is not there"));
    }
    let plain = |key: &str| Ok::<_, String>(value(&named, key)?.map(|mut value| std::mem::take(&mut *value)));
    Ok(Entry { authname: plain("authname")?, password: value(&named, "password")?, realm: plain("realm")? })
}

/// A line, and the group that it stands in. The head of a group is a line with nothing.
struct Line<'a> {
    number: usize,
    group: &'a [u8],
    key: &'a [u8],
    value: &'a [u8],
}

impl Line<'_> {
    /// What is written there. libvirt passes over what it cannot read; whoever wrote it would look for long.
    fn value(&self) -> std::result::Result<Zeroizing<String>, String> {
        unescaped(self.value).ok_or_else(|| {
            let (number, key) = (self.number, self.key.escape_ascii());
            format!("line {number}: '{key}' cannot be read: UTF-8 is wanted, and for each '\\' two of them")
        })
    }
}

fn groups(text: &[u8]) -> std::result::Result<Vec<Line<'_>>, String> {
    let mut lines = Vec::new();
    let mut group: Option<&[u8]> = None;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let wrong = |why: &str| format!("line {number}: {why}");
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if let Some(head) = line.strip_prefix(b"[") {
            let name = head.trim_ascii_end().strip_suffix(b"]").ok_or_else(|| wrong("a ']' is missing"))?;
            group = Some(name);
            lines.push(Line { number, group: name, key: b"", value: b"" });
            continue;
        }
        let equals = line.iter().position(|byte| *byte == b'=');
        let (key, value) = equals
            .and_then(|equals| line.split_at_checked(equals))
            .ok_or_else(|| wrong("'key=value' is wanted"))?;
        let group = group.ok_or_else(|| wrong("it stands before any [group]"))?;
        let value = value.get(1..).unwrap_or_default().trim_ascii_start();
        lines.push(Line { number, group, key: key.trim_ascii_end(), value });
    }
    Ok(lines)
}

/// A value without its escapes; nothing where it is not UTF-8, or escapes what cannot be.
fn unescaped(value: &[u8]) -> Option<Zeroizing<String>> {
    let value = std::str::from_utf8(value).ok()?;
    let mut plain = Zeroizing::new(String::with_capacity(value.len()));
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        plain.push(match char {
            '\\' => match chars.next()? {
                's' => ' ',
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            char => char,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# who logs in where
[credentials-ops]
authname = alice
password=open\\ssesame \\\\
realm=example.org
username=nobody

[credentials-half]
password=only

[auth-libvirt-host.example.org]
credentials=ops

[auth-esx-other.example.org]
credentials=nothing

[auth-libvirt-default]
credentials=half
";

    fn read(text: &str, host: &str) -> (Option<String>, Option<String>, Option<String>) {
        let entry = entry(text.as_bytes(), host).unwrap();
        (
            entry.authname.clone(),
            entry.password.as_ref().map(|password| password.to_string()),
            entry.realm.clone(),
        )
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_host_has_its_own_credentials_and_all_others_the_default() {
        let own = (some("alice"), some("open sesame \\"), some("example.org"));
        assert_eq!(read(FILE, "host.example.org"), own);
        assert_eq!(read(FILE, "other.example.org"), (None, some("only"), None));
        assert_eq!(read("", "host"), (None, None, None));
        assert_eq!(read("[auth-libvirt-a]\ncredentials=x\n[credentials-x]\n", "b"), (None, None, None));
    }

    #[test]
    fn blanks_count_where_libvirt_counts_them() {
        let text =
            "  [credentials-x]  \r\n\tpassword =  a b  \n authname=\n[auth-libvirt-default]\ncredentials=x";
        assert_eq!(read(text, "h"), (some(""), some("a b  "), None));
    }

    #[test]
    fn the_last_of_two_lines_counts_and_groups_of_one_name_are_one() {
        let text = "[credentials-x]\npassword=1\n[auth-libvirt-default]\ncredentials=x\n[credentials-x]\npassword=2\n";
        assert_eq!(read(text, "h"), (None, some("2"), None));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_its_secrets() {
        let wrong = [
            ("[auth-libvirt-h]\n", "the group [auth-libvirt-h] lacks a line 'credentials=NAME'"),
            (
                "[auth-libvirt-h]\ncredentials=x\n",
                "the group [auth-libvirt-h] names [credentials-x], which is not there",
            ),
            ("\n[auth-libvirt-h\n", "line 2: a ']' is missing"),
            ("password=sesame\n", "line 1: it stands before any [group]"),
            ("[x]\nsesame\n", "line 2: 'key=value' is wanted"),
        ];
        for (text, why) in wrong {
            assert_eq!(entry(text.as_bytes(), "h").err().unwrap(), why);
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_an_error_that_does_not_show_it() {
        for (line, key) in
            [(&b"password=\xff"[..], "password"), (b"authname=a\\b", "authname"), (b"realm=a\\", "realm")]
        {
            let text = [b"[credentials-x]\n", line, b"\n[auth-libvirt-default]\ncredentials=x\n"].concat();
            let said =
                format!("line 2: '{key}' cannot be read: UTF-8 is wanted, and for each '\\' two of them");
            assert_eq!(entry(&text, "h").unwrap_err(), said);
        }
    }

    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let error = lookup(Some("/dev/zero"), "h").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(
            error.to_string(),
            "the credentials in /dev/zero cannot be read: it has more than 10485760 bytes"
        );
    }
}
