//! The commands on parts of networks, on the in-memory hypervisor: what they do, as JSON says it, and what is refused.
#![cfg(all(
    feature = "cli",
    feature = "annotations",
    feature = "json",
    feature = "net-port",
    feature = "testdaemon"
))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helper fails the test")]

mod cli;

use cli::{Folder, Said, say, server, virtwire};
use serde_json::{Value, json};
use virtwire::testdaemon::Hypervisor;

const PORT: &str = "5d744f21-ba4a-4d6e-bdb2-30a35ff3207d";
const PORT_XML: &[u8] = b"<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid><owner><name>g</name>\
    <uuid>06578fc1-c686-46fa-bc2c-83893b466a6f</uuid></owner><mac address='52:54:00:7b:35:93'/></networkport>";

/// A hypervisor that lives as long as the test.
struct Server {
    folder: Folder,
    uri: String,
}

impl Server {
    fn new(test: &str, hypervisor: Hypervisor) -> Self {
        let folder = Folder::new(test);
        let uri = server::hypervisor(&folder, hypervisor, "test+unix:///default");
        Self { folder, uri }
    }

    fn say(&self, args: &[&str]) -> Said {
        say(&mut virtwire(&[&["-c", &self.uri], args].concat()))
    }

    /// The result as JSON, without the network that all results name.
    fn result(&self, args: &[&str]) -> Value {
        let said = self.say(&[&["-o", "json"], args].concat());
        assert_eq!(said.code(), 0, "{said:?}");
        let mut result = said.json()["result"].take();
        let fields = result.as_object_mut().unwrap();
        assert_eq!(fields.remove("name"), Some(json!("default")));
        assert!(fields.remove("uuid").is_some());
        result
    }

    fn edited(&self, editor: &str, args: &[&str]) -> Said {
        let args = [&["-c", &self.uri], args].concat();
        say(virtwire(&args)
            .env("EDITOR", editor)
            .env("TMPDIR", self.folder.path(""))
            .env("PATH", "/usr/bin:/bin"))
    }
}

#[test]
fn leases_are_told_until_they_are_over() {
    let hypervisor = Hypervisor::default();
    let lease = |mac: &str, address: &str, name, until| {
        hypervisor.add_lease("default", mac.parse().unwrap(), address.parse().unwrap(), name, until).unwrap();
    };
    lease("52:54:00:00:00:0b", "192.168.122.11", Some("web"), 0);
    lease("52:54:00:00:00:0a", "192.168.122.9", None, 4_102_444_800);
    lease("52:54:00:00:00:0a", "192.168.122.10", None, 4_102_444_800);
    lease("52:54:00:00:00:0c", "192.168.122.12", None, 1_000_000_000);
    lease("52:54:00:00:00:0a", "fd00::a", None, 0);
    let server = Server::new("leases", hypervisor);
    let leases = server.result(&["net-dhcp-leases", "default"]);
    let first = json!({"interface": "virbr0", "expires_at": 4_102_444_800_u64, "protocol": "ipv4", "mac": "52:54:00:00:00:0a",
        "address": "192.168.122.10", "prefix": 24, "client_id": "01:52:54:00:00:00:0a"});
    assert_eq!(leases["leases"][0], first);
    let addresses =
        leases["leases"].as_array().unwrap().iter().map(|lease| lease["address"].as_str().unwrap());
    assert_eq!(addresses.collect::<Vec<_>>(), ["192.168.122.10", "fd00::a", "192.168.122.11"]);
    let one = server.result(&["net-dhcp-leases", "default", "52:54:0:0:0:b"]);
    assert_eq!(one["leases"][0]["hostname"], "web");
    assert_eq!(one["leases"].as_array().unwrap().len(), 1);
    assert_eq!(server.say(&["net-dhcp-leases", "default", "--mac", "x"]).code(), 1);
}

#[test]
fn a_port_is_made_shown_and_removed() {
    let server = Server::new("ports", Hypervisor::default());
    let file = server.folder.file("port.xml", PORT_XML);
    let made = server.result(&["net-port-create", "default", &file]);
    assert_eq!(made, json!({"type": "network-port-change", "change": "created", "port": PORT, "file": file}));
    let listed = server.result(&["net-port-list", "default"]);
    assert_eq!(listed, json!({"type": "network-ports", "ports": [PORT]}));
    let shown = server.result(&["net-port-dumpxml", "default", PORT]);
    assert!(shown["xml"].as_str().unwrap().contains("<name>g</name>"), "{shown}");
    let selected =
        server.result(&["net-port-dumpxml", "default", PORT, "--xpath", "//mac/@address", "--wrap"]);
    let wrapped = "<nodes address=\"52:54:00:7b:35:93\"/>";
    let node = " address=\"52:54:00:7b:35:93\"";
    assert_eq!(selected["selected"], json!({"xpath": "//mac/@address", "nodes": [node], "wrapped": wrapped}));
    let gone = server.result(&["net-port-delete", "default", PORT]);
    assert_eq!(gone, json!({"type": "network-port-change", "change": "deleted", "port": PORT}));
    let again = server.say(&["net-port-delete", "default", PORT]);
    assert_eq!(again.code(), 3);
    assert!(again.err.contains("net-port-list default lists those that there are"), "{again:?}");
}

#[test]
fn an_update_says_what_it_changed() {
    let server = Server::new("update", Hypervisor::default());
    let host = "<host mac='52:54:00:00:00:01' ip='192.168.122.10'/>";
    let update = |more: &[&str]| {
        server.result(&[&["net-update", "default", "add", "ip-dhcp-host", host], more].concat())
    };
    let said = |live: bool, config: bool| json!({"type": "network-update", "update": "add-last", "section": "ip-dhcp-host", "live": live, "config": config});
    assert_eq!(update(&[]), said(true, false));
    assert_eq!(update(&["--config"]), said(false, true));
    let dump =
        |more: &[&str]| server.say(&[&["net-dumpxml", "default", "--xpath", "//host"], more].concat()).out;
    assert_eq!(dump(&[]), "<host mac=\"52:54:00:00:00:01\" ip=\"192.168.122.10\"/>\n\n");
    assert_eq!(dump(&["--inactive"]), dump(&[]));
    let both = server.say(&["net-update", "default", "add", "ip-dhcp-host", host, "--live", "--config"]);
    assert_eq!((both.code(), both.first_error()), (1, "error: Failed to update network default"));
    let wrong = server.say(&["net-update", "default", "add", "ip-dhcp-hosts", host]);
    assert_eq!((wrong.code(), wrong.first_error()), (2, "error: unrecognized section name 'ip-dhcp-hosts'"));
    assert!(wrong.err.contains("ip-dhcp-host, "), "{wrong:?}");
}

#[test]
fn titles_and_descriptions_are_written_read_and_edited() {
    let server = Server::new("desc", Hypervisor::default());
    let said = |change: &str, text: &str| json!({"type": "network-description", "field": "title", "change": change, "text": text});
    assert_eq!(server.result(&["net-desc", "default", "--title"]), said("none", ""));
    assert_eq!(
        server.result(&["net-desc", "default", "--title", "two", "words"]),
        said("changed", "two words")
    );
    let list = server.say(&["-q", "net-list", "--title"]);
    assert_eq!(list.out, " default   active   no   yes   two words\n");
    let edited = server.edited("echo three >", &["net-desc", "default", "--title", "--edit"]);
    assert_eq!((edited.code(), edited.out.as_str()), (0, "Network title updated successfully\n"));
    assert_eq!(server.result(&["net-desc", "default", "--title"]), said("none", "three"));
    let same = server.edited("true", &["net-desc", "default", "--title", "--edit"]);
    assert_eq!(same.out, "Network title not changed\n\n");
    // Editors end a file with a line break; what was emptied goes.
    server.edited("echo told >", &["net-desc", "default", "--edit"]);
    assert_eq!(server.say(&["net-desc", "default"]).out, "told\n");
    server.edited("echo >", &["net-desc", "default", "--edit"]);
    assert!(!server.say(&["net-dumpxml", "default"]).out.contains("<description"));
    let failed = server.edited("false", &["net-desc", "default", "--edit", "new text"]);
    assert_eq!((failed.code(), failed.out.as_str()), (1, "\n"));
    assert!(failed.err.contains("what was written is kept in "), "{failed:?}");
}

#[test]
fn metadata_is_written_read_edited_and_removed() {
    let server = Server::new("metadata", Hypervisor::default());
    let args = |more: &[&'static str]| [&["net-metadata", "default", "urn:a"], more].concat();
    let said = |change: &str| json!({"type": "network-metadata", "uri": "urn:a", "change": change});
    assert_eq!(server.say(&args(&[])).code(), 3);
    assert_eq!(server.result(&args(&["--key", "k", "--set", "<a><b/></a>"])), said("changed"));
    assert!(server.result(&args(&[]))["xml"].as_str().unwrap().contains("<b/>"));
    let edited = server.edited("echo '<c/>' >", &args(&["--key", "k", "--edit"]));
    assert_eq!((edited.code(), edited.out.as_str()), (0, "Metadata modified\n\n"));
    let same = server.edited("true", &args(&["--key", "k", "--edit"]));
    assert_eq!((same.code(), same.out.as_str()), (0, "Metadata not changed\n"));
    let broken = server.edited("echo '<c' >", &args(&["--key", "k", "--edit"]));
    assert_eq!(broken.code(), 1);
    assert!(broken.err.contains("what was written is kept in "), "{broken:?}");
    assert_eq!(server.result(&args(&["--remove"])), said("removed"));
    assert_eq!(server.say(&args(&[])).code(), 3);
    let lacking = server.say(&args(&["--set", "<a/>"]));
    assert_eq!(
        (lacking.code(), lacking.first_error()),
        (2, "error: namespace key is required when modifying metadata")
    );
}

#[test]
fn an_expression_that_selects_nothing_ever_is_wrong_usage() {
    let server = Server::new("xpath", Hypervisor::default());
    for xpath in ["///", "count(//ip)", "//a:b"] {
        let said = server.say(&["net-dumpxml", "default", "--xpath", xpath]);
        assert_eq!((said.code(), said.out.as_str()), (2, "\n"), "{said:?}");
        assert_eq!(said.first_error(), format!("error: internal error: Incorrect xpath '{xpath}'"));
        assert_eq!(said.err.lines().count(), 2, "{said:?}");
    }
    assert_eq!(server.say(&["net-dumpxml", "default", "--xpath", "//nosuch"]).out, "\n");
}
