//! A payload, written by following its schema. What the schema allows is checked as the codec checks it; what is too
//! long to show is still stepped over, so that a malformed payload is said to be one wherever that is.

use std::fmt;

use bytes::Bytes;

use super::line::Line;
use super::quoted::{self, SHOWN};
use crate::error_body::ErrorBody;
use crate::remote::Uuid;
use crate::xdr::{self, Arm, ErrorKind, Field, Reader, Schema, Xdr, char_byte};

/// Most characters of a payload that are shown.
const LINE: usize = 1_000;
/// Most items of a list that are shown.
const ITEMS: usize = 8;
/// Fields of an error that are shown: code, domain, message. The others repeat these.
const ERROR_FIELDS: usize = 3;

/// Bytes, and what they mean. [`Display`](fmt::Display) writes them on one line, and allocates nothing for them.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    schema: Option<Schema>,
    /// Fields of the outermost structure that are shown.
    fields: usize,
    bytes: &'a Bytes,
}

/// The bytes of a value of `schema`, such as [`Row::arguments`](crate::procedure::Row::arguments),
/// for people: `net={name="default" uuid=5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122} flags=1`.
///
/// Of each text 100 characters are shown, of each list 8 items, of all 1,000 characters, and then how many more there
/// are. An absent value is `null`. Of a secret only the length is shown. Where the bytes are malformed, the line says
/// at which of them, and ends.
#[must_use]
pub const fn payload(schema: Schema, bytes: &Bytes) -> Payload<'_> {
    Payload::new(Some(schema), bytes)
}

impl<'a> Payload<'a> {
    /// Without a schema, nothing but the length is shown.
    pub(super) const fn new(schema: Option<Schema>, bytes: &'a Bytes) -> Self {
        Self { schema, fields: usize::MAX, bytes }
    }

    /// libvirt's own error.
    pub(super) const fn error(bytes: &'a Bytes) -> Self {
        Self { schema: Some(ErrorBody::SCHEMA), fields: ERROR_FIELDS, bytes }
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.schema, None | Some(Schema::Void)) && self.bytes.is_empty()
    }
}

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(schema) = &self.schema else {
            return write!(f, "({} bytes)", self.bytes.len());
        };
        let mut walk = Walk { reader: Reader::new(self.bytes), line: Line::new(f, LINE) };
        let outcome = match schema {
            Schema::Struct(declared) => {
                let (shown, rest) = declared.fields.split_at(self.fields.min(declared.fields.len()));
                walk.fields(shown).and_then(|()| walk.silently(|walk| walk.fields(rest)))
            }
            other => walk.value(other),
        };
        walk.end(&outcome);
        walk.line.outcome
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why nothing more can be read. Of what is wrong within a secret nothing is known: it might tell a part of it.
struct Malformed(Option<ErrorKind>);

impl From<xdr::Error> for Malformed {
    fn from(error: xdr::Error) -> Self {
        Self(Some(error.kind))
    }
}

type Outcome = Result<(), Malformed>;

/// Where reading and writing have got to. It nests as deep as schemas do, which are constants.
struct Walk<'a, 'l, 'f> {
    reader: Reader<'a>,
    line: Line<'l, 'f>,
}

impl Walk<'_, '_, '_> {
    fn end(&mut self, outcome: &Outcome) {
        let (at, left) = (self.reader.position(), self.reader.remaining());
        match outcome {
            Ok(()) if left == 0 => {}
            // libvirt ignores them, and so does the codec.
            Ok(()) => {
                let space = if at == 0 { "" } else { " " };
                self.line.insist(format_args!("{space}({left} bytes more than expected)"));
            }
            Err(Malformed(Some(kind))) => self.line.insist(format_args!("<malformed at byte {at}: {kind}>")),
            Err(Malformed(None)) => self.line.insist(format_args!("<malformed>")),
        }
    }

    /// Reads on without showing anything.
    fn silently(&mut self, read: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let before = self.line.silence(true);
        let outcome = read(self);
        self.line.silence(before);
        outcome
    }

    fn fields(&mut self, fields: &[Field]) -> Outcome {
        for (at, field) in fields.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            self.line.format(format_args!("{space}{}=", field.name));
            self.value(&field.schema)?;
        }
        Ok(())
    }

    fn value(&mut self, schema: &Schema) -> Outcome {
        match schema {
            Schema::Void => Ok(()),
            Schema::Int => self.number::<i32>(),
            Schema::UInt => self.number::<u32>(),
            Schema::Hyper => self.number::<i64>(),
            Schema::UHyper => self.number::<u64>(),
            Schema::Double => self.number::<f64>(),
            Schema::Bool => self.number::<bool>(),
            Schema::Enum(declared) => self.enumeration(declared.values),
            Schema::Uuid => self.uuid(),
            Schema::FixedOpaque(length) => self.opaque(*length),
            Schema::Opaque(limit) => {
                let length = self.reader.length(*limit)?;
                self.opaque(length)
            }
            Schema::Text(limit) => self.text(*limit),
            Schema::FixedChars(length) => self.chars(*length),
            Schema::Chars(limit) => {
                let length = self.reader.length(*limit)?;
                self.chars(length)
            }
            Schema::List(item, limit) => self.list(item, *limit),
            Schema::Optional(value) => self.optional(value),
            Schema::Struct(declared) => {
                self.line.put("{");
                self.fields(declared.fields)?;
                self.line.put("}");
                Ok(())
            }
            Schema::Union(declared) => self.union(declared.arms),
            Schema::Secret(value) => self.secret(value),
        }
    }

    fn number<T: Xdr + fmt::Display>(&mut self) -> Outcome {
        let number = T::decode(&mut self.reader)?;
        self.line.format(format_args!("{number}"));
        Ok(())
    }

    fn enumeration(&mut self, values: &[(&str, i32)]) -> Outcome {
        let number = i32::decode(&mut self.reader)?;
        match values.iter().find(|(_, value)| *value == number) {
            Some((name, _)) => self.line.put(name),
            None => self.line.format(format_args!("{number}")),
        }
        Ok(())
    }

    fn uuid(&mut self) -> Outcome {
        let uuid = Uuid::decode(&mut self.reader)?;
        self.line.format(format_args!("{uuid}"));
        Ok(())
    }

    fn opaque(&mut self, length: usize) -> Outcome {
        quoted::opaque(self.reader.padded(length)?, &mut self.line);
        Ok(())
    }

    fn text(&mut self, limit: usize) -> Outcome {
        let length = self.reader.length(limit)?;
        quoted::text(self.reader.padded(length)?, length, &mut self.line);
        Ok(())
    }

    fn chars(&mut self, length: usize) -> Outcome {
        let mut begin = [0; SHOWN];
        let mut places = begin.iter_mut();
        self.reader.require(length.saturating_mul(4))?;
        for _ in 0..length {
            let byte = char_byte(&mut self.reader)?;
            places.next().into_iter().for_each(|place| *place = byte);
        }
        let begin = begin.get(..length).unwrap_or(&begin);
        quoted::text(begin, length, &mut self.line);
        Ok(())
    }

    fn list(&mut self, item: &Schema, limit: usize) -> Outcome {
        let count = self.reader.length(limit)?;
        self.line.put("[");
        for at in 0..count.min(ITEMS) {
            self.line.put(if at == 0 { "" } else { ", " });
            self.value(item)?;
        }
        if count > ITEMS {
            self.line.format(format_args!(", ... {} more", count - ITEMS));
            self.silently(|walk| (ITEMS..count).try_for_each(|_| walk.value(item)))?;
        }
        self.line.put("]");
        Ok(())
    }

    fn optional(&mut self, value: &Schema) -> Outcome {
        if bool::decode(&mut self.reader)? {
            self.value(value)
        } else {
            self.line.put("null");
            Ok(())
        }
    }

    fn union(&mut self, arms: &[Arm]) -> Outcome {
        let discriminant = i32::decode(&mut self.reader)?;
        let arm = arms.iter().find(|arm| arm.discriminant == discriminant);
        let arm = arm.ok_or(Malformed(Some(ErrorKind::Discriminant(discriminant))))?;
        self.line.format(format_args!("{}(", arm.name));
        self.value(&arm.schema)?;
        self.line.put(")");
        Ok(())
    }

    /// Only its length is shown.
    fn secret(&mut self, value: &Schema) -> Outcome {
        let start = self.reader.position();
        let announced = self.reader.clone().u32();
        self.silently(|walk| walk.value(value)).map_err(|_| Malformed(None))?;
        let length = match (value, announced) {
            (Schema::Text(_) | Schema::Opaque(_) | Schema::Chars(_), Ok(length)) => length as usize,
            _ => self.reader.position() - start,
        };
        self.line.format(format_args!("(secret, {length} bytes)"));
        Ok(())
    }
}
