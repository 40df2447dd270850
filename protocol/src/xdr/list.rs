//! Bounded lists, kept in their encoded form: checked once, decoded item by item as they are looked at.
//!
//! So a list costs no memory beyond the frame it arrived in, whatever the size of an item in memory is.

use std::fmt;
use std::marker::PhantomData;

use bytes::{Bytes, BytesMut};

use super::{Error, Reader, Schema, View, Writer, Xdr, within};

/// At most `MAX` values of `T` (RFC 4506, section 4.13), sharing the received frame.
pub struct List<T, const MAX: usize> {
    encoded: Bytes,
    count: usize,
    of: PhantomData<fn() -> T>,
}

impl<T: Xdr, const MAX: usize> List<T, MAX> {
    /// A list of these values.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`](super::ErrorKind::TooLong) over `MAX` values.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v T>) -> Result<Self, Error>
    where
        T: 'v,
    {
        let mut encoded = BytesMut::new();
        let mut count = 0;
        for value in values {
            count += 1;
            within(count, MAX)?;
            value.encode(&mut Writer::new(&mut encoded));
        }
        Ok(Self { encoded: encoded.freeze(), count, of: PhantomData })
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The values in order, each decoded when it is asked for.
    #[must_use]
    pub fn iter(&self) -> Items<'_, T> {
        Items { reader: Reader::new(&self.encoded), left: self.count, of: PhantomData }
    }

    /// The values in order, each looked at where it lies: for long lists of which little is kept.
    #[must_use]
    pub fn views(&self) -> Views<'_, T>
    where
        T: View,
    {
        Views { items: self.iter() }
    }
}

/// The values of a [`List`], borrowed from it.
#[derive(Debug)]
pub struct Views<'a, T> {
    items: Items<'a, T>,
}

impl<'a, T: View> Iterator for Views<'a, T> {
    type Item = T::Borrowed<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.left = self.items.left.checked_sub(1)?;
        // Checked when the list was decoded, so this is always `Some`.
        T::view(&mut self.items.reader).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl<T: View> ExactSizeIterator for Views<'_, T> {}

/// The values of a [`List`].
#[derive(Debug)]
pub struct Items<'a, T> {
    reader: Reader<'a>,
    left: usize,
    of: PhantomData<fn() -> T>,
}

impl<T: Xdr> Iterator for Items<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // Checked when the list was decoded, so this is always `Some`.
        T::decode(&mut self.reader).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: Xdr> ExactSizeIterator for Items<'_, T> {}

impl<'a, T: Xdr, const MAX: usize> IntoIterator for &'a List<T, MAX> {
    type Item = T;
    type IntoIter = Items<'a, T>;

    fn into_iter(self) -> Items<'a, T> {
        self.iter()
    }
}

impl<T: Xdr, const MAX: usize> Xdr for List<T, MAX> {
    const SCHEMA: Schema = Schema::List(&T::SCHEMA, MAX);
    const MIN_SIZE: usize = 4;

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.length(self.count);
        writer.raw(&self.encoded);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let (count, start) = skip_items::<T>(reader, MAX)?;
        let encoded = reader.since(start, reader.position().saturating_sub(start));
        Ok(Self { encoded, count, of: PhantomData })
    }

    fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
        skip_items::<T>(reader, MAX).map(drop)
    }
}

/// Steps over a count and its items; returns the count and where the items began.
fn skip_items<T: Xdr>(reader: &mut Reader<'_>, limit: usize) -> Result<(usize, usize), Error> {
    let count = reader.length(limit)?;
    reader.require(count.saturating_mul(T::MIN_SIZE))?;
    let start = reader.position();
    (0..count).try_for_each(|_| T::skip(reader))?;
    Ok((count, start))
}

impl<T, const MAX: usize> Clone for List<T, MAX> {
    fn clone(&self) -> Self {
        Self { encoded: self.encoded.clone(), ..*self }
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self { encoded: Bytes::new(), count: 0, of: PhantomData }
    }
}

impl<T: Xdr + PartialEq, const MAX: usize> PartialEq for List<T, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<T: Xdr + fmt::Debug, const MAX: usize> fmt::Debug for List<T, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
