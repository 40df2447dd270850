//! Several networks at once, and what a program reads of it.

use super::facts::{Shown, shown};
use super::lab::Lab;
use super::lab::run::Output;
use super::lab::state::State;
use serde_json::{Value, json};

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
        assert!(all.out().contains(name), "the summary names {name}: {}", all.out());
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

#[test]
fn the_last_line_restores_all_of_several() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let names = ["Mixed0", "Mixed1", "Mixed2", "Mixed3"];
    let before = names.map(|name| shown(&lab, name));
    let said = lab.virtwire(&[&["net-disable"][..], &names].concat()).expect_ok().out();
    assert_eq!(names.map(|name| shown(&lab, name)), [Some(Shown::persistent(false, false)); 4]);
    super::undo::run_last_line(&lab, &said);
    assert_eq!(names.map(|name| shown(&lab, name)), before, "{said}");
}

/// The one JSON document on stdout.
fn document(output: &Output) -> Value {
    let parsed = serde_json::from_slice(&output.stdout);
    assert!(parsed.is_ok(), "{parsed:?}: {output:?}");
    parsed.unwrap_or_default()
}

fn at(document: &Value, pointer: &str) -> Value {
    document.pointer(pointer).cloned().unwrap_or_default()
}

const OFF: [bool; 2] = [false, false];

/// Active and autostarted, as a document says it.
fn condition(document: &Value, which: &str) -> Value {
    let field = |name: &str| at(document, &format!("/result/networks/0/{which}/{name}"));
    json!([field("active"), field("autostart")])
}

#[test]
fn json_says_what_was_and_what_is_and_how_to_go_back() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let disable = |extra: &[&str]| {
        let args = [&["-o", "json", "net-disable", "Mixed0"], extra].concat();
        document(&lab.virtwire(&args).expect_ok())
    };
    let dry = disable(&["--dry-run"]);
    assert_eq!(at(&dry, "/result/networks/0/uuid"), json!("77697265-0000-4000-8000-000000000000"));
    assert_eq!(condition(&dry, "before"), json!([true, true]));
    assert_eq!(at(&dry, "/result/networks/0/after"), Value::Null);
    assert_eq!(at(&dry, "/result/networks/0/verdict"), json!("would-be-done"));

    let done = disable(&[]);
    assert_eq!(condition(&done, "before"), json!([true, true]));
    assert_eq!(condition(&done, "after"), json!(OFF));
    assert_eq!(at(&done, "/result/networks/0/verdict"), json!("done"));
    let undo = at(&done, "/result/networks/0/undo/0");
    assert_eq!(at(&done, "/result/networks/0/undo"), json!([undo]), "one command");
    let undo = undo.as_str().unwrap_or_default().to_owned();

    let again = disable(&[]);
    assert_eq!(condition(&again, "before"), json!(OFF));
    assert_eq!(at(&again, "/result/networks/0/verdict"), json!("already-so"));
    super::undo::run_last_line(&lab, &undo);
    assert_eq!(shown(&lab, "Mixed0"), Some(Shown::persistent(true, true)));
}

#[test]
fn json_says_of_each_network_how_it_went() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::Mixed);
    let said = lab.virtwire(&["-o", "json", "net-disable", "Mixed0", "no-such", "Mixed4"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let said = document(&said);
    assert_eq!(at(&said, "/version"), json!(1));
    assert_eq!(at(&said, "/error/code"), json!(1));
    for (number, name, code) in [(0, "Mixed0", 0), (1, "no-such", 3), (2, "Mixed4", 6)] {
        let field = |field: &str| at(&said, &format!("/result/networks/{number}/{field}"));
        assert_eq!((field("given"), field("code")), (json!(name), json!(code)), "{said}");
        assert_eq!(field("error").is_null(), code == 0, "{said}");
    }
}
