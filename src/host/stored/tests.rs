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
    symlink("/etc/libvirt/qemu/networks/default.xml", disk.root.join("etc/autostart/default.xml")).unwrap();
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
async fn rules_of_nftables_are_known_by_their_handles() {
    let action = |words: &str| {
        let items: String = words.split(' ').map(|word| format!("<item>{word}</item>")).collect();
        format!("<action layer='ipv4'><args>{items}</args></action>")
    };
    let actions = [
        "delete rule ip libvirt_network guest_nat handle 18",
        "delete rule ip libvirt_network guest_nat handle x",
        "filter del dev virbr0 prio 2 protocol ip",
        "--table filter --delete LIBVIRT_FWX --in-interface virbr0",
    ]
    .map(action)
    .concat();
    let status = format!(
        "<networkstatus><network><name>a</name></network>\
         <firewall name='fwRemoval' backend='nftables'><group>{actions}<action/></group></firewall></networkstatus>"
    );
    let disk = Disk::with("handles", &[("run/a.xml", &status), ("etc/b.xml", DEFINITION)]);
    let stored = Stored::look(&disk.folders).await;
    let [family, table, chain] = ["ip", "libvirt_network", "guest_nat"].map(str::to_owned);
    assert_eq!(stored.networks[0].rules(), [RuleHandle { family, table, chain, handle: 18 }]);
    assert_eq!(stored.networks[1].rules(), []);
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
