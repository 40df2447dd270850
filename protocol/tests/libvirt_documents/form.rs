//! The form of a type, in terms that libvirt's documents and our schemas can both be put into, and the differences
//! between two of them.
//!
//! Names are normalised: fields to snake case, values and arms to their letters without the prefix that they share.

use virtwire_protocol::xdr::Schema;

use crate::document::{Declaration, Definition, Document, Shape};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Void,
    Int,
    UInt,
    Hyper,
    UHyper,
    Double,
    Bool,
    FixedOpaque(usize),
    Opaque(usize),
    Text(usize),
    FixedChars(usize),
    Chars(usize),
    List(Box<Form>, usize),
    Optional(Box<Form>),
    Struct(String, Vec<(String, Form)>),
    Enum(String, Vec<(String, i64)>),
    Union(String, Vec<(String, i64, Form)>),
    /// What a document declares and our schemas have no word for: never equal to ours.
    Foreign(String),
}

impl Form {
    /// The form of one of our types.
    pub(crate) fn ours(schema: &Schema) -> Self {
        match schema {
            Schema::Void => Self::Void,
            Schema::Int => Self::Int,
            Schema::UInt => Self::UInt,
            Schema::Hyper => Self::Hyper,
            Schema::UHyper => Self::UHyper,
            Schema::Double => Self::Double,
            Schema::Bool => Self::Bool,
            Schema::Uuid => Self::FixedOpaque(16),
            Schema::FixedOpaque(length) => Self::FixedOpaque(*length),
            Schema::Opaque(limit) => Self::Opaque(*limit),
            Schema::Text(limit) => Self::Text(*limit),
            Schema::FixedChars(length) => Self::FixedChars(*length),
            Schema::Chars(limit) => Self::Chars(*limit),
            Schema::List(item, limit) => Self::List(Self::ours(item).into(), *limit),
            Schema::Optional(value) => Self::Optional(Self::ours(value).into()),
            Schema::Secret(value) => Self::ours(value),
            Schema::Struct(declared) => {
                let fields = declared.fields.iter();
                let fields = fields.map(|field| (field.name.to_owned(), Self::ours(&field.schema)));
                Self::Struct(declared.name.into(), fields.collect())
            }
            Schema::Enum(declared) => {
                let values = declared.values.iter();
                let values = values.map(|(name, number)| (letters(name), i64::from(*number)));
                Self::Enum(declared.name.into(), values.collect())
            }
            Schema::Union(declared) => {
                let arms = declared.arms.iter();
                let arms = arms.map(|arm| {
                    let number = i64::from(arm.discriminant);
                    (letters(arm.name), number, Self::ours(&arm.schema))
                });
                Self::Union(declared.name.into(), arms.collect())
            }
        }
    }

    /// The form that `document` gives to the type `name`.
    pub(crate) fn named(name: &str, document: &Document) -> Self {
        let owned = name.to_owned();
        match document.types.get(name) {
            None => Self::Foreign(owned),
            Some(Definition::Alias(alias)) => Self::declared(alias, document),
            Some(Definition::Struct(fields)) => {
                let fields = fields.iter();
                let fields = fields.map(|field| (snake(&field.name), Self::declared(field, document)));
                Self::Struct(owned, fields.collect())
            }
            Some(Definition::Enum(values)) => {
                let prefix = shared_prefix(&values.iter().map(|value| &*value.name).collect::<Vec<_>>());
                let values = values.iter();
                let values = values.map(|value| (letters(&value.name[prefix..]), value.number));
                Self::Enum(owned, values.collect())
            }
            Some(Definition::Union(arms)) => {
                let prefix = shared_prefix(&arms.iter().map(|arm| &*arm.selector).collect::<Vec<_>>());
                let arms = arms.iter().map(|arm| {
                    let name = letters(&arm.selector[prefix..]);
                    (name, arm.number, Self::declared(&arm.holds, document))
                });
                Self::Union(owned, arms.collect())
            }
        }
    }

    fn declared(declaration: &Declaration, document: &Document) -> Self {
        let base = declaration.base.as_str();
        match (base, declaration.shape) {
            ("opaque", Shape::Exactly(length)) => Self::FixedOpaque(length),
            ("opaque", Shape::AtMost(limit)) => Self::Opaque(limit),
            ("string", Shape::AtMost(limit)) => Self::Text(limit),
            ("char", Shape::Exactly(length)) => Self::FixedChars(length),
            ("char", Shape::AtMost(limit)) => Self::Chars(limit),
            ("opaque" | "string", _) => Self::Foreign(format!("{declaration:?}")),
            (_, Shape::One) => Self::base(base, document),
            (_, Shape::Optional) => Self::Optional(Self::base(base, document).into()),
            (_, Shape::AtMost(limit)) => Self::List(Self::base(base, document).into(), limit),
            (_, Shape::Exactly(_)) => Self::Foreign(format!("{declaration:?}")),
        }
    }

    fn base(name: &str, document: &Document) -> Self {
        match name {
            "int" => Self::Int,
            "unsigned int" => Self::UInt,
            "hyper" => Self::Hyper,
            "unsigned hyper" => Self::UHyper,
            "double" => Self::Double,
            "bool" => Self::Bool,
            _ => Self::named(name, document),
        }
    }

    /// What of `ours` is not as `theirs`: one line each, with the way to it.
    pub(crate) fn differences(at: &str, theirs: &Self, ours: &Self) -> Vec<String> {
        match (theirs, ours) {
            (Self::List(their_item, their_limit), Self::List(our_item, our_limit))
                if their_limit == our_limit =>
            {
                Self::differences(&format!("{at}[]"), their_item, our_item)
            }
            (Self::Optional(theirs), Self::Optional(ours)) => {
                Self::differences(&format!("{at}?"), theirs, ours)
            }
            (Self::Struct(their_name, theirs), Self::Struct(our_name, ours))
                if same_type(their_name, our_name) && theirs.len() == ours.len() =>
            {
                let fields = theirs.iter().zip(ours);
                let differences = fields.flat_map(|((their_name, theirs), (our_name, ours))| {
                    if their_name == our_name {
                        Self::differences(&format!("{at}.{our_name}"), theirs, ours)
                    } else {
                        vec![format!("{at}: libvirt's field is {their_name}, ours is {our_name}")]
                    }
                });
                differences.collect()
            }
            (theirs, ours) if theirs == ours => Vec::new(),
            (theirs, ours) => vec![format!("{at}: libvirt has {theirs:?}, we have {ours:?}")],
        }
    }
}

/// Whether the names are one, or libvirt declares the same structure twice and we do so once.
fn same_type(theirs: &str, ours: &str) -> bool {
    let twice = [
        ("virNetMessageNonnullDomain", "remote_nonnull_domain"),
        ("virNetMessageNonnullNetwork", "remote_nonnull_network"),
    ];
    theirs == ours || twice.contains(&(theirs, ours))
}

/// `callbackID` as `callback_id`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_small {
            snake.push('_');
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// `ULLong`, `U_LLONG` and `ullong` alike, and `WithDescriptors` as libvirt's `WITH_FDS`.
fn letters(name: &str) -> String {
    name.replace('_', "").to_lowercase().replace("descriptors", "fds")
}

/// The length of what all names begin with, up to and with an underscore.
fn shared_prefix(names: &[&str]) -> usize {
    let first = names.first().copied().unwrap_or_default();
    let shared = |end: &usize| names.iter().all(|name| name.starts_with(&first[..*end]));
    let ends = first.match_indices('_').map(|(at, _)| at + 1);
    ends.rev().find(shared).unwrap_or(0)
}

#[test]
fn names_are_normalised() {
    let names = ["callbackID", "need_results", "parentIndex", "hv_ver", "oldMAC", "str1"].map(snake);
    let ours = ["callback_id", "need_results", "parent_index", "hv_ver", "old_mac", "str1"];
    assert_eq!(names, ours);
    assert_eq!(shared_prefix(&["A_TYPE_INT", "A_TYPE_IN"]), "A_TYPE_".len());
    assert_eq!(shared_prefix(&["A_ONE", "B_TWO"]), 0);
    assert_eq!(letters("CALL_WITH_FDS"), letters("CallWithDescriptors"));
}
