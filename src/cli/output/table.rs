//! virsh's text: stdout byte for byte, and the lines of stderr.

use super::document::Document;
use super::escape::{Cell, cell};
#[cfg(feature = "net-event")]
use super::event;
use super::{ListView, View, cleanup, grid, inspect, parts, switch};
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::parts::Title;
use crate::cli::report::{
    Bridge, Change, File, Hypervisor, ListedNetwork, NetworkChange, NetworkInfo, NetworkState, Protocol,
    Report, Versions,
};

/// What goes to stdout.
pub(super) fn render(document: &Document, view: &View) -> Vec<u8> {
    let mut out = told(document, view);
    if view.has_closing_line(document.error.as_ref()) {
        out.push(b'\n');
    }
    out
}

/// What goes to stdout while the command still runs.
pub(super) fn told(document: &Document, view: &View) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(report) = &document.result {
        body(&mut out, report, document, view);
    }
    out
}

/// What goes to stderr.
pub(super) fn errors(document: &Document) -> Vec<u8> {
    let mut out = Vec::new();
    for note in &document.notes {
        line(&mut out, &[b"note: ", note.as_bytes()]);
    }
    if let Some(Report::NetworkSwitch(switch)) = &document.result {
        let each = switch.networks.iter().filter_map(|network| network.error.as_ref());
        let each = each.filter(|failure| Some(*failure) != document.error.as_ref());
        each.for_each(|failure| out.extend(failure_lines(failure)));
    }
    if let Some(Report::NetworkInspection(inspection)) = &document.result {
        out.extend(inspect::errors(inspection, document));
        return out;
    }
    // That no event came is said on stdout, as by virsh.
    if let Some(failure) = document.error.as_ref().filter(|failure| failure.kind != Kind::NoEvent) {
        out.extend(failure_lines(failure));
    }
    out
}

/// `error: <what failed>`, then `error: <why, and what to do>`. A message of several lines, or one that stands alone,
/// gets the advice on a line of its own.
pub(super) fn failure_lines(failure: &Failure) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(what) = &failure.what {
        line(&mut out, &[b"error: ", what.as_bytes()]);
    }
    let message = failure.message.bytes();
    let message = message.trim_ascii_end();
    match &failure.advice {
        Some(advice) if failure.what.is_some() && !message.contains(&b'\n') => {
            let message = message.strip_suffix(b".").unwrap_or(message);
            line(&mut out, &[b"error: ", message, b"; ", advice.as_bytes()]);
        }
        advice => {
            line(&mut out, &[b"error: ", message]);
            if let Some(advice) = advice {
                line(&mut out, &[b"error: ", advice.as_bytes()]);
            }
        }
    }
    out
}

fn line(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.push(b'\n');
}

fn body(out: &mut Vec<u8>, report: &Report, document: &Document, view: &View) {
    match report {
        Report::NetworkList(list) => networks(out, &list.networks, view),
        Report::NetworkInfo(about) => info(out, about),
        Report::NetworkXml(dumped) => parts::dump(out, &dumped.dump),
        Report::NetworkName(network) => line(out, &[network.name.bytes()]),
        Report::NetworkUuid(network) => line(out, &[network.uuid.to_string().as_bytes()]),
        Report::NetworkChange(change) if !view.quiet => changed(out, change),
        Report::NetworkInspection(inspection) => inspect::render(out, inspection, document, view),
        Report::NetworkCleanup(cleaned) => cleanup::render(out, cleaned, document),
        Report::NetworkSwitch(switch) if !view.quiet || switch.dry_run => {
            switch::render(out, switch, document);
        }
        Report::NetworkSwitch(switch) => switch::render_undo(out, switch),
        #[cfg(feature = "net-event")]
        Report::NetworkEventKinds(kinds) => {
            kinds.events.iter().for_each(|kind| line(out, &[kind.as_bytes()]));
        }
        #[cfg(feature = "net-event")]
        Report::NetworkEvent(told) => event::render(out, told, view.has_times),
        #[cfg(feature = "net-event")]
        Report::NetworkEventsLost(_) | Report::NetworkEventsGap(_) => {}
        #[cfg(feature = "net-event")]
        Report::NetworkEventsEnd(end) => event::render_end(out, end),
        Report::NetworkLeases(leases) => parts::leases(out, leases, view),
        #[cfg(feature = "net-port")]
        Report::NetworkPorts(ports) => parts::ports(out, ports, view),
        #[cfg(feature = "net-port")]
        Report::NetworkPortXml(dumped) => parts::dump(out, &dumped.dump),
        #[cfg(feature = "annotations")]
        Report::NetworkDescription(description) => parts::description(out, description, view),
        #[cfg(feature = "annotations")]
        Report::NetworkMetadata(metadata) => parts::metadata(out, metadata, view),
        #[cfg(feature = "net-port")]
        Report::NetworkPortChange(change) => parts::port_changed(out, change, view),
        Report::NetworkUpdate(update) if !view.quiet => parts::updated(out, update),
        Report::NetworkChange(_) | Report::NetworkUpdate(_) => {}
        Report::Versions(versions) => versions_of(out, versions, document),
        #[cfg(feature = "page")]
        Report::PageWritten(written) if !view.quiet => {
            line(out, &[written.page.as_bytes(), b": ", written.sentence.as_bytes()]);
        }
        #[cfg(feature = "page")]
        Report::PageWritten(_) => {}
        #[cfg(any(feature = "completions", feature = "man"))]
        Report::Text(text) => out.extend_from_slice(text.text.as_bytes()),
    }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn info(out: &mut Vec<u8>, about: &NetworkInfo) {
    let name = about.identity.name.bytes();
    let uuid = about.identity.uuid.to_string();
    let bridge = about.bridge.as_ref().map(Bridge::bytes);
    let rows: [(&str, Option<&[u8]>); 6] = [
        ("Name:", Some(name)),
        ("UUID:", Some(uuid.as_bytes())),
        ("Active:", Some(yes(about.state.active).as_bytes())),
        ("Persistent:", Some(yes(about.state.persistent).as_bytes())),
        ("Autostart:", Some(yes(about.state.autostart).as_bytes())),
        ("Bridge:", bridge),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            line(out, &[format!("{label:<15} ").as_bytes(), value]);
        }
    }
}

fn versions_of(out: &mut Vec<u8>, versions: &Versions, document: &Document) {
    let Versions { virtwire, protocol, server, hypervisor } = versions;
    line(out, &[b"virtwire    ", virtwire.as_bytes()]);
    let Protocol { library, remote, newest } = protocol;
    let spoken = format!("virtwire-protocol {library}: libvirt's remote protocol {remote}");
    let spoken = format!("protocol    {spoken}, procedures up to libvirt {newest}");
    line(out, &[spoken.as_bytes()]);
    if let Some(server) = server {
        let uri = document.uri.as_deref().unwrap_or_default();
        line(out, &[format!("server      libvirt {server} at {uri}").as_bytes()]);
    }
    if let Some(Hypervisor { kind, version }) = hypervisor {
        let version = version.as_ref().map_or("of a version that it does not tell", |version| version);
        line(out, &[format!("hypervisor  {kind} {version}").as_bytes()]);
    }
}

fn changed(out: &mut Vec<u8>, change: &NetworkChange) {
    let name = change.identity.name.bytes();
    let given = change.given.as_deref().unwrap_or_default().as_bytes();
    let file = change.file.as_ref().map(File::bytes).unwrap_or_default();
    match change.change {
        Change::Started => line(out, &[b"Network ", given, b" started"]),
        Change::Destroyed => line(out, &[b"Network ", given, b" destroyed"]),
        Change::Undefined => line(out, &[b"Network ", given, b" has been undefined"]),
        Change::Autostarted => line(out, &[b"Network ", given, b" marked as autostarted"]),
        Change::NotAutostarted => line(out, &[b"Network ", given, b" unmarked as autostarted"]),
        Change::Defined => line(out, &[b"Network ", name, b" defined from ", file]),
        #[cfg(feature = "edit")]
        Change::Edited => line(out, &[b"Network ", name, b" XML configuration edited."]),
        #[cfg(feature = "edit")]
        Change::NotEdited => line(out, &[b"Network ", name, b" XML configuration not changed."]),
        Change::Created => line(out, &[b"Network ", name, b" created from ", file]),
    }
}

fn networks(out: &mut Vec<u8>, networks: &[ListedNetwork], view: &View) {
    match view.list {
        ListView::Name => networks.iter().for_each(|network| line(out, &[network.identity.name.bytes()])),
        ListView::Uuid => {
            networks.iter().for_each(|network| line(out, &[network.identity.uuid.to_string().as_bytes()]));
        }
        ListView::Table => grid_of(out, networks, view),
    }
}

fn grid_of(out: &mut Vec<u8>, networks: &[ListedNetwork], view: &View) {
    let header = ["Name", "State", "Autostart", "Persistent", "Title"];
    let header = if view.has_title { &header[..] } else { &header[..4] };
    grid::draw(out, header, networks.iter().map(row), view.quiet);
}

fn row(network: &ListedNetwork) -> [Cell<'_>; 5] {
    let state = network.state.unwrap_or(NetworkState { active: false, persistent: false, autostart: false });
    let title = network.title.as_ref().map(Title::bytes).unwrap_or_default();
    [
        cell(network.identity.name.bytes()),
        Cell::plain(if state.active { "active" } else { "inactive" }),
        Cell::plain(yes(state.autostart)),
        Cell::plain(yes(state.persistent)),
        cell(title),
    ]
}
