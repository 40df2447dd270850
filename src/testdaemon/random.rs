//! UUIDs and MAC addresses for what is defined without one: unlikely to repeat, and nothing more is asked of them.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use virtwire_protocol::remote::Uuid;

/// A random UUID (RFC 4122, version 4).
pub(super) fn uuid() -> Uuid {
    let mut uuid = (u128::from(number()) << 64 | u128::from(number())).to_be_bytes();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut uuid;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    Uuid(uuid)
}

/// A random MAC address as libvirt makes them for its bridges: 52:54:00 and three bytes.
pub(super) fn mac() -> String {
    let [a, b, c, ..] = number().to_be_bytes();
    format!("52:54:00:{a:02x}:{b:02x}:{c:02x}")
}

/// The standard library keys its hash maps at random; this reads such a key through its hash.
fn number() -> u64 {
    RandomState::new().hash_one(0)
}
