//! The arguments of a module, as Ansible passes them: values of any type, in which texts may stand for truth. What is not
//! understood is refused by its name.

use serde_json::{Map, Value};

use super::usage;
use crate::cli::failure::Failure;

type Result<T> = std::result::Result<T, Failure>;

/// How Ansible spells what is so, and what is not.
const TRUE: [&str; 6] = ["yes", "on", "1", "true", "t", "y"];
const FALSE: [&str; 6] = ["no", "off", "0", "false", "f", "n"];

/// Arguments that have not been asked for yet.
#[derive(Debug)]
pub(super) struct Given {
    module: String,
    values: Map<String, Value>,
    /// The names that were asked for: the module knows no others.
    known: Vec<&'static str>,
    /// Nothing is to be changed.
    pub(super) is_check: bool,
    /// What is changed is to be shown.
    pub(super) wants_diff: bool,
}

impl Given {
    /// Reads the JSON. What begins with `_ansible_` is between Ansible and us: it is taken, or passed over.
    pub(super) fn read(module: &str, text: &[u8]) -> Result<Self> {
        let read = std::str::from_utf8(text).ok().and_then(|text| serde_json::from_str(text).ok());
        let Some(Value::Object(mut values)) = read else {
            return Err(usage("the arguments are not one JSON object"));
        };
        let is = |name: &str| values.get(name).and_then(truth).unwrap_or(false);
        let (is_check, wants_diff) = (is("_ansible_check_mode"), is("_ansible_diff"));
        values.retain(|name, value| !name.starts_with("_ansible_") && !value.is_null());
        Ok(Self { module: module.to_owned(), values, known: Vec::new(), is_check, wants_diff })
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.values.remove(name)
    }

    /// A text that is not empty; numbers are texts, too.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(wrong_type(name, &other, "a text")),
        }
    }

    /// A truth value, in whatever spelling.
    pub(super) fn truth(&mut self, name: &'static str) -> Result<Option<bool>> {
        let Some(value) = self.take(name) else { return Ok(None) };
        truth(&value).map(Some).ok_or_else(|| wrong_type(name, &value, "a boolean (yes or no)"))
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        found.map(Some).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            usage(format!("value of {name} must be one of: {}, got: {text}", words.join(", ")))
        })
    }

    /// Refuses what was not asked for.
    pub(super) fn expect_no_more(mut self) -> Result<()> {
        if self.values.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> = self.values.keys().map(String::as_str).collect();
        self.known.sort_unstable();
        Err(usage(format!(
            "unsupported parameters for the module '{}': {}. Supported parameters: {}",
            self.module,
            unknown.join(", "),
            self.known.join(", ")
        )))
    }
}

/// An argument that must be given.
pub(super) fn required<T>(name: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| usage(format!("missing required arguments: {name}")))
}

fn truth(value: &Value) -> Option<bool> {
    let word = match value {
        Value::Bool(is_so) => return Some(*is_so),
        Value::String(word) => word.to_ascii_lowercase(),
        Value::Number(number) if number.as_f64() == Some(1.0) => "1".to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let word = word.trim();
    TRUE.contains(&word).then_some(true).or_else(|| FALSE.contains(&word).then_some(false))
}

fn wrong_type(name: &str, value: &Value, wanted: &str) -> Failure {
    let what = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a dictionary",
    };
    usage(format!("argument '{name}' is {what}, and {wanted} is wanted"))
}
