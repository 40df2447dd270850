//! The machinery of the typed documents: one row a field, from which come the struct, its reading and its writing.
//! Knows no document.
//!
//! Reading takes out of an element what the rows name, and keeps the rest. Writing puts the values back where they came
//! from; what says the same already is left as it stands, and what is new follows the row before it.

mod error;
mod rows;
mod source;
mod target;
mod value;

use std::fmt;

pub use error::{ElementError, Problem, ReadError};
pub(super) use rows::Row;
pub(super) use source::Source;
pub(super) use target::Target;
pub(super) use value::{Based, Hex, IsYes, NotOff, Seconds, Value, word, words};

use super::Element;

/// What an element held, when it was read, beyond the fields of its struct: unknown attributes and elements, comments,
/// the spelling of values, the order of everything. It is written back with the fields.
///
/// Nothing for a struct that was not read. Two are always equal: comparing structs compares what their fields say.
#[derive(Clone, Default)]
pub struct Kept(Element);

impl PartialEq for Kept {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Kept {}

/// Next to the fields it would say everything twice.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// A struct that stands for an element.
pub(super) trait Part: Sized {
    /// The name of the element.
    const NAME: &'static str;

    /// Where the values of its fields are.
    const ROWS: &'static [Row];

    /// Takes the element apart; its name is not looked at.
    fn read(element: Element) -> Result<Self, Box<ElementError>>;

    /// Puts the element together.
    fn write(&self) -> Element;
}

/// Declares structs that stand for elements: the name of the element, and for each field where its value is, as a method
/// of [`Source`] and of [`Target`]. The rows are in libvirt's order.
macro_rules! elements {
    ($($(#[$meta:meta])* $Name:ident = $tag:literal {
        $($(#[$field_meta:meta])* $field:ident: $Type:ty = $kind:ident $(($($argument:expr),*))?,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $Name {
            $($(#[$field_meta])* pub $field: $Type,)*
            /// What it held beyond these fields when it was read.
            pub kept: $crate::xml::Kept,
        }

        impl $crate::xml::typed::Part for $Name {
            const NAME: &'static str = $tag;

            const ROWS: &'static [$crate::xml::typed::Row] = &[
                $($crate::xml::typed::Row::$kind(std::marker::PhantomData::<$Type>, $($($argument),*)?),)*
            ];

            fn read(element: $crate::xml::Element) -> Result<Self, Box<$crate::xml::ElementError>> {
                let source = &mut $crate::xml::typed::Source::new(element);
                Ok(Self { $($field: source.$kind($($($argument),*)?)?,)* kept: source.finish() })
            }

            fn write(&self) -> $crate::xml::Element {
                let mut target = $crate::xml::typed::Target::new(&self.kept, $tag);
                $(target.$kind($($($argument,)*)? &self.$field);)*
                target.finish()
            }
        }

        impl $Name {
            #[doc = concat!("Reads a `<", $tag, ">` document within the default [`Limits`](crate::xml::Limits).")]
            ///
            /// # Errors
            /// What is not well-formed, not this element, or holds a value that cannot be.
            pub fn parse(xml: impl AsRef<[u8]>) -> Result<Self, $crate::xml::ReadError> {
                Ok(Self::from_element($crate::xml::Element::parse(xml.as_ref())?)?)
            }

            #[doc = concat!("Reads a `<", $tag, ">` element.")]
            ///
            /// # Errors
            /// Another element, or one that holds a value that cannot be.
            pub fn from_element(
                element: $crate::xml::Element,
            ) -> Result<Self, $crate::xml::ElementError> {
                $crate::xml::typed::read_root(element)
            }

            #[doc = concat!("The `<", $tag, ">` element.")]
            #[must_use]
            pub fn to_element(&self) -> $crate::xml::Element {
                $crate::xml::typed::Part::write(self)
            }

            #[doc = concat!("The `<", $tag, ">` element as a document in libvirt's own layout.")]
            #[must_use]
            pub fn to_xml(&self) -> String {
                self.to_element().to_xml()
            }
        }
    )*};
}

pub(super) use elements;

/// Reads an element that is a document of its own.
pub(super) fn read_root<T: Part>(element: Element) -> Result<T, ElementError> {
    if element.name == T::NAME {
        T::read(element).map_err(|error| *error.within(T::NAME))
    } else {
        Err(ElementError::other_name(T::NAME, &element.name))
    }
}

/// Reads as [`read_root`] does, without the struct: what of the element the struct has fields for.
pub(super) fn outline<T: Part>(element: &Element) -> Result<Element, ElementError> {
    if element.name == T::NAME {
        rows::reduced(element, T::ROWS).map_err(|error| *error.within(T::NAME))
    } else {
        Err(ElementError::other_name(T::NAME, &element.name))
    }
}
