//! The rows of the typed documents as values: what is known of an element, read without the structs. Reads as
//! [`Source`](super::Source) does, and says the same of what cannot be.

use std::marker::PhantomData;

use super::{Based, ElementError, Hex, IsYes, NotOff, Part, Problem, Seconds, Value};
use crate::xml::{Element, Node};

/// Where a value stands, or several.
pub(in crate::xml) enum Row {
    Attribute(&'static str, &'static Spelling),
    Inner(&'static str, &'static str, &'static Spelling),
    Text(&'static str, &'static Spelling),
    Texts(&'static str),
    Child(&'static str, &'static [Row]),
    Children(&'static str, &'static [Row]),
    Element(&'static str),
    /// What this makes of the element around.
    Made(fn(&Element) -> Option<Element>),
}

/// How a value may be spelled.
pub(in crate::xml) struct Spelling {
    expected: &'static str,
    /// Its one spelling; `None` for what it cannot be.
    one: fn(&str) -> Option<String>,
    absent: Absent,
}

/// What it means that a value is not there.
enum Absent {
    Nothing,
    Fault,
    Default(fn() -> String),
}

/// The spellings of a type.
struct Of<T>(PhantomData<T>);

impl<T: Value> Of<T> {
    const OPTIONAL: &'static Spelling = &Self::spelling(Absent::Nothing);
    const REQUIRED: &'static Spelling = &Self::spelling(Absent::Fault);

    const fn spelling(absent: Absent) -> Spelling {
        Spelling { expected: T::EXPECTED, one: T::ONE_SPELLING, absent }
    }
}

impl<T: Value + Default> Of<T> {
    const DEFAULTED: &'static Spelling = &Self::spelling(Absent::Default(|| T::default().written()));
}

impl<T: Copy + PartialEq + TryFrom<u32> + Into<u32>> Of<Hex<T>> {
    const ZERO: &'static Spelling = &Self::spelling(Absent::Default(|| "0x0".to_owned()));
}

/// Each kind of row, told by the field's type.
impl Row {
    pub(in crate::xml) const fn attribute<T: Value>(_: PhantomData<Option<T>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<T>::OPTIONAL)
    }

    pub(in crate::xml) const fn required<T: Value>(_: PhantomData<T>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<T>::REQUIRED)
    }

    pub(in crate::xml) const fn defaulted<T: Value + Default>(_: PhantomData<T>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<T>::DEFAULTED)
    }

    pub(in crate::xml) const fn not_off(_: PhantomData<Option<bool>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<NotOff>::OPTIONAL)
    }

    pub(in crate::xml) const fn is_yes(_: PhantomData<Option<bool>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<IsYes>::OPTIONAL)
    }

    pub(in crate::xml) const fn seconds(_: PhantomData<Option<u64>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<Seconds>::OPTIONAL)
    }

    pub(in crate::xml) const fn based8(_: PhantomData<Option<u8>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<Based<u8, 0xff>>::OPTIONAL)
    }

    pub(in crate::xml) const fn based24(_: PhantomData<Option<u32>>, name: &'static str) -> Self {
        Self::Attribute(name, Of::<Based<u32, 0xff_ffff>>::OPTIONAL)
    }

    pub(in crate::xml) const fn hex<T>(_: PhantomData<T>, name: &'static str, _digits: usize) -> Self
    where
        T: Copy + PartialEq + TryFrom<u32> + Into<u32>,
    {
        Self::Attribute(name, Of::<Hex<T>>::ZERO)
    }

    pub(in crate::xml) const fn inner<T: Value>(
        _: PhantomData<Option<T>>,
        element: &'static str,
        attribute: &'static str,
    ) -> Self {
        Self::Inner(element, attribute, Of::<T>::OPTIONAL)
    }

    pub(in crate::xml) const fn text<T: Value>(_: PhantomData<Option<T>>, element: &'static str) -> Self {
        Self::Text(element, Of::<T>::OPTIONAL)
    }

    pub(in crate::xml) const fn required_text<T: Value>(_: PhantomData<T>, element: &'static str) -> Self {
        Self::Text(element, Of::<T>::REQUIRED)
    }

    pub(in crate::xml) const fn texts(_: PhantomData<Vec<String>>, element: &'static str) -> Self {
        Self::Texts(element)
    }

    pub(in crate::xml) const fn child<T: Part>(_: PhantomData<Option<T>>) -> Self {
        Self::Child(T::NAME, T::ROWS)
    }

    pub(in crate::xml) const fn child_named<T: Part>(_: PhantomData<Option<T>>, name: &'static str) -> Self {
        Self::Child(name, T::ROWS)
    }

    pub(in crate::xml) const fn children<T: Part>(_: PhantomData<Vec<T>>) -> Self {
        Self::Children(T::NAME, T::ROWS)
    }

    pub(in crate::xml) const fn element(_: PhantomData<Option<Element>>, name: &'static str) -> Self {
        Self::Element(name)
    }
}

type Read<T> = Result<T, Box<ElementError>>;

/// The element with nothing in it but what the rows name, in their order, each value in its one spelling.
pub(in crate::xml) fn reduced(element: &Element, rows: &[Row]) -> Read<Element> {
    let mut out = Element::new(&element.name);
    for row in rows {
        row.read(element, &mut out)?;
    }
    Ok(out)
}

impl Row {
    fn read(&self, element: &Element, out: &mut Element) -> Read<()> {
        match *self {
            Self::Attribute(name, spelling) => {
                if let Some(value) = spelling.read(element.attribute(name), Some(name))? {
                    out.set_attribute(name, value);
                }
            }
            Self::Inner(name, attribute, spelling) => {
                let found = element.child(name).and_then(|inner| inner.attribute(attribute));
                let value = spelling.read(found, Some(attribute)).map_err(|error| error.within(name))?;
                if let Some(value) = value {
                    let mut inner = Element::new(name);
                    inner.set_attribute(attribute, value);
                    out.put(inner);
                }
            }
            Self::Text(name, spelling) => {
                let found = element.child_text(name);
                let value = spelling.read(found.as_deref(), None).map_err(|error| error.within(name))?;
                if let Some(value) = value {
                    out.put_text(name, value);
                }
            }
            Self::Texts(name) => {
                for inner in element.elements_named(name) {
                    out.put_text(name, inner.text().into_owned());
                }
            }
            Self::Child(name, rows) => {
                if let Some(child) = element.child(name) {
                    out.put(reduced(child, rows).map_err(|error| error.within(name))?);
                }
            }
            Self::Children(name, rows) => {
                for (at, child) in element.elements_named(name).enumerate() {
                    let within = |error: Box<ElementError>| error.within(&format!("{name}[{}]", at + 1));
                    out.put(reduced(child, rows).map_err(within)?);
                }
            }
            Self::Element(name) => {
                if let Some(child) = element.child(name) {
                    out.put(child.clone());
                }
            }
            Self::Made(made) => {
                if let Some(made) = made(element) {
                    out.put(made);
                }
            }
        }
        Ok(())
    }
}

impl Spelling {
    /// The one spelling of a value. Nothing counts as absent where nothing is no value, as libvirt has it.
    fn read(&self, text: Option<&str>, attribute: Option<&str>) -> Read<Option<String>> {
        match (text.map(self.one), text) {
            (Some(Some(value)), _) => return Ok(Some(value)),
            (Some(None), Some(text)) if !text.is_empty() => {
                return Err(ElementError::value(attribute, text, self.expected));
            }
            _ => {}
        }
        match self.absent {
            Absent::Nothing => Ok(None),
            Absent::Fault => Err(ElementError::here(attribute, Problem::Missing)),
            Absent::Default(value) => Ok(Some(value())),
        }
    }
}

impl Element {
    fn put(&mut self, element: Self) {
        self.nodes.push(Node::Element(element));
    }

    fn put_text(&mut self, name: &str, text: String) {
        let nodes = vec![Node::Text(text)];
        self.put(Self { name: name.to_owned(), attributes: Vec::new(), nodes });
    }
}
