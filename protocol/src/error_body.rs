//! The body of a reply whose status is error: what libvirt itself says went wrong.
//!
//! Source: `virNetMessageError` in libvirt's `src/rpc/virnetprotocol.x`; the numbers are those of `virterror.h`.

use crate::declare::structures;
use crate::remote::{Domain, Network, OptText, Text};

/// Codes (`virErrorNumber`) that networks and domains meet.
pub mod code {
    /// Something went wrong inside libvirt.
    pub const INTERNAL_ERROR: i32 = 1;
    /// The driver lacks this call.
    pub const NO_SUPPORT: i32 = 3;
    /// An argument is not valid.
    pub const INVALID_ARG: i32 = 8;
    /// The operation failed: also a name or UUID that exists already.
    pub const OPERATION_FAILED: i32 = 9;
    /// The XML is well formed, but lacks or contradicts something.
    pub const XML_ERROR: i32 = 27;
    /// The connection is read-only, or polkit denied it.
    pub const OPERATION_DENIED: i32 = 29;
    /// Not a network object.
    pub const INVALID_NETWORK: i32 = 36;
    /// The host's own error; its number is `int1`.
    pub const SYSTEM_ERROR: i32 = 38;
    /// The call itself: an unknown procedure, an undecodable payload, or "authentication required".
    pub const RPC: i32 = 39;
    /// There is no such domain.
    pub const NO_DOMAIN: i32 = 42;
    /// There is no such network.
    pub const NO_NETWORK: i32 = 43;
    /// Authentication failed.
    pub const AUTH_FAILED: i32 = 45;
    /// The state does not allow it: not active, already active, transient.
    pub const OPERATION_INVALID: i32 = 55;
    /// There is no such network metadata.
    pub const NO_NETWORK_METADATA: i32 = 111;
    /// This configuration is not supported.
    pub const CONFIG_UNSUPPORTED: i32 = 67;
    /// Not in time.
    pub const OPERATION_TIMEOUT: i32 = 68;
    /// The argument is not supported.
    pub const ARGUMENT_UNSUPPORTED: i32 = 74;
    /// Access control denied it.
    pub const ACCESS_DENIED: i32 = 88;
    /// Authentication is not possible now: no polkit agent, say.
    pub const AUTH_UNAVAILABLE: i32 = 94;
    /// The XML does not follow libvirt's schema.
    pub const XML_INVALID_SCHEMA: i32 = 92;
    /// There is no such network port.
    pub const NO_NETWORK_PORT: i32 = 107;
}

/// Origins (`virErrorDomain`) that networks and domains meet.
pub mod domain {
    /// The call layer.
    pub const RPC: i32 = 7;
    /// XML parsing.
    pub const XML: i32 = 5;
    /// The driver of QEMU's domains.
    pub const QEMU: i32 = 10;
    /// The network driver.
    pub const NETWORK: i32 = 19;
    /// Authentication.
    pub const AUTH: i32 = 46;
}

/// Level of every error that a reply carries (`VIR_ERR_ERROR`).
pub const LEVEL_ERROR: i32 = 2;

structures! {
    /// libvirt's own error.
    virNetMessageError ErrorBody {
        code: i32,
        domain: i32,
        message: OptText,
        level: i32,
        dom: Option<Domain>,
        str1: OptText,
        str2: OptText,
        str3: OptText,
        int1: i32,
        int2: i32,
        net: Option<Network>,
    }
}

impl ErrorBody {
    /// An error as a server raises it. A message of over 4 MiB is left out.
    #[must_use]
    pub fn new(code: i32, domain: i32, message: &str) -> Box<Self> {
        let message = Text::try_from(message).ok();
        let str2 = message.clone();
        Box::new(Self {
            code,
            domain,
            message,
            level: LEVEL_ERROR,
            dom: None,
            str1: None,
            str2,
            str3: None,
            int1: -1,
            int2: -1,
            net: None,
        })
    }
}

impl std::fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.message {
            Some(message) if !message.as_bytes().is_empty() => write!(f, "{message}"),
            _ => write!(f, "libvirt error code {}, domain {}", self.code, self.domain),
        }
    }
}

impl std::error::Error for ErrorBody {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_words_is_told_by_its_numbers() {
        let told = |message: Option<&'static str>| {
            let message = message.map(Text::from_static);
            ErrorBody { message, ..*ErrorBody::new(code::RPC, domain::RPC, "") }.to_string()
        };
        assert_eq!(told(Some("no")), "no");
        assert_eq!(told(Some("")), "libvirt error code 39, domain 7");
        assert_eq!(told(None), told(Some("")));
    }
}
