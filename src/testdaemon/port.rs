//! Ports: the guest interfaces that are attached to a running network, and the handlers that make and end them.

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::network::{
    NetworkListAllPorts, NetworkListAllPortsReply, NetworkPortCreateXml, NetworkPortCreateXmlReply,
    NetworkPortDelete, NetworkPortGetParameters, NetworkPortGetParametersReply, NetworkPortGetXmlDesc,
    NetworkPortGetXmlDescReply, NetworkPortLookupByUuid, NetworkPortLookupByUuidReply,
    NetworkPortSetParameters,
};
use virtwire_protocol::remote::{NetworkPort, Parameter, ParameterValue, Text, Uuid};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::xdr::List;

use super::check;
use super::client::{Client, OnState};
use super::definition::{Definition, document, replace, set_text};
use super::fault::{check_flags, fault, more};
use super::network::{items, length};
use super::shape::PORT;
use super::state::{Network, State, text};
use crate::xml::{Element, ForwardMode, Node};

/// Most ports of one network: what one reply can list.
const PORTS_MAX: usize = 16_384;

/// Flags of [`NetworkPortCreateXml`]: take over a port that exists on the host; check the XML.
const RECLAIM: u32 = 1;
const VALIDATE: u32 = 2;

/// The bandwidth that libvirt tells of each direction, in its order.
const RATES: &[(&str, &[&str])] =
    &[("inbound", &["average", "peak", "floor", "burst"]), ("outbound", &["average", "peak", "burst"])];

/// A guest interface, as libvirt stores it.
#[derive(Debug)]
pub(super) struct Port(Element);

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service
        .on_state(list_all)
        .on_state(|state, call: &NetworkPortLookupByUuid| {
            let network = state.network(&call.network)?;
            find(network, call.uuid)?;
            let net = network.reference()?;
            let port = NetworkPort { net, uuid: call.uuid };
            Ok(NetworkPortLookupByUuidReply { port })
        })
        .on_state(create)
        .on_state(|state, call: &NetworkPortGetXmlDesc| {
            check_flags(call.flags, 0, "networkPortGetXMLDesc")?;
            let port = find(state.network(&call.port.net)?, call.port.uuid)?;
            let xml = text(&port.to_xml())?;
            Ok(NetworkPortGetXmlDescReply { xml })
        })
        .on_state(|state, call: &NetworkPortDelete| {
            check_flags(call.flags, 0, "networkPortDelete")?;
            let network = state.network_mut(&call.port.net)?;
            find(network, call.port.uuid)?;
            network.ports.remove(&call.port.uuid);
            Ok(())
        })
        .on_state(get_parameters)
        .on_state(set_parameters)
}

/// The port of a running network. Ports that are not there are told before networks that do not run, as in libvirt.
fn find(network: &Network, uuid: Uuid) -> Answer<&Port> {
    let port = network.ports.get(&uuid).ok_or_else(|| {
        let text = format!("Network port with UUID {uuid} does not exist");
        fault(code::NO_NETWORK_PORT, text)
    })?;
    network.running()?;
    Ok(port)
}

fn list_all(state: &mut State, call: &NetworkListAllPorts) -> Answer<NetworkListAllPortsReply> {
    check_flags(call.flags, 0, "networkListAllPorts")?;
    let network = state.network(&call.network)?;
    network.running()?;
    let net = network.reference()?;
    let ports = network.ports.keys().map(|&uuid| NetworkPort { net: net.clone(), uuid });
    let ports: Vec<_> = ports.collect();
    let ret = length(ports.len())?;
    let ports = if call.need_results == 0 { List::default() } else { items(&ports)? };
    Ok(NetworkListAllPortsReply { ports, ret })
}

fn create(state: &mut State, call: &NetworkPortCreateXml) -> Answer<NetworkPortCreateXmlReply> {
    check_flags(call.flags, RECLAIM | VALIDATE, "networkPortCreateXML")?;
    if call.flags & VALIDATE != 0 {
        return Err(fault(code::NO_SUPPORT, "validating XML against libvirt's schema"));
    }
    let network = state.network_mut(&call.network)?;
    let (uuid, mut port) = Port::parse(call.xml.as_bytes())?;
    let running = network.running()?;
    match (port.has_plug(), call.flags & RECLAIM != 0) {
        (false, true) => {
            return Err(fault(code::INVALID_ARG, "Port reclaim requested but plug type is none"));
        }
        (true, false) => {
            return Err(fault(code::INVALID_ARG, "Port reclaim not requested but plug type is not none"));
        }
        (false, false) => port.plug_into(running)?,
        (true, true) => {}
    }
    if network.ports.contains_key(&uuid) {
        let text = format!("Network port with UUID {uuid} already exists");
        return Err(fault(more::NETWORK_PORT_EXIST, text));
    }
    if network.ports.len() >= PORTS_MAX {
        return Err(fault(code::OPERATION_FAILED, format!("more than {PORTS_MAX} ports")));
    }
    network.ports.insert(uuid, port);
    let net = network.reference()?;
    let port = NetworkPort { net, uuid };
    Ok(NetworkPortCreateXmlReply { port })
}

fn get_parameters(
    state: &mut State,
    call: &NetworkPortGetParameters,
) -> Answer<NetworkPortGetParametersReply> {
    check_flags(call.flags, 0, "networkPortGetParameters")?;
    let port = find(state.network(&call.port.net)?, call.port.uuid)?;
    let params = items(&port.parameters()?)?;
    // libvirt's daemon leaves the count at 0: the list has a length of its own.
    Ok(NetworkPortGetParametersReply { params, nparams: 0 })
}

fn set_parameters(state: &mut State, call: &NetworkPortSetParameters) -> Answer<()> {
    check_flags(call.flags, 0, "networkPortSetParameters")?;
    let network = state.network_mut(&call.port.net)?;
    find(network, call.port.uuid)?;
    let parameters: Vec<Parameter> = call.params.iter().collect();
    let mut bandwidth = Element::new("bandwidth");
    for (direction, rates) in RATES {
        let mut element = Element::new(*direction);
        for rate in *rates {
            let name = format!("{direction}.{rate}");
            let value =
                parameters.iter().find(|parameter| parameter.field == *name).map(|found| &found.value);
            if let Some(ParameterValue::UInt(value @ 1..)) = value {
                element.set_attribute(rate, value.to_string());
            }
        }
        // Without one of these libvirt takes the direction to be unlimited.
        if element.attribute("average").or(element.attribute("floor")).is_some() {
            bandwidth.nodes.push(Node::Element(element));
        }
    }
    if let Some(Port(element)) = network.ports.get_mut(&call.port.uuid) {
        replace(element, bandwidth);
        *element = PORT.of(element);
    }
    Ok(())
}

impl Port {
    fn parse(bytes: &[u8]) -> Answer<(Uuid, Self)> {
        let mut element = document(bytes, "networkport", "(networkport_definition)")?;
        let lacks = |what: &str| fault(code::INTERNAL_ERROR, format!("network port has no {what}"));
        let uuid = |text: &str| {
            text.parse::<Uuid>()
                .map_err(|_| fault(code::INTERNAL_ERROR, format!("Unable to parse UUID '{text}'")))
        };
        let text_at = |path: &str| element.find(path).map(Element::text).filter(|text| !text.is_empty());
        let own = uuid(&text_at("uuid").ok_or_else(|| lacks("uuid"))?)?;
        text_at("owner/name").ok_or_else(|| lacks("owner name"))?;
        let owner = uuid(&text_at("owner/uuid").ok_or_else(|| lacks("owner UUID"))?)?;
        let mac = element.find("mac").and_then(|mac| mac.attribute("address"));
        let mac = mac.ok_or_else(|| lacks("mac"))?.to_ascii_lowercase();
        if !check::is_mac(&mac) {
            return Err(fault(code::INTERNAL_ERROR, format!("Unable to parse MAC '{mac}'")));
        }
        set_text(&mut element, "uuid", &own.to_string());
        if let Some(element) = element.child_mut("owner") {
            set_text(element, "uuid", &owner.to_string());
        }
        replace(&mut element, Element::new("mac").with("address", mac));
        Ok((own, Self(PORT.of(&element))))
    }

    fn has_plug(&self) -> bool {
        let kind = self.0.child("plug").and_then(|plug| plug.attribute("type"));
        kind.is_some_and(|kind| kind != "none")
    }

    /// Plugs the port in where the network's mode wants it.
    fn plug_into(&mut self, network: &Definition) -> Answer<()> {
        let facts = &network.facts;
        let plug = Element::new("plug");
        let plug = match (facts.forward_mode(), facts.bridge_name()) {
            (mode, Some(bridge)) if mode.owns_bridge() => plug.with("type", "network").with("bridge", bridge),
            (ForwardMode::Bridge, Some(bridge)) => plug.with("type", "bridge").with("bridge", bridge),
            (
                mode @ (ForwardMode::Bridge
                | ForwardMode::Private
                | ForwardMode::Vepa
                | ForwardMode::Passthrough),
                None,
            ) => {
                let Some(dev) = facts.forward.as_ref().and_then(|forward| forward.dev.as_deref()) else {
                    let text = format!(
                        "network '{}' uses a direct mode, but has no forward dev and no interface pool",
                        network.name
                    );
                    return Err(fault(code::INTERNAL_ERROR, text));
                };
                plug.with("type", "direct").with("dev", dev).with("mode", mode.as_str())
            }
            _ => {
                let text = format!(
                    "network '{}' requires exclusive access to interfaces, but none are available",
                    network.name
                );
                return Err(fault(code::INTERNAL_ERROR, text));
            }
        };
        replace(&mut self.0, plug);
        Ok(())
    }

    fn to_xml(&self) -> String {
        let mut element = self.0.clone();
        PORT.lay_out(&mut element, 0);
        element.to_xml()
    }

    fn parameters(&self) -> Answer<Vec<Parameter>> {
        let mut parameters = Vec::new();
        for (direction, rates) in RATES {
            let Some(element) = self.0.find(&format!("bandwidth/{direction}")) else {
                continue;
            };
            for rate in *rates {
                let value = element.attribute(rate).and_then(|value| value.parse().ok()).unwrap_or(0);
                parameters.push(Parameter {
                    field: Text::try_from(format!("{direction}.{rate}")).unwrap_or_default(),
                    value: ParameterValue::UInt(value),
                });
            }
        }
        Ok(parameters)
    }
}
