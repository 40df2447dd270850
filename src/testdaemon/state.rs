//! The hypervisor's state and what may happen to it: networks, guests, and who listens. Knows no client and no wire.

use std::collections::BTreeMap;

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::network::NETWORK_LIST_MAX;
use virtwire_protocol::remote::{Network as Reference, Text, Uuid};
use virtwire_protocol::service::Answer;

use super::definition::Definition;
use super::domain::Domain;
use super::events::{Lifecycle, Listeners};
use super::fault::{fault, from, rpc};
use super::lease::Lease;
use super::port::Port;
use crate::xml::Element;

/// Most leases of one network: what one reply can list.
const LEASES_MAX: usize = 65_536;

/// Flags of changes to a part of a network: to what runs, to what is stored; neither: to the one of them that counts.
pub(super) const AFFECT_LIVE: u32 = 1;
pub(super) const AFFECT_CONFIG: u32 = 2;

/// Everything that clients share.
#[derive(Debug, Default)]
pub(super) struct State {
    networks: BTreeMap<Uuid, Network>,
    pub(super) domains: BTreeMap<Uuid, Domain>,
    pub(super) last_domain_id: i32,
    pub(super) listeners: Listeners,
}

/// A network: running, stored, or both; without either it is removed.
#[derive(Debug, Default)]
pub(super) struct Network {
    pub(super) live: Option<Definition>,
    pub(super) stored: Option<Definition>,
    pub(super) autostart: bool,
    /// The guest interfaces that are attached to the running network.
    pub(super) ports: BTreeMap<Uuid, Port>,
    /// The addresses that guests have; libvirt remembers them also while the network does not run.
    pub(super) leases: Vec<Lease>,
}

impl Network {
    /// What runs, or else what is stored.
    pub(super) fn definition(&self) -> Answer<&Definition> {
        let definition = self.live.as_ref().or(self.stored.as_ref());
        definition.ok_or_else(|| fault(code::INTERNAL_ERROR, "a network without a definition"))
    }

    /// What runs.
    pub(super) fn running(&self) -> Answer<&Definition> {
        let name = &self.definition()?.name;
        let not_active = || fault(code::OPERATION_INVALID, format!("network '{name}' is not active"));
        self.live.as_ref().ok_or_else(not_active)
    }

    pub(super) fn reference(&self) -> Answer<Reference> {
        let definition = self.definition()?;
        Ok(Reference { name: text(&definition.name)?, uuid: definition.uuid })
    }

    /// Changes what runs, what is stored, or both, as `flags` say; where one cannot be changed, neither is.
    pub(super) fn change(&mut self, flags: u32, edit: impl Fn(&Element) -> Answer<Element>) -> Answer<()> {
        let flags = match flags & (AFFECT_LIVE | AFFECT_CONFIG) {
            0 if self.live.is_some() => AFFECT_LIVE,
            0 => AFFECT_CONFIG,
            given => given,
        };
        let edited = |affected: u32, definition: &Option<Definition>, lacks: &str| {
            if flags & affected == 0 {
                return Ok(None);
            }
            let definition = definition.as_ref().ok_or_else(|| fault(code::OPERATION_INVALID, lacks))?;
            Definition::of(&edit(definition.document())?).map(Some)
        };
        let live = edited(AFFECT_LIVE, &self.live, "network is not running")?;
        let transient = "cannot change persistent config of a transient network";
        let stored = edited(AFFECT_CONFIG, &self.stored, transient)?;
        self.live = live.or(self.live.take());
        self.stored = stored.or(self.stored.take());
        Ok(())
    }

    fn has_bridge(&self, bridge: &str) -> bool {
        let mut definitions = self.live.iter().chain(&self.stored);
        definitions.any(|definition| definition.facts.bridge_name() == Some(bridge))
    }
}

/// A string for the wire.
pub(super) fn text(text: &str) -> Answer<Text> {
    Text::try_from(text).map_err(|error| rpc(code::RPC, format!("Unable to encode message payload: {error}")))
}

impl State {
    pub(super) fn networks(&self) -> impl Iterator<Item = &Network> {
        self.networks.values()
    }

    /// The network that `reference` names: by its UUID alone, as in libvirt.
    pub(super) fn network(&self, reference: &Reference) -> Answer<&Network> {
        self.networks.get(&reference.uuid).ok_or_else(|| none_like(reference))
    }

    /// As [`State::network`], to be changed.
    pub(super) fn network_mut(&mut self, reference: &Reference) -> Answer<&mut Network> {
        self.networks.get_mut(&reference.uuid).ok_or_else(|| none_like(reference))
    }

    pub(super) fn by_uuid(&self, uuid: Uuid) -> Answer<&Network> {
        self.networks.get(&uuid).ok_or_else(|| {
            let text = format!("no network with matching uuid '{uuid}'");
            fault(code::NO_NETWORK, text)
        })
    }

    pub(super) fn by_name(&self, name: &[u8]) -> Answer<&Network> {
        self.find(name).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            fault(code::NO_NETWORK, format!("no network with matching name '{name}'"))
        })
    }

    fn find(&self, name: &[u8]) -> Option<&Network> {
        let is_it =
            |network: &&Network| network.definition().is_ok_and(|found| found.name.as_bytes() == name);
        self.networks.values().find(is_it)
    }

    /// Stores a definition; a network that runs goes on as it was.
    pub(super) fn define(&mut self, xml: &[u8]) -> Answer<Reference> {
        let definition = self.parse(xml)?;
        let network = self.networks.entry(definition.uuid).or_default();
        network.stored = Some(definition);
        let reference = network.reference()?;
        self.tell(&reference, Lifecycle::Defined);
        Ok(reference)
    }

    /// Starts a network that vanishes when it is stopped, unless it has a stored definition.
    pub(super) fn create(&mut self, xml: &[u8]) -> Answer<Reference> {
        let definition = self.parse(xml)?;
        let uuid = definition.uuid;
        if let Some(active) = self.networks.get(&uuid).and_then(|network| network.live.as_ref()) {
            let text = format!("network is already active as '{}'", active.name);
            return Err(fault(code::OPERATION_INVALID, text));
        }
        self.check_routes(&definition)?;
        let started = definition.started()?;
        let network = self.networks.entry(uuid).or_default();
        network.live = Some(started);
        let reference = network.reference()?;
        self.tell(&reference, Lifecycle::Started);
        Ok(reference)
    }

    /// Gives a guest an address, in place of the one that it had.
    pub(super) fn add_lease(&mut self, name: &str, lease: Lease) -> Answer<()> {
        let network = self.by_name(name.as_bytes())?.reference()?;
        let network = self.network_mut(&network)?;
        let is_other =
            |other: &Lease| (other.mac, other.address.is_ipv4()) != (lease.mac, lease.address.is_ipv4());
        network.leases.retain(is_other);
        if network.leases.len() >= LEASES_MAX {
            return Err(fault(code::OPERATION_FAILED, format!("more than {LEASES_MAX} leases")));
        }
        network.leases.push(lease);
        Ok(())
    }

    pub(super) fn start(&mut self, reference: &Reference) -> Answer<()> {
        let network = self.network(reference)?;
        let stored = match (&network.live, &network.stored) {
            (None, Some(stored)) => stored,
            _ => return Err(fault(code::OPERATION_INVALID, "network is already active")),
        };
        self.check_routes(stored)?;
        let started = stored.started()?;
        let reference = network.reference()?;
        self.network_mut(&reference)?.live = Some(started);
        self.tell(&reference, Lifecycle::Started);
        Ok(())
    }

    pub(super) fn destroy(&mut self, reference: &Reference) -> Answer<()> {
        let network = self.network_mut(reference)?;
        network.running()?;
        let reference = network.reference()?;
        network.live = None;
        network.ports.clear();
        if network.stored.is_none() {
            self.networks.remove(&reference.uuid);
        }
        self.tell(&reference, Lifecycle::Stopped);
        Ok(())
    }

    pub(super) fn undefine(&mut self, reference: &Reference) -> Answer<()> {
        let network = self.network_mut(reference)?;
        let reference = network.reference()?;
        if network.stored.take().is_none() {
            let text = "can't undefine transient network";
            return Err(fault(code::OPERATION_INVALID, text));
        }
        network.autostart = false;
        if network.live.is_none() {
            self.networks.remove(&reference.uuid);
        }
        self.tell(&reference, Lifecycle::Undefined);
        Ok(())
    }

    pub(super) fn set_autostart(&mut self, reference: &Reference, autostart: bool) -> Answer<()> {
        let network = self.network_mut(reference)?;
        if network.stored.is_none() {
            let text = "cannot set autostart for transient network";
            return Err(fault(code::OPERATION_INVALID, text));
        }
        network.autostart = autostart;
        Ok(())
    }

    /// The definition in `xml`, where it does not contradict the networks that there are.
    fn parse(&self, xml: &[u8]) -> Answer<Definition> {
        let in_use = |bridge: &str, name: &str| {
            let is_other = |network: &&Network| network.definition().is_ok_and(|other| other.name != name);
            self.networks.values().filter(is_other).any(|network| network.has_bridge(bridge))
        };
        let definition = Definition::parse(xml, in_use)?;
        let Definition { uuid, name, .. } = &definition;
        if let Some(same_uuid) = self.networks.get(uuid) {
            let other = &same_uuid.definition()?.name;
            if other != name {
                let text = format!("network '{other}' is already defined with uuid {uuid}");
                return Err(fault(code::OPERATION_FAILED, text));
            }
        } else if let Some(same_name) = self.find(name.as_bytes()) {
            let other = same_name.definition()?.uuid;
            let text = format!("network '{name}' already exists with uuid {other}");
            return Err(fault(code::OPERATION_FAILED, text));
        } else if self.networks.len() >= NETWORK_LIST_MAX {
            let text = format!("Too many networks '{}' for limit '{NETWORK_LIST_MAX}'", self.networks.len());
            return Err(rpc(code::INTERNAL_ERROR, text));
        }
        Ok(definition)
    }

    /// A host has one route to a subnet: a network whose subnet is in use cannot start.
    fn check_routes(&self, definition: &Definition) -> Answer<()> {
        let live = self.networks.values().filter_map(|network| network.live.as_ref());
        for running in live.filter(|running| running.uuid != definition.uuid) {
            if running.routes().any(|taken| definition.routes().any(|wanted| wanted == taken)) {
                let bridge = running.facts.bridge_name().unwrap_or_default();
                let text = format!("Network is already in use by interface {bridge}");
                return Err(from(0, code::INTERNAL_ERROR, text));
            }
        }
        Ok(())
    }

    fn tell(&mut self, reference: &Reference, event: Lifecycle) {
        self.listeners.lifecycle(reference, event);
    }
}

fn none_like(Reference { name, uuid }: &Reference) -> Box<virtwire_protocol::error_body::ErrorBody> {
    let text = format!("no network with matching uuid '{uuid}' ({name})");
    fault(code::NO_NETWORK, text)
}
