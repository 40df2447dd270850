//! MAC addresses, as libvirt's documents write them.

use std::fmt;
use std::str::FromStr;

/// An Ethernet address: six bytes, written as pairs of lower-case hexadecimal digits with colons between.
///
/// ```
/// use virtwire::xml::MacAddress;
///
/// let address: MacAddress = "52:54:00:1C:DA:2F".parse()?;
/// assert_eq!(address.to_string(), "52:54:00:1c:da:2f");
/// assert!(!address.is_multicast());
/// # Ok::<(), virtwire::xml::NotAMacAddress>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

/// The text is not a MAC address: six bytes in hexadecimal, with colons between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a MAC address: six bytes in hexadecimal with colons between are wanted")]
pub struct NotAMacAddress;

impl MacAddress {
    /// Whether it is the address of a group. libvirt gives such to no bridge and to no guest.
    #[must_use]
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, last] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{last:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As libvirt reads them: a byte may be one digit.
impl FromStr for MacAddress {
    type Err = NotAMacAddress;

    fn from_str(text: &str) -> Result<Self, NotAMacAddress> {
        let mut bytes = [0; 6];
        let mut groups = text.split(':');
        for byte in &mut bytes {
            let group = groups.next().ok_or(NotAMacAddress)?;
            // The number's own parser would take a sign, too.
            if !matches!(group.len(), 1..=2) || !group.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(NotAMacAddress);
            }
            *byte = u8::from_str_radix(group, 16).map_err(|_| NotAMacAddress)?;
        }
        if groups.next().is_none() { Ok(Self(bytes)) } else { Err(NotAMacAddress) }
    }
}
