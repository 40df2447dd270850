//! The same commands as JSON: one document on stdout and nothing else, also on failure, which carries what is so.

use super::lab::run::{DEADLINE, Output, run};
use super::lab::state::{Net, State};
use super::lab::{Lab, virtwire_path};
use serde_json::{Value, json};

/// The one document on stdout, which has a version and one line.
#[track_caller]
fn document(output: &Output) -> Value {
    let parsed = serde_json::from_slice(&output.stdout);
    assert!(parsed.is_ok(), "{parsed:?}: {output:?}");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1, "{output:?}");
    let document: Value = parsed.unwrap_or_default();
    assert_eq!(at(&document, "/version"), json!(1));
    document
}

fn at(document: &Value, pointer: &str) -> Value {
    document.pointer(pointer).cloned().unwrap_or_default()
}

/// What a network is, as JSON says it; with its bridge, or without.
fn described(net: &Net, with_bridge: bool) -> Value {
    let mut value = json!({
        "name": net.name,
        "uuid": net.uuid(),
        "active": net.kind.active,
        "persistent": net.kind.persistent,
        "autostart": net.kind.autostart,
    });
    if let Some(fields) = value.as_object_mut().filter(|_| with_bridge) {
        fields.insert("bridge".to_owned(), json!(net.bridge()));
    }
    value
}

fn by_uuid(value: &Value) -> String {
    at(value, "/uuid").to_string()
}

#[test]
fn json_carries_all_that_the_tables_show() {
    for state in State::ALL {
        let Some(lab) = Lab::start() else { return };
        let networks = lab.bring(state);
        let listed = document(&lab.virtwire(&["-o", "json", "net-list", "--all"]).expect_ok());
        assert_eq!(at(&listed, "/uri"), json!(lab.uri()));
        let mut listed = at(&listed, "/result/networks").as_array().cloned().unwrap_or_default();
        listed.sort_by_key(by_uuid);
        let mut expected: Vec<_> = networks.iter().map(|net| described(net, false)).collect();
        expected.sort_by_key(by_uuid);
        assert_eq!(listed, expected, "{state:?}");
        for net in networks.iter().take(5) {
            assert_asked(&lab, net);
        }
    }
}

fn assert_asked(lab: &Lab, net: &Net) {
    let uuid = net.uuid();
    let ask = |command: &str, network: &str| {
        let network = format!("--network={network}");
        let said = lab.virtwire(&["-o", "json", command, &network]).expect_ok();
        at(&document(&said), "/result")
    };
    let contains = |result: &Value, expected: &Value| {
        let fields = expected.as_object().into_iter().flatten();
        fields.for_each(|(key, value)| assert_eq!(result.get(key), Some(value), "{key} of {result}"));
    };
    contains(&ask("net-info", &uuid), &described(net, true));
    contains(&ask("net-name", &uuid), &json!({"name": net.name, "uuid": uuid}));
    contains(&ask("net-uuid", &net.name), &json!({"name": net.name, "uuid": uuid}));
    let xml = lab.virsh(&["-q", "net-dumpxml", &uuid]).expect_ok().out();
    contains(&ask("net-dumpxml", &uuid), &json!({"xml": xml, "inactive": false}));
}

#[test]
fn a_failure_is_a_document_too_with_the_exit_code_in_it() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let cases: [(&[&str], i32); 10] = [
        (&["net-info", "no-such"], 3),
        (&["net-destroy", "no-such"], 3),
        (&["net-start", "default"], 1),
        (&["-r", "net-destroy", "default"], 5),
        (&["net-define", "no-such-file"], 1),
        (&["net-list", "--name", "--uuid"], 2),
        (&["net-info"], 2),
        (&["net-bogus"], 2),
        (&["-c", "qemu:///system?socket=/nonexistent/socket", "net-list"], 4),
        (&["-c", "bogus:///system?socket=/nonexistent/socket", "net-list"], 4),
    ];
    for (args, code) in cases {
        let said = if args.contains(&"-c") {
            run(lab.client(&virtwire_path()).args([&["-o", "json"], args].concat()), DEADLINE)
        } else {
            lab.virtwire(&[&["-o", "json"], args].concat())
        };
        assert_eq!(said.code, Some(code), "{args:?}: {said:?}");
        let document = document(&said);
        assert_eq!(at(&document, "/error/code"), json!(code), "{args:?}: {document}");
        assert!(at(&document, "/error/message").is_string(), "{args:?}: {document}");
        assert!(at(&document, "/result").is_null(), "{args:?}: {document}");
        assert!(said.err().starts_with("error: "), "people read stderr: {args:?}: {said:?}");
    }
    let started = document(&lab.virtwire(&["-o", "json", "net-start", "default"]));
    assert_eq!(at(&started, "/error/libvirt/code"), json!(55), "libvirt's own number: {started}");
}

#[test]
fn a_change_is_a_document_that_names_the_network() {
    let Some(lab) = Lab::start() else { return };
    let networks = lab.bring(State::One);
    let uuid = networks.first().expect("there is one").uuid();
    let changes = [
        ("net-destroy", "destroyed"),
        ("net-start", "started"),
        ("net-autostart", "autostarted"),
        ("net-undefine", "undefined"),
    ];
    for (command, change) in changes {
        let said = document(&lab.virtwire(&["-o", "json", command, "default"]).expect_ok());
        assert_eq!(at(&said, "/command"), json!(command));
        assert_eq!(at(&said, "/result/change"), json!(change));
        assert_eq!(at(&said, "/result/name"), json!("default"));
        assert_eq!(at(&said, "/result/uuid"), json!(uuid));
    }
}
