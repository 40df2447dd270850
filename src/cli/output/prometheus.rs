//! Metrics for the textfile collector of Prometheus' node_exporter.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::document::Document;
use crate::cli::report::Report;
use crate::cli::report::inspect::{Evidence, GuestTie, InspectedNetwork, NetworkInspection, Word};

/// A family of metrics: its name, what it tells, and its samples: labels, and value.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: Vec<(Vec<(&'static str, String)>, usize)>,
}

/// All families that have samples. Where nobody could be asked, `virtwire_up` alone says so.
pub(super) fn render(document: &Document) -> Vec<u8> {
    let inspection = match &document.result {
        Some(Report::NetworkInspection(inspection)) => Some(inspection),
        _ => None,
    };
    let mut families = vec![Family {
        name: "virtwire_up",
        help: "Whether the networks could be read.",
        samples: vec![(Vec::new(), usize::from(inspection.is_some()))],
    }];
    families.extend(inspection.map(families_of).into_iter().flatten());
    families.iter().filter(|family| !family.samples.is_empty()).map(printed).collect::<String>().into_bytes()
}

fn printed(family: &Family) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# HELP {} {}", family.name, family.help);
    let _ = writeln!(out, "# TYPE {} gauge", family.name);
    // A collector takes no file in which a series stands twice: networks given twice, or names that read alike.
    let mut told = BTreeSet::new();
    for (labels, value) in family.samples.iter().filter(|(labels, _)| told.insert(labels.clone())) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(out, "{}{labels} {value}", family.name);
    }
    out
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

type Labels = Vec<(&'static str, String)>;

fn families_of(inspection: &NetworkInspection) -> Vec<Family> {
    let networks = &inspection.networks;
    let each = |name, help, samples: &dyn Fn(&InspectedNetwork) -> Vec<(Labels, usize)>| {
        let labelled = |network: &InspectedNetwork| {
            let samples = samples(network).into_iter();
            let network = network.name();
            let with_name = move |(labels, value): (Labels, usize)| {
                let name = std::iter::once(("network", network.clone()));
                (name.chain(labels).collect::<Labels>(), value)
            };
            samples.map(with_name).collect::<Vec<_>>()
        };
        Family { name, help, samples: networks.iter().flat_map(labelled).collect() }
    };
    let one = |name, help, value: &dyn Fn(&InspectedNetwork) -> Option<usize>| {
        each(name, help, &|network| value(network).map(|value| (Vec::new(), value)).into_iter().collect())
    };
    let state = |network: &InspectedNetwork| network.state;
    vec![
        each("virtwire_network_info", "What a network is.", &|network| vec![(info(network), 1)]),
        one("virtwire_network_active", "Whether it runs.", &|network| {
            state(network).map(|state| usize::from(state.active))
        }),
        one("virtwire_network_autostart", "Whether it starts with the host.", &|network| {
            state(network).map(|state| usize::from(state.autostart))
        }),
        one("virtwire_network_persistent", "Whether it has a stored definition.", &|network| {
            state(network).map(|state| usize::from(state.persistent))
        }),
        each("virtwire_network_health", "What it amounts to: 1 of the one that holds.", &health),
        one("virtwire_network_verified", "Whether every part was looked for.", &|network| {
            Some(usize::from(network.evidence.verified))
        }),
        one("virtwire_network_bridge_members", "Members of its bridge, where that is there.", &|network| {
            network.evidence.bridge.as_ref().map(|bridge| bridge.members.len())
        }),
        one("virtwire_network_dnsmasq_processes", "Processes of its DNS and DHCP server.", &|network| {
            network.evidence.dnsmasq.as_ref().map(Vec::len)
        }),
        each("virtwire_network_firewall_rules", "Rules that libvirt made for it.", &|network| {
            rules(&network.evidence)
        }),
        one("virtwire_network_foreign_rules", "Rules of others that have to do with it.", &|network| {
            network.evidence.foreign_rules
        }),
        one("virtwire_network_dhcp_leases", "Addresses that it has given out.", &|network| {
            network.evidence.leases
        }),
        each("virtwire_network_guests", "Interfaces of guests, by how they hang on it.", &|network| {
            guests(&network.evidence)
        }),
        Family {
            name: "virtwire_unknown_leftovers",
            help: "What networks that nobody knows left behind.",
            samples: unknown(inspection),
        },
    ]
}

fn info(network: &InspectedNetwork) -> Labels {
    let uuid = network.identity.as_ref().map(|identity| identity.uuid.to_string()).unwrap_or_default();
    let mode = network.evidence.mode.clone().unwrap_or_default();
    // Nothing that changes when it is switched: that would be another series.
    vec![("uuid", uuid), ("mode", mode)]
}

fn health(network: &InspectedNetwork) -> Vec<(Labels, usize)> {
    let is = |word: Word| usize::from(network.evidence.health == word);
    Word::ALL.iter().map(|(word, name)| (vec![("health", (*name).to_owned())], is(*word))).collect()
}

fn rules(evidence: &Evidence) -> Vec<(Labels, usize)> {
    let rules = evidence.rules.as_deref().unwrap_or_default().iter();
    let labels =
        |backend: &str, table: &str| vec![("backend", backend.to_owned()), ("table", table.to_owned())];
    rules.map(|rules| (labels(&rules.backend, &rules.table), rules.count)).collect()
}

fn guests(evidence: &Evidence) -> Vec<(Labels, usize)> {
    let attached = |tie: &GuestTie| match tie {
        GuestTie::CutOff | GuestTie::Needs => 0,
        GuestTie::Connections { count } => *count,
        _ => 1,
    };
    let ties = || evidence.guests.iter().map(|guest| &guest.tie);
    let count = |wanted: &GuestTie| ties().filter(|tie| *tie == wanted).count();
    [
        ("attached", ties().map(attached).sum()),
        ("cut-off", count(&GuestTie::CutOff)),
        ("needs", count(&GuestTie::Needs)),
    ]
    .map(|(tie, count)| (vec![("tie", tie.to_owned())], count))
    .into()
}

fn unknown(inspection: &NetworkInspection) -> Vec<(Labels, usize)> {
    let Some(unknown) = &inspection.unknown else { return Vec::new() };
    let rules = unknown.rules.iter().map(|rules| rules.count).sum();
    [("bridge", unknown.bridges.len()), ("dnsmasq", unknown.dnsmasq.len()), ("rule", rules)]
        .map(|(kind, count)| (vec![("kind", kind.to_owned())], count))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::{NetworkIdentity, NetworkState};
    use crate::cli::status::Status;
    use virtwire::protocol::remote::Uuid;

    fn network(name: &[u8]) -> InspectedNetwork {
        InspectedNetwork {
            given: None,
            identity: Some(NetworkIdentity { name: name.into(), uuid: Uuid([7; 16]) }),
            state: Some(NetworkState { active: true, persistent: true, autostart: true }),
            evidence: Evidence::nothing(Word::Enabled),
            code: Status::Done,
            error: None,
        }
    }

    #[test]
    fn each_series_stands_once_whatever_the_names_are() {
        let networks = [&b"a"[..], b"a", b"\xff", b"\xfe", b"say \"hi\"\n\\"].map(network).into();
        let inspection = NetworkInspection {
            hostname: None,
            offline: false,
            expect: None,
            networks,
            unknown: None,
            unseen: Vec::new(),
        };
        let mut series = BTreeSet::new();
        for family in families_of(&inspection) {
            for (name, _) in family.samples.iter().flat_map(|(labels, _)| labels) {
                assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            }
            for line in printed(&family).lines().filter(|line| !line.starts_with('#')) {
                let (name, _value) = line.rsplit_once(' ').unwrap();
                assert!(series.insert(name.to_owned()), "{line}");
            }
        }
        assert!(series.contains(r#"virtwire_network_active{network="say \"hi\"\n\\"}"#), "{series:?}");
        let active = series.iter().filter(|series| series.starts_with("virtwire_network_active{"));
        assert_eq!(active.count(), 3, "{series:?}");
    }
}
