//! Elements as the XML library prints them that virsh hands them to: double quotes, two spaces a level, no line breaks
//! beside text.

use virtwire::xml::{Element, Node};

/// An element by itself, laid out anew.
#[cfg(feature = "annotations")]
pub(super) fn element(element: &Element) -> String {
    let mut out = String::new();
    put_element(&mut out, &without_blanks(element), Some(0));
    out
}

/// Whether an attribute declares a namespace.
pub(super) fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// The document without the blanks that only lay it out: those that are all there is in an element stay, and those in
/// an element that begins with text.
pub(super) fn without_blanks(element: &Element) -> Element {
    let mut kept: Vec<Node> = Vec::with_capacity(element.nodes.len());
    let count = element.nodes.len();
    for node in &element.nodes {
        match node {
            Node::Text(text) if text.chars().all(|c| c.is_ascii_whitespace()) => {
                if count == 1 || matches!(kept.first(), Some(Node::Text(_))) {
                    kept.push(node.clone());
                }
            }
            Node::Element(inner) => kept.push(Node::Element(without_blanks(inner))),
            other => kept.push(other.clone()),
        }
    }
    Element { name: element.name.clone(), attributes: element.attributes.clone(), nodes: kept }
}

/// Adds an element. `indent`: levels before what is in it; none where it stands beside text.
pub(super) fn put_element(out: &mut String, element: &Element, indent: Option<usize>) {
    out.push('<');
    out.push_str(&element.name);
    let (declared, others): (Vec<_>, Vec<_>) =
        element.attributes.iter().partition(|attribute| is_declaration(&attribute.name));
    for attribute in declared.into_iter().chain(others) {
        put_attribute(out, &attribute.name, &attribute.value);
    }
    if element.nodes.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    let has_text = element.nodes.iter().any(|node| matches!(node, Node::Text(_)));
    let inner = indent.filter(|_| !has_text);
    for node in &element.nodes {
        break_line(out, inner.map(|level| level + 1));
        match node {
            Node::Element(element) => put_element(out, element, inner.map(|level| level + 1)),
            Node::Text(text) => text.chars().for_each(|c| put_char(out, c)),
            Node::Comment(comment) => out.extend(["<!--", comment, "-->"]),
            Node::Instruction(instruction) => out.extend(["<?", instruction, "?>"]),
        }
    }
    break_line(out, inner);
    out.push_str("</");
    out.push_str(&element.name);
    out.push('>');
}

fn break_line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.push_str(&"  ".repeat(level));
    }
}

/// Adds an attribute, behind a blank.
pub(super) fn put_attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\""]);
    for c in value.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c => put_char(out, c),
        }
    }
    out.push('"');
}

/// Adds a character of a text.
pub(super) fn put_char(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#13;"),
        c => out.push(c),
    }
}
