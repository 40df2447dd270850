//! What several families share: text, UUIDs, the objects that procedures name, typed parameters.

use std::fmt;
use std::str::FromStr;

use crate::declare::{structures, union};
use crate::xdr::{self, Error, FixedOpaque, Reader, Schema, View, Writer, Xdr};

/// A string of up to 4 MiB that is always there (`remote_nonnull_string`).
pub type Text = xdr::Text<4_194_304>;

/// A string of up to 4 MiB that may be absent (`remote_string`). Absent and empty differ.
pub type OptText = Option<Text>;

/// A UUID: 16 bytes on the wire, 36 characters for people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Xdr for Uuid {
    const SCHEMA: Schema = Schema::Uuid;
    const MIN_SIZE: usize = 16;

    fn encode(&self, writer: &mut Writer<'_>) {
        FixedOpaque(self.0).encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        FixedOpaque::decode(reader).map(|bytes| Self(bytes.0))
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Uuid {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        bytes.arbitrary().map(Self)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
        // Lists print thousands: as one piece, not byte by byte through the formatter.
        let mut text = [b'-'; 36];
        let mut places = text.iter_mut();
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                places.next();
            }
            for nibble in [byte >> 4, byte & 15] {
                places.next().into_iter().for_each(|place| *place = digit(nibble));
            }
        }
        f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID: 32 hexadecimal digits, with dashes between them or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID: 32 hexadecimal digits are wanted")]
pub struct NotAUuid;

/// As libvirt reads them: dashes and blanks may stand anywhere between two bytes.
impl FromStr for Uuid {
    type Err = NotAUuid;

    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        let mut bytes = [0; 16];
        let mut rest = text.trim().as_bytes();
        for byte in &mut bytes {
            while let [b'-' | b' ', tail @ ..] = rest {
                rest = tail;
            }
            let [high, low, tail @ ..] = rest else {
                return Err(NotAUuid);
            };
            *byte = hex(*high)? << 4 | hex(*low)?;
            rest = tail;
        }
        if rest.is_empty() { Ok(Self(bytes)) } else { Err(NotAUuid) }
    }
}

fn hex(digit: u8) -> Result<u8, NotAUuid> {
    let value = char::from(digit).to_digit(16).ok_or(NotAUuid)?;
    u8::try_from(value).map_err(|_| NotAUuid)
}

structures! {
    /// A domain, as every procedure names it. The server looks it up by its UUID; `id` is its number while it runs, and
    /// -1 else.
    remote_nonnull_domain Domain { name: Text, uuid: Uuid, id: i32 }

    /// A network, as every procedure names it. The server looks it up by its UUID.
    remote_nonnull_network Network { name: Text, uuid: Uuid }

    /// A network interface of the server's host. The server looks it up by its name.
    remote_nonnull_interface Interface { name: Text, mac: Text }

    /// A port of a network: one guest interface.
    remote_nonnull_network_port NetworkPort { net: Network, uuid: Uuid }

    /// A named value of one of libvirt's seven types.
    remote_typed_param Parameter { field: Text, value: ParameterValue }
}

/// A [`Network`] that borrows from the list it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkView<'a> {
    /// The name's bytes, as they came.
    pub name: &'a [u8],
    /// The UUID.
    pub uuid: Uuid,
}

impl View for Network {
    type Borrowed<'a> = NetworkView<'a>;

    fn view<'a>(reader: &mut Reader<'a>) -> Result<NetworkView<'a>, Error> {
        Ok(NetworkView { name: Text::view(reader)?, uuid: Uuid::decode(reader)? })
    }
}

union! {
    /// The value of a typed parameter (`virTypedParameterType`).
    remote_typed_param_value ParameterValue {
        /// A signed 32-bit integer.
        1 Int(i32),
        /// An unsigned 32-bit integer.
        2 UInt(u32),
        /// A signed 64-bit integer.
        3 LLong(i64),
        /// An unsigned 64-bit integer.
        4 ULLong(u64),
        /// A floating-point number.
        5 Double(f64),
        /// A truth value, which libvirt sends as an `int`: anything but 0 is true.
        6 Boolean(i32),
        /// A string.
        7 String(Text),
    }
}
