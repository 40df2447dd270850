//! JSON as the system's tools print it. Objects are short there, and kept as sorted lists: a map has code of its own.

use std::fmt;
use std::mem;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value that was printed.
pub(crate) enum Json {
    Null,
    /// A number that is whole and not negative.
    Number(u64),
    Text(String),
    List(Vec<Self>),
    /// By name; of fields of the same name the last.
    Object(Vec<(String, Self)>),
    /// What nobody here looks into: a switch, or another number.
    Other,
}

impl Json {
    /// What a text says.
    pub(crate) fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// A field of an object.
    pub(crate) fn get(&self, field: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        let (_, value) = fields.iter().find(|(name, _)| name == field)?;
        Some(value)
    }

    /// A field of an object in an object.
    pub(crate) fn within(&self, object: &str, field: &str) -> Option<&Self> {
        self.get(object)?.get(field)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = object.next_entry::<String, Json>()? {
            fields.push((name, value));
        }
        // Sorted at the end: the text may be another host's, with as many fields as it likes.
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                mem::swap(later, kept);
            }
            is_same
        });
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_order_and_the_last_of_a_name_counts() {
        let value = Json::read(r#"{"b": 1, "a": {"c": "x"}, "b": 7, "d": [null, -1, 0.5, true]}"#).unwrap();
        let Json::Object(fields) = &value else { panic!("it is an object") };
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "d"]);
        assert_eq!(value.get("b").and_then(Json::as_u64), Some(7));
        assert_eq!(value.within("a", "c").and_then(Json::as_str), Some("x"));
        assert!(value.within("b", "c").is_none() && value.get("e").is_none());
        let list = value.get("d").and_then(Json::as_list).unwrap();
        assert!(matches!(list, [Json::Null, Json::Other, Json::Other, Json::Other]));
        assert!(Json::read("{").is_err() && Json::read("1 2").is_err());
    }
}
