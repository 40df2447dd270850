//! What must be unlike anything ever said before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::{Error, ErrorKind, Result};

/// 144 random bits of the kernel's, as 24 characters that no mechanism needs to quote.
pub(super) fn nonce() -> Result<String> {
    let mut bytes = [0; 18];
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(18) => Ok(BASE64.encode(bytes)),
        _ => Err(Error::way(ErrorKind::Unsupported, "the kernel has no random numbers to give", None)),
    }
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
