//! The same document twice: as ours, and as the one that expressions look at; and the way back from there.

use std::collections::HashMap;
use std::rc::Rc;

use sxd_document::dom::Element as Mirror;
use sxd_document::{Package, QName, dom};
use virtwire::xml::{Element, Node};

use crate::cli::layout::is_declaration;

/// The namespaces that are declared where an element stands: prefix and URI. The default one has no prefix. Elements share
/// what those around them declare.
#[derive(Clone, Default)]
pub(super) struct Scope<'a>(Option<Rc<Declared<'a>>>);

struct Declared<'a> {
    here: Vec<(&'a str, &'a str)>,
    around: Scope<'a>,
}

impl<'a> Scope<'a> {
    /// The scope within an element.
    fn within(&self, element: &'a Element) -> Self {
        let here: Vec<_> = declarations(element).collect();
        if here.is_empty() {
            return self.clone();
        }
        Self(Some(Rc::new(Declared { here, around: self.clone() })))
    }

    /// The namespace that a prefix stands for, which may be none.
    pub(super) fn uri(&self, prefix: &str) -> Option<&'a str> {
        let mut scope = self;
        while let Some(declared) = &scope.0 {
            if let Some((_, uri)) = declared.here.iter().rev().find(|(known, _)| *known == prefix) {
                return Some(uri);
            }
            scope = &declared.around;
        }
        None
    }
}

/// The namespace of the prefix `xml`, which none declares.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A document, and where each of its elements came from.
pub(super) struct Tree<'d, 'a> {
    document: dom::Document<'d>,
    places: HashMap<Mirror<'d>, (&'a Element, Scope<'a>)>,
}

impl<'d, 'a> Tree<'d, 'a> {
    pub(super) fn new(package: &'d Package) -> Self {
        Self { document: package.as_document(), places: HashMap::new() }
    }

    /// Mirrors the document that consists of `element`.
    pub(super) fn fill(&mut self, element: &'a Element) -> Mirror<'d> {
        let mirror = self.mirror(element, &Scope::default());
        self.document.root().append_child(mirror);
        mirror
    }

    /// What an element mirrors, and the namespaces that are declared there, by itself too.
    pub(super) fn place(&self, mirror: Mirror<'d>) -> Option<(&'a Element, &Scope<'a>)> {
        self.places.get(&mirror).map(|(element, scope)| (*element, scope))
    }

    fn mirror(&mut self, element: &'a Element, outer: &Scope<'a>) -> Mirror<'d> {
        let scope = outer.within(element);
        let mirror = self.document.create_element(qname(&element.name, &scope, true));
        for attribute in element.attributes.iter().filter(|attribute| !is_declaration(&attribute.name)) {
            mirror.set_attribute_value(qname(&attribute.name, &scope, false), &attribute.value);
        }
        for node in &element.nodes {
            match node {
                Node::Element(inner) => mirror.append_child(self.mirror(inner, &scope)),
                Node::Text(text) => mirror.append_child(self.document.create_text(text)),
                Node::Comment(comment) => mirror.append_child(self.document.create_comment(comment)),
                Node::Instruction(instruction) => {
                    let (target, value) = match instruction.split_once(char::is_whitespace) {
                        Some((target, value)) => (target, Some(value)),
                        None => (instruction.as_str(), None),
                    };
                    mirror.append_child(self.document.create_processing_instruction(target, value));
                }
            }
        }
        self.places.insert(mirror, (element, scope));
        mirror
    }
}

/// The namespaces that an element declares itself.
pub(super) fn declarations(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    element.attributes.iter().filter_map(|attribute| {
        let prefix = match attribute.name.as_str() {
            "xmlns" => "",
            name => name.strip_prefix("xmlns:")?,
        };
        Some((prefix, attribute.value.as_str()))
    })
}

/// The URI and the local part of a name; only elements without a prefix are in the default namespace.
pub(super) fn resolved<'n>(name: &'n str, scope: &Scope<'n>, is_element: bool) -> (Option<&'n str>, &'n str) {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    if prefix.is_empty() && !is_element {
        return (None, local);
    }
    let uri = scope.uri(prefix).or((prefix == "xml").then_some(XML));
    (uri.filter(|uri| !uri.is_empty()), local)
}

fn qname<'n>(name: &'n str, scope: &Scope<'n>, is_element: bool) -> QName<'n> {
    let (uri, local) = resolved(name, scope, is_element);
    QName::with_namespace_uri(uri, local)
}
