//! The macros behind the tables: from one row come the types, both codecs, the schema and the typed call.

/// libvirt's own name of a field that Rust makes us write as `r#type`.
pub(crate) const fn plain(field: &'static str) -> &'static str {
    let [b'r', b'#', plain @ ..] = field.as_bytes() else {
        return field;
    };
    match std::str::from_utf8(plain) {
        Ok(plain) => plain,
        Err(_) => field,
    }
}

/// Declares structures that procedures share: libvirt's name, ours, and the fields in the order of the wire.
macro_rules! structures {
    ($($(#[$meta:meta])* $wire:ident $Name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        $crate::declare::structure! { [stringify!($wire)] $(#[$meta])* $Name { $($field: $type),* } }
    )*};
}

macro_rules! structure {
    ([$wire:expr] $(#[$meta:meta])* $Name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the fields are libvirt's own, under libvirt's own names")]
        pub struct $Name {
            $(pub $field: $type,)*
        }

        impl $crate::xdr::Xdr for $Name {
            const SCHEMA: $crate::xdr::Schema = $crate::xdr::Schema::Struct(&$crate::xdr::StructSchema {
                name: $wire,
                fields: &[$($crate::xdr::Field {
                    name: $crate::declare::plain(stringify!($field)),
                    schema: <$type as $crate::xdr::Xdr>::SCHEMA,
                }),*],
            });
            const MIN_SIZE: usize = 0 $(+ <$type as $crate::xdr::Xdr>::MIN_SIZE)*;

            #[allow(unused_variables, reason = "a structure may be empty")]
            fn encode(&self, writer: &mut $crate::xdr::Writer<'_>) {
                $($crate::xdr::Xdr::encode(&self.$field, writer);)*
            }

            #[allow(unused_variables, reason = "a structure may be empty")]
            fn decode(reader: &mut $crate::xdr::Reader<'_>) -> Result<Self, $crate::xdr::Error> {
                Ok(Self {
                    $($field: $crate::xdr::Xdr::decode(reader)
                        .map_err(|error| error.within(concat!($wire, ".", stringify!($field))))?,)*
                })
            }

            #[allow(unused_variables, reason = "a structure may be empty")]
            fn skip(reader: &mut $crate::xdr::Reader<'_>) -> Result<(), $crate::xdr::Error> {
                $(<$type as $crate::xdr::Xdr>::skip(reader)
                    .map_err(|error| error.within(concat!($wire, ".", stringify!($field))))?;)*
                Ok(())
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $Name {
            #[allow(unused_variables, reason = "a structure may be empty")]
            fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                Ok(Self { $($field: bytes.arbitrary()?,)* })
            }
        }
    };
}

/// Declares an enumeration that keeps the values it does not know.
macro_rules! open_enum {
    ($(#[$meta:meta])* $wire:ident $Name:ident { $($(#[$doc:meta])* $Value:ident = $number:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Name {
            $($(#[$doc])* $Value,)*
            /// A value that this version does not know.
            Unknown(i32),
        }

        impl From<i32> for $Name {
            fn from(number: i32) -> Self {
                match number {
                    $($number => Self::$Value,)*
                    unknown => Self::Unknown(unknown),
                }
            }
        }

        impl From<$Name> for i32 {
            fn from(value: $Name) -> Self {
                match value {
                    $($Name::$Value => $number,)*
                    $Name::Unknown(unknown) => unknown,
                }
            }
        }

        impl $crate::xdr::Xdr for $Name {
            const SCHEMA: $crate::xdr::Schema = $crate::xdr::Schema::Enum(&$crate::xdr::EnumSchema {
                name: stringify!($wire),
                values: &[$((stringify!($Value), $number)),*],
            });
            const MIN_SIZE: usize = 4;

            fn encode(&self, writer: &mut $crate::xdr::Writer<'_>) {
                i32::from(*self).encode(writer);
            }

            fn decode(reader: &mut $crate::xdr::Reader<'_>) -> Result<Self, $crate::xdr::Error> {
                i32::decode(reader).map(Self::from)
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $Name {
            fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                // Of all numbers, the few that are known would hardly ever come.
                if bytes.ratio(1, 8)? {
                    return bytes.arbitrary().map(<Self as From<i32>>::from);
                }
                bytes.choose(&[$(Self::$Value),*]).copied()
            }
        }
    };
}

/// Declares a union discriminated by an `int`; an arm that is not known cannot be decoded, and is an error.
macro_rules! union {
    ($(#[$meta:meta])* $wire:ident $Name:ident { $($(#[$doc:meta])* $number:literal $Arm:ident($type:ty)),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Name {
            $($(#[$doc])* $Arm($type),)*
        }

        impl $crate::xdr::Xdr for $Name {
            const SCHEMA: $crate::xdr::Schema = $crate::xdr::Schema::Union(&$crate::xdr::UnionSchema {
                name: stringify!($wire),
                arms: &[$($crate::xdr::Arm {
                    name: stringify!($Arm),
                    discriminant: $number,
                    schema: <$type as $crate::xdr::Xdr>::SCHEMA,
                }),*],
            });
            const MIN_SIZE: usize = 4;

            fn encode(&self, writer: &mut $crate::xdr::Writer<'_>) {
                match self {
                    $(Self::$Arm(value) => {
                        i32::encode(&$number, writer);
                        value.encode(writer);
                    })*
                }
            }

            fn decode(reader: &mut $crate::xdr::Reader<'_>) -> Result<Self, $crate::xdr::Error> {
                match i32::decode(reader)? {
                    $($number => <$type as $crate::xdr::Xdr>::decode(reader).map(Self::$Arm),)*
                    unknown => Err($crate::xdr::ErrorKind::Discriminant(unknown).into()),
                }
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $Name {
            fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                match bytes.choose(&[$($number),*])? {
                    $($number => bytes.arbitrary().map(Self::$Arm),)*
                    _ => Err(arbitrary::Error::IncorrectFormat),
                }
            }
        }
    };
}

/// Declares a family of procedures: a table of rows.
///
/// ```text
/// query  46 network_lookup_by_name NetworkLookupByName since "0.3.0" { name: Text } -> NetworkLookupByNameReply { net: Network };
/// ```
///
/// A row begins with `query`, `change` or `event` ([`Kind`](crate::procedure::Kind)). The number and libvirt's name
/// follow, our name, the first libvirt that has it, then the arguments; `->` and a reply where there is one. Behind
/// the version, `with Upload`, `with Download` or `with Descriptors` says what goes beside the payload.
macro_rules! procedures {
    ($program:path, $prefix:literal: $(
        $(#[$meta:meta])*
        $kind:ident $number:literal $wire:ident $Name:ident since $since:literal $(with $carries:ident)?
        { $($arguments:tt)* } $(-> $Reply:ident { $($reply:tt)* })?;
    )*) => {
        /// The rows of this family.
        pub(crate) static TABLE: &[$crate::procedure::Row] = &[$(*<$Name as $crate::procedure::Procedure>::ROW),*];

        /// Shows each procedure of this table.
        pub fn visit(visitor: &mut impl $crate::procedure::Visitor) {
            $($crate::declare::shown!($kind visitor $Name);)*
        }

        $(
            $crate::declare::structure! {
                [$crate::declare::body_name!($kind $prefix, $wire)]
                $(#[$meta])*
                #[doc = concat!("`", stringify!($wire), "`, procedure ", $number, ", since libvirt ", $since, ".")]
                $Name { $($arguments)* }
            }

            $($crate::declare::structure! {
                [concat!($prefix, "_", stringify!($wire), "_ret")]
                #[doc = concat!("The reply to [`", stringify!($Name), "`].")]
                $Reply { $($reply)* }
            })?

            impl $crate::procedure::Procedure for $Name {
                const PROGRAM: &'static $crate::procedure::Program = &$program;
                const INFO: &'static $crate::procedure::ProcedureInfo = &$crate::procedure::ProcedureInfo {
                    number: $number,
                    name: stringify!($wire),
                    kind: $crate::declare::kind!($kind),
                    carries: $crate::declare::carries!($($carries)?),
                    since: $crate::version::Version::literal($since),
                };
                const ROW: &'static $crate::procedure::Row = &$crate::procedure::Row {
                    info: *Self::INFO,
                    arguments: $crate::declare::schema!($Name { $($arguments)* }),
                    reply: $crate::declare::schema!($($Reply { $($reply)* })?),
                };
            }

            $crate::declare::direction!($kind $Name $($Reply)?);
        )*
    };
}

macro_rules! body_name {
    (event $prefix:literal, $wire:ident) => {
        concat!($prefix, "_", stringify!($wire), "_msg")
    };
    ($kind:ident $prefix:literal, $wire:ident) => {
        concat!($prefix, "_", stringify!($wire), "_args")
    };
}

macro_rules! kind {
    (query) => {
        $crate::procedure::Kind::Query
    };
    (change) => {
        $crate::procedure::Kind::Change
    };
    (event) => {
        $crate::procedure::Kind::Event
    };
}

macro_rules! carries {
    () => {
        $crate::procedure::Carries::Nothing
    };
    ($carries:ident) => {
        $crate::procedure::Carries::$carries
    };
}

macro_rules! schema {
    () => {
        $crate::xdr::Schema::Void
    };
    ($Name:ident {}) => {
        $crate::xdr::Schema::Void
    };
    ($Name:ident { $($fields:tt)+ }) => {
        <$Name as $crate::xdr::Xdr>::SCHEMA
    };
}

macro_rules! shown {
    (event $visitor:ident $Name:ident) => {
        $visitor.event::<$Name>()
    };
    ($kind:ident $visitor:ident $Name:ident) => {
        $visitor.call::<$Name>()
    };
}

macro_rules! direction {
    (event $Name:ident) => {
        impl $crate::procedure::Event for $Name {}
    };
    ($kind:ident $Name:ident) => {
        impl $crate::procedure::Call for $Name {
            type Reply = ();
        }
    };
    ($kind:ident $Name:ident $Reply:ident) => {
        impl $crate::procedure::Call for $Name {
            type Reply = $Reply;
        }
    };
}

pub(crate) use {
    body_name, carries, direction, kind, open_enum, procedures, schema, shown, structure, structures, union,
};

#[cfg(test)]
#[allow(unreachable_pub, reason = "the rows' types are public, the tests are not")]
mod tests;
