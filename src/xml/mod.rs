//! libvirt's XML as a tree that keeps everything it read, in order: parsed with limits, written in libvirt's own layout.
//! The tree knows no element by name but `metadata`, whose content libvirt prints as it came. Above it stand typed
//! documents, such as [`Network`]. Nothing here asks a host or a server.

mod mac;
mod namespace;
mod network;
mod parse;
#[cfg(test)]
mod tests;
mod typed;
mod write;

use std::borrow::Cow;

pub use mac::{MacAddress, NotAMacAddress};
pub use network::*;
pub use parse::{Limits, ParseError, ParseErrorKind};
pub use typed::{ElementError, Kept, Problem, ReadError};

/// An element: its name as written (prefix included), its attributes and its content in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name, prefix included.
    pub name: String,
    /// The attributes in order, namespace declarations among them. No name comes twice in what was parsed.
    pub attributes: Vec<Attribute>,
    /// The content in order.
    pub nodes: Vec<Node>,
}

/// An attribute, its value without quotes and with references resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name, prefix included.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What an element contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text with references resolved; a CDATA section is text like any other.
    Text(String),
    /// A comment, as it stands between `<!--` and `-->`.
    Comment(String),
    /// A processing instruction, as it stands between `<?` and `?>`.
    Instruction(String),
}

/// The elements among nodes.
struct Elements<'a>(std::slice::Iter<'a, Node>);

impl<'a> Iterator for Elements<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<&'a Element> {
        loop {
            if let Node::Element(element) = self.0.next()? {
                return Some(element);
            }
        }
    }
}

impl Element {
    /// An element without attributes or content.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same element with this attribute, in place of an earlier one of that name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set_attribute(name, value);
        self
    }

    /// The same element with this text behind its content.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.nodes.push(Node::Text(text.into()));
        self
    }

    /// The same element with this element behind its content.
    #[must_use]
    pub fn with_element(mut self, element: Self) -> Self {
        self.nodes.push(Node::Element(element));
        self
    }

    /// The elements in this one, one level deep.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        Elements(self.nodes.iter())
    }

    /// The elements of this name in this one, one level deep.
    pub fn elements_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first element of this name, one level deep.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// The first element of this name, one level deep, to be changed.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.nodes.iter_mut().find_map(|node| match node {
            Node::Element(element) if element.name == name => Some(element),
            _ => None,
        })
    }

    /// The first element at this path of names, such as `ip/dhcp/range`, counted from the content of this element.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Self> {
        match path.split_once('/') {
            None => self.child(path),
            Some((name, rest)) => {
                self.elements().filter(|element| element.name == name).find_map(|element| element.find(rest))
            }
        }
    }

    /// The value of the attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(&found.value)
    }

    /// Sets the value of an attribute, which comes last where it was not there.
    pub fn set_attribute(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.attributes.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { name: name.to_owned(), value }),
        }
    }

    /// The text directly in this element; that of elements in it does not count.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(only), None) => Cow::Borrowed(only),
            (Some(first), Some(second)) => Cow::Owned([first, second].into_iter().chain(texts).collect()),
        }
    }

    /// The text of the first element of this name, one level deep.
    #[must_use]
    pub fn child_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.child(name).map(Self::text)
    }
}
