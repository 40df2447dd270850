//! What must hold for texts that people write, whatever they write: what is understood, written again, is understood as the
//! same. For the fuzzer, and for the plain test that replays its corpus.

use std::fmt::Write;

use virtwire::config::Config;
use virtwire::uri::{Mode, Proxy, Uri, shown};
use virtwire::xml::{Element, Limits, Network, Outline};

/// A connection URI.
pub(crate) fn uri(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let uri = match Uri::parse(text) {
        Ok(uri) => uri,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            // What may be a password is hidden once and for all.
            let shown = shown(text);
            assert_eq!(virtwire::uri::shown(&shown), shown);
            return;
        }
    };
    assert_eq!((uri.as_str(), shown(text).as_ref(), uri.to_string().as_str()), (text, text, text));
    let again = Uri::parse(&uri.to_string()).expect("it was understood before");
    assert_eq!(again, uri);
    let behind_scheme = text.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let server = behind_scheme.and_then(|rest| rest.split(['/', '?', '#']).next());
    let user = server.and_then(|server| server.rsplit_once('@'));
    assert!(user.is_none_or(|(user, _)| !user.contains(':')), "a password in {text}");
    for name in ["no_verify", "NAME", "authfile", "mode"] {
        drop((uri.flag(name), uri.parameter(name)));
    }
    drop((uri.mode(), uri.proxy()));
    // The name may be anybody's choice; else it is the URI of the same driver, which has nothing for this side.
    let name = uri.server_name();
    if uri.parameter("name").is_none() && !name.is_empty() {
        assert!(name.starts_with(&format!("{}://", uri.driver())), "{name}");
        let has_path = name.starts_with(&format!("{}:///", uri.driver()));
        if let Some(named) = Uri::parse(&name).ok().filter(|_| has_path) {
            assert_eq!(named.server_name(), name, "{text}");
        }
    }
}

/// The text of a libvirt.conf.
pub(crate) fn libvirt_conf(input: &[u8]) {
    let Ok(config) = Config::parse(&String::from_utf8_lossy(input)) else { return };
    let lab = config.uri_aliases.iter().find(|(name, _)| name == "lab").map_or("lab", |(_, uri)| uri);
    assert_eq!(config.uri(Some("lab")), lab);
    let written = written(&config);
    let again = Config::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again, config, "{written}");
}

fn written(config: &Config) -> String {
    let mut text = String::from("# all that is known\n");
    let mode = config.remote_mode.map(|mode| match mode {
        Mode::Auto => "auto",
        Mode::Direct => "direct",
        Mode::Legacy => "legacy",
    });
    let proxy = config.remote_proxy.map(|proxy| match proxy {
        Proxy::Auto => "auto",
        Proxy::Native => "native",
        Proxy::Netcat => "netcat",
    });
    let lines = [
        ("uri_default", config.uri_default.as_deref()),
        ("remote_mode", mode),
        ("remote_proxy", proxy),
        ("tls_priority", config.tls_priority.as_deref()),
    ];
    for (key, value) in lines {
        if let Some(value) = value {
            writeln!(text, "{key} = {}", quoted(value)).expect("a text takes it");
        }
    }
    let aliases = config.uri_aliases.iter().map(|(name, uri)| quoted(&format!("{name}={uri}")));
    writeln!(text, "uri_aliases = [ {} ]", aliases.collect::<Vec<_>>().join(", ")).expect("a text takes it");
    text
}

/// In quotes that the value does not have.
fn quoted(value: &str) -> String {
    let quote = ["\"", "'"].into_iter().find(|quote| !value.contains(['\n']) && !value.contains(*quote));
    let quote = quote.unwrap_or("\"\"\"");
    format!("{quote}{value}{quote}")
}

/// A network's definition, or any other XML.
pub(crate) fn network_xml(input: &[u8]) {
    let Ok(tree) = Element::parse(input) else { return };
    let text = tree.to_xml();
    let again = Element::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, tree, "{text}");
    assert_eq!(again.to_xml(), text);
    let few = Limits { depth: 3, nodes: 5, ..Limits::default() };
    drop(Element::parse_within(input, few));
    let outline = Outline::parse(input);
    let network = match Network::parse(input) {
        Ok(network) => network,
        Err(error) => return assert_eq!(outline, Err(error)),
    };
    outlined(&network, &outline.unwrap_or_else(|error| panic!("{error}: {text}")));
    let text = network.to_xml();
    let again = Network::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, network, "{text}");
    assert_eq!(again.to_xml(), text);
    asked(&network);
    // What is dropped is gone, and all else is as it was.
    let mut less = network;
    less.ips.clear();
    less.metadata = None;
    less.forward = None;
    let text = less.to_xml();
    let again = Network::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, less, "{text}");
}

/// The outline says what the struct says.
fn outlined(network: &Network, outline: &Outline) {
    assert_eq!(outline.forward_mode(), *network.forward_mode());
    assert_eq!(outline.bridge_name(), network.bridge_name());
    assert_eq!(outline.attached(), network.attached());
    assert_eq!(outline.value("mac", "address"), network.mac.map(|mac| mac.to_string()).as_deref());
    let addresses = network.ips.iter().filter_map(|ip| Some((ip.address, ip.prefix_length()?)));
    assert_eq!(outline.addresses().collect::<Vec<_>>(), addresses.collect::<Vec<_>>());
    assert_eq!(Network::from_element(outline.element().clone()).as_ref(), Ok(network));
    assert_eq!(Outline::from_element(outline.element()).as_ref(), Ok(outline));
}

fn asked(network: &Network) {
    drop(format!(
        "{:?} {:?} {:?}",
        network.forward_mode(),
        network.bridge_name(),
        network.metadata_of("urn:a")
    ));
    assert!(network.subnets().count() <= network.ips.len());
    assert!(!network.differs_from_stored(network), "{network:?}");
}
