//! Why a document could not be read as what it should be: the place, the value, what was wanted.

use crate::xml::ParseError;
use crate::xml::parse::quoted;

/// The text could not be read as what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not XML that is accepted here.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It is, but an element does not say what it should.
    #[error(transparent)]
    Element(#[from] ElementError),
}

/// An element that does not say what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", self.place())]
pub struct ElementError {
    /// The path to the element from the one that was read, such as `network/ip[2]/dhcp/range[1]`: of elements that may be
    /// repeated, which one, counted from 1.
    pub element: String,
    /// The attribute; `None` where it is the element itself, or its text.
    pub attribute: Option<String>,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an element or attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// It is there, but its value cannot be.
    #[error("`{value}` is not {expected}")]
    Value {
        /// The value, of which no more than 100 characters are kept.
        value: String,
        /// What was wanted.
        expected: &'static str,
    },
    /// The element is another one.
    #[error("the element is `{found}`")]
    Name {
        /// The name of the element, of which no more than 100 characters are kept.
        found: String,
    },
}

impl ElementError {
    /// Something is wrong with the attribute of the element that is being read; `None`: with its text.
    pub(super) fn here(attribute: Option<&str>, problem: Problem) -> Box<Self> {
        Box::new(Self { element: String::new(), attribute: attribute.map(str::to_owned), problem })
    }

    /// The value is not what is wanted.
    pub(super) fn value(attribute: Option<&str>, value: &str, expected: &'static str) -> Box<Self> {
        Self::here(attribute, Problem::Value { value: quoted(value), expected })
    }

    pub(super) fn other_name(wanted: &str, found: &str) -> Self {
        let problem = Problem::Name { found: quoted(found) };
        Self { element: wanted.to_owned(), attribute: None, problem }
    }

    /// The same error, as seen from the element around.
    pub(super) fn within(mut self: Box<Self>, element: &str) -> Box<Self> {
        self.element =
            if self.element.is_empty() { element.to_owned() } else { format!("{element}/{}", self.element) };
        self
    }

    fn place(&self) -> String {
        match &self.attribute {
            Some(attribute) => format!("{}/@{attribute}", self.element),
            None => self.element.clone(),
        }
    }
}

/// A document that cannot be read is the caller's argument.
impl From<ReadError> for crate::Error {
    fn from(error: ReadError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// As for [`ReadError`].
impl From<ElementError> for crate::Error {
    fn from(error: ElementError) -> Self {
        Self::invalid(error.to_string())
    }
}
