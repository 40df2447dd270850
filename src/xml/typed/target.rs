//! Puts an element together: the counterpart of each method of [`Source`](super::Source). A value that stands there
//! already, in whatever spelling, is left as it is.

use super::source::read;
use super::{Based, Hex, IsYes, Kept, NotOff, Part, Seconds, Value};
use crate::xml::{Attribute, Element, Node};

/// An element that is being written.
pub(in crate::xml) struct Target {
    element: Element,
    /// It was not read: what has a default is to be written, too.
    is_new: bool,
    /// Where the next attribute goes, if it is new.
    attribute_at: usize,
    /// Where the next element goes, if it is new.
    node_at: usize,
}

impl Target {
    pub(in crate::xml) fn new(kept: &Kept, name: &str) -> Self {
        let mut element = kept.0.clone();
        let is_new = element.name.is_empty();
        if is_new {
            name.clone_into(&mut element.name);
        }
        let is_namespace = |attribute: &&Attribute| attribute.name.starts_with("xmlns");
        let attribute_at = element.attributes.iter().take_while(is_namespace).count();
        Self { element, is_new, attribute_at, node_at: 0 }
    }

    pub(in crate::xml) fn finish(self) -> Element {
        self.element
    }

    pub(in crate::xml) const fn whole(&mut self) -> &mut Element {
        &mut self.element
    }

    pub(in crate::xml) fn attribute<T: Value>(&mut self, name: &str, value: &Option<T>) {
        let attributes = &mut self.element.attributes;
        let at = attributes.iter().position(|attribute| attribute.name == name);
        match (at, value) {
            (Some(at), value) => {
                let Some(attribute) = attributes.get_mut(at) else { return };
                self.attribute_at = at + 1;
                if read(Some(&attribute.value)).as_ref() == Some(value) {
                    return;
                }
                match value {
                    Some(value) => attribute.value = value.written(),
                    None => {
                        attributes.remove(at);
                        self.attribute_at = at;
                    }
                }
            }
            (None, Some(value)) => {
                let attribute = Attribute { name: name.to_owned(), value: value.written() };
                attributes.insert(self.attribute_at.min(attributes.len()), attribute);
                self.attribute_at += 1;
            }
            (None, None) => {}
        }
    }

    pub(in crate::xml) fn required<T: Value + Clone>(&mut self, name: &str, value: &T) {
        self.attribute(name, &Some(value.clone()));
    }

    pub(in crate::xml) fn defaulted<T: Value + Clone + Default>(&mut self, name: &str, value: &T) {
        let goes_without = !self.is_new && self.element.attribute(name).is_none() && *value == T::default();
        self.attribute(name, &(!goes_without).then(|| value.clone()));
    }

    pub(in crate::xml) fn not_off(&mut self, name: &str, value: &Option<bool>) {
        self.attribute(name, &value.map(NotOff));
    }

    pub(in crate::xml) fn is_yes(&mut self, name: &str, value: &Option<bool>) {
        self.attribute(name, &value.map(IsYes));
    }

    pub(in crate::xml) fn seconds(&mut self, name: &str, value: &Option<u64>) {
        self.attribute(name, &value.map(Seconds));
    }

    pub(in crate::xml) fn based8(&mut self, name: &str, value: &Option<u8>) {
        self.attribute(name, &value.map(Based::<u8, 0xff>));
    }

    pub(in crate::xml) fn based24(&mut self, name: &str, value: &Option<u32>) {
        self.attribute(name, &value.map(Based::<u32, 0xff_ffff>));
    }

    pub(in crate::xml) fn hex<T>(&mut self, name: &str, digits: usize, &number: &T)
    where
        T: Copy + PartialEq + TryFrom<u32> + Into<u32> + Default,
    {
        let goes_without = !self.is_new && self.element.attribute(name).is_none() && number == T::default();
        self.attribute(name, &(!goes_without).then_some(Hex { number, digits }));
    }

    pub(in crate::xml) fn inner<T: Value>(&mut self, element: &str, attribute: &str, value: &Option<T>) {
        let found = self.element.child(element).and_then(|inner| inner.attribute(attribute));
        if read(found).as_ref() == Some(value) {
            return self.pass(element);
        }
        let changed = value.as_ref().map(|value| {
            let old = self.element.child(element).cloned();
            old.unwrap_or_else(|| Element::new(element)).with(attribute, value.written())
        });
        self.put(element, changed);
    }

    pub(in crate::xml) fn text<T: Value>(&mut self, element: &str, value: &Option<T>) {
        if read(self.element.child_text(element).as_deref()).as_ref() == Some(value) {
            return self.pass(element);
        }
        let changed = value.as_ref().map(|value| {
            let old = self.element.child(element).cloned();
            with_text(old.unwrap_or_else(|| Element::new(element)), &value.written())
        });
        self.put(element, changed);
    }

    pub(in crate::xml) fn required_text<T: Value + Clone>(&mut self, element: &str, value: &T) {
        self.text(element, &Some(value.clone()));
    }

    pub(in crate::xml) fn texts(&mut self, element: &str, values: &[String]) {
        let mut old = self.element.elements_named(element).cloned().collect::<Vec<_>>().into_iter();
        let mut changed = |value: &String| {
            let old = old.next().unwrap_or_else(|| Element::new(element));
            if old.text() == value.as_str() { old } else { with_text(old, value) }
        };
        let changed = values.iter().map(&mut changed).collect();
        self.put_all(element, changed);
    }

    pub(in crate::xml) fn child<T: Part>(&mut self, value: &Option<T>) {
        self.child_named(T::NAME, value);
    }

    pub(in crate::xml) fn child_named<T: Part>(&mut self, name: &str, value: &Option<T>) {
        self.element(name, &value.as_ref().map(T::write));
    }

    pub(in crate::xml) fn children<T: Part>(&mut self, values: &[T]) {
        self.put_all(T::NAME, values.iter().map(T::write).collect());
    }

    pub(in crate::xml) fn element(&mut self, name: &str, value: &Option<Element>) {
        let named = |element: &Element| Element { name: name.to_owned(), ..element.clone() };
        self.put(name, value.as_ref().map(named));
    }

    /// What is new from here on goes behind the first element of this name.
    fn pass(&mut self, name: &str) {
        let is_it = |node: &Node| matches!(node, Node::Element(element) if element.name == name);
        if let Some(at) = self.element.nodes.iter().position(is_it) {
            self.node_at = at + 1;
        }
    }

    /// Puts an element in the place of the first one of its name; without one, none of this name stays, for the next one
    /// would count then.
    fn put(&mut self, name: &str, element: Option<Element>) {
        match (self.element.child_mut(name), element) {
            (Some(place), Some(element)) => {
                *place = element;
                self.pass(name);
            }
            (_, element) => self.put_all(name, element.into_iter().collect()),
        }
    }

    /// Puts elements in the places of those of their name, and behind them.
    pub(super) fn put_all(&mut self, name: &str, elements: Vec<Element>) {
        let mut elements = elements.into_iter();
        let mut at = 0;
        let mut behind = None;
        self.element.nodes.retain_mut(|node| {
            let is_place = matches!(node, Node::Element(element) if element.name == name);
            if is_place {
                let Some(element) = elements.next() else { return false };
                *node = Node::Element(element);
                behind = Some(at + 1);
            }
            at += 1;
            true
        });
        self.node_at = behind.unwrap_or(self.node_at);
        self.insert(elements.collect());
    }

    fn insert(&mut self, elements: Vec<Element>) {
        if elements.is_empty() {
            return;
        }
        let nodes = &mut self.element.nodes;
        // The line break in an element without content; beside an element it would count as text.
        nodes.retain(|node| !matches!(node, Node::Text(text) if text.trim_ascii().is_empty()));
        self.node_at = self.node_at.min(nodes.len());
        let count = elements.len();
        nodes.splice(self.node_at..self.node_at, elements.into_iter().map(Node::Element));
        self.node_at += count;
    }
}

/// The element with this text in place of its own.
fn with_text(mut element: Element, text: &str) -> Element {
    element.nodes.retain(|node| !matches!(node, Node::Text(_)));
    element.with_text(text)
}
