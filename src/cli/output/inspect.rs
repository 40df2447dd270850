//! What `net-inspect` prints: for each network a small tree of facts, and a verdict.

use virtwire::shell;

use super::View;
use super::document::Document;
use super::table::failure_lines;
use crate::cli::report::NetworkState;
use crate::cli::report::inspect::{
    Evidence, Fact, GuestTie, InspectedNetwork, NetworkInspection, RuleCount, TiedGuest, UnknownTraces, Word,
};
use crate::cli::report::switch::Goal;
use crate::cli::status::Status;

/// A block for each network, and one for what belongs to none. Where something was expected, a line for each network.
pub(super) fn render(out: &mut Vec<u8>, inspection: &NetworkInspection, document: &Document, view: &View) {
    if let Some(expected) = inspection.expect {
        return expectation(out, inspection, expected, document);
    }
    for network in &inspection.networks {
        if !view.quiet || network.code != Status::Done {
            block(out, network, inspection, document);
        }
    }
    if let Some(unknown) = &inspection.unknown {
        traces(out, unknown, inspection, document);
    }
    if inspection.networks.is_empty() && inspection.unknown.is_none() && document.error.is_none() {
        line(out, &format!("0 networks: there is none on {}", place(inspection, document)));
    }
}

/// What goes to stderr: not what the tree has told already.
pub(super) fn errors(inspection: &NetworkInspection, document: &Document) -> Vec<u8> {
    if inspection.expect.is_some() {
        return Vec::new();
    }
    let each = inspection.networks.iter().filter_map(|network| network.error.as_ref());
    let untold: Vec<_> = each.filter(|failure| failure.status != Status::LeftBehind).collect();
    let whole =
        document.error.as_ref().filter(|failure| untold.is_empty() && failure.status != Status::LeftBehind);
    untold.into_iter().chain(whole).flat_map(failure_lines).collect()
}

/// A line, and one only: what another host says begins no line of its own.
pub(super) fn line(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().map(|byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
    out.push(b'\n');
}

/// A line of a tree: how it is, with what, what exactly.
pub(super) fn branch(out: &mut Vec<u8>, word: &str, aspect: &str, what: &str) {
    if aspect.is_empty() {
        return line(out, &format!("  {word:<10} {what}"));
    }
    line(out, &format!("  {word:<10} {aspect:<10} {what}"));
}

fn place(inspection: &NetworkInspection, document: &Document) -> String {
    let uri = document.uri.as_deref().filter(|_| !inspection.offline);
    on_host(inspection.hostname.as_deref(), uri.unwrap_or("without its daemon"))
}

/// `cmp17, qemu:///system`
pub(super) fn on_host(hostname: Option<&str>, how: &str) -> String {
    hostname.map_or_else(|| how.to_owned(), |host| format!("{host}, {how}"))
}

fn block(out: &mut Vec<u8>, network: &InspectedNetwork, inspection: &NetworkInspection, document: &Document) {
    match &network.identity {
        Some(identity) => {
            out.extend_from_slice(identity.name.bytes());
            out.extend_from_slice(format!(" ({:.8})", identity.uuid).as_bytes());
        }
        None => out.extend_from_slice(network.given.as_deref().unwrap_or_default().as_bytes()),
    }
    line(out, &format!(" on {}", place(inspection, document)));
    let evidence = &network.evidence;
    if let Some(state) = network.state {
        let mode = evidence.mode.as_ref().map(|mode| format!(" ({mode})")).unwrap_or_default();
        branch(out, "now", "state", &format!("{}{mode}", if state.active { "active" } else { "inactive" }));
        let at_boot = match (state.persistent, state.autostart) {
            (false, _) => "gone: it is transient",
            (true, true) => "active: autostart is on",
            (true, false) => "inactive: autostart is off",
        };
        branch(out, "at boot", "state", at_boot);
    }
    facts(out, &evidence.findings);
    dhcp(out, evidence);
    for guest in &evidence.guests {
        guest_line(out, guest, network.state.is_some_and(|state| state.active));
    }
    if evidence.differs_from_stored {
        branch(
            out,
            "note",
            "xml",
            "what is stored differs from what runs, and counts from the next start on",
        );
    }
    for command in &evidence.repair {
        branch(out, "repair", "", command);
    }
    line(out, &format!("verdict: {}", verdict(evidence, network.state)));
}

/// The facts, and those that could not be seen for the same reason in one line.
pub(super) fn facts(out: &mut Vec<u8>, findings: &[Fact]) {
    let is_unseen = |fact: &&Fact| fact.word == "unverified";
    for fact in findings.iter().filter(|fact| !is_unseen(fact)) {
        branch(out, &fact.word.replace('-', " "), &fact.aspect, &fact.what);
    }
    let mut reasons: Vec<&str> = findings.iter().filter(is_unseen).map(|fact| fact.what.as_str()).collect();
    reasons.dedup();
    for (at, reason) in reasons.iter().enumerate() {
        if reasons.iter().take(at).any(|earlier| earlier == reason) {
            continue;
        }
        let mut aspects: Vec<&str> = findings
            .iter()
            .filter(is_unseen)
            .filter(|fact| fact.what == *reason)
            .map(|fact| fact.aspect.as_str())
            .collect();
        aspects.dedup();
        line(out, &format!("  unverified {}: {reason}", aspects.join(", ")));
    }
}

fn dhcp(out: &mut Vec<u8>, evidence: &Evidence) {
    if evidence.ranges.is_empty() {
        return;
    }
    let leases = match evidence.leases {
        Some(1) => ", 1 lease".to_owned(),
        Some(count) => format!(", {count} leases"),
        None => String::new(),
    };
    branch(out, "by xml", "dhcp", &format!("{}{leases}", evidence.ranges.join(", ")));
}

/// A guest that hangs on the network. `is_active`: one that does not run can start.
pub(super) fn guest_line(out: &mut Vec<u8>, guest: &TiedGuest, is_active: bool) {
    let (word, what) = tied(guest, is_active);
    branch(out, word, "guest", &what);
}

fn tied(guest: &TiedGuest, is_active: bool) -> (&'static str, String) {
    let name = guest.guest.as_deref();
    let named = name.unwrap_or("one that does not tell its name");
    let interface = guest.interface.as_deref().unwrap_or("no interface of the host");
    match &guest.tie {
        GuestTie::Member if name.is_none() => {
            ("attached", format!("interface {interface} (member of the bridge)"))
        }
        GuestTie::Member => ("attached", format!("{named} ({interface})")),
        GuestTie::Xml => ("attached", format!("{named} ({interface}, by its XML)")),
        GuestTie::BridgeXml => ("attached", format!("{named} ({interface}, wired to the bridge by its XML)")),
        GuestTie::Port { uuid } => ("attached", format!("{named} (port {uuid})")),
        GuestTie::Connections { count } => ("attached", format!("{count}, by the network's XML")),
        GuestTie::CutOff if is_active => (
            "warning",
            format!("{named} ({interface}) is cut off: a restart of libvirtd or virtqemud re-attaches it"),
        ),
        GuestTie::CutOff => ("warning", format!("{named} ({interface}) runs, and is cut off")),
        GuestTie::Needs if is_active => {
            ("at rest", format!("{named} (shut off) needs this network to start"))
        }
        GuestTie::Needs => ("warning", format!("{named} (shut off) needs this network to start")),
    }
}

/// What it amounts to, in a line.
pub(in crate::cli) fn verdict(evidence: &Evidence, state: Option<NetworkState>) -> String {
    let verified = match evidence.unverified.as_slice() {
        [] => ", verified".to_owned(),
        reasons => format!(", not verified: {}", reasons.join("; ")),
    };
    let missing = || aspects(evidence, "missing");
    match evidence.health {
        Word::Enabled if state.is_some_and(|state| state.autostart) => format!("enabled{verified}"),
        Word::Enabled => format!("enabled until the next reboot{verified}"),
        Word::Degraded => format!("DEGRADED: it is active, and lacks {}", missing()),
        Word::Stopped => format!("stopped until the next reboot, when it starts again{verified}"),
        Word::Disabled => format!("disabled{verified}"),
        Word::LeftBehind if state.is_none() => {
            format!("LEFT BEHIND: there is no such network, but still there: {}", aspects(evidence, "left"))
        }
        Word::LeftBehind => {
            format!("LEFT BEHIND: it is not active, but still there: {}", aspects(evidence, "left"))
        }
        Word::Absent => "there is no such network".to_owned(),
        Word::Unknown => format!("unknown{verified}"),
    }
}

/// The parts of which a word is said.
pub(super) fn aspects(evidence: &Evidence, word: &str) -> String {
    let mut aspects: Vec<&str> =
        evidence.findings.iter().filter(|fact| fact.word == word).map(|fact| fact.aspect.as_str()).collect();
    aspects.dedup();
    aspects.join(", ")
}

fn traces(out: &mut Vec<u8>, unknown: &UnknownTraces, inspection: &NetworkInspection, document: &Document) {
    line(out, "traces of networks that nobody knows");
    for bridge in &unknown.bridges {
        branch(out, "left", "bridge", bridge);
    }
    for process in &unknown.dnsmasq {
        branch(out, "left", "dnsmasq", &format!("{} of network {}", process.pid, process.network));
    }
    if !unknown.rules.is_empty() {
        branch(out, "left", "rules", &counted(&unknown.rules));
    }
    // Asking a daemon might start it, and its networks.
    let uri = document.uri.as_deref().filter(|_| !inspection.offline);
    let words = match uri {
        Some(uri) => vec!["virtwire", "-c", uri, "net-cleanup"],
        None => vec!["virtwire", "net-cleanup", "--offline"],
    };
    let cleanup = shell::line(&words);
    line(out, &format!("verdict: LEFT BEHIND: {cleanup} shows what removes them"));
}

fn counted(rules: &[RuleCount]) -> String {
    let each: Vec<String> =
        rules.iter().map(|rules| format!("{} {} {}", rules.backend, rules.table, rules.count)).collect();
    format!("{} ({})", rules.iter().map(|rules| rules.count).sum::<usize>(), each.join(", "))
}

/// `OK: default is disabled, verified`
fn expectation(out: &mut Vec<u8>, inspection: &NetworkInspection, expected: Goal, document: &Document) {
    let goal = match expected {
        Goal::Disabled => "disabled",
        Goal::Enabled => "enabled",
    };
    let mut parts: Vec<String> = Vec::new();
    for network in &inspection.networks {
        parts.push(format!("{}: {}", network.name(), verdict(&network.evidence, network.state)));
    }
    if inspection.unknown.is_some() {
        parts.push("traces of networks that nobody knows".to_owned());
    }
    if let (true, Some(error)) = (parts.is_empty(), &document.error) {
        parts.push(error.message.to_string());
    }
    if parts.is_empty() {
        parts.push("there is no network".to_owned());
    }
    let is_so = match document.status() {
        Status::Done => "OK",
        Status::LeftBehind => "NOT OK",
        _ => "UNKNOWN",
    };
    line(out, &format!("{is_so}: expected {goal}; {}", parts.join("; ")));
}
