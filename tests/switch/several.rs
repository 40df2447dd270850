//! Several networks at once, and what a program reads of it.

use super::facts::{Shown, shown};
use super::lab::Lab;
use super::lab::run::Output;
use super::lab::state::State;
use serde_json::Value;

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let some = lab.virtwire(&["net-disable", "Mixed0", "no-such", "Mixed1"]);
    assert_eq!(some.code, Some(3), "{some:?}");
    assert!(some.err().contains("no-such"), "{}", some.err());
    for name in ["Mixed0", "Mixed1"] {
        assert_eq!(shown(&lab, name), Some(Shown::persistent(false, false)));
    }
    let mixed = lab.virtwire(&["net-disable", "no-such", "Mixed4", "Mixed2"]);
    assert_eq!(mixed.code, Some(1), "absent and refused share no code: {mixed:?}");
    assert_eq!(shown(&lab, "Mixed2"), Some(Shown::persistent(false, false)));
    assert!(shown(&lab, "Mixed4").is_some());
    let fine = lab.virtwire(&["net-enable", "--missing-ok", "Mixed0", "no-such", "Mixed3"]);
    assert_eq!(fine.code, Some(0), "{fine:?}");
    assert_eq!(shown(&lab, "Mixed3"), Some(Shown::persistent(true, true)));
}

#[test]
fn all_are_disabled_but_the_one_that_would_vanish() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let all = lab.virtwire(&["net-disable", "--all"]);
    assert_eq!(all.code, Some(6), "{all:?}");
    assert!(all.err().contains("Mixed4"), "{}", all.err());
    for name in ["Mixed0", "Mixed1", "Mixed2", "Mixed3"] {
        assert_eq!(shown(&lab, name), Some(Shown::persistent(false, false)), "{name}");
        assert!(
            all.out().contains(name),
            "the summary names {name}: {}",
            all.out()
        );
    }
    assert!(lab.bridge_exists("vwbr4"));
}

#[test]
fn all_of_none_is_done() {
    let Some(lab) = Lab::start() else { return };
    for command in ["net-disable", "net-enable"] {
        assert_eq!(lab.virtwire(&[command, "--all"]).code, Some(0));
        assert_eq!(lab.virtwire(&[command, "--all", "default"]).code, Some(2));
    }
}

/// The one JSON document on stdout.
fn document(output: &Output) -> Value {
    let parsed = serde_json::from_slice(&output.stdout);
    assert!(parsed.is_ok(), "{parsed:?}: {output:?}");
    parsed.unwrap_or_default()
}

/// Every string in a document.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn json_carries_what_the_text_says_also_on_failure() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let cases: [(&[&str], i32); 7] = [
        (&["net-disable", "Mixed0", "--dry-run"], 0),
        (&["net-disable", "Mixed0"], 0),
        (&["net-disable", "Mixed0"], 0),
        (&["net-enable", "Mixed0"], 0),
        (&["net-disable", "no-such"], 3),
        (&["net-disable", "Mixed4"], 6),
        (&["net-disable", "Mixed0", "no-such", "Mixed4"], 1),
    ];
    for (args, code) in cases {
        let said = lab.virtwire(&[&["-o", "json"], args].concat());
        assert_eq!(said.code, Some(code), "{args:?}: {said:?}");
        let document = document(&said);
        let strings = strings(&document);
        for network in args
            .iter()
            .filter(|word| word.starts_with("Mixed") || **word == "no-such")
        {
            assert!(
                strings.iter().any(|text| text == network),
                "{args:?}: {network} in {document}"
            );
        }
        if args.contains(&"Mixed0") {
            let uuid = "77697265-0000-4000-8000-000000000000";
            assert!(
                strings.iter().any(|text| text == uuid),
                "{args:?}: UUID in {document}"
            );
        }
        assert!(
            document.get("version").is_some_and(Value::is_u64),
            "{args:?}: {document}"
        );
    }
    let undo = document(&lab.virtwire(&["-o", "json", "net-disable", "Mixed1"]).expect_ok());
    let undo = strings(&undo).join(" ");
    assert!(
        undo.contains("net-enable") && undo.contains("--no-autostart"),
        "{undo}"
    );
}
