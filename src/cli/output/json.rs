//! The JSON output: one document, one line.

use serde::Serialize;

use super::document::Document;
use crate::cli::report::time::Time;

/// A document as JSON, in which no control character stands as such: a terminal would act on DEL and on the C1
/// controls, which JSON itself allows in strings.
pub(in crate::cli) fn render(document: &impl Serialize) -> Vec<u8> {
    // Only a map with keys that are not strings, or a failing writer, would make this an error.
    inert(&serde_json::to_string(document).unwrap_or_default())
}

fn inert(json: &str) -> Vec<u8> {
    let mut escaped = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c.is_control() {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped.push('\n');
    escaped.into_bytes()
}

/// A document as a line of a stream: what comes one by one, or is read on another day, says when it was so.
pub(super) fn line(document: &mut Document) -> Vec<u8> {
    document.time = Some(Time::now());
    render(document)
}

#[cfg(all(test, feature = "several"))]
mod tests {
    use super::render;
    use crate::cli::failure::{Failure, Kind};
    use crate::cli::output::document::{Document, Documents};

    const PAGES: [&str; 2] =
        [include_str!("../../../docs/json.md"), include_str!("../../../docs/json-evidence.md")];

    fn examples() -> impl Iterator<Item = &'static str> {
        let blocks = PAGES.iter().flat_map(|page| page.split("```json\n").skip(1));
        blocks.filter_map(|block| block.split("```").next())
    }

    /// Nothing is in an example that the program would not write, and the other way round.
    #[test]
    fn every_example_of_the_documentation_is_a_document() -> serde_json::Result<()> {
        assert!(PAGES.iter().all(|page| page.contains("```json\n")));
        for example in examples() {
            let value: serde_json::Value = serde_json::from_str(example)?;
            let again = match value.get("hosts") {
                Some(_) => serde_json::to_value(serde_json::from_str::<Documents>(example)?)?,
                None => serde_json::to_value(serde_json::from_str::<Document>(example)?)?,
            };
            assert_eq!(again, value, "{example}");
        }
        Ok(())
    }

    #[test]
    fn one_line_holds_no_control_character() {
        let document = Document::failed(Failure::new(Kind::Libvirt, "a\u{1b}[31m\u{7f}\u{9b}\nb"));
        let json = String::from_utf8(render(&document)).unwrap_or_default();
        assert!(json.contains(r"a\u001b[31m\u007f\u009b\nb"), "{json}");
        assert_eq!(json.matches(char::is_control).collect::<String>(), "\n");
        assert_eq!(serde_json::from_str::<Document>(&json).ok(), Some(document));
    }
}
