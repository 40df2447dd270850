//! The crate `xdr-codec`, made elsewhere from the same RFC, as the judge of ours.

use std::io::Cursor;

use proptest::prelude::*;
use virtwire_protocol::xdr::{self, Chars, FixedChars, FixedOpaque, List, Opaque, Schema, Text, Xdr};
use xdr_codec::{Pack, Result, Unpack, pack, unpack};

type Input<'a> = Cursor<&'a [u8]>;
type Output = Vec<u8>;

/// Reads a value of this schema with the oracle alone and writes it with the oracle alone; how much was read, and
/// what was written.
pub(crate) fn through(schema: &Schema, bytes: &[u8]) -> Result<(usize, Output)> {
    let mut input = Cursor::new(bytes);
    let mut output = Vec::new();
    walk(schema, &mut input, &mut output)?;
    Ok((usize::try_from(input.position()).unwrap(), output))
}

fn walk(schema: &Schema, input: &mut Input<'_>, output: &mut Output) -> Result<()> {
    match schema {
        Schema::Void => pass::<()>(input, output).map(drop),
        Schema::Int | Schema::Enum(_) => pass::<i32>(input, output).map(drop),
        Schema::UInt => pass::<u32>(input, output).map(drop),
        Schema::Hyper => pass::<i64>(input, output).map(drop),
        Schema::UHyper => pass::<u64>(input, output).map(drop),
        Schema::Double => pass::<f64>(input, output).map(drop),
        Schema::Bool => pass::<bool>(input, output).map(drop),
        Schema::Uuid => walk(&Schema::FixedOpaque(16), input, output),
        Schema::FixedOpaque(length) => {
            let mut bytes = vec![0; *length];
            xdr_codec::unpack_opaque_array(input, &mut bytes, *length)?;
            xdr_codec::pack_opaque_array(&bytes, *length, output).map(drop)
        }
        Schema::Opaque(limit) | Schema::Text(limit) => {
            let (bytes, _) = xdr_codec::unpack_opaque_flex(input, Some(*limit))?;
            xdr_codec::pack_opaque_flex(&bytes, Some(*limit), output).map(drop)
        }
        Schema::FixedChars(length) => {
            let mut chars = vec![0_i8; *length];
            xdr_codec::unpack_array(input, &mut chars, *length, None)?;
            xdr_codec::pack_array(&chars, *length, output, None).map(drop)
        }
        Schema::Chars(limit) => {
            let (chars, _) = xdr_codec::unpack_flex::<_, i8>(input, Some(*limit))?;
            xdr_codec::pack_flex(&chars, Some(*limit), output).map(drop)
        }
        Schema::List(item, limit) => {
            let count = pass::<u32>(input, output)?;
            assert!(count as usize <= *limit);
            (0..count).try_for_each(|_| walk(item, input, output))
        }
        Schema::Optional(value) => {
            if pass::<bool>(input, output)? {
                walk(value, input, output)?;
            }
            Ok(())
        }
        Schema::Struct(declared) => {
            let mut fields = declared.fields.iter();
            fields.try_for_each(|field| walk(&field.schema, input, output))
        }
        Schema::Union(declared) => {
            let discriminant = pass::<i32>(input, output)?;
            let arm = declared.arms.iter().find(|arm| arm.discriminant == discriminant);
            walk(&arm.unwrap().schema, input, output)
        }
        Schema::Secret(value) => walk(value, input, output),
    }
}

fn pass<T>(input: &mut Input<'_>, output: &mut Output) -> Result<T>
where
    T: for<'a> Unpack<Input<'a>> + Pack<Output>,
{
    let value: T = unpack(input)?;
    pack(&value, output)?;
    Ok(value)
}

fn packed<T: Pack<Output>>(value: &T) -> Output {
    let mut output = Vec::new();
    pack(value, &mut output).unwrap();
    output
}

/// Both ways: our bytes are its bytes, it reads ours, we read its.
fn agree<Ours, Theirs>(ours: &Ours, theirs: &Theirs) -> std::result::Result<(), TestCaseError>
where
    Ours: Xdr + PartialEq + std::fmt::Debug,
    Theirs: for<'a> Unpack<Input<'a>> + Pack<Output> + PartialEq + std::fmt::Debug,
{
    let bytes = xdr::to_bytes(ours);
    prop_assert_eq!(&bytes, &packed(theirs));
    let read: Theirs = unpack(&mut Cursor::new(&bytes[..])).unwrap();
    prop_assert_eq!(&read, theirs);
    prop_assert_eq!(&xdr::from_bytes::<Ours>(&packed(theirs).into())?, ours);
    Ok(())
}

/// Finite and infinite: a NaN is not equal to itself, and is compared by its bits elsewhere.
fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN", |number| !number.is_nan())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_agree(a: i32, b: u32, c: i64, d: u64, e in number(), f: bool) {
        agree(&a, &a)?;
        agree(&b, &b)?;
        agree(&c, &c)?;
        agree(&d, &d)?;
        agree(&e, &e)?;
        agree(&f, &f)?;
        agree(&(), &())?;
    }

    #[test]
    fn optionals_agree(a: Option<i32>, b: Option<Option<u64>>) {
        agree(&a, &a)?;
        agree(&b, &b)?;
    }

    #[test]
    fn text_and_opaque_data_agree(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
        let theirs = xdr_codec::Opaque::owned(bytes.clone());
        let ours = Opaque::<70>::new(bytes.clone())?;
        prop_assert_eq!(xdr::to_bytes(&ours), packed(&theirs));
        prop_assert_eq!(xdr::from_bytes::<Opaque<70>>(&packed(&theirs).into())?, ours);
        let text = Text::<70>::new(bytes)?;
        prop_assert_eq!(xdr::to_bytes(&text), packed(&theirs));
        prop_assert_eq!(xdr::from_bytes::<Text<70>>(&packed(&theirs).into())?, text);
    }

    #[test]
    fn strings_agree(text in proptest::collection::vec(any::<char>(), 0..20)) {
        let text: String = text.into_iter().collect();
        let ours = Text::<80>::try_from(text.as_str())?;
        let bytes = xdr::to_bytes(&ours);
        prop_assert_eq!(&bytes, &{
            let mut output = Vec::new();
            xdr_codec::pack_string(&text, Some(80), &mut output).unwrap();
            output
        });
        let (read, _) = xdr_codec::unpack_string(&mut Cursor::new(&bytes[..]), Some(80)).unwrap();
        prop_assert_eq!(read, text);
    }

    #[test]
    fn fixed_opaque_data_agrees(seven: [u8; 7], sixteen: [u8; 16]) {
        for (ours, bytes) in [
            (xdr::to_bytes(&FixedOpaque(seven)), &seven[..]),
            (xdr::to_bytes(&FixedOpaque(sixteen)), &sixteen[..]),
        ] {
            let mut theirs = Vec::new();
            xdr_codec::pack_opaque_array(bytes, bytes.len(), &mut theirs).unwrap();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn chars_agree(chars in proptest::collection::vec(any::<i8>(), 0..40), four: [i8; 4]) {
        let bytes = |chars: &[i8]| chars.iter().map(|char| char.to_be_bytes()[0]).collect::<Vec<_>>();
        agree(&Chars::<40>::new(bytes(&chars))?, &chars)?;
        let ours = FixedChars::<4>(bytes(&four).try_into().unwrap());
        let mut theirs = Vec::new();
        xdr_codec::pack_array(&four, 4, &mut theirs, None).unwrap();
        prop_assert_eq!(xdr::to_bytes(&ours), theirs);
    }

    #[test]
    fn lists_agree(numbers in proptest::collection::vec(any::<i64>(), 0..40), flags: Vec<Option<bool>>) {
        agree(&List::<i64, 40>::new(&numbers)?, &numbers)?;
        let list = List::<Option<bool>, 1_000>::new(&flags)?;
        agree(&list, &flags)?;
        prop_assert_eq!(list.iter().collect::<Vec<_>>(), flags);
    }
}
