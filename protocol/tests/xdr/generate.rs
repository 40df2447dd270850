//! Encoded values of every schema, made without the codec under test.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;
use virtwire_protocol::xdr::Schema;

/// Texts and lists are generated up to this length, that shrinking and trying are quick.
const SHORT: usize = 9;

/// Canonical encodings of values of this schema (RFC 4506, section 4).
pub(crate) fn encoded(schema: &Schema) -> BoxedStrategy<Vec<u8>> {
    match schema {
        Schema::Void => Just(Vec::new()).boxed(),
        Schema::Int | Schema::UInt => vec(any::<u8>(), 4).boxed(),
        Schema::Hyper | Schema::UHyper | Schema::Double => vec(any::<u8>(), 8).boxed(),
        Schema::Bool => any::<bool>().prop_map(|flag| vec![0, 0, 0, flag.into()]).boxed(),
        Schema::Enum(declared) => {
            let known = proptest::sample::select(declared.values).prop_map(|(_, number)| number);
            prop_oneof![known, any::<i32>()].prop_map(|number| number.to_be_bytes().to_vec()).boxed()
        }
        Schema::Uuid => vec(any::<u8>(), 16).boxed(),
        Schema::FixedOpaque(length) => vec(any::<u8>(), *length).prop_map(padded).boxed(),
        Schema::Opaque(limit) | Schema::Text(limit) => vec(any::<u8>(), 0..=SHORT.min(*limit))
            .prop_map(|bytes| [word(bytes.len()), padded(bytes)].concat())
            .boxed(),
        Schema::FixedChars(length) => vec(any::<i8>(), *length).prop_map(|chars| words(&chars)).boxed(),
        Schema::Chars(limit) => vec(any::<i8>(), 0..=SHORT.min(*limit))
            .prop_map(|chars| [word(chars.len()), words(&chars)].concat())
            .boxed(),
        Schema::List(item, limit) => vec(encoded(item), 0..=SHORT.min(*limit))
            .prop_map(|items| [word(items.len()), items.concat()].concat())
            .boxed(),
        Schema::Optional(value) => proptest::option::of(encoded(value))
            .prop_map(|value| match value {
                Some(value) => [word(1), value].concat(),
                None => word(0),
            })
            .boxed(),
        Schema::Struct(declared) => {
            let fields: Vec<_> = declared.fields.iter().map(|field| encoded(&field.schema)).collect();
            fields.prop_map(|fields| fields.concat()).boxed()
        }
        Schema::Union(declared) => {
            let arms = declared.arms.iter().map(|arm| {
                let discriminant = arm.discriminant.to_be_bytes();
                encoded(&arm.schema).prop_map(move |value| [&discriminant[..], &value].concat()).boxed()
            });
            Union::new(arms).boxed()
        }
        Schema::Secret(value) => encoded(value),
    }
}

/// Encodings that may be malformed: some bytes changed, and perhaps cut off, or anything at all.
pub(crate) fn damaged(schema: &Schema) -> BoxedStrategy<Vec<u8>> {
    // Small numbers in the place of lengths, flags and discriminants get furthest.
    let change = (any::<prop::sample::Index>(), prop_oneof![0..4_u8, any::<u8>()]);
    let cut = proptest::option::of(any::<prop::sample::Index>());
    let changed = (encoded(schema), vec(change, 0..3), cut).prop_map(|(mut bytes, changes, cut)| {
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes
    });
    prop_oneof![4 => changed, 1 => vec(any::<u8>(), 0..80)].boxed()
}

fn word(length: usize) -> Vec<u8> {
    u32::try_from(length).unwrap().to_be_bytes().to_vec()
}

fn words(chars: &[i8]) -> Vec<u8> {
    chars.iter().flat_map(|char| i32::from(*char).to_be_bytes()).collect()
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
