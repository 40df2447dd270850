//! What libvirt's network driver wrote to the disks of this host, for looks that ask no daemon. It says what was last
//! written: whether a network runs is told by its parts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::json::Json;
use super::{Look, Unseen, apart};
use crate::xml::Element;

/// More than any file of libvirt's that is read here.
const FILE_MAX: u64 = 8 << 20;

/// Where the network driver keeps its files.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folders {
    /// Of running networks: `/run/libvirt/network`.
    pub state: PathBuf,
    /// Of stored networks: `/etc/libvirt/qemu/networks`.
    pub config: PathBuf,
    /// Of DHCP: `/var/lib/libvirt/dnsmasq`.
    pub dnsmasq: PathBuf,
}

impl Folders {
    /// The system daemon's, as it sees them.
    #[must_use]
    pub fn system() -> Self {
        Self::new("/run/libvirt/network", "/etc/libvirt/qemu/networks", "/var/lib/libvirt/dnsmasq")
    }

    /// Those of running networks, of stored ones, and of DHCP.
    #[must_use]
    pub fn new(state: impl Into<PathBuf>, config: impl Into<PathBuf>, dnsmasq: impl Into<PathBuf>) -> Self {
        Self { state: state.into(), config: config.into(), dnsmasq: dnsmasq.into() }
    }
}

/// The networks that files tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// The networks, by name.
    pub networks: Vec<StoredNetwork>,
    /// Why there may be others, where a folder could not be read. A folder that is not there has no networks.
    pub unseen: Option<Unseen>,
    /// Whether the networks that start with the host were started since it did: a daemon does so once.
    pub was_autostarted: Look<bool>,
}

/// One network, as files tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredNetwork {
    /// Its name, as that of its files.
    pub name: String,
    /// The `<networkstatus>` that is written while it runs, and stays after a daemon was killed. `None`: there is none.
    pub status: Look<Option<Element>>,
    /// The definition that was stored, of a persistent network. `None`: there is none.
    pub definition: Look<Option<Element>>,
    /// Whether it starts with the host.
    pub is_autostarted: Look<bool>,
    /// The `<networkport>` of each guest interface that the daemon knew of.
    pub ports: Look<Vec<Element>>,
}

/// An nftables rule, by what it is deleted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RuleHandle {
    /// The family, such as `ip`.
    pub family: String,
    /// The table.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The number. It is not given twice while the table is there.
    pub handle: u64,
}

/// An address that a network's DHCP server gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredLease {
    /// The address, as it was written.
    pub address: String,
    /// Whose it is.
    pub mac: String,
    /// The name that the guest gave.
    pub hostname: Option<String>,
    /// When it ends, in seconds since 1970; `None`: never. Leases that ended may still be there.
    pub expires: Option<u64>,
}

impl StoredNetwork {
    /// The `<network>` that is running, or was when the daemon last wrote it.
    #[must_use]
    pub fn live(&self) -> Option<&Element> {
        self.status.as_ref().ok()?.as_ref()?.child("network")
    }

    /// The nftables rules that the daemon made for it, from 10.4.0 on and where it uses nftables itself. They carry no
    /// name of the network: this is what tells whose they are when the bridge is gone.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleHandle> {
        let status = self.status.as_ref().ok().and_then(Option::as_ref);
        let mut rules = Vec::new();
        let Some(firewall) = status.and_then(|status| status.child("firewall")) else { return rules };
        for group in firewall.elements_named("group") {
            rules.extend(group.elements_named("action").filter_map(RuleHandle::of));
        }
        rules
    }
}

impl RuleHandle {
    /// What an action of removal deletes, where that is such a rule.
    fn of(action: &Element) -> Option<Self> {
        let words: Vec<_> = action.child("args")?.elements_named("item").map(Element::text).collect();
        let [delete, rule, family, table, chain, word, handle] = words.as_slice() else { return None };
        (delete == "delete" && rule == "rule" && word == "handle").then_some(())?;
        let [family, table, chain] = [family, table, chain].map(|word| word.clone().into_owned());
        Some(Self { family, table, chain, handle: handle.parse().ok()? })
    }
}

impl Stored {
    /// Reads what is below these folders.
    pub async fn look(folders: &Folders) -> Self {
        let folders = folders.clone();
        let look = apart(move || Ok(read(&folders))).await;
        look.unwrap_or_else(|reason| Self {
            networks: Vec::new(),
            unseen: Some(reason.clone()),
            was_autostarted: Err(reason),
        })
    }
}

/// The leases of the network with this bridge.
///
/// # Errors
/// [`Unseen`] says why they are not known. A network that never gave out an address has none.
pub async fn leases(folders: &Folders, bridge: &str) -> Look<Vec<StoredLease>> {
    let Some(file) = file(&folders.dnsmasq, bridge, ".status") else { return Ok(Vec::new()) };
    apart(move || {
        let Some(bytes) = content(&file)? else { return Ok(Vec::new()) };
        lease_list(&bytes).ok_or_else(|| Unseen::Unreadable(file, "it is no list of leases".to_owned()))
    })
    .await
}

fn read(folders: &Folders) -> Stored {
    let mut names = Vec::new();
    let mut unseen = None;
    for folder in [&folders.state, &folders.config] {
        match files(folder) {
            Ok(found) => names.extend(found),
            Err(reason) => unseen = unseen.or(Some(reason)),
        }
    }
    names.sort();
    names.dedup();
    // No network has an empty name.
    names.retain(|name| !name.is_empty());
    Stored {
        networks: names.into_iter().map(|name| network(folders, name)).collect(),
        unseen,
        was_autostarted: is_there(&folders.state.join("autostarted")),
    }
}

fn network(folders: &Folders, name: String) -> StoredNetwork {
    let file = format!("{name}.xml");
    let definition = folders.config.join(&file);
    StoredNetwork {
        status: document(&folders.state.join(&file)),
        definition: document(&definition),
        is_autostarted: links_to(&folders.config.join("autostart").join(&file), &definition),
        ports: ports(&folders.state.join(&name).join("ports")),
        name,
    }
}

/// What has a file in this folder, by its name.
fn files(folder: &Path) -> Look<Vec<String>> {
    let unreadable = |error: io::Error| Unseen::reading(folder, &error);
    let mut names = Vec::new();
    for entry in entries(folder)? {
        let name = entry.map_err(unreadable)?.file_name();
        // No name that libvirt takes is anything but UTF-8.
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".xml")).map(str::to_owned));
    }
    Ok(names)
}

fn ports(folder: &Path) -> Look<Vec<Element>> {
    let mut ports = Vec::new();
    for name in files(folder)? {
        ports.extend(document(&folder.join(format!("{name}.xml")))?);
    }
    Ok(ports)
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> Look<impl Iterator<Item = io::Result<fs::DirEntry>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None.into_iter().flatten()),
        Err(error) => Err(Unseen::reading(folder, &error)),
    }
}

/// `None` where the name is none that a file can have.
fn file(folder: &Path, name: &str, suffix: &str) -> Option<PathBuf> {
    (!name.is_empty() && !name.contains('/')).then(|| folder.join(format!("{name}{suffix}")))
}

fn is_there(file: &Path) -> Look<bool> {
    fs::exists(file).map_err(|error| Unseen::reading(file, &error))
}

/// Whether a link is there that leads to this file. The path in it is the daemon's, which may see other folders.
fn links_to(link: &Path, file: &Path) -> Look<bool> {
    match fs::read_link(link) {
        Ok(target) => Ok(target.file_name() == file.file_name()),
        // What is no link is not taken for one by libvirt either.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
            Ok(false)
        }
        Err(error) => Err(Unseen::reading(link, &error)),
    }
}

fn document(file: &Path) -> Look<Option<Element>> {
    let Some(bytes) = content(file)? else { return Ok(None) };
    let unlike = |error: crate::xml::ParseError| Unseen::Unreadable(file.to_owned(), error.to_string());
    Element::parse(&bytes).map(Some).map_err(unlike)
}

/// `None` where there is no such file.
fn content(file: &Path) -> Look<Option<Vec<u8>>> {
    let unreadable = |error: io::Error| Unseen::reading(file, &error);
    let unlike = |what: &str| Unseen::Unreadable(file.to_owned(), what.to_owned());
    match fs::metadata(file) {
        // A pipe would be waited for.
        Ok(found) if !found.is_file() => return Err(unlike("it is no plain file")),
        Ok(found) if found.len() > FILE_MAX => return Err(unlike("it is too long")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    File::open(file).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(Some(bytes))
}

/// `None` where it is not what libvirt's helper of dnsmasq writes.
fn lease_list(bytes: &[u8]) -> Option<Vec<StoredLease>> {
    if bytes.trim_ascii().is_empty() {
        return Some(Vec::new());
    }
    // From text, as all JSON here: reading it from bytes has code of its own.
    let leases = Json::read(std::str::from_utf8(bytes).ok()?).ok()?;
    let text = |lease: &Json, field| Some(lease.get(field)?.as_str()?.to_owned());
    let lease = |lease: &Json| {
        Some(StoredLease {
            address: text(lease, "ip-address")?,
            mac: text(lease, "mac-address")?,
            hostname: text(lease, "hostname"),
            expires: Some(lease.get("expiry-time")?.as_u64()?).filter(|seconds| *seconds > 0),
        })
    };
    leases.as_list()?.iter().map(lease).collect()
}

#[cfg(test)]
mod tests;
