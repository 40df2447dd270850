//! What must be unlike anything ever said before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::{Error, ErrorKind, Result};

/// Random bytes of the kernel's: 256 at most, which it always gives at once.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(count) if count == N => Ok(bytes),
        _ => Err(Error::way(ErrorKind::Unsupported, "the kernel has no random numbers to give", None)),
    }
}

/// 144 random bits, as 24 characters that no mechanism needs to quote.
pub(super) fn nonce() -> Result<String> {
    random::<18>().map(|bytes| BASE64.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::nonce;

    #[test]
    fn no_two_nonces_are_alike() {
        let two = [nonce().unwrap(), nonce().unwrap()];
        assert_ne!(two[0], two[1]);
        assert!(two.iter().all(|nonce| nonce.len() == 24 && !nonce.contains([',', '"', '\\'])));
    }
}
