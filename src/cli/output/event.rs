//! virsh's lines of events.

use crate::cli::report::event::{Change, End, Event, Metadata, NetworkEvent, NetworkEventsEnd};

pub(super) fn render(out: &mut Vec<u8>, told: &NetworkEvent, has_time: bool) {
    if has_time {
        out.extend_from_slice(told.time.as_in_virsh().as_bytes());
        out.extend_from_slice(b": ");
    }
    let (event, what) = match &told.event {
        Event::Lifecycle { change, .. } => ("lifecycle", word_of(*change).as_bytes().to_vec()),
        Event::MetadataChange { metadata, uri, .. } => {
            let uri = uri.as_ref().map_or(b"<null>".to_vec(), |uri| uri.bytes().to_vec());
            ("metadata-change", [b"type ", kind_of(*metadata).as_bytes(), b", uri ", &uri].concat())
        }
    };
    let name = told.identity.name.bytes();
    let parts: [&[u8]; 7] = [b"event '", event.as_bytes(), b"' for network ", name, b": ", &what, b"\n"];
    out.extend(parts.concat());
}

fn word_of(change: Change) -> &'static str {
    match change {
        Change::Defined => "Defined",
        Change::Undefined => "Undefined",
        Change::Started => "Started",
        Change::Stopped => "Stopped",
        Change::Unknown => "unknown",
    }
}

fn kind_of(metadata: Metadata) -> &'static str {
    match metadata {
        Metadata::Description => "description",
        Metadata::Title => "title",
        Metadata::Element => "element",
        Metadata::Unknown => "<null>",
    }
}

pub(super) fn render_end(out: &mut Vec<u8>, end: &NetworkEventsEnd) {
    let why = match end.reason {
        End::TimedOut => "event loop timed out\n",
        End::Interrupted => "event loop interrupted\n",
        End::Done | End::Failed => "",
    };
    out.extend(format!("{why}events received: {}\n", end.received).into_bytes());
}
