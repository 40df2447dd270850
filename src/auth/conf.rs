//! `auth.conf`: who logs in at which host. This module finds, reads and wipes the file; it asks nobody.
//!
//! Source: libvirt's `docs/auth.rst`. The syntax is that of desktop entries: groups of `key=value`, with `\s`, `\n`, `\t`,
//! `\r` and `\\` in values.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::user_directory;
use crate::error::{Error, Result};
use crate::uri::Uri;

/// What the file says of one host.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) authname: Option<String>,
    pub(super) password: Option<Zeroizing<String>>,
    pub(super) realm: Option<String>,
}

/// The file that counts, by libvirt's order: `LIBVIRT_AUTH_FILE`, `authfile=` of the URI, the user's own, the host's.
/// The first two must be there; of the others the first that can be read counts.
pub(super) fn lookup(uri: Option<&Uri>, host: &str) -> Result<Entry> {
    let named = env::var_os("LIBVIRT_AUTH_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let named = named.or_else(|| Some(uri?.parameter("authfile")?.into()));
    let (path, bytes) = match named {
        Some(path) => {
            let read = fs::read(&path);
            let bytes = read.map_err(|error| {
                Error::invalid(format!("the credentials in {} cannot be read: {error}", path.display()))
            })?;
            (path, bytes)
        }
        None => match usual().into_iter().find_map(|path| Some((fs::read(&path).ok()?, path))) {
            Some((bytes, path)) => (path, bytes),
            None => return Ok(Entry::default()),
        },
    };
    let bytes = Zeroizing::new(bytes);
    entry(&bytes, host).map_err(|why| Error::invalid(format!("{}: {why}", path.display())))
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
        let line =
            groups.iter().rfind(|line| line.group == group.as_bytes() && line.key == key.as_bytes())?;
        unescaped(line.value)
    };
    let credentials = value(&group, "credentials")
        .ok_or_else(|| format!("the group [{group}] lacks a line 'credentials=NAME'"))?;
    let named = format!("credentials-{}", *credentials);
    if !of(&named) {
        return Err(format!("the group [{group}] names [{named}], which is not there"));
    }
    let plain = |key: &str| value(&named, key).map(|mut value| std::mem::take(&mut *value));
    Ok(Entry { authname: plain("authname"), password: value(&named, "password"), realm: plain("realm") })
}

/// A line, and the group that it stands in. The head of a group is a line with nothing.
struct Line<'a> {
    group: &'a [u8],
    key: &'a [u8],
    value: &'a [u8],
}

fn groups(text: &[u8]) -> std::result::Result<Vec<Line<'_>>, String> {
    let mut lines = Vec::new();
    let mut group: Option<&[u8]> = None;
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let wrong = |why: &str| format!("line {}: {why}", at + 1);
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if let Some(head) = line.strip_prefix(b"[") {
            let name = head.trim_ascii_end().strip_suffix(b"]").ok_or_else(|| wrong("a ']' is missing"))?;
            group = Some(name);
            lines.push(Line { group: name, key: b"", value: b"" });
            continue;
        }
        let equals = line.iter().position(|byte| *byte == b'=');
        let (key, value) = equals
            .and_then(|equals| line.split_at_checked(equals))
            .ok_or_else(|| wrong("'key=value' is wanted"))?;
        let group = group.ok_or_else(|| wrong("it stands before any [group]"))?;
        let value = value.get(1..).unwrap_or_default().trim_ascii_start();
        lines.push(Line { group, key: key.trim_ascii_end(), value });
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
    fn a_value_that_cannot_be_read_is_none() {
        let text = b"[credentials-x]\npassword=\xff\nauthname=a\\b\n[auth-libvirt-default]\ncredentials=x\n";
        let entry = entry(text, "h").unwrap();
        assert!(entry.password.is_none() && entry.authname.is_none());
    }
}
