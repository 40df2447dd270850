//! The crate `xdr-codec`, made elsewhere from the same RFC, as the judge of ours.

use std::io::Cursor;

use proptest::prelude::*;
use virtwire_protocol::xdr::{self, Chars, FixedChars, FixedOpaque, List, Opaque, Text, Xdr};
use xdr_codec::{Pack, Unpack, pack, unpack};

type Input<'a> = Cursor<&'a [u8]>;
type Output = Vec<u8>;

fn packed<T: Pack<Output>>(value: &T) -> Output {
    let mut output = Vec::new();
    pack(value, &mut output).unwrap();
    output
}

/// Both ways: our bytes are its bytes, it reads ours, we read its.
fn agree<Ours, Theirs>(ours: &Ours, theirs: &Theirs) -> Result<(), TestCaseError>
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
