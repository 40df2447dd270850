//! What net-inspect wrote on this day or on others: of each host the latest. Anything else is an error: a host that is
//! silently missing would look as if all were well.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use serde_json::Value;

use super::host::inspection;
use crate::cli::failure::{Failure, Kind};
use crate::cli::input;
use crate::cli::output::document::{Document, Documents};
use crate::cli::report::read::Read;

/// The results in these files; `-` is standard input.
pub(super) fn all(paths: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    for path in paths {
        let name = input::name(path);
        let content = input::read(path).and_then(|bytes| io::read_to_string(bytes.as_slice()));
        let content =
            content.map_err(|error| Failure::io(format!("Failed to read the results in {name}"), &error))?;
        documents.extend(results(&name, &content)?);
    }
    if documents.is_empty() {
        return Err(Failure::new(Kind::Usage, "there is no result of net-inspect in what was given"));
    }
    Ok(latest(documents))
}

/// One document, one of several hosts, or one a line.
fn results(name: &str, content: &str) -> Result<Vec<Document>, Failure> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let mut values = serde_json::Deserializer::from_str(content).into_iter::<Value>();
    let mut documents = Vec::new();
    loop {
        let rest = content.get(values.byte_offset()..).unwrap_or_default();
        let begin = content.len() - rest.trim_start().len();
        let line = content.get(..begin).unwrap_or_default().matches('\n').count() + 1;
        let Some(value) = values.next() else { return Ok(documents) };
        let wrong = |why| {
            let advice = "'virtwire -o jsonl net-inspect' writes what can be read here";
            Failure::new(Kind::Usage, format!("{name}, line {line}: {why}")).advice(advice.to_owned())
        };
        let value = value.map_err(|error| wrong(format!("this is no whole JSON: {error}")))?;
        let told = match value.get("hosts") {
            Some(_) => Documents::read(&value).map(|several| several.hosts),
            None => Document::read(&value).map(|document| vec![document]),
        };
        let told = told.map_err(wrong)?;
        if !told.iter().all(is_result) {
            return Err(wrong("this is no result of net-inspect".to_owned()));
        }
        documents.extend(told);
    }
}

fn is_result(document: &Document) -> bool {
    let has_one = inspection(document).is_some() || document.error.is_some() || document.not_begun;
    document.version == 1
        && document.command.as_deref() == Some("net-inspect")
        && has_one
        && document.uri.is_some()
}

/// Of each host the latest, in the order in which they were first told of. What has no time is older than what has one.
fn latest(documents: Vec<Document>) -> Vec<Document> {
    let mut latest: Vec<Document> = Vec::new();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for document in documents {
        let known = places.entry(document.uri.clone().unwrap_or_default()).or_default();
        let same = known.iter().find_map(|at| {
            Some(*at).filter(|at| latest.get(*at).is_some_and(|other| is_same_host(other, &document)))
        });
        match same.and_then(|at| latest.get_mut(at)) {
            Some(other) if other.time.as_ref() <= document.time.as_ref() => *other = document,
            Some(_) => {}
            None => {
                known.push(latest.len());
                latest.push(document);
            }
        }
    }
    latest
}

/// Whether two documents of the same URI are about the same host: `qemu:///system` means another one wherever it is asked.
fn is_same_host(one: &Document, other: &Document) -> bool {
    let name = |document: &Document| inspection(document).and_then(|seen| seen.hostname.clone());
    one.host.is_some() || name(one).zip(name(other)).is_none_or(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::{latest, results};
    use crate::cli::failure::Failure;

    fn line(uri: &str, hostname: &str, time: &str) -> String {
        format!(
            r#"{{"version":1,"command":"net-inspect","host":null,"uri":"{uri}","time":"{time}","result":{{"type":"network-inspection","hostname":"{hostname}","offline":false,"networks":[]}}}}"#
        )
    }

    fn times(content: &str) -> Result<Vec<String>, Failure> {
        let documents = latest(results("f", content)?);
        let time = |time| serde_json::to_string(&time).unwrap_or_default();
        Ok(documents.into_iter().map(|document| time(document.time)).collect())
    }

    #[test]
    fn of_each_host_the_latest_counts_whatever_the_order() -> Result<(), Failure> {
        let (old, new) =
            (line("qemu:///system", "a", "2026-01-01"), line("qemu:///system", "a", "2026-02-01"));
        let other = line("qemu:///system", "b", "2025-01-01");
        let expected = ["\"2026-02-01\"", "\"2025-01-01\""];
        assert_eq!(times(&format!("{old}\n{other}\n{new}\n"))?, expected);
        assert_eq!(times(&format!("\u{feff}{new}\r\n{other}\r\n\r\n{old}"))?, expected);
        Ok(())
    }

    #[test]
    fn what_is_no_result_is_an_error_with_its_line() {
        let good = line("qemu:///system", "a", "2026-01-01");
        let cut = good.get(..40).unwrap_or_default();
        for (content, message) in [
            (format!("{good}\n\n{{}}\n"), "f, line 3: missing field `version`"),
            (format!("{good}\n{cut}"), "f, line 2: this is no whole JSON: "),
            (good.replace("net-inspect", "net-list"), "f, line 1: this is no result of net-inspect"),
            (good.replace("\"version\":1", "\"version\":2"), "f, line 1: this is no result of net-inspect"),
            ("hello".to_owned(), "f, line 1: this is no whole JSON: "),
        ] {
            let told = results("f", &content).err().map(|failure| failure.message.to_string());
            let told = told.unwrap_or_default();
            assert!(told.starts_with(message), "{told}");
        }
    }
}
