//! JSON, Mermaid and Prometheus of a real network.

use super::at_home;
use super::lab::Lab;
use super::lab::state::{Kind, Net, State};
use std::collections::BTreeSet;

/// A line of Prometheus' text format, read as strictly as its own parser: metric, labels, value.
fn sample(line: &str) -> Option<(String, Vec<(String, String)>, f64)> {
    let (head, value) = line.rsplit_once(' ')?;
    let (name, labels) = match head.split_once('{') {
        Some((name, rest)) => (name, labels(rest.strip_suffix('}')?)?),
        None => (head, Vec::new()),
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_sound = is_name(name) && labels.iter().all(|(label, _)| is_name(label));
    is_sound.then_some((name.to_owned(), labels, value.parse().ok()?))
}

fn labels(text: &str) -> Option<Vec<(String, String)>> {
    let mut labels = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let (mut value, mut chars) = (String::new(), after.char_indices());
        let end = loop {
            match chars.next()? {
                (at, '"') => break at + 1,
                (_, '\\') => value.push(match chars.next()?.1 {
                    'n' => '\n',
                    escaped @ ('"' | '\\') => escaped,
                    _ => return None,
                }),
                (_, '\n') => return None,
                (_, other) => value.push(other),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(labels)
}

#[test]
fn prometheus_reads_every_line_and_every_family_is_declared_once() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let odd = "say \"hi\" back\\slash";
    lab.add(&Net::new(3, odd, Kind::ALL[1]));
    let metrics = at_home(&lab, &["-o", "prometheus", "net-inspect"]).expect_ok().out();
    let (mut declared, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut current = String::new();
    for line in metrics.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a name and a type");
            assert!(kind == "gauge" && declared.insert(name.to_owned()), "{line}");
            current = name.to_owned();
        } else if !line.starts_with("# HELP ") {
            let (name, labels, value) = sample(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(name, current, "samples stand below their type");
            assert!(value >= 0.0 && seen.insert((name, labels)), "{line}");
        }
    }
    let network = |name: &str| ("network".to_owned(), name.to_owned());
    let has = |metric: &str, labels: Vec<(String, String)>| seen.contains(&(metric.to_owned(), labels));
    assert!(has("virtwire_up", Vec::new()));
    assert!(has("virtwire_network_active", vec![network(odd)]), "{metrics}");
    assert!(metrics.contains("virtwire_network_dnsmasq_processes{network=\"default\"} 2\n"), "{metrics}");
    let rules =
        "virtwire_network_firewall_rules{network=\"default\",backend=\"iptables-nft\",table=\"filter\"} 13\n";
    assert!(metrics.contains(rules), "{metrics}");
    assert!(
        metrics.contains("virtwire_network_health{network=\"default\",health=\"enabled\"} 1\n"),
        "{metrics}"
    );
}

#[test]
fn without_a_daemon_the_metrics_say_so() {
    let Some(mut lab) = Lab::start() else { return };
    lab.kill9();
    let metrics = at_home(&lab, &["-o", "prometheus", "net-inspect"]);
    assert_eq!((metrics.code, metrics.out().lines().last()), (Some(4), Some("virtwire_up 0")), "{metrics:?}");
}

#[test]
fn mermaid_draws_each_part_with_labels_that_hold_no_markup() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    lab.add(&Net::new(3, "a<b>\"c\"];d", Kind::ALL[1]));
    let drawn = at_home(&lab, &["-o", "mermaid", "net-inspect"]).expect_ok().out();
    assert!(drawn.starts_with("flowchart LR\n"), "{drawn}");
    assert!(drawn.contains("a#60;b#62;#34;c#34;#93;#59;d"), "{drawn}");
    assert!(drawn.contains("virbr0<br/>52:54:00:77:69:7a<br/>192.168.122.1/24"), "{drawn}");
    for line in drawn.lines().filter(|line| line.contains("[\"")) {
        let label = line.split_once("[\"").and_then(|(_, rest)| rest.split_once("\"]:::")).expect("a label");
        assert!(!label.0.replace("<br/>", "").contains(['<', '>', '"', '[', ']']), "{line}");
    }
}

#[test]
fn json_holds_the_parts_as_values() {
    let Some(lab) = Lab::start() else { return };
    lab.bring(State::One);
    let out = at_home(&lab, &["-o", "json", "net-inspect", "default"]).expect_ok().out();
    let document: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    let network = &document["result"]["networks"][0];
    assert_eq!((&network["health"], &network["verified"]), (&"enabled".into(), &true.into()));
    assert_eq!(network["dnsmasq"].as_array().map(Vec::len), Some(2));
    assert_eq!(network["bridge"]["addresses"][0], "192.168.122.1/24");
    let off = at_home(&lab, &["-o", "json", "net-disable", "default"]).expect_ok().out();
    let document: serde_json::Value = serde_json::from_str(&off).expect("it is JSON");
    let evidence = &document["result"]["networks"][0]["evidence"];
    assert_eq!((&evidence["health"], &evidence["verified"]), (&"disabled".into(), &true.into()));
    let words: Vec<_> = evidence["findings"].as_array().expect("a list").iter().map(|f| &f["word"]).collect();
    assert_eq!(words.iter().filter(|word| **word == "gone").count(), 3, "{evidence}");
}

#[test]
fn other_commands_have_no_pictures() {
    let Some(lab) = Lab::start() else { return };
    for format in ["mermaid", "prometheus"] {
        let refused = at_home(&lab, &["-o", format, "net-list"]);
        assert_eq!((refused.code, refused.out().as_str()), (Some(2), ""), "{refused:?}");
    }
}
