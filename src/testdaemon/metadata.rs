//! A network's title, description and stored elements, and the handlers that read and change them.

use virtwire_protocol::error_body::code;
use virtwire_protocol::remote::OptText;
use virtwire_protocol::remote::network::{NetworkGetMetadata, NetworkGetMetadataReply, NetworkSetMetadata};
use virtwire_protocol::service::{Answer, Service};

use super::client::{Client, OnState};
use super::definition::{parse, set_text};
use super::fault::{check_flags, fault};
use super::state::{AFFECT_CONFIG, AFFECT_LIVE, State, text};
use crate::xml::{Element, Node};

/// Kinds of metadata (`virNetworkMetadataType`).
const DESCRIPTION: i32 = 0;
const TITLE: i32 = 1;
const ELEMENT: i32 = 2;

pub(super) fn register(service: Service<Client>) -> Service<Client> {
    service.on_state(get).on_state(set)
}

fn get(state: &mut State, call: &NetworkGetMetadata) -> Answer<NetworkGetMetadataReply> {
    check_flags(call.flags, AFFECT_LIVE | AFFECT_CONFIG, "networkGetMetadata")?;
    let network = state.network(&call.network)?;
    let definition = match call.flags {
        0 => Some(network.definition()?),
        AFFECT_LIVE => Some(network.running()?),
        _ => network.stored.as_ref(),
    };
    let transient = || fault(code::OPERATION_INVALID, "transient networks do not have any persistent config");
    let document = definition.ok_or_else(transient)?.document();
    let found = match (call.r#type, field(call.r#type)) {
        (_, Some(name)) => document.child_text(name).map(String::from),
        (ELEMENT, None) => {
            let uri = string(&call.uri)?;
            let stored = document.child("metadata");
            stored.and_then(|stored| stored.child_of_namespace(&uri)).map(without_namespace)
        }
        (unknown, None) => return Err(unknown_type(unknown)),
    };
    let found = found.ok_or_else(|| {
        let detail = "Requested metadata element is not present";
        fault(code::NO_NETWORK_METADATA, detail)
    })?;
    let metadata = text(&found)?;
    Ok(NetworkGetMetadataReply { metadata })
}

fn set(state: &mut State, call: &NetworkSetMetadata) -> Answer<()> {
    check_flags(call.flags, AFFECT_LIVE | AFFECT_CONFIG, "networkSetMetadata")?;
    let network = state.network_mut(&call.network)?;
    let metadata = call.metadata.as_ref().map(|_| string(&call.metadata)).transpose()?;
    let edit = |document: &Element| {
        let mut document = document.clone();
        match (call.r#type, field(call.r#type)) {
            (_, Some(name)) => set_field(&mut document, name, metadata.as_deref()),
            (ELEMENT, None) => set_element(&mut document, call, metadata.as_deref())?,
            (unknown, None) => return Err(unknown_type(unknown)),
        }
        Ok(document)
    };
    network.change(call.flags, edit)?;
    let reference = network.reference()?;
    state.listeners.metadata_change(&reference, call.r#type, &call.uri);
    Ok(())
}

/// The element that holds this kind of metadata as text.
const fn field(kind: i32) -> Option<&'static str> {
    match kind {
        DESCRIPTION => Some("description"),
        TITLE => Some("title"),
        _ => None,
    }
}

fn set_field(document: &mut Element, name: &str, text: Option<&str>) {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => set_text(document, name, text),
        None => document.nodes.retain(|node| !matches!(node, Node::Element(element) if element.name == name)),
    }
}

fn set_element(document: &mut Element, call: &NetworkSetMetadata, metadata: Option<&str>) -> Answer<()> {
    let uri = string(&call.uri)?;
    let mut stored = document.child("metadata").cloned().unwrap_or_else(|| Element::new("metadata"));
    if let Some(old) = stored.child_of_namespace(&uri).cloned() {
        stored.nodes.retain(|node| !matches!(node, Node::Element(element) if *element == old));
    }
    if let Some(metadata) = metadata {
        let key = string(&call.key)?;
        let mut element = parse(metadata.as_bytes(), "(metadata_xml)")?;
        with_prefix(&mut element, &key);
        element.attributes.retain(|attribute| !attribute.name.starts_with("xmlns"));
        let mut declared = Element::new(&element.name).with(&format!("xmlns:{key}"), uri);
        declared.attributes.append(&mut element.attributes);
        declared.nodes = element.nodes;
        stored.nodes.push(Node::Element(declared));
    }
    document.nodes.retain(|node| !matches!(node, Node::Element(element) if element.name == "metadata"));
    if !stored.nodes.is_empty() {
        document.nodes.push(Node::Element(stored));
    }
    Ok(())
}

fn with_prefix(element: &mut Element, prefix: &str) {
    if !element.name.contains(':') {
        element.name = format!("{prefix}:{}", element.name);
    }
    for node in &mut element.nodes {
        if let Node::Element(inner) = node {
            with_prefix(inner, prefix);
        }
    }
}

/// The element as the client gave it.
fn without_namespace(element: &Element) -> String {
    let mut xml = element.without_namespace().to_xml();
    xml.truncate(xml.trim_end().len());
    xml
}

fn string(text: &OptText) -> Answer<String> {
    let text = text.as_ref().and_then(|text| text.to_str().ok());
    let missing = || fault(code::INVALID_ARG, "metadata, key and uri must be given, in UTF-8");
    text.map(str::to_owned).ok_or_else(missing)
}

fn unknown_type(kind: i32) -> Box<virtwire_protocol::error_body::ErrorBody> {
    fault(code::INVALID_ARG, format!("unknown metadata type '{kind}'"))
}
