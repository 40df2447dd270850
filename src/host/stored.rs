//! What libvirt's network driver wrote to the disks of this host, for looks that ask no daemon. It says what was last
//! written: whether a network runs is told by its parts.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Look, Unseen, apart};
use crate::xml::Element;

/// More than any file of libvirt's that is read here.
const FILE_MAX: u64 = 8 << 20;

/// Where the network driver keeps its files.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        Self {
            state: "/run/libvirt/network".into(),
            config: "/etc/libvirt/qemu/networks".into(),
            dnsmasq: "/var/lib/libvirt/dnsmasq".into(),
        }
    }
}

/// The networks that files tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// An address that a network's DHCP server gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    let lists = [names(&folders.state), names(&folders.config)];
    let unseen = lists.iter().find_map(|list| list.as_ref().err().cloned());
    let names: BTreeSet<_> = lists.into_iter().flatten().flatten().collect();
    Stored {
        networks: names.into_iter().filter_map(|name| network(folders, name)).collect(),
        unseen,
        was_autostarted: is_there(&folders.state.join("autostarted")),
    }
}

fn network(folders: &Folders, name: String) -> Option<StoredNetwork> {
    let definition = file(&folders.config, &name, ".xml")?;
    let link = file(&folders.config.join("autostart"), &name, ".xml")?;
    Some(StoredNetwork {
        status: document(&file(&folders.state, &name, ".xml")?),
        definition: document(&definition),
        is_autostarted: links_to(&link, &definition),
        ports: ports(&folders.state.join(&name).join("ports")),
        name,
    })
}

/// The networks that have a file in this folder.
fn names(folder: &Path) -> Look<Vec<String>> {
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
    for name in names(folder)? {
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
    let leases: Vec<serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    let text = |lease: &serde_json::Value, field| Some(lease.get(field)?.as_str()?.to_owned());
    let lease = |lease: &serde_json::Value| {
        Some(StoredLease {
            address: text(lease, "ip-address")?,
            mac: text(lease, "mac-address")?,
            hostname: text(lease, "hostname"),
            expires: Some(lease.get("expiry-time")?.as_u64()?).filter(|seconds| *seconds > 0),
        })
    };
    leases.iter().map(lease).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const DEFINITION: &str =
        "<!--\nWARNING: virsh net-edit default\n-->\n\n<network><name>default</name></network>";
    const STATUS: &str = "<networkstatus>\n  <floor sum='0'/>\n  <network>\n    <name>a &amp; b</name>\n  </network>\n</networkstatus>";

    struct Disk {
        root: PathBuf,
        folders: Folders,
    }

    impl Disk {
        fn with(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("virtwire-stored-{name}-{}", std::process::id()));
            for (file, text) in files {
                let file = root.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            let [state, config, dnsmasq] = ["run", "etc", "lib"].map(|folder| root.join(folder));
            Self { root, folders: Folders { state, config, dnsmasq } }
        }
    }

    impl Drop for Disk {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.root);
        }
    }

    fn name(document: Option<&Element>) -> Option<String> {
        Some(document?.child_text("name")?.into_owned())
    }

    #[tokio::test]
    async fn running_and_stored_networks_are_listed_together() {
        let files = [
            ("run/a & b.xml", STATUS),
            ("run/a & b/ports/1.xml", "<networkport/>"),
            ("run/autostarted", ""),
            ("run/default.pid", "1\n"),
            ("etc/default.xml", DEFINITION),
            ("etc/autostart/x", ""),
        ];
        let disk = Disk::with("both", &files);
        symlink("/etc/libvirt/qemu/networks/default.xml", disk.root.join("etc/autostart/default.xml"))
            .unwrap();
        let stored = Stored::look(&disk.folders).await;
        assert_eq!((&stored.unseen, &stored.was_autostarted), (&None, &Ok(true)));
        let [running, default] = stored.networks.as_slice() else { panic!("{stored:?}") };
        assert_eq!((running.name.as_str(), name(running.live()).as_deref()), ("a & b", Some("a & b")));
        assert_eq!((&running.definition, &running.is_autostarted), (&Ok(None), &Ok(false)));
        assert_eq!(running.ports, Ok(vec![Element::new("networkport")]));
        assert_eq!((default.name.as_str(), default.live(), &default.status), ("default", None, &Ok(None)));
        assert_eq!(name(default.definition.as_ref().unwrap().as_ref()).as_deref(), Some("default"));
        assert_eq!((&default.is_autostarted, &default.ports), (&Ok(true), &Ok(Vec::new())));
    }

    #[tokio::test]
    async fn a_host_without_libvirt_has_no_networks() {
        let disk = Disk::with("none", &[]);
        let stored = Stored::look(&disk.folders).await;
        assert_eq!(stored, Stored { networks: Vec::new(), unseen: None, was_autostarted: Ok(false) });
        assert_eq!(leases(&disk.folders, "virbr0").await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_said_of_that_part_alone() {
        let disk = Disk::with("broken", &[("run/a.xml", "<networkstatus>"), ("etc/a.xml", DEFINITION)]);
        fs::create_dir(disk.root.join("run/b.xml")).unwrap();
        let stored = Stored::look(&disk.folders).await;
        let [a, b] = stored.networks.as_slice() else { panic!("{stored:?}") };
        let reason = a.status.as_ref().unwrap_err().to_string();
        assert!(reason.contains("run/a.xml cannot be read: "), "{reason}");
        assert_eq!(name(a.definition.as_ref().unwrap().as_ref()).as_deref(), Some("default"));
        let no_file = Unseen::Unreadable(disk.root.join("run/b.xml"), "it is no plain file".to_owned());
        assert_eq!((&b.status, &b.definition), (&Err(no_file), &Ok(None)));
    }

    #[tokio::test]
    async fn a_folder_that_is_none_leaves_others_possible() {
        let disk = Disk::with("file", &[("run", ""), ("etc/a.xml", DEFINITION)]);
        let stored = Stored::look(&disk.folders).await;
        assert!(matches!(&stored.unseen, Some(Unseen::Unreadable(path, _)) if *path == disk.folders.state));
        assert_eq!(stored.networks.len(), 1);
    }

    #[tokio::test]
    async fn leases_are_those_of_the_bridge() {
        let list = r#"[{"ip-address": "192.168.122.7", "mac-address": "52:54:00:00:00:07", "hostname": "g",
            "client-id": "01:52", "expiry-time": 1700000000},
            {"ip-address": "fd00::7", "mac-address": "52:54:00:00:00:08", "expiry-time": 0}]"#;
        let disk = Disk::with(
            "leases",
            &[("lib/virbr0.status", list), ("lib/virbr1.status", "\n"), ("lib/x.status", "{")],
        );
        let lease = |address: &str, mac: &str, hostname: Option<&str>, expires| StoredLease {
            address: address.to_owned(),
            mac: mac.to_owned(),
            hostname: hostname.map(str::to_owned),
            expires,
        };
        let expected = vec![
            lease("192.168.122.7", "52:54:00:00:00:07", Some("g"), Some(1_700_000_000)),
            lease("fd00::7", "52:54:00:00:00:08", None, None),
        ];
        assert_eq!(leases(&disk.folders, "virbr0").await, Ok(expected));
        assert_eq!(leases(&disk.folders, "virbr1").await, Ok(Vec::new()));
        assert_eq!(leases(&disk.folders, "../virbr0").await, Ok(Vec::new()));
        let unlike = Unseen::Unreadable(disk.root.join("lib/x.status"), "it is no list of leases".to_owned());
        assert_eq!(leases(&disk.folders, "x").await, Err(unlike));
    }
}
