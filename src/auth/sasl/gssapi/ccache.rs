//! The file in which `kinit` keeps a user's tickets. It is only read.
//!
//! Source: MIT Kerberos' documentation of its credential cache file format, versions 3 and 4.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::process::{geteuid, getuid};
use zeroize::Zeroizing;

use super::config::Config;
use super::messages::{Name, Text};
use super::ticket::{Principal, Ticket};
use crate::error::{Error, ErrorKind, Result};

/// The longest file that is read, in bytes.
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// Who has these tickets, and which they are.
#[derive(Debug)]
pub(super) struct Cache {
    pub(super) path: PathBuf,
    pub(super) owner: Principal,
    /// How much later it is where the tickets come from than here, in microseconds.
    pub(super) offset: i64,
    pub(super) tickets: Vec<Ticket>,
}

impl Cache {
    /// Reads the cache that `KRB5CCNAME` names, else `krb5.conf`, else the usual one.
    pub(super) fn read(config: &Config) -> Result<Self> {
        let name = env::var("KRB5CCNAME").ok().filter(|name| !name.is_empty());
        let name = match name.as_deref().or(config.setting("default_ccache_name")) {
            Some(name) => expanded(name),
            None => format!("FILE:/tmp/krb5cc_{}", getuid().as_raw()),
        };
        let path = path(&name)?;
        let bytes = read(&path).map_err(|error| none(&path, &error.to_string()))?;
        parse(&path, &bytes).ok_or_else(|| none(&path, "it is no credential cache of version 3 or 4"))
    }
}

/// Reads a file at once, into memory that is not left for a larger piece: it holds keys.
fn read(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(FILE_MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or_default()));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// There is no ticket, for this reason.
fn none(path: &Path, why: &str) -> Error {
    let what = format!("Kerberos (GSSAPI) wants a ticket, and {} has none: {why}", path.display());
    let advice =
        "'kinit' gets one, 'klist' shows those that are there; KRB5CCNAME names the file: see docs/sasl.md";
    Error::way(ErrorKind::Denied, what, Some(advice.to_owned()))
}

/// The parts that a name may have in braces.
fn expanded(name: &str) -> String {
    let (user, effective) = (getuid().as_raw().to_string(), geteuid().as_raw().to_string());
    let name = name.replace("%{uid}", &user).replace("%{USERID}", &user).replace("%{euid}", &effective);
    name.replace("%{TEMP}", "/tmp").replace("%{null}", "")
}

/// The file that a cache's name means.
fn path(name: &str) -> Result<PathBuf> {
    let (kind, rest) = match name.split_once(':') {
        Some((kind, rest)) if !kind.contains('/') => (kind, rest),
        _ => ("FILE", name),
    };
    match kind {
        "FILE" => Ok(rest.into()),
        "DIR" => match rest.strip_prefix(':') {
            Some(file) => Ok(file.into()),
            None => primary(Path::new(rest)),
        },
        _ => {
            let what = format!(
                "Kerberos' tickets are in {}, and virtwire reads files alone (FILE: and DIR:)",
                name.escape_debug()
            );
            let advice = "export KRB5CCNAME=FILE:/tmp/krb5cc_virtwire; kinit";
            Err(Error::way(ErrorKind::Unsupported, what, Some(advice.to_owned())))
        }
    }
}

/// The file of a folder that counts.
fn primary(folder: &Path) -> Result<PathBuf> {
    let said = match fs::read_to_string(folder.join("primary")) {
        Ok(said) => said,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "tkt".to_owned(),
        Err(error) => return Err(none(folder, &error.to_string())),
    };
    let name = said.trim_end();
    if !name.starts_with("tkt") || name.contains('/') {
        return Err(none(folder, "its file 'primary' names no file of tickets"));
    }
    Ok(folder.join(name))
}

pub(super) fn parse(path: &Path, bytes: &[u8]) -> Option<Cache> {
    let mut input = Input(bytes);
    let [5, version @ 3..=4] = input.array()? else { return None };
    let offset = if version == 4 { header(&mut input)? } else { 0 };
    let owner = input.principal()?;
    let mut tickets = Vec::new();
    while !input.0.is_empty() {
        tickets.extend(input.ticket(version)?);
    }
    Some(Cache { path: path.to_owned(), owner, offset, tickets })
}

/// Of what stands before the tickets, the offset of the clock alone is known.
fn header(input: &mut Input<'_>) -> Option<i64> {
    const OFFSET: u16 = 1;
    let length = usize::from(u16::from_be_bytes(input.array()?));
    let mut fields = Input(input.take(length)?);
    let mut offset = 0;
    while !fields.0.is_empty() {
        let tag = u16::from_be_bytes(fields.array()?);
        let length = usize::from(u16::from_be_bytes(fields.array()?));
        let mut field = Input(fields.take(length)?);
        if tag == OFFSET {
            let (seconds, micros) = (i32::from_be_bytes(field.array()?), i32::from_be_bytes(field.array()?));
            offset = i64::from(seconds) * 1_000_000 + i64::from(micros);
        }
    }
    Some(offset)
}

/// What is left of a file.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Bytes with their length before them.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length.try_into().ok()?)
    }

    fn principal(&mut self) -> Option<Principal> {
        let kind = i32::from_be_bytes(self.array()?);
        let count = self.number()?;
        let realm = Text(self.counted()?.to_vec());
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(Text(self.counted()?.to_vec()));
        }
        Some(Principal { realm, name: Name { kind, parts } })
    }

    /// Lists of addresses and of what else was said of somebody.
    fn skip_list(&mut self) -> Option<()> {
        for _ in 0..self.number()? {
            let _kind: [u8; 2] = self.array()?;
            self.counted()?;
        }
        Some(())
    }

    /// The next ticket: nothing inside where it is one that cannot be used, of a cipher that is not known say.
    #[expect(clippy::option_option, reason = "no ticket, and no such file")]
    fn ticket(&mut self, version: u8) -> Option<Option<Ticket>> {
        let client = self.principal()?;
        let server = self.principal()?;
        let etype = i32::from(u16::from_be_bytes(self.array()?));
        if version == 3 {
            let _again: [u8; 2] = self.array()?;
        }
        let key = Zeroizing::new(self.counted()?.to_vec());
        let [_authenticated, _start, end, _renewable] =
            [self.number()?, self.number()?, self.number()?, self.number()?];
        let [is_of_user, ..]: [u8; 5] = self.array()?;
        self.skip_list()?;
        self.skip_list()?;
        let ticket = self.counted()?;
        let _second = self.counted()?;
        let is_note = server.realm.0 == b"X-CACHECONF:";
        Some(if is_note || is_of_user != 0 {
            None
        } else {
            Ticket::new(client, server, etype, key, end, ticket).ok()
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::auth::sasl::gssapi::crypto::Etype;

    fn counted(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }

    fn principal(text: &str) -> Vec<u8> {
        let (name, realm) = text.split_once('@').unwrap();
        let parts: Vec<_> = name.split('/').map(|part| counted(part.as_bytes())).collect();
        let count = u32::try_from(parts.len()).unwrap();
        [&[0, 0, 0, 1][..], &count.to_be_bytes(), &counted(realm.as_bytes()), &parts.concat()].concat()
    }

    fn ticket(version: u8, server: &str, etype: u8, end: u32) -> Vec<u8> {
        let length = Etype::Aes256Sha1.key_bytes();
        let mut ticket = [principal("alice@R"), principal(server), vec![0, etype]].concat();
        if version == 3 {
            ticket.extend([0, etype]);
        }
        ticket.extend(counted(&vec![7; length]));
        for time in [1, 2, end, 4] {
            ticket.extend(u32::to_be_bytes(time));
        }
        // Not of a user, flags; one address; one of what else was said; the ticket, and no second one.
        ticket.extend([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 9, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
        ticket.extend(counted(&[0x61, 1, 5]));
        ticket.extend(counted(b""));
        ticket
    }

    fn file(version: u8) -> Vec<u8> {
        let header: &[u8] = match version {
            4 => &[0, 24, 0, 9, 0, 4, 1, 2, 3, 4, 0, 1, 0, 8, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 5, 0, 2, 0, 0],
            _ => &[],
        };
        let header = if version == 4 { [&[0, 24][..], &header[2..]].concat() } else { header.to_vec() };
        let notes = ticket(version, "krb5_ccache_conf_data/pa_type@X-CACHECONF:", 18, 0);
        let tickets = [
            ticket(version, "krbtgt/R@R", 18, 100),
            notes,
            ticket(version, "old/host@R", 23, 100),
            ticket(version, "libvirt/host@R", 18, 200),
        ];
        [vec![5, version], header, principal("alice@R"), tickets.concat()].concat()
    }

    #[test]
    fn both_versions_are_read_with_all_that_can_be_used() {
        for (version, offset) in [(3, 0), (4, -1_999_995)] {
            let cache = parse(Path::new("/x"), &file(version)).unwrap();
            assert_eq!((cache.offset, cache.owner.to_string().as_str()), (offset, "alice@R"), "{version}");
            let said: Vec<_> = cache.tickets.iter().map(|t| (t.server.to_string(), t.end)).collect();
            assert_eq!(
                said,
                [("krbtgt/R@R".to_owned(), 100), ("libvirt/host@R".to_owned(), 200)],
                "{version}"
            );
        }
    }

    #[test]
    fn a_file_that_is_cut_anywhere_within_a_ticket_is_none() {
        for version in [3, 4] {
            let whole = file(version);
            let readable = (0..whole.len()).filter(|cut| parse(Path::new("/x"), &whole[..*cut]).is_some());
            // Before the first ticket, and behind each.
            assert_eq!(readable.count(), 4, "{version}");
        }
        assert!(parse(Path::new("/x"), &[&[5, 2], &file(4)[2..]].concat()).is_none());
    }

    #[test]
    fn a_count_that_no_file_can_hold_is_no_file() {
        let mut wrong = file(4);
        wrong.truncate(26 + 2);
        wrong.extend([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, b'R']);
        assert!(parse(Path::new("/x"), &wrong).is_none());
    }

    #[test]
    fn a_caches_name_means_a_file_or_is_refused_by_name() {
        assert_eq!(path("FILE:/a/b").unwrap(), Path::new("/a/b"));
        assert_eq!(path("/a/b:c").unwrap(), Path::new("/a/b:c"));
        assert_eq!(path("DIR::/a/tktx").unwrap(), Path::new("/a/tktx"));
        assert_eq!(path("DIR:/nonexistent").unwrap(), Path::new("/nonexistent/tkt"));
        for name in ["KEYRING:persistent:0", "KCM:0", "MEMORY:x", "API:x"] {
            let error = path(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(error.advice(), Some("export KRB5CCNAME=FILE:/tmp/krb5cc_virtwire; kinit"));
        }
    }

    #[test]
    fn the_user_may_stand_in_a_caches_name() {
        let user = getuid().as_raw();
        assert_eq!(expanded("FILE:%{TEMP}/krb5cc_%{uid}"), format!("FILE:/tmp/krb5cc_{user}"));
    }
}
