//! virsh's text about parts of a network.

#[cfg(feature = "net-port")]
use super::ListView;
use super::clock::Clock;
use super::escape::{Cell, cell};
use super::{View, grid};
#[cfg(feature = "net-port")]
use crate::cli::report::File;
#[cfg(feature = "annotations")]
use crate::cli::report::parts::{Annotating, DescriptionField, NetworkDescription, NetworkMetadata};
use crate::cli::report::parts::{ClientId, Dump, Hostname, Lease, Mac, NetworkLeases, NetworkUpdate};
#[cfg(feature = "net-port")]
use crate::cli::report::parts::{NetworkPortChange, NetworkPorts, PortChange};

pub(super) fn leases(out: &mut Vec<u8>, leases: &NetworkLeases, view: &View) {
    let header = ["Expiry Time", "MAC address", "Protocol", "IP address", "Hostname", "Client ID or DUID"];
    let clock = Clock::of_this_host();
    grid::draw(out, &header, leases.leases.iter().map(|lease| lease_row(lease, &clock)), view.quiet);
}

fn lease_row<'a>(lease: &'a Lease, clock: &Clock) -> [Cell<'a>; 6] {
    let mut address = lease.address.bytes().to_vec();
    address.extend_from_slice(format!("/{}", lease.prefix).as_bytes());
    let or_dash = |text: Option<&'a [u8]>| text.map_or(Cell::plain("-"), cell);
    [
        Cell::plain(clock.tell(lease.expires_at)),
        or_dash(lease.mac.as_ref().map(Mac::bytes)),
        Cell::plain(lease.protocol.as_deref().unwrap_or("-")),
        cell(address),
        or_dash(lease.hostname.as_ref().map(Hostname::bytes)),
        or_dash(lease.client_id.as_ref().map(ClientId::bytes)),
    ]
}

#[cfg(feature = "net-port")]
pub(super) fn ports(out: &mut Vec<u8>, ports: &NetworkPorts, view: &View) {
    match view.list {
        ListView::Uuid => ports.ports.iter().for_each(|uuid| line(out, uuid.as_bytes())),
        _ => {
            let rows = ports.ports.iter().map(|uuid| [Cell::plain(uuid)]);
            grid::draw(out, &["UUID"], rows, view.quiet);
        }
    }
}

pub(super) fn dump(out: &mut Vec<u8>, dump: &Dump) {
    if let Some(xml) = &dump.xml {
        out.extend_from_slice(xml.bytes());
    }
    let Some(selected) = &dump.selected else { return };
    match &selected.wrapped {
        Some(wrapped) => line(out, wrapped.as_bytes()),
        None => selected.nodes.iter().for_each(|node| line(out, node.as_bytes())),
    }
}

#[cfg(feature = "net-port")]
pub(super) fn port_changed(out: &mut Vec<u8>, change: &NetworkPortChange, view: &View) {
    if view.quiet {
        return;
    }
    let file = change.file.as_ref().map(File::bytes).unwrap_or_default();
    out.extend_from_slice(format!("Network port {} ", change.port).as_bytes());
    match change.change {
        PortChange::Created => line(out, &[b"created from ", file].concat()),
        PortChange::Deleted => line(out, b"deleted"),
    }
}

/// No line break: the empty line that closes the output is this line's end.
pub(super) fn updated(out: &mut Vec<u8>, update: &NetworkUpdate) {
    let what = match (update.config, update.live) {
        (true, true) => "persistent config and live state",
        (true, false) => "persistent config",
        _ => "live state",
    };
    out.extend_from_slice(&[b"Updated network ", update.identity.name.bytes(), b" "].concat());
    out.extend_from_slice(what.as_bytes());
}

/// The text has no line break of virsh's, nor have the messages but one.
#[cfg(feature = "annotations")]
pub(super) fn description(out: &mut Vec<u8>, description: &NetworkDescription, view: &View) {
    let field = match description.field {
        DescriptionField::Description => "description",
        DescriptionField::Title => "title",
    };
    let text = description.text.bytes();
    match description.change {
        Annotating::None if !text.is_empty() => out.extend_from_slice(text),
        _ if view.quiet => {}
        Annotating::None => {
            out.extend_from_slice(format!("No {field} for network: ").as_bytes());
            out.extend_from_slice(description.identity.name.bytes());
        }
        Annotating::Unchanged => line(out, format!("Network {field} not changed").as_bytes()),
        Annotating::Changed | Annotating::Removed => {
            out.extend_from_slice(format!("Network {field} updated successfully").as_bytes());
        }
    }
}

#[cfg(feature = "annotations")]
pub(super) fn metadata(out: &mut Vec<u8>, metadata: &NetworkMetadata, view: &View) {
    match (metadata.change, &metadata.xml) {
        (Annotating::None, Some(xml)) => line(out, xml.bytes()),
        _ if view.quiet => {}
        (Annotating::Changed, _) => line(out, b"Metadata modified"),
        (Annotating::Removed, _) => line(out, b"Metadata removed"),
        (Annotating::Unchanged | Annotating::None, _) => out.extend_from_slice(b"Metadata not changed"),
    }
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
}
