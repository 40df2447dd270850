//! Domains, which libvirt calls guests: which there are, how they are, what they are made of.

use super::{Domain, PROGRAM, Text, Uuid};
use crate::declare::procedures;
use crate::xdr::List;

/// Most domains that one reply lists.
pub const DOMAIN_LIST_MAX: usize = 16_384;

/// Flags of [`ConnectListAllDomains`]: a domain is listed if it has one of the given flags of each pair that is given.
pub mod list {
    /// Domains that are running, paused included.
    pub const ACTIVE: u32 = 1;
    /// Domains that are shut off.
    pub const INACTIVE: u32 = 2;
    /// Domains with a stored definition.
    pub const PERSISTENT: u32 = 4;
    /// Domains that vanish when they are shut off.
    pub const TRANSIENT: u32 = 8;
}

/// How a domain is (libvirt's `virDomainState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DomainState {
    /// The hypervisor cannot tell.
    NoState,
    /// It runs.
    Running,
    /// It runs, and waits for a resource.
    Blocked,
    /// It is paused by a person or by libvirt.
    Paused,
    /// It is being shut down.
    Shutdown,
    /// It does not run.
    ShutOff,
    /// It does not run, since it crashed.
    Crashed,
    /// It has suspended itself.
    PmSuspended,
    /// A state that this version does not know.
    Unknown(i32),
}

impl From<i32> for DomainState {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::NoState,
            1 => Self::Running,
            2 => Self::Blocked,
            3 => Self::Paused,
            4 => Self::Shutdown,
            5 => Self::ShutOff,
            6 => Self::Crashed,
            7 => Self::PmSuspended,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl From<DomainState> for i32 {
    fn from(state: DomainState) -> Self {
        match state {
            DomainState::NoState => 0,
            DomainState::Running => 1,
            DomainState::Blocked => 2,
            DomainState::Paused => 3,
            DomainState::Shutdown => 4,
            DomainState::ShutOff => 5,
            DomainState::Crashed => 6,
            DomainState::PmSuspended => 7,
            DomainState::Unknown(unknown) => unknown,
        }
    }
}

/// Flag of [`DomainGetXmlDesc`]: the stored definition instead of the running one.
pub const XML_INACTIVE: u32 = 2;

procedures! { PROGRAM, "remote":
    query   14 domain_get_xml_desc DomainGetXmlDesc since "0.3.0" { dom: Domain, flags: u32 }
        -> DomainGetXmlDescReply { xml: Text };
    query   23 domain_lookup_by_name DomainLookupByName since "0.3.0" { name: Text }
        -> DomainLookupByNameReply { dom: Domain };
    query   24 domain_lookup_by_uuid DomainLookupByUuid since "0.3.0" { uuid: Uuid }
        -> DomainLookupByUuidReply { dom: Domain };
    query  150 domain_is_active DomainIsActive since "0.7.3" { dom: Domain } -> DomainIsActiveReply { active: i32 };
    query  212 domain_get_state DomainGetState since "0.9.2" { dom: Domain, flags: u32 }
        -> DomainGetStateReply { state: i32, reason: i32 };
    query  273 connect_list_all_domains ConnectListAllDomains since "0.9.13" { need_results: i32, flags: u32 }
        -> ConnectListAllDomainsReply { domains: List<Domain, DOMAIN_LIST_MAX>, ret: u32 };
}
