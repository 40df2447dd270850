//! Values of attributes and texts, and how they are written. Knows no name of any attribute.

use std::net::{IpAddr, Ipv4Addr};

use virtwire_protocol::remote::Uuid;

use crate::xml::MacAddress;

/// What an attribute or a text may hold.
pub(in crate::xml) trait Value: Sized + PartialEq {
    /// What is wanted, for an error: the end of "this is not ...".
    const EXPECTED: &'static str;

    /// The one spelling of what is read; `None` for what it cannot be.
    const ONE_SPELLING: fn(&str) -> Option<String> = |text| Self::read(text).map(|value| value.written());

    fn read(text: &str) -> Option<Self>;

    fn written(&self) -> String;
}

macro_rules! values {
    ($($Type:ty, $expected:literal;)*) => {$(
        impl Value for $Type {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn written(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

values! {
    String, "text";
    u16, "a number from 0 to 65535";
    u32, "a number from 0 to 4294967295";
    u64, "a number from 0 to 18446744073709551615";
    Ipv4Addr, "an IPv4 address";
    MacAddress, "a MAC address";
    Uuid, "a UUID";
}

impl Value for bool {
    const EXPECTED: &'static str = "`yes` or `no`";

    fn read(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("yes") => Some(true),
            _ if text.eq_ignore_ascii_case("no") => Some(false),
            _ => None,
        }
    }

    fn written(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }
}

/// A zone, as in `fe80::1%eth0`, is no part of the address: it stays as long as the address does.
impl Value for IpAddr {
    const EXPECTED: &'static str = "an IP address";

    fn read(text: &str) -> Option<Self> {
        match text.split_once('%') {
            Some((address, zone)) if !zone.is_empty() => address.parse().ok().map(IpAddr::V6),
            _ => text.parse().ok(),
        }
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

/// A choice of which libvirt takes everything but `off` for `on`.
#[derive(PartialEq)]
pub(in crate::xml) struct NotOff(pub(in crate::xml) bool);

impl Value for NotOff {
    const EXPECTED: &'static str = "`on` or `off`";

    fn read(text: &str) -> Option<Self> {
        Some(Self(text != "off"))
    }

    fn written(&self) -> String {
        if self.0 { "on" } else { "off" }.to_owned()
    }
}

/// A choice of which libvirt takes everything but `yes` for `no`.
#[derive(PartialEq)]
pub(in crate::xml) struct IsYes(pub(in crate::xml) bool);

impl Value for IsYes {
    const EXPECTED: &'static str = bool::EXPECTED;

    fn read(text: &str) -> Option<Self> {
        Some(Self(bool::read(text) == Some(true)))
    }

    fn written(&self) -> String {
        self.0.written()
    }
}

/// A number of seconds, of which libvirt prints the greater half as negative, and cannot read that again.
#[derive(PartialEq)]
pub(in crate::xml) struct Seconds(pub(in crate::xml) u64);

impl Value for Seconds {
    const EXPECTED: &'static str = u64::EXPECTED;

    fn read(text: &str) -> Option<Self> {
        u64::read(text)
            .or_else(|| text.parse().ok().map(|negative| 0_u64.wrapping_add_signed(negative)))
            .map(Self)
    }

    fn written(&self) -> String {
        self.0.written()
    }
}

/// A number of up to `MAX` that may be given in C's way: decimal, `0x` hexadecimal, `0` octal. It is written decimal.
#[derive(PartialEq)]
pub(in crate::xml) struct Based<T, const MAX: u32>(pub(in crate::xml) T);

impl<T: Copy + PartialEq + TryFrom<u32> + Into<u32>, const MAX: u32> Value for Based<T, MAX> {
    const EXPECTED: &'static str = match MAX {
        0xff => "a number from 0 to 255",
        0xff_ffff => "a number from 0 to 16777215",
        _ => "a number in range",
    };

    fn read(text: &str) -> Option<Self> {
        let number = based(text).filter(|number| *number <= MAX)?;
        T::try_from(number).ok().map(Self)
    }

    fn written(&self) -> String {
        self.0.into().to_string()
    }
}

/// As [`Based`], without a bound of its own, but written as `0x` and at least so many hexadecimal digits.
pub(in crate::xml) struct Hex<T> {
    pub(in crate::xml) number: T,
    pub(in crate::xml) digits: usize,
}

impl<T: PartialEq> PartialEq for Hex<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T: Copy + PartialEq + TryFrom<u32> + Into<u32>> Value for Hex<T> {
    const EXPECTED: &'static str = "a number in range, decimal or in hexadecimal with 0x";

    fn read(text: &str) -> Option<Self> {
        let number = based(text).and_then(|number| T::try_from(number).ok())?;
        Some(Self { number, digits: 0 })
    }

    fn written(&self) -> String {
        format!("{:#0width$x}", self.number.into(), width = self.digits + 2)
    }
}

fn based(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    match (lower.strip_prefix("0x"), lower.strip_prefix('0')) {
        (Some(digits), _) => u32::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() => u32::from_str_radix(digits, 8).ok(),
        _ => lower.parse().ok(),
    }
}

/// A word of whatever list.
pub(in crate::xml) fn word(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Declares enums of words. A word that is not among them is kept as it is.
macro_rules! words {
    ($($(#[$meta:meta])* $Name:ident { $($(#[$word_meta:meta])* $Word:ident = $word:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Name {
            $($(#[$word_meta])* $Word,)*
            /// A word that this version of virtwire does not know.
            Other(String),
        }

        impl $Name {
            /// The word, as libvirt writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$Word => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $Name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$Word,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::xml::typed::Value for $Name {
            const EXPECTED: &'static str = "a word";

            const ONE_SPELLING: fn(&str) -> Option<String> = $crate::xml::typed::word;

            fn read(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self::from(text))
            }

            fn written(&self) -> String {
                self.as_str().to_owned()
            }
        }
    )*};
}

pub(in crate::xml) use words;
