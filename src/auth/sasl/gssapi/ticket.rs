//! What a client needs of a ticket: for whom it is, for which service, until when, and its key.

use std::fmt;

use der::Decode;
use der::asn1::Any;

use super::crypto::{Bytes, Key};
use super::messages::{Name, Text};
use crate::error::Result;

/// Kinds of names: a user or a service's single name, a service's with its instance.
const SERVICE: i32 = 2;
const SERVICE_ON_HOST: i32 = 3;

/// The service that gives tickets of a realm.
const GRANTING: &[u8] = b"krbtgt";

/// Somebody in a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principal {
    pub(super) realm: Text,
    pub(super) name: Name,
}

impl Principal {
    /// `service/host@realm`; the realm may be none.
    pub(super) fn service(service: &str, host: &str, realm: &Text) -> Self {
        let name = Name { kind: SERVICE_ON_HOST, parts: vec![Text::new(service), Text::new(host)] };
        Self { realm: realm.clone(), name }
    }

    /// What gives tickets of a realm to those who have tickets from here.
    pub(super) fn granting(realm: &Text, here: &Text) -> Self {
        let name = Name { kind: SERVICE, parts: vec![Text(GRANTING.to_vec()), realm.clone()] };
        Self { realm: here.clone(), name }
    }

    /// The realm that this service gives tickets of, if it is such a one.
    pub(super) fn grants(&self) -> Option<&Text> {
        match self.name.parts.as_slice() {
            [service, realm] if service.0 == GRANTING => Some(realm),
            _ => None,
        }
    }
}

/// As people write it.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.name.parts.iter().enumerate() {
            write!(f, "{}{part}", if at == 0 { "" } else { "/" })?;
        }
        if self.realm.0.is_empty() { Ok(()) } else { write!(f, "@{}", self.realm) }
    }
}

/// A ticket and what is known of it. Its own content is the service's affair.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) client: Principal,
    pub(super) server: Principal,
    pub(super) key: Key,
    /// When it expires, in seconds since 1970.
    pub(super) end: u64,
    pub(super) ticket: Any,
}

impl Ticket {
    /// A ticket as a cache has it.
    pub(super) fn new(
        client: Principal,
        server: Principal,
        etype: i32,
        key: Bytes,
        end: u32,
        ticket: &[u8],
    ) -> Result<Self> {
        let ticket =
            Any::from_der(ticket).map_err(|error| crate::error::Error::invalid(error.to_string()))?;
        Ok(Self { client, server, key: Key::new(etype, key)?, end: end.into(), ticket })
    }
}
