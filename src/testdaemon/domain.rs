//! Domains: guests that the program at hand has put here, and the handlers that tell of them. Clients cannot change them.

use virtwire_protocol::error_body::{ErrorBody, code, domain};
use virtwire_protocol::remote::domain::{
    ConnectListAllDomains, ConnectListAllDomainsReply, DOMAIN_LIST_MAX, DomainGetState, DomainGetStateReply,
    DomainGetXmlDesc, DomainGetXmlDescReply, DomainIsActive, DomainIsActiveReply, DomainLookupByName,
    DomainLookupByNameReply, DomainLookupByUuid, DomainLookupByUuidReply, DomainState, XML_INACTIVE, list,
};
use virtwire_protocol::remote::{Domain as Reference, Uuid};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::xdr::List;

use super::client::{Client, OnState};
use super::definition::{document, set_text};
use super::fault::{fault, from, more};
use super::network::{items, length};
use super::random;
use super::state::{State, text};
use crate::xml::Element;

/// Flags that need no domain's data: passwords, the processor, migration.
const XML_OTHERS: u32 = 1 | 4 | 8;

/// A guest.
#[derive(Debug)]
pub(super) struct Domain {
    name: String,
    uuid: Uuid,
    /// Its number while it runs.
    id: Option<i32>,
    state: DomainState,
    document: Element,
}

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service
        .on_state(list_all)
        .on_state(|state, call: &DomainLookupByName| {
            let name = call.name.as_bytes();
            let mut domains = state.domains.values();
            let found = domains.find(|domain| domain.name.as_bytes() == name).ok_or_else(|| {
                let name = String::from_utf8_lossy(name);
                none(&format!("no domain with matching name '{name}'"))
            })?;
            let dom = found.reference()?;
            Ok(DomainLookupByNameReply { dom })
        })
        .on_state(|state, call: &DomainLookupByUuid| {
            let unknown = || none(&format!("no domain with matching uuid '{}'", call.uuid));
            let dom = state.domains.get(&call.uuid).ok_or_else(unknown)?.reference()?;
            Ok(DomainLookupByUuidReply { dom })
        })
        .on_state(|state, call: &DomainIsActive| {
            let active = state.domain(&call.dom)?.id.is_some().into();
            Ok(DomainIsActiveReply { active })
        })
        .on_state(|state, call: &DomainGetState| {
            check_flags(call.flags, 0, "qemuDomainGetState")?;
            let state = state.domain(&call.dom)?.state.into();
            Ok(DomainGetStateReply { state, reason: 0 })
        })
        .on_state(|state, call: &DomainGetXmlDesc| {
            check_flags(call.flags, XML_INACTIVE | XML_OTHERS, "qemuDomainGetXMLDesc")?;
            let xml = text(&state.domain(&call.dom)?.to_xml(call.flags & XML_INACTIVE != 0))?;
            Ok(DomainGetXmlDescReply { xml })
        })
}

fn list_all(state: &mut State, call: &ConnectListAllDomains) -> Answer<ConnectListAllDomainsReply> {
    let known = list::ACTIVE | list::INACTIVE | list::PERSISTENT | list::TRANSIENT;
    check_flags(call.flags, known, "qemuConnectListAllDomains")?;
    let is_listed = |domain: &&Domain| {
        let (own, other) =
            if domain.id.is_some() { (list::ACTIVE, list::INACTIVE) } else { (list::INACTIVE, list::ACTIVE) };
        let by_activity = call.flags & (own | other) == 0 || call.flags & own != 0;
        by_activity && call.flags & (list::PERSISTENT | list::TRANSIENT) != list::TRANSIENT
    };
    let domains = state.domains.values().filter(is_listed);
    let domains: Vec<Reference> = domains.map(Domain::reference).collect::<Answer<_>>()?;
    let ret = length(domains.len())?;
    let domains = if call.need_results == 0 { List::default() } else { items(&domains)? };
    Ok(ConnectListAllDomainsReply { domains, ret })
}

impl State {
    fn domain(&self, reference: &Reference) -> Answer<&Domain> {
        let Reference { name, uuid, .. } = reference;
        let unknown = || none(&format!("no domain with matching uuid '{uuid}' ({name})"));
        self.domains.get(uuid).ok_or_else(unknown)
    }

    /// Takes a guest in, in place of an earlier one of its UUID.
    pub(super) fn add_domain(&mut self, xml: &[u8], state: DomainState) -> Answer<()> {
        let mut document = document(xml, "domain", "(domain_definition)")?;
        let name = document.child_text("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| fault(more::NO_NAME, ""))?.into_owned();
        let malformed = || fault(code::INTERNAL_ERROR, "malformed uuid element");
        let uuid = match document.child_text("uuid").filter(|uuid| !uuid.is_empty()) {
            None => random::uuid(),
            Some(uuid) => uuid.parse().map_err(|_| malformed())?,
        };
        if let Some(other) = self.domains.values().find(|other| other.name == name && other.uuid != uuid) {
            let text = format!("domain '{name}' already exists with uuid {}", other.uuid);
            return Err(fault(code::OPERATION_FAILED, text));
        }
        if self.domains.len() >= DOMAIN_LIST_MAX {
            return Err(fault(code::OPERATION_FAILED, format!("more than {DOMAIN_LIST_MAX} domains")));
        }
        set_text(&mut document, "uuid", &uuid.to_string());
        document.attributes.retain(|attribute| attribute.name != "id");
        let is_active = !matches!(state, DomainState::ShutOff | DomainState::Crashed);
        let id = is_active.then(|| {
            self.last_domain_id = self.last_domain_id.saturating_add(1);
            self.last_domain_id
        });
        self.domains.insert(uuid, Domain { name, uuid, id, state, document });
        Ok(())
    }
}

impl Domain {
    fn reference(&self) -> Answer<Reference> {
        Ok(Reference { name: text(&self.name)?, uuid: self.uuid, id: self.id.unwrap_or(-1) })
    }

    /// The document as it came, laid out, with UUID, and the number of one that runs.
    fn to_xml(&self, is_stored: bool) -> String {
        let mut element = self.document.clone();
        if let Some(id) = self.id.filter(|_| !is_stored) {
            element.set_attribute("id", id.to_string());
        }
        element.to_xml()
    }
}

fn check_flags(flags: u32, known: u32, function: &str) -> Answer<()> {
    super::fault::check_flags(flags, known, function).map_err(|mut error| {
        error.domain = domain::QEMU;
        error
    })
}

fn none(detail: &str) -> Box<ErrorBody> {
    from(domain::QEMU, code::NO_DOMAIN, detail)
}
