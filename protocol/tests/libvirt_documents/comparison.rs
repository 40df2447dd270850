//! Compares a program's rows with the document that defines the program.

use virtwire_protocol::Version;
use virtwire_protocol::procedure::{Carries, Kind, Program, Row};
use virtwire_protocol::xdr::Schema;

use crate::document::{Definition, Document, Value};
use crate::form::Form;

/// The procedures that `document` numbers for the program of this name, such as `remote`.
pub(crate) fn procedures<'d>(program: &str, document: &'d Document) -> &'d [Value] {
    match document.types.get(&format!("{program}_procedure")) {
        Some(Definition::Enum(values)) => values,
        other => panic!("the document has no procedures of {program}: {other:?}"),
    }
}

/// libvirt's name of a procedure as our rows write it.
pub(crate) fn row_name(program: &str, procedure: &Value) -> String {
    let prefix = format!("{program}_PROC_").to_uppercase();
    let name = procedure.name.strip_prefix(&prefix);
    name.unwrap_or(&procedure.name).to_lowercase()
}

/// What of the program's rows is not as the document has it, one line each. Rows younger than `version`, which is the
/// document's, must be missing from it, and all others be there.
pub(crate) fn differences(program: &Program, document: &Document, version: Version) -> Vec<String> {
    let name = program.name.to_uppercase();
    let constants =
        [(format!("{name}_PROGRAM"), program.number), (format!("{name}_PROTOCOL_VERSION"), program.version)];
    let mut differences = Vec::new();
    for (constant, ours) in constants {
        let theirs = document.constants.get(&constant);
        if theirs != Some(&i64::from(ours)) {
            differences.push(format!("{constant}: libvirt has {theirs:?}, we have {ours}"));
        }
    }
    for row in program.procedures() {
        let known = procedures(program.name, document);
        match known.iter().find(|known| row_name(program.name, known) == row.name) {
            Some(_) if row.since > version => {
                differences.push(format!("{}: not since {}, but before", row.name, row.since));
            }
            Some(theirs) => differences.extend(row_differences(program, row, theirs, document)),
            None if row.since > version => {}
            None => differences.push(format!("{}: libvirt has no such procedure", row.name)),
        }
    }
    differences
}

fn row_differences(program: &Program, row: &Row, theirs: &Value, document: &Document) -> Vec<String> {
    let name = row.name;
    let body = |suffix| format!("{}_{name}_{suffix}", program.name);
    let is_there = |suffix| document.types.contains_key(&body(suffix));
    let mut differences = Vec::new();
    let mut expect = |what: &str, theirs: String, ours: String| {
        if theirs != ours {
            differences.push(format!("{name}: {what}: libvirt has {theirs}, we have {ours}"));
        }
    };
    expect("number", theirs.number.to_string(), row.number.to_string());
    expect("stream", stream(theirs).into(), our_stream(row.carries).into());
    if is_there("msg") || is_there("args") || is_there("ret") {
        let is_event = row.kind == Kind::Event;
        expect("event", is_there("msg").to_string(), is_event.to_string());
    }
    if row.kind == Kind::Query {
        expect("permission of a query", "reading".into(), permission(theirs));
    }
    let arguments = body(if row.kind == Kind::Event { "msg" } else { "args" });
    differences.extend(type_differences(&arguments, &row.arguments, document));
    differences.extend(type_differences(&body("ret"), &row.reply, document));
    differences
}

/// What of our type is not as the document has the one of this name; no such name means no bytes.
pub(crate) fn type_differences(name: &str, ours: &Schema, document: &Document) -> Vec<String> {
    let theirs = match document.types.get(name) {
        Some(_) => Form::named(name, document),
        None => Form::Void,
    };
    Form::differences(name, &theirs, &Form::ours(ours))
}

fn stream(procedure: &Value) -> &'static str {
    let has = |wanted| procedure.notes.iter().any(|(key, _)| key == wanted);
    match (has("readstream"), has("writestream")) {
        (false, false) => "none",
        (true, false) => "to the client",
        (false, true) => "to the server",
        (true, true) => "both ways",
    }
}

/// The documents say nothing of descriptors; what goes with them is no stream.
fn our_stream(carries: Carries) -> &'static str {
    match carries {
        Carries::Nothing | Carries::Descriptors => "none",
        Carries::Download => "to the client",
        Carries::Upload => "to the server",
    }
}

/// `reading` where the document asks for permission to read, list or find things only; else what it asks for.
fn permission(procedure: &Value) -> String {
    let asked = procedure.notes.iter().filter(|(key, _)| key == "acl");
    let mut changing = asked.map(|(_, value)| value.split(':').nth(1).unwrap_or_default());
    let reads = |permission: &&str| {
        let reading = ["getattr", "read", "search_", "detect_"];
        permission.is_empty() || reading.iter().any(|prefix| permission.starts_with(prefix))
    };
    changing.find(|permission| !reads(permission)).unwrap_or("reading").into()
}
