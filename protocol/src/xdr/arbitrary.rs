//! Values out of a fuzzer's bytes, for the types that the declared ones are made of (feature `arbitrary`).

use arbitrary::{Arbitrary, Result, Unstructured};

use super::{Chars, FixedChars, FixedOpaque, List, Opaque, Secret, Text, Xdr};

/// At most `max` bytes.
fn some<'a>(bytes: &mut Unstructured<'a>, max: usize) -> Result<&'a [u8]> {
    let length = bytes.arbitrary_len::<u8>()?;
    bytes.bytes(length.min(max))
}

/// A value that is no longer than its type allows is never refused.
fn bounded<T>(value: std::result::Result<T, super::Error>) -> Result<T> {
    value.map_err(|_| arbitrary::Error::IncorrectFormat)
}

impl<'a, const MAX: usize> Arbitrary<'a> for Opaque<MAX> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bounded(Self::new(some(bytes, MAX)?.to_vec()))
    }
}

impl<'a, const MAX: usize> Arbitrary<'a> for Text<MAX> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bounded(Self::new(some(bytes, MAX)?.to_vec()))
    }
}

impl<'a, const MAX: usize> Arbitrary<'a> for Chars<MAX> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bounded(Self::new(some(bytes, MAX)?))
    }
}

impl<'a, const N: usize> Arbitrary<'a> for FixedOpaque<N> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bytes.arbitrary().map(Self)
    }
}

impl<'a, const N: usize> Arbitrary<'a> for FixedChars<N> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bytes.arbitrary().map(Self)
    }
}

impl<'a, T: Arbitrary<'a>> Arbitrary<'a> for Secret<T> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        bytes.arbitrary().map(Self)
    }
}

impl<'a, T: Xdr + Arbitrary<'a>, const MAX: usize> Arbitrary<'a> for List<T, MAX> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let values = bytes.arbitrary_iter::<T>()?.take(MAX).collect::<Result<Vec<_>>>()?;
        bounded(Self::new(&values))
    }
}
