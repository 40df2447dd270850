//! A picture of networks, in the language of Mermaid: documents and tickets render it.

use std::fmt::Write as _;

use super::document::Document;
use crate::cli::report::Report;
use crate::cli::report::inspect::{
    Evidence, GuestTie, InspectedNetwork, NetworkInspection, TiedGuest, Whose, Word,
};

/// A flow chart; where nothing was found out, one that says so.
pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut out = String::from("flowchart LR\n");
    match &document.result {
        Some(Report::NetworkInspection(inspection)) => networks(&mut out, inspection, document),
        _ => node(&mut out, "error", &[&message(document)], "bad"),
    }
    out.push_str("  classDef good stroke:#2e7d32\n");
    out.push_str("  classDef careful stroke:#f9a825,stroke-dasharray:4\n");
    out.push_str("  classDef bad stroke:#c62828,stroke-width:3px\n");
    out.push_str("  classDef faint stroke:#9e9e9e\n");
    out.into_bytes()
}

fn message(document: &Document) -> String {
    document.error.as_ref().map(|error| error.message.to_string()).unwrap_or_default()
}

fn networks(out: &mut String, inspection: &NetworkInspection, document: &Document) {
    let uri = document.uri.as_deref().filter(|_| !inspection.offline).unwrap_or("no daemon asked");
    let host = inspection.hostname.as_deref().unwrap_or("a host that was not looked at");
    node(out, "host", &[host, uri], "faint");
    for (number, network) in inspection.networks.iter().enumerate() {
        let id = format!("n{number}");
        one(out, &id, network);
        let _ = writeln!(out, "  host --- {id}");
    }
    if let Some(unknown) = &inspection.unknown {
        let rules: usize = unknown.rules.iter().map(|rules| rules.count).sum();
        let traces =
            format!("{} bridges, {} dnsmasq, {rules} rules", unknown.bridges.len(), unknown.dnsmasq.len());
        node(out, "unknown", &["left behind by networks that nobody knows", &traces], "bad");
        out.push_str("  host --- unknown\n");
    }
}

fn one(out: &mut String, id: &str, network: &InspectedNetwork) {
    let name = network.name();
    let evidence = &network.evidence;
    let health = Word::ALL.iter().find(|(word, _)| *word == evidence.health).map_or("", |(_, name)| *name);
    let verified = if evidence.verified { "verified" } else { "not verified" };
    let mode = evidence.mode.as_deref().unwrap_or_default();
    let (lines, class) = ([name.as_str(), mode, &format!("{health}, {verified}")], class(evidence.health));
    node(out, id, &lines, class);
    parts(out, id, evidence);
    for (number, guest) in evidence.guests.iter().enumerate() {
        let guest_id = format!("{id}g{number}");
        let (label, arrow, class) = tied(guest);
        node(out, &guest_id, &[&label], class);
        let from = if evidence.bridge.is_some() { format!("{id}b") } else { id.to_owned() };
        let _ = writeln!(out, "  {from} {arrow} {guest_id}");
    }
}

fn parts(out: &mut String, id: &str, evidence: &Evidence) {
    let should_be_gone = !matches!(evidence.health, Word::Enabled | Word::Degraded);
    let seen = if should_be_gone { "bad" } else { "good" };
    if let Some(bridge) = &evidence.bridge {
        let class = match bridge.whose {
            Whose::Own if bridge.up != Some(false) => seen,
            Whose::Own | Whose::Other => "bad",
            Whose::Host => "faint",
        };
        let mac = bridge.mac.as_deref().unwrap_or_default();
        let addresses = bridge.addresses.join(", ");
        part(out, id, "b", &[&bridge.name, mac, &addresses], class);
    }
    if let Some(pids) = evidence.dnsmasq.as_ref().filter(|pids| !pids.is_empty()) {
        let pids: Vec<String> = pids.iter().map(ToString::to_string).collect();
        let lines = [format!("dnsmasq {}", pids.join(" ")), evidence.ranges.join(", ")];
        part(out, id, "d", &lines.each_ref().map(String::as_str), seen);
    }
    if let Some(rules) = evidence.rules.as_ref().filter(|rules| !rules.is_empty()) {
        let count: usize = rules.iter().map(|rules| rules.count).sum();
        let foreign = evidence.foreign_rules.filter(|count| *count > 0);
        let foreign = foreign.map(|count| format!("and {count} of others")).unwrap_or_default();
        part(out, id, "r", &[&format!("{count} firewall rules"), &foreign], seen);
    }
    for (number, fact) in evidence.findings.iter().filter(|fact| fact.word == "missing").enumerate() {
        part(out, id, &format!("m{number}"), &[&format!("missing {}", fact.aspect), &fact.what], "bad");
    }
}

fn part(out: &mut String, id: &str, suffix: &str, lines: &[&str], class: &str) {
    node(out, &format!("{id}{suffix}"), lines, class);
    let _ = writeln!(out, "  {id} --> {id}{suffix}");
}

fn tied(guest: &TiedGuest) -> (String, &'static str, &'static str) {
    let name = guest.guest.as_deref().unwrap_or("unnamed guest");
    let interface = guest.interface.as_ref().map(|interface| format!(" ({interface})")).unwrap_or_default();
    match &guest.tie {
        GuestTie::CutOff => (format!("{name}{interface}, cut off"), "-.-", "bad"),
        GuestTie::Needs => (format!("{name}, shut off"), "-.-", "faint"),
        GuestTie::Connections { count } => (format!("{count} interfaces"), "---", "good"),
        _ => (format!("{name}{interface}"), "---", "good"),
    }
}

fn class(health: Word) -> &'static str {
    match health {
        Word::Enabled => "good",
        Word::Degraded | Word::LeftBehind => "bad",
        Word::Stopped | Word::Unknown => "careful",
        Word::Disabled | Word::Absent => "faint",
    }
}

fn node(out: &mut String, id: &str, lines: &[&str], class: &str) {
    let lines: Vec<String> = lines.iter().filter(|line| !line.is_empty()).map(|line| label(line)).collect();
    let _ = writeln!(out, "  {id}[\"{}\"]:::{class}", lines.join("<br/>"));
}

/// Text inside a label: what could be taken for markup is written by its number.
fn label(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() || " .,:/-_()".contains(character) {
            label.push(character);
        } else {
            let _ = write!(label, "#{};", u32::from(character));
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_nothing_that_mermaid_reads() {
        assert_eq!(label("a-b_c (virbr0) 10.0.0.1/24"), "a-b_c (virbr0) 10.0.0.1/24");
        assert_eq!(label("\"]-->x;<b>\n#`&"), "#34;#93;--#62;x#59;#60;b#62;#10;#35;#96;#38;");
    }
}
