//! Takes an element apart: a method for each kind of place in which a value may stand. What is not asked for stays.

use std::mem;

use super::{Based, ElementError, Hex, IsYes, Kept, NotOff, Part, Problem, Seconds, Value};
use crate::xml::{Element, Node};

/// Where many errors may be passed on, a large one would be copied as often.
type Read<T> = Result<T, Box<ElementError>>;

/// An element that is being read.
pub(in crate::xml) struct Source(Element);

impl Source {
    pub(in crate::xml) const fn new(element: Element) -> Self {
        Self(element)
    }

    pub(in crate::xml) fn finish(&mut self) -> Kept {
        Kept(mem::take(&mut self.0))
    }

    pub(in crate::xml) const fn whole(&self) -> &Element {
        &self.0
    }

    /// An attribute.
    pub(in crate::xml) fn attribute<T: Value>(&self, name: &str) -> Read<Option<T>> {
        value(self.0.attribute(name), Some(name))
    }

    /// An attribute that must be there.
    pub(in crate::xml) fn required<T: Value>(&self, name: &str) -> Read<T> {
        self.attribute(name)?.ok_or_else(|| ElementError::here(Some(name), Problem::Missing))
    }

    /// An attribute that has a default, which is written where the element is new.
    pub(in crate::xml) fn defaulted<T: Value + Default>(&self, name: &str) -> Read<T> {
        Ok(self.attribute(name)?.unwrap_or_default())
    }

    /// An attribute that is `on` or `off`, and `on` where it is anything else.
    pub(in crate::xml) fn not_off(&self, name: &str) -> Read<Option<bool>> {
        Ok(self.attribute(name)?.map(|NotOff(on)| on))
    }

    /// An attribute that is `yes` or `no`, and `no` where it is anything else.
    pub(in crate::xml) fn is_yes(&self, name: &str) -> Read<Option<bool>> {
        Ok(self.attribute(name)?.map(|IsYes(yes)| yes))
    }

    /// An attribute of seconds.
    pub(in crate::xml) fn seconds(&self, name: &str) -> Read<Option<u64>> {
        Ok(self.attribute(name)?.map(|Seconds(seconds)| seconds))
    }

    /// An attribute of 8 bits, in C's notation.
    pub(in crate::xml) fn based8(&self, name: &str) -> Read<Option<u8>> {
        Ok(self.attribute(name)?.map(|Based::<u8, 0xff>(number)| number))
    }

    /// An attribute of 24 bits, in C's notation.
    pub(in crate::xml) fn based24(&self, name: &str) -> Read<Option<u32>> {
        Ok(self.attribute(name)?.map(|Based::<u32, 0xff_ffff>(number)| number))
    }

    /// An attribute that is written in hexadecimal with so many digits; 0 is its default.
    pub(in crate::xml) fn hex<T>(&self, name: &str, _digits: usize) -> Read<T>
    where
        T: Copy + PartialEq + TryFrom<u32> + Into<u32> + Default,
    {
        Ok(self.attribute(name)?.map_or_else(T::default, |Hex::<T> { number, .. }| number))
    }

    /// The attribute that an element of its own consists of.
    pub(in crate::xml) fn inner<T: Value>(&self, element: &str, attribute: &str) -> Read<Option<T>> {
        let found = self.0.child(element).and_then(|inner| inner.attribute(attribute));
        value(found, Some(attribute)).map_err(|error| error.within(element))
    }

    /// The text of an element.
    pub(in crate::xml) fn text<T: Value>(&self, element: &str) -> Read<Option<T>> {
        value(self.0.child_text(element).as_deref(), None).map_err(|error| error.within(element))
    }

    /// The text of an element that must be there.
    pub(in crate::xml) fn required_text<T: Value>(&self, element: &str) -> Read<T> {
        let missing = || ElementError::here(None, Problem::Missing).within(element);
        self.text(element)?.ok_or_else(missing)
    }

    /// The texts of all elements of a name.
    pub(in crate::xml) fn texts(&self, element: &str) -> Read<Vec<String>> {
        Ok(self.0.elements_named(element).map(|inner| inner.text().into_owned()).collect())
    }

    /// An element, as a struct. Of several the first one counts.
    pub(in crate::xml) fn child<T: Part>(&mut self) -> Read<Option<T>> {
        self.child_named(T::NAME)
    }

    /// An element of this name, as a struct. Of several the first one counts.
    pub(in crate::xml) fn child_named<T: Part>(&mut self, name: &str) -> Read<Option<T>> {
        let found = self.0.child_mut(name).map(take);
        found.map(T::read).transpose().map_err(|error| error.within(name))
    }

    /// All elements of a name, as structs.
    pub(in crate::xml) fn children<T: Part>(&mut self) -> Read<Vec<T>> {
        let found = self.0.nodes.iter_mut().filter_map(|node| match node {
            Node::Element(element) if element.name == T::NAME => Some(take(element)),
            _ => None,
        });
        let read = |(at, element)| {
            T::read(element)
                .map_err(|error: Box<ElementError>| error.within(&format!("{}[{}]", T::NAME, at + 1)))
        };
        found.enumerate().map(read).collect()
    }

    /// An element as it is. Of several the first one counts.
    pub(in crate::xml) fn element(&mut self, name: &str) -> Read<Option<Element>> {
        Ok(self.0.child_mut(name).map(take))
    }
}

/// Takes an element away, and leaves its name as a sign of where it was.
fn take(element: &mut Element) -> Element {
    let sign = Element::new(&element.name);
    mem::replace(element, sign)
}

/// The value of a text, where there is one. Nothing counts as absent where nothing is no value, as libvirt has it.
pub(super) fn read<T: Value>(text: Option<&str>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => match T::read(text) {
            None if text.is_empty() => Some(None),
            None => None,
            value => Some(value),
        },
    }
}

fn value<T: Value>(text: Option<&str>, attribute: Option<&str>) -> Read<Option<T>> {
    read(text).ok_or_else(|| ElementError::value(attribute, text.unwrap_or_default(), T::EXPECTED))
}
