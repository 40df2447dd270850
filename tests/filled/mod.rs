//! What a fuzzer's bytes come to: small decisions one by one, and payloads that are well formed, since they follow their
//! schema.

use std::time::Duration;

use bytes::BufMut;
use virtwire::protocol::xdr::Schema;

/// Bytes that decide, one after the other; zero behind their end.
pub(crate) struct Decisions {
    bytes: Vec<u8>,
    at: usize,
}

impl Decisions {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), at: 0 }
    }

    /// Whether nothing is left to decide.
    pub(crate) fn are_over(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.some(1).first().copied().unwrap_or_default()
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// As many bytes, or all that are left.
    pub(crate) fn some(&mut self, count: usize) -> &[u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).unwrap_or(rest);
        self.at += taken.len();
        taken
    }

    /// From nothing to more than a minute, and short times more often.
    pub(crate) fn time(&mut self) -> Duration {
        Duration::from_millis(u64::from(self.byte()).pow(2))
    }

    /// One of what there is, and nothing of nothing.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let number = usize::from(self.u16());
        all.get(number.checked_rem(all.len())?)
    }
}

/// From here on, a byte that is a length says one that is long; below, one of so many bytes.
const LONG: u8 = 0xf0;
/// The longest of all: rare, for they take their time.
const LONGEST: u8 = 0xff;
/// From here to there, it says which of the words that are known is meant.
const KNOWN: u8 = 0xd0;

/// Appends a value of this schema. `words` are texts that mean something to whoever reads it.
pub(crate) fn fill(schema: &Schema, words: &[&str], from: &mut Decisions, out: &mut Vec<u8>) {
    match schema {
        Schema::Void => {}
        Schema::Int | Schema::UInt => number(from, out),
        Schema::Enum(of) => match from.one_of(of.values) {
            Some((_, value)) if from.byte() < LONG => out.put_i32(*value),
            _ => number(from, out),
        },
        Schema::Hyper | Schema::UHyper | Schema::Double => {
            number(from, out);
            number(from, out);
        }
        Schema::Bool => out.put_u32(from.flag().into()),
        Schema::Uuid => out.put_bytes(from.byte(), 16),
        Schema::FixedOpaque(length) => padded(&vec![from.byte(); *length], out),
        Schema::Opaque(limit) | Schema::Text(limit) => {
            let text = text(words, from);
            let text = text.get(..text.len().min(*limit)).unwrap_or_default();
            out.put_u32(u32::try_from(text.len()).unwrap_or_default());
            padded(text, out);
        }
        Schema::FixedChars(length) => (0..*length).for_each(|_| out.put_u32(from.byte().into())),
        Schema::Chars(limit) => {
            let text = text(words, from);
            let text = text.get(..text.len().min(*limit)).unwrap_or_default();
            out.put_u32(u32::try_from(text.len()).unwrap_or_default());
            text.iter().for_each(|char| out.put_u32((*char).into()));
        }
        Schema::List(item, limit) => list(item, *limit, words, from, out),
        Schema::Optional(value) => {
            let is_there = from.flag();
            out.put_u32(is_there.into());
            if is_there {
                fill(value, words, from, out);
            }
        }
        Schema::Struct(of) => of.fields.iter().for_each(|field| fill(&field.schema, words, from, out)),
        Schema::Union(of) => {
            if let Some(arm) = from.one_of(of.arms) {
                out.put_i32(arm.discriminant);
                fill(&arm.schema, words, from, out);
            }
        }
        Schema::Secret(value) => fill(value, words, from, out),
    }
}

/// Most are small: flags, counts, truths.
fn number(from: &mut Decisions, out: &mut Vec<u8>) {
    let small = from.byte();
    out.put_u32(if small < LONG { small.into() } else { from.u32() });
}

fn text(words: &[&str], from: &mut Decisions) -> Vec<u8> {
    match from.byte() {
        LONGEST => vec![b'x'; 128 * 1024],
        long @ LONG.. => vec![b'x'; usize::from(long - LONG + 1) * 512],
        KNOWN.. => from.one_of(words).map(|word| word.as_bytes().to_vec()).unwrap_or_default(),
        length => from.some(length.into()).to_vec(),
    }
}

/// A few items that differ, or hundreds or thousands that do not.
fn list(item: &Schema, limit: usize, words: &[&str], from: &mut Decisions, out: &mut Vec<u8>) {
    let count = from.byte();
    if count < LONG {
        let count = usize::from(count % 8).min(limit);
        out.put_u32(u32::try_from(count).unwrap_or_default());
        return (0..count).for_each(|_| fill(item, words, from, out));
    }
    let count = if count == LONGEST { 16_384 } else { usize::from(count - LONG + 1) * 64 }.min(limit);
    out.put_u32(u32::try_from(count).unwrap_or_default());
    let mut one = Vec::new();
    fill(item, words, from, &mut one);
    // As many as announced, but no more than a client would wait for.
    (0..count.min(MUCH / one.len().max(1))).for_each(|_| out.put_slice(&one));
}

/// The most bytes that a list of one item again and again comes to.
const MUCH: usize = 512 * 1024;

fn padded(bytes: &[u8], out: &mut Vec<u8>) {
    out.put_slice(bytes);
    out.put_bytes(0, bytes.len().next_multiple_of(4) - bytes.len());
}
