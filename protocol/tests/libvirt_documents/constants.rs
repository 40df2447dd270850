//! The numbers that our modules name, beside the rows: flags, features, error codes, limits of a frame.

use virtwire_protocol::error_body::{LEVEL_ERROR, code, domain};
use virtwire_protocol::frame::{DESCRIPTORS_MAX, LENGTH_MAX, LENGTH_MIN};
use virtwire_protocol::remote::connect::{OPEN_READ_ONLY, feature};
use virtwire_protocol::remote::domain::{self as guest, DOMAIN_LIST_MAX, list as guests};
use virtwire_protocol::remote::interface::INTERFACE_LIST_MAX;
use virtwire_protocol::remote::network::{NETWORK_LIST_MAX, XML_INACTIVE, XML_VALIDATE, list};

use crate::document::Document;

/// libvirt's name and our value, of constants that bear libvirt's name without its prefix.
macro_rules! named {
    ($prefix:literal $module:ident: $($name:ident)*) => {
        [$((concat!($prefix, stringify!($name)), i64::from($module::$name))),*]
    };
}

/// What of our numbers is not as the document has it, one line each.
pub(crate) fn differences(document: &Document) -> Vec<String> {
    let codes = named!("VIR_ERR_" code: INTERNAL_ERROR NO_SUPPORT INVALID_ARG OPERATION_FAILED XML_ERROR
        OPERATION_DENIED INVALID_NETWORK RPC NO_DOMAIN NO_NETWORK AUTH_FAILED OPERATION_INVALID NO_NETWORK_METADATA
        CONFIG_UNSUPPORTED OPERATION_TIMEOUT ARGUMENT_UNSUPPORTED ACCESS_DENIED AUTH_UNAVAILABLE XML_INVALID_SCHEMA
        NO_NETWORK_PORT);
    let domains = named!("VIR_FROM_" domain: RPC XML QEMU NETWORK AUTH);
    let features = named!("VIR_DRV_FEATURE_" feature: PROGRAM_KEEPALIVE REMOTE_EVENT_CALLBACK REMOTE_CLOSE_CALLBACK
        NETWORK_UPDATE_HAS_CORRECT_ORDER);
    let flags = named!("VIR_CONNECT_LIST_NETWORKS_" list: INACTIVE ACTIVE PERSISTENT TRANSIENT AUTOSTART NO_AUTOSTART);
    let guests = named!("VIR_CONNECT_LIST_DOMAINS_" guests: ACTIVE INACTIVE PERSISTENT TRANSIENT);
    let others = [
        ("VIR_ERR_ERROR", LEVEL_ERROR.into()),
        ("VIR_CONNECT_RO", OPEN_READ_ONLY.into()),
        ("VIR_NETWORK_XML_INACTIVE", XML_INACTIVE.into()),
        ("VIR_NETWORK_CREATE_VALIDATE", XML_VALIDATE.into()),
        ("VIR_NETWORK_DEFINE_VALIDATE", XML_VALIDATE.into()),
        ("VIR_DOMAIN_XML_INACTIVE", guest::XML_INACTIVE.into()),
        ("REMOTE_DOMAIN_LIST_MAX", i64::try_from(DOMAIN_LIST_MAX).unwrap()),
        ("REMOTE_INTERFACE_LIST_MAX", i64::try_from(INTERFACE_LIST_MAX).unwrap()),
        ("REMOTE_NETWORK_LIST_MAX", i64::try_from(NETWORK_LIST_MAX).unwrap()),
        ("VIR_NET_MESSAGE_NUM_FDS_MAX", DESCRIPTORS_MAX.into()),
        // libvirt's limit does not count the length word, ours does.
        ("VIR_NET_MESSAGE_MAX", i64::from(LENGTH_MAX) - 4),
        ("VIR_NET_MESSAGE_HEADER_MAX", i64::from(LENGTH_MIN) - 4),
    ];
    let ours = codes.into_iter().chain(domains).chain(features).chain(flags).chain(guests).chain(others);
    let differences = ours.filter_map(|(name, ours)| {
        let theirs = document.constants.get(name).copied();
        (theirs != Some(ours)).then(|| format!("{name}: libvirt has {theirs:?}, we have {ours}"))
    });
    differences.collect()
}
