//! Text that others chose, as part of a result: the bytes that came, and how they are told.

use std::borrow::Cow;

use serde::Serializer;
use serde::ser::SerializeStruct as _;

/// Text that need not be UTF-8. Where it is told: the text itself, lossy, and beside it its bytes in hex where it had to be
/// changed.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $text:ident $hex:ident })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(bytes::Bytes);

        impl $name {
            /// The bytes as they came.
            pub(crate) fn bytes(&self) -> &[u8] {
                &self.0
            }

            /// From what was told.
            #[cfg(any(test, feature = "page"))]
            fn of_told(text: String, hex: Option<&str>) -> Self {
                let bytes = hex.and_then($crate::cli::report::texts::bytes_of_hex);
                Self(bytes.unwrap_or_else(|| text.into_bytes()).into())
            }
        }

        /// Shares them.
        impl From<bytes::Bytes> for $name {
            fn from(bytes: bytes::Bytes) -> Self {
                Self(bytes)
            }
        }

        impl From<&[u8]> for $name {
            fn from(bytes: &[u8]) -> Self {
                Self(bytes::Bytes::copy_from_slice(bytes))
            }
        }

        /// Lossy.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&String::from_utf8_lossy(self.bytes()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::cli::report::texts::tell(self.bytes(), stringify!($text), stringify!($hex), serializer)
            }
        }

        #[cfg(feature = "page")]
        impl $crate::cli::report::read::Read for $name {
            fn read(json: &serde_json::Value) -> Result<Self, String> {
                let (text, hex) = $crate::cli::report::read::told(json, stringify!($text), stringify!($hex))?;
                Ok(Self::of_told(text, hex.as_deref()))
            }
        }

        #[cfg(test)]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                struct Told {
                    $text: String,
                    #[serde(default)]
                    $hex: Option<String>,
                }
                Told::deserialize(deserializer).map(|told| Self::of_told(told.$text, told.$hex.as_deref()))
            }
        }
    )* };
}

pub(super) use texts;

pub(super) fn tell<S: Serializer>(
    bytes: &[u8],
    text: &'static str,
    hex: &'static str,
    to: S,
) -> Result<S::Ok, S::Error> {
    let lossy = String::from_utf8_lossy(bytes);
    let was_changed = matches!(lossy, Cow::Owned(_));
    let mut fields = to.serialize_struct(text, 1 + usize::from(was_changed))?;
    fields.serialize_field(text, &lossy)?;
    if was_changed {
        fields.serialize_field(hex, &hex_of_bytes(bytes))?;
    }
    fields.end()
}

fn hex_of_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(any(test, feature = "page"))]
pub(super) fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::bytes_of_hex;
    use crate::cli::report::Name;

    #[test]
    fn utf8_needs_no_hex() {
        let name = Name::from("näme".as_bytes());
        assert_eq!(serde_json::to_string(&name).unwrap_or_default(), r#"{"name":"näme"}"#);
        assert_eq!(name.bytes(), "näme".as_bytes());
    }

    #[test]
    fn other_bytes_stand_beside_the_lossy_text() {
        let name = Name::from(&b"a\xffb"[..]);
        let json = serde_json::to_string(&name).unwrap_or_default();
        assert_eq!(json, "{\"name\":\"a\u{fffd}b\",\"name_hex\":\"61ff62\"}");
        assert_eq!(serde_json::from_str::<Name>(&json).ok(), Some(name.clone()));
        assert_eq!(name.bytes(), b"a\xffb");
    }

    #[test]
    fn what_is_no_hex_has_no_bytes() {
        assert_eq!(bytes_of_hex("0g"), None);
        assert_eq!(bytes_of_hex("00fF"), Some(vec![0, 255]));
    }
}
