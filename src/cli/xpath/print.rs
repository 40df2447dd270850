//! Nodes as the XML library prints them that virsh hands them to: double quotes, two spaces a level, no line breaks
//! beside text.

use virtwire::xml::{Attribute, Element, Node};

use super::tree::{Scope, declarations, is_declaration};

/// A node that was found.
pub(super) enum Found<'a> {
    /// The document itself.
    Document(&'a Element),
    /// An element, and the namespaces that are declared where it stands.
    Element(&'a Element, Scope<'a>),
    /// An attribute, by its element and its place there.
    Attribute(&'a Element, usize),
    Text(String),
    Comment(String),
    Instruction(String),
    Namespace(String, String),
}

/// A node by itself.
pub(super) fn alone(found: &Found<'_>) -> String {
    let mut out = String::new();
    match found {
        Found::Document(element) => return document(element),
        Found::Element(element, _) => put_element(&mut out, element, Some(0)),
        Found::Attribute(element, at) => {
            let attribute = element.attributes.get(*at);
            attribute.into_iter().for_each(|it| put_attribute(&mut out, &it.name, &it.value));
        }
        Found::Text(text) => text.chars().for_each(|c| put_char(&mut out, c)),
        Found::Comment(comment) => out.extend(["<!--", comment, "-->"]),
        Found::Instruction(instruction) => out.extend(["<?", instruction, "?>"]),
        Found::Namespace(prefix, uri) => {
            put_attribute(&mut out, &format!("xmlns:{prefix}"), uri);
        }
    }
    out
}

/// An element by itself, laid out anew.
pub(crate) fn element(element: &Element) -> String {
    let mut out = String::new();
    put_element(&mut out, &without_blanks(element), Some(0));
    out
}

fn document(element: &Element) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    put_element(&mut out, element, Some(0));
    out.push('\n');
    out
}

/// All nodes in one element: attributes become its own, without their prefixes; the last of each name wins.
pub(super) fn wrapped(found: &[Found<'_>]) -> String {
    let mut nodes = Element::new("nodes");
    let mut documents = Vec::new();
    for found in found {
        match found {
            Found::Document(element) => documents.push(format!("\n{}", document(element))),
            Found::Element(element, scope) => {
                nodes.nodes.push(Node::Element(self_contained(element, scope)));
            }
            Found::Attribute(element, at) => {
                let attribute = element.attributes.get(*at);
                attribute.into_iter().for_each(|it| adopt(&mut nodes, it));
            }
            Found::Text(text) => nodes.nodes.push(Node::Text(text.clone())),
            Found::Comment(comment) => nodes.nodes.push(Node::Comment(comment.clone())),
            Found::Instruction(instruction) => nodes.nodes.push(Node::Instruction(instruction.clone())),
            Found::Namespace(prefix, uri) => nodes.set_attribute(&format!("xmlns:{prefix}"), uri.clone()),
        }
    }
    let mut out = String::new();
    put_element(&mut out, &nodes, Some(0));
    // A document within a document is only ever asked for by mistake; virsh prints it all the same.
    if documents.is_empty() { out } else { format!("<nodes>{}\n</nodes>", documents.concat()) }
}

fn adopt(nodes: &mut Element, attribute: &Attribute) {
    let name = attribute.name.split_once(':').map_or(attribute.name.as_str(), |(_, local)| local);
    nodes.attributes.retain(|other| other.name != name);
    nodes.set_attribute(name, attribute.value.clone());
}

/// The element with the declarations that it needs and only those around it have.
fn self_contained(element: &Element, scope: &Scope<'_>) -> Element {
    let mut needed = Vec::new();
    missing(element, &mut Vec::new(), &mut needed);
    let mut element = element.clone();
    for prefix in needed {
        let Some(uri) = scope.uri(&prefix) else { continue };
        let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        element.set_attribute(&name, uri);
    }
    element
}

/// Collects the prefixes that are used and not declared.
fn missing(element: &Element, declared: &mut Vec<String>, needed: &mut Vec<String>) {
    let outside = declared.len();
    declared.extend(declarations(element).map(|(prefix, _)| prefix.to_owned()));
    let attributes = element.attributes.iter().map(|attribute| attribute.name.as_str());
    let attributes = attributes.filter(|name| name.contains(':') && !is_declaration(name));
    for name in std::iter::once(element.name.as_str()).chain(attributes) {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix).to_owned();
        if !declared.contains(&prefix) && !needed.contains(&prefix) {
            needed.push(prefix);
        }
    }
    element.elements().for_each(|inner| missing(inner, declared, needed));
    declared.truncate(outside);
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

/// `indent`: levels before what is in it; none where it stands beside text.
fn put_element(out: &mut String, element: &Element, indent: Option<usize>) {
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

fn put_attribute(out: &mut String, name: &str, value: &str) {
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

fn put_char(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#13;"),
        c => out.push(c),
    }
}
