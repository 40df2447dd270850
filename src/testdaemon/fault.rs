//! libvirt's own errors: the number, and the words that libvirt puts around what is said about it. Users and scripts
//! compare these texts, so they are the same here.

use virtwire_protocol::error_body::{ErrorBody, code, domain};
use virtwire_protocol::remote::Text;
use virtwire_protocol::service::Answer;

/// Codes that the protocol crate does not name, as only a server needs them (libvirt's `virterror.h`).
pub(super) mod more {
    pub(crate) const NO_NAME: i32 = 21;
    pub(crate) const XML_DETAIL: i32 = 35;
    pub(crate) const INVALID_MAC: i32 = 44;
    pub(crate) const OPERATION_UNSUPPORTED: i32 = 84;
    pub(crate) const NETWORK_PORT_EXIST: i32 = 106;
}

/// An error of the network driver.
pub(super) fn fault(code: i32, detail: impl AsRef<str>) -> Box<ErrorBody> {
    from(domain::NETWORK, code, detail)
}

/// An error of the call layer.
pub(super) fn rpc(code: i32, detail: impl AsRef<str>) -> Box<ErrorBody> {
    from(domain::RPC, code, detail)
}

/// An error of the XML layer.
pub(super) fn xml(code: i32, detail: impl AsRef<str>) -> Box<ErrorBody> {
    from(domain::XML, code, detail)
}

pub(super) fn from(domain: i32, code: i32, detail: impl AsRef<str>) -> Box<ErrorBody> {
    let (detail, template) = (detail.as_ref(), template(code));
    let mut body = ErrorBody::new(code, domain, &template.replace("%s", detail));
    body.str1 = Some(Text::from_static(template));
    body.str2 = Text::try_from(detail).ok();
    body
}

/// Fails where `flags` has bits beyond `known`; `function` is libvirt's name of what was called.
pub(super) fn check_flags(flags: u32, known: u32, function: &str) -> Answer<()> {
    match flags & !known {
        0 => Ok(()),
        unknown => {
            let message = format!("unsupported flags ({unknown:#x}) in function {function}");
            Err(ErrorBody::new(code::INVALID_ARG, domain::NETWORK, &message))
        }
    }
}

/// libvirt's text for a code, with `%s` where the detail goes.
fn template(code: i32) -> &'static str {
    match code {
        code::INTERNAL_ERROR => "internal error: %s",
        code::NO_SUPPORT => "this function is not supported by the connection driver: %s",
        code::INVALID_ARG => "invalid argument: %s",
        code::OPERATION_FAILED => "operation failed: %s",
        more::NO_NAME => "missing name information",
        code::XML_ERROR => "XML error: %s",
        code::OPERATION_DENIED => "operation forbidden: %s",
        code::NO_DOMAIN => "Domain not found: %s",
        code::NO_NETWORK => "Network not found: %s",
        more::INVALID_MAC => "invalid MAC address: %s",
        code::AUTH_FAILED => "authentication failed: %s",
        code::OPERATION_INVALID => "Requested operation is not valid: %s",
        code::CONFIG_UNSUPPORTED => "unsupported configuration: %s",
        more::OPERATION_UNSUPPORTED => "Operation not supported: %s",
        more::NETWORK_PORT_EXIST => "network port %s exists already",
        code::NO_NETWORK_PORT => "network port not found: %s",
        code::NO_NETWORK_METADATA => "metadata not found: %s",
        _ => "%s",
    }
}
