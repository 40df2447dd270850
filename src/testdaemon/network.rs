//! Handlers: networks.

use virtwire_protocol::error_body::{ErrorBody, code, domain};
use virtwire_protocol::remote::network::{
    ConnectListAllNetworks, ConnectListAllNetworksReply, ConnectListDefinedNetworks,
    ConnectListDefinedNetworksReply, ConnectListNetworks, ConnectListNetworksReply,
    ConnectNumOfDefinedNetworks, ConnectNumOfDefinedNetworksReply, ConnectNumOfNetworks,
    ConnectNumOfNetworksReply, NETWORK_LIST_MAX, NetworkCreate, NetworkCreateXml, NetworkCreateXmlFlags,
    NetworkCreateXmlFlagsReply, NetworkCreateXmlReply, NetworkDefineXml, NetworkDefineXmlFlags,
    NetworkDefineXmlFlagsReply, NetworkDefineXmlReply, NetworkDestroy, NetworkGetAutostart,
    NetworkGetAutostartReply, NetworkGetBridgeName, NetworkGetBridgeNameReply, NetworkGetXmlDesc,
    NetworkGetXmlDescReply, NetworkIsActive, NetworkIsActiveReply, NetworkIsPersistent,
    NetworkIsPersistentReply, NetworkLookupByName, NetworkLookupByNameReply, NetworkLookupByUuid,
    NetworkLookupByUuidReply, NetworkSetAutostart, NetworkUndefine, XML_INACTIVE, XML_VALIDATE, list,
};
use virtwire_protocol::remote::{Network as Reference, Text};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::xdr::{self, List, Xdr};

use super::client::{Client, OnState};
use super::fault::{check_flags, fault, rpc};
use super::state::{Network, State, text};

type Names = List<Text, NETWORK_LIST_MAX>;

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    let service = register_changes(register_lists(service));
    service
        .on_state(|state, call: &NetworkLookupByName| {
            let net = state.by_name(call.name.as_bytes())?.reference()?;
            Ok(NetworkLookupByNameReply { net })
        })
        .on_state(|state, call: &NetworkLookupByUuid| {
            let net = state.by_uuid(call.uuid)?.reference()?;
            Ok(NetworkLookupByUuidReply { net })
        })
        .on_state(get_xml_desc)
        .on_state(|state, call: &NetworkGetAutostart| {
            let autostart = state.network(&call.net)?.autostart.into();
            Ok(NetworkGetAutostartReply { autostart })
        })
        .on_state(get_bridge_name)
        .on_state(|state, call: &NetworkIsActive| {
            let active = is_active(state.network(&call.net)?).into();
            Ok(NetworkIsActiveReply { active })
        })
        .on_state(|state, call: &NetworkIsPersistent| {
            let persistent = state.network(&call.net)?.stored.is_some().into();
            Ok(NetworkIsPersistentReply { persistent })
        })
}

fn register_changes(service: Service<Client>) -> Service<Client> {
    service
        .on_state(|state, call: &NetworkCreate| state.start(&call.net))
        .on_state(|state, call: &NetworkDestroy| state.destroy(&call.net))
        .on_state(|state, call: &NetworkUndefine| state.undefine(&call.net))
        .on_state(|state, call: &NetworkSetAutostart| state.set_autostart(&call.net, call.autostart != 0))
        .on_state(|state, call: &NetworkDefineXml| {
            let net = state.define(call.xml.as_bytes())?;
            Ok(NetworkDefineXmlReply { net })
        })
        .on_state(|state, call: &NetworkDefineXmlFlags| {
            refuse_validation(call.flags, "networkDefineXMLFlags")?;
            let net = state.define(call.xml.as_bytes())?;
            Ok(NetworkDefineXmlFlagsReply { net })
        })
        .on_state(|state, call: &NetworkCreateXml| {
            let net = state.create(call.xml.as_bytes())?;
            Ok(NetworkCreateXmlReply { net })
        })
        .on_state(|state, call: &NetworkCreateXmlFlags| {
            refuse_validation(call.flags, "networkCreateXMLFlags")?;
            let net = state.create(call.xml.as_bytes())?;
            Ok(NetworkCreateXmlFlagsReply { net })
        })
}

fn register_lists(service: Service<Client>) -> Service<Client> {
    service
        .on_state(|state, _: &ConnectNumOfNetworks| {
            let num = count(state, is_active)?;
            Ok(ConnectNumOfNetworksReply { num })
        })
        .on_state(|state, _: &ConnectNumOfDefinedNetworks| {
            let num = count(state, is_defined)?;
            Ok(ConnectNumOfDefinedNetworksReply { num })
        })
        .on_state(|state, call: &ConnectListNetworks| {
            let names = names(state, call.maxnames, is_active)?;
            Ok(ConnectListNetworksReply { names })
        })
        .on_state(|state, call: &ConnectListDefinedNetworks| {
            let names = names(state, call.maxnames, is_defined)?;
            Ok(ConnectListDefinedNetworksReply { names })
        })
        .on_state(list_all)
}

fn is_active(network: &Network) -> bool {
    network.live.is_some()
}

/// What libvirt counts as defined: the inactive ones.
fn is_defined(network: &Network) -> bool {
    network.live.is_none()
}

fn count(state: &State, is_listed: fn(&Network) -> bool) -> Answer<i32> {
    length(state.networks().filter(|network| is_listed(network)).count())
}

fn names(state: &State, most: i32, is_listed: fn(&Network) -> bool) -> Answer<Names> {
    let most = usize::try_from(most).unwrap_or(0);
    if most > NETWORK_LIST_MAX {
        return Err(rpc(code::RPC, "maxnames > REMOTE_NETWORK_LIST_MAX"));
    }
    let listed = state.networks().filter(|network| is_listed(network)).take(most);
    let names: Vec<Text> = listed.map(|network| text(&network.definition()?.name)).collect::<Answer<_>>()?;
    items(&names)
}

fn list_all(state: &mut State, call: &ConnectListAllNetworks) -> Answer<ConnectListAllNetworksReply> {
    let known = list::INACTIVE
        | list::ACTIVE
        | list::PERSISTENT
        | list::TRANSIENT
        | list::AUTOSTART
        | list::NO_AUTOSTART;
    check_flags(call.flags, known, "networkConnectListAllNetworks")?;
    let listed = state.networks().filter(|network| is_listed(network, call.flags));
    let nets: Vec<Reference> = listed.map(Network::reference).collect::<Answer<_>>()?;
    let ret = length(nets.len())?;
    let nets = if call.need_results == 0 { List::default() } else { items(&nets)? };
    Ok(ConnectListAllNetworksReply { nets, ret })
}

/// Whether the network has one of the given flags of each pair that is given.
fn is_listed(network: &Network, flags: u32) -> bool {
    let pairs = [
        (is_active(network), list::ACTIVE, list::INACTIVE),
        (network.stored.is_some(), list::PERSISTENT, list::TRANSIENT),
        (network.autostart, list::AUTOSTART, list::NO_AUTOSTART),
    ];
    pairs.into_iter().all(|(is_so, yes, no)| {
        let wanted = if is_so { yes } else { no };
        flags & (yes | no) == 0 || flags & wanted != 0
    })
}

fn get_xml_desc(state: &mut State, call: &NetworkGetXmlDesc) -> Answer<NetworkGetXmlDescReply> {
    check_flags(call.flags, XML_INACTIVE, "networkGetXMLDesc")?;
    let network = state.network(&call.net)?;
    let document = if call.flags & XML_INACTIVE == 0 {
        network.definition()?.to_xml(network.ports.len())
    } else {
        network.stored.as_ref().map_or_else(|| network.definition(), Ok)?.to_xml(0)
    };
    let xml = text(&document)?;
    Ok(NetworkGetXmlDescReply { xml })
}

fn get_bridge_name(state: &mut State, call: &NetworkGetBridgeName) -> Answer<NetworkGetBridgeNameReply> {
    let definition = state.network(&call.net)?.definition()?;
    let Some(bridge) = definition.facts.bridge_name() else {
        let text = format!("network '{}' does not have a bridge name.", definition.name);
        return Err(fault(code::INTERNAL_ERROR, text));
    };
    let name = text(bridge)?;
    Ok(NetworkGetBridgeNameReply { name })
}

fn refuse_validation(flags: u32, function: &str) -> Answer<()> {
    check_flags(flags, XML_VALIDATE, function)?;
    if flags & XML_VALIDATE == 0 {
        return Ok(());
    }
    let detail = "validating XML against libvirt's schema, which this in-memory hypervisor does not have";
    Err(fault(code::NO_SUPPORT, detail))
}

pub(super) fn length<N: TryFrom<usize>>(length: usize) -> Answer<N> {
    N::try_from(length).map_err(|_| too_many(&length))
}

pub(super) fn items<T: Xdr, const MAX: usize>(items: &[T]) -> Answer<List<T, MAX>> {
    List::new(items).map_err(|error: xdr::Error| too_many(&error))
}

fn too_many(what: &dyn std::fmt::Display) -> Box<ErrorBody> {
    ErrorBody::new(code::RPC, domain::RPC, &format!("Unable to encode message payload: {what}"))
}
