//! Nodes of any kind as virsh prints them.

use virtwire::xml::{Attribute, Element, Node};

use super::tree::{Scope, declarations};
use crate::cli::layout::{is_declaration, put_attribute, put_char, put_element};

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
