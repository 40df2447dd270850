//! What a module tells Ansible.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::cli::report::NetworkState;

/// The result of a task on one host.
#[derive(Debug, Default)]
pub(super) struct Result {
    /// What is told by name.
    fields: Map<String, Value>,
    /// Something was changed, or would be.
    pub(super) is_changed: bool,
    /// Why it failed. What was changed before stays told.
    pub(super) failure: Option<Failure>,
}

impl Result {
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Tells something by its name; nothing is told of nothing.
    pub(super) fn tell(&mut self, name: &str, what: impl Serialize) {
        match value(&what) {
            Value::Null => {}
            value => drop(self.fields.insert(name.to_owned(), value)),
        }
    }

    /// The same, where `null` says something.
    pub(super) fn tell_state(&mut self, name: &str, state: Option<NetworkState>) {
        self.fields.insert(name.to_owned(), value(&state));
    }

    /// Tells each field of a value that consists of fields.
    pub(super) fn tell_all(&mut self, what: impl Serialize) {
        if let Value::Object(fields) = value(&what) {
            self.fields.extend(fields);
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    /// The object that Ansible reads. A failure has the fields that it has in the JSON of commands.
    pub(super) fn to_json(&self) -> Value {
        let mut fields = self.fields.clone();
        if let Some(failure) = &self.failure {
            if let Value::Object(failure) = value(failure) {
                fields.extend(failure);
            }
            if let Some(advice) = &failure.advice {
                fields.insert("advice".to_owned(), in_a_task(advice).into());
            }
            fields.insert("failed".to_owned(), true.into());
            fields.insert("msg".to_owned(), message(failure).into());
        }
        fields.insert("changed".to_owned(), self.is_changed.into());
        fields.into()
    }
}

/// By way of text: for that alone, each type has its code already.
fn value(what: &impl Serialize) -> Value {
    serde_json::to_string(what).and_then(|text| serde_json::from_str(&text)).unwrap_or_default()
}

/// What a command line says, and what a task says in its place.
const WORDS: [(&str, &str); 10] = [
    ("--allow-attached", "allow_attached: true"),
    ("--allow-transient", "allow_transient: true"),
    ("--save-to FOLDER", "save_to: FOLDER"),
    ("--save-to", "save_to"),
    ("--timeout SECONDS", "timeout: SECONDS"),
    ("--offline", "offline: true"),
    ("; '--readonly' may do for looking", ""),
    ("use sudo", "become: true"),
    ("virtwire -c qemu:///system", "uri: qemu:///system, or become: true"),
    ("virtwire -c network:///system", "uri: network:///system"),
];

/// Advice as a playbook follows it.
pub(super) fn in_a_task(advice: &str) -> String {
    WORDS.iter().fold(advice.to_owned(), |advice, (line, task)| advice.replace(line, task))
}

/// What failed, and why.
fn message(failure: &Failure) -> String {
    let why = &failure.message;
    failure.what.as_ref().map_or_else(|| why.to_string(), |what| format!("{what}: {why}"))
}

impl From<Failure> for Result {
    fn from(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}
