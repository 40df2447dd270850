//! Mechanisms that say all they have to say at once: PLAIN (RFC 4616), EXTERNAL (RFC 4422) and ANONYMOUS (RFC 4505).
//! They prove nothing of the server, and PLAIN shows it the password: so a private way is wanted, which is not judged here.

use zeroize::Zeroizing;

use super::Mechanism;
use super::mechanism::breach;
use crate::auth::Credentials;
use crate::error::Result;

/// A mechanism of one message.
pub(super) struct OneMessage(Zeroizing<Vec<u8>>);

impl OneMessage {
    pub(super) fn plain(login: &Credentials) -> Self {
        let mut message = Zeroizing::new(Vec::with_capacity(login.authname.len() + login.password.len() + 2));
        message.push(0);
        message.extend_from_slice(login.authname.as_bytes());
        message.push(0);
        message.extend_from_slice(login.password.as_bytes());
        Self(message)
    }

    /// The server knows who this is, by what TLS says.
    pub(super) fn external() -> Self {
        Self(Zeroizing::default())
    }

    pub(super) fn anonymous() -> Self {
        Self(Zeroizing::new(b"virtwire".to_vec()))
    }
}

impl Mechanism for OneMessage {
    fn start(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        Some(std::mem::take(&mut self.0))
    }

    fn step(&mut self, _: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        Err(breach("it asks again, where all was said at once"))
    }

    fn is_done(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_name_and_password_behind_zeros() {
        let mut plain = OneMessage::plain(&Credentials::new("tim", "tanstaaftanstaaf"));
        assert_eq!(plain.start().unwrap().as_slice(), b"\0tim\0tanstaaftanstaaf", "RFC 4616, section 4");
        assert!(plain.is_done());
        assert!(plain.step(b"").is_err());
    }

    #[test]
    fn external_says_nothing_which_is_not_the_same_as_no_message() {
        assert_eq!(OneMessage::external().start().unwrap().as_slice(), b"");
    }
}
