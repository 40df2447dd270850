//! What can be wrong with encoded bytes or with a value that is to be encoded: small, typed, naming the field.

/// Malformed data, and the field in which it was met.
///
/// Small enough to travel by value; it holds nothing that the peer sent but one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", field.replace("r#", ""))]
pub struct Error {
    /// The declaring struct and its field, such as `remote_nonnull_network.name`; `value` outside of any struct.
    pub field: &'static str,
    /// What was wrong there.
    pub kind: ErrorKind,
}

/// The ways in which XDR data (RFC 4506) can be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The data ended before the value did.
    #[error("{needed} more bytes were announced than the {left} that are there")]
    Truncated {
        /// Bytes the value still needs, at least.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// A string, opaque or list is longer than its declared limit.
    #[error("length {length} is over the limit of {limit}")]
    TooLong {
        /// The length that was announced or given.
        length: usize,
        /// The declared limit.
        limit: usize,
    },
    /// The bytes that pad a value to four are not all zero (RFC 4506, section 3).
    #[error("padding is not zero")]
    Padding,
    /// A boolean, or the flag before an optional value, is neither 0 nor 1.
    #[error("{0} is neither 0 nor 1")]
    Bool(u32),
    /// An array of `char` holds a word that is no character, neither sign- nor zero-extended.
    #[error("{0:#010x} is not a character")]
    Char(u32),
    /// A union's discriminant is unknown, so that its arm cannot be decoded.
    #[error("unknown union discriminant {0}")]
    Discriminant(i32),
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { field: "value", kind }
    }

    /// Names the field, unless a field further in has been named already.
    #[must_use]
    pub(crate) fn within(self, field: &'static str) -> Self {
        if self.field == "value" { Self { field, ..self } } else { self }
    }
}

/// `length`, where it is within its declared limit.
pub(super) fn within(length: usize, limit: usize) -> Result<usize, Error> {
    if length > limit { Err(ErrorKind::TooLong { length, limit }.into()) } else { Ok(length) }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}
