//! The shape of every declared type as a constant: what the comparison with libvirt's own documents reads, and
//! what a trace of the wire follows. It describes, and never decodes.

/// The encoded form of a type (RFC 4506, section 4; section numbers below).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// No bytes at all (4.16).
    Void,
    /// `int` (4.1).
    Int,
    /// `unsigned int` (4.2).
    UInt,
    /// `hyper` (4.5).
    Hyper,
    /// `unsigned hyper` (4.5).
    UHyper,
    /// `double` (4.7).
    Double,
    /// `bool` (4.4).
    Bool,
    /// An enumeration, sent as `int` (4.3).
    Enum(&'static EnumSchema),
    /// `opaque[16]` that is a UUID (4.9).
    Uuid,
    /// `opaque[n]` (4.9).
    FixedOpaque(usize),
    /// `opaque<n>` (4.10).
    Opaque(usize),
    /// `string<n>` (4.11).
    Text(usize),
    /// `char[n]`, four bytes a character (4.12).
    FixedChars(usize),
    /// `char<n>`, four bytes a character (4.13).
    Chars(usize),
    /// `type<n>` (4.13).
    List(&'static Schema, usize),
    /// `type *` (4.19).
    Optional(&'static Schema),
    /// A structure (4.14).
    Struct(&'static StructSchema),
    /// A union discriminated by an `int` (4.15).
    Union(&'static UnionSchema),
    /// The form of the inner type; its content is never traced.
    Secret(&'static Schema),
}

/// A structure: libvirt's own name for it, and its fields in order.
#[derive(Debug, PartialEq, Eq)]
pub struct StructSchema {
    /// libvirt's name, such as `remote_nonnull_network`.
    pub name: &'static str,
    /// The fields in the order in which they are sent.
    pub fields: &'static [Field],
}

/// One field of a structure.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Our name: libvirt's in snake case.
    pub name: &'static str,
    /// The form of its type.
    pub schema: Schema,
}

/// An open enumeration: libvirt's own name for it, and the values that are known.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumSchema {
    /// libvirt's name, such as `remote_auth_type`.
    pub name: &'static str,
    /// Our names of the known values, and the values.
    pub values: &'static [(&'static str, i32)],
}

/// A discriminated union: libvirt's own name for it, and its arms.
#[derive(Debug, PartialEq, Eq)]
pub struct UnionSchema {
    /// libvirt's name, such as `remote_typed_param_value`.
    pub name: &'static str,
    /// The arms in order.
    pub arms: &'static [Arm],
}

/// One arm of a union.
#[derive(Debug, PartialEq, Eq)]
pub struct Arm {
    /// Our name of the arm.
    pub name: &'static str,
    /// The discriminant that selects it.
    pub discriminant: i32,
    /// The form of what follows.
    pub schema: Schema,
}
