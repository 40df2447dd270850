//! Real daemons: what they print is read and written, and defined again it is the same network.

use virtwire::xml::Network;
use virtwire::{Connection, Definition};

use crate::built;
use crate::change::Change;
use crate::examples::examples;
use crate::lab::Lab;

/// What the daemon says of this definition once it is stored; `None`, where it refuses it.
async fn stored(connection: &Connection, xml: &str) -> Option<String> {
    let network = connection.define_network(xml, false).await.ok()?;
    let xml = network.xml_desc(Definition::Inactive).await.expect("a stored network has XML");
    network.undefine().await.expect("a stored network can be forgotten");
    Some(xml.to_str().expect("it is UTF-8").to_owned())
}

/// The network without what a daemon chooses for a definition that leaves it open.
fn without_chosen(network: Network) -> Network {
    Network { mac: None, uuid: None, ..network }
}

#[tokio::test]
async fn every_example_that_a_daemon_takes_is_the_same_network_again() {
    let (Some(examples), Some(lab)) = (examples("11.3.0"), Lab::start()) else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    let mut taken = 0;
    for example in &examples {
        let Some(printed) = stored(&connection, &example.xml).await else { continue };
        taken += 1;
        let read = Network::parse(&printed).unwrap_or_else(|e| panic!("{}: {e}\n{printed}", example.name));
        assert_eq!(read.to_xml(), printed, "{}", example.name);
        let again = stored(&connection, &read.to_xml()).await;
        assert_eq!(again.as_ref(), Some(&printed), "{}", example.name);
        let rewritten = Network::parse(&example.xml).expect("it was read before").to_xml();
        let from_rewritten = stored(&connection, &rewritten).await.expect("it was taken before");
        let from_rewritten = Network::parse(from_rewritten).expect("a daemon's own XML");
        assert_eq!(without_chosen(from_rewritten), without_chosen(read), "{}", example.name);
    }
    assert!(taken >= 100, "the daemon takes {taken} of {}", examples.len());
    connection.close().await.expect("the daemon says goodbye");
}

#[tokio::test]
async fn what_runs_is_no_other_network_than_what_is_stored() {
    let (Some(examples), Some(lab)) = (examples("11.3.0"), Lab::start()) else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    let mut ran = 0;
    for example in examples.iter().filter(|example| example.name.contains("xmlin/")) {
        let Ok(network) = connection.define_network(&example.xml, false).await else { continue };
        if network.create().await.is_ok() {
            ran += 1;
            let [live, stored] =
                [Definition::Current, Definition::Inactive].map(|definition| network.xml_desc(definition));
            let (live, stored) = (live.await.expect("it runs"), stored.await.expect("it is stored"));
            let read = |xml: &[u8]| Network::parse(xml).expect("a daemon's own XML");
            assert!(
                !read(live.as_bytes()).differs_from_stored(&read(stored.as_bytes())),
                "{}:\n{live}",
                example.name
            );
            network.destroy().await.expect("what runs can be stopped");
        }
        network.undefine().await.expect("a stored network can be forgotten");
    }
    assert!(ran >= 20, "{ran} ran");
    connection.close().await.expect("the daemon says goodbye");
}

#[tokio::test]
async fn what_is_built_is_what_the_daemon_stores() {
    let Some(lab) = Lab::start() else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    for network in built::all() {
        let result = connection.define_network(network.to_xml(), false).await;
        let defined = result.unwrap_or_else(|error| panic!("{}: {error}", network.to_xml()));
        let printed = defined.xml_desc(Definition::Inactive).await.expect("a stored network has XML");
        let mut stored = Network::parse(printed.as_bytes()).expect("a daemon's own XML");
        assert!(stored.uuid.is_some() && stored.mac.is_some() == stored.owns_bridge(), "{printed}");
        // What libvirt says of its own accord.
        stored.uuid = network.uuid;
        stored.mac = network.mac;
        assert_eq!(stored.metadata_of("urn:m"), network.metadata_of("urn:m"));
        stored.metadata.clone_from(&network.metadata);
        if let (Some(forward), Some(wanted)) = (&mut stored.forward, &network.forward) {
            assert_eq!(forward.dev.as_deref(), forward.interfaces.first().map(|first| first.dev.as_str()));
            forward.dev.clone_from(&wanted.dev);
        }
        match (&network.bridge, &mut stored.bridge) {
            (None, bridge) => *bridge = None,
            (Some(wanted), Some(bridge)) if wanted.stp.is_none() => (bridge.stp, bridge.delay) = (None, None),
            _ => {}
        }
        assert_eq!(stored, network);
        defined.undefine().await.expect("a stored network can be forgotten");
    }
    connection.close().await.expect("the daemon says goodbye");
}

#[tokio::test]
async fn oddities_that_a_daemon_takes_are_read_as_it_reads_them() {
    let Some(lab) = Lab::start() else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    for odd in [
        "<dns><forwarder addr='fe80::1%lo'/></dns>",
        "<ip family='ipv6' address='fe80::7%lo' prefix='+64'/>",
        "<ip address='10.2.0.1' netmask='255.0.255.0'/>",
        "<bridge name='brx' stp='whatever' delay='18446744073709551615'/>",
        "<portgroup name='x' default='maybe'/><portgroup name='y' default='YES'/>",
        "<forward mode='nat' managed='maybe'/><ip address='10.2.0.1'/>",
        "<mac address='52:54:0:0:0:A'/><uuid/>",
        "<dns><srv service='a' protocol='sctp' target='x' port='+5'/></dns>",
    ] {
        let xml = format!("<network><name>odd</name>{odd}</network>");
        let printed = stored(&connection, &xml).await.unwrap_or_else(|| panic!("refused: {odd}"));
        let read = Network::parse(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
        assert_eq!(read.to_xml(), printed);
        let ours = Network::parse(&xml).unwrap_or_else(|e| panic!("{e}: {odd}"));
        let is_no = |value: Option<bool>| value.filter(|yes| *yes);
        let groups = |network: &Network| {
            network.portgroups.iter().map(|group| is_no(group.default)).collect::<Vec<_>>()
        };
        assert_eq!(groups(&ours), groups(&read), "{odd}");
        assert_eq!((&ours.ips, &ours.dns, ours.routes.len()), (&read.ips, &read.dns, 0), "{odd}");
        if let Some(bridge) = &ours.bridge {
            assert_eq!(Some(bridge), read.bridge.as_ref(), "{odd}");
        }
        assert!(ours.mac.is_none() || ours.mac == read.mac, "{odd}");
    }
    connection.close().await.expect("the daemon says goodbye");
}

/// Fields that came after the oldest libvirt here, each with the version that brought it.
const LATER: &[(u64, Change)] = &[
    (9_007_000, |network| network.title = Some("A title".to_owned())),
    (9_007_000, |network| network.description = Some("Two\nlines: <é>".to_owned())),
    (10_001_000, |network| network.domain.as_mut().expect("a domain").register = Some(true)),
    (12_000_000, |network| network.dns.as_mut().expect("dns").forwarders[0].port = Some(5353)),
];

#[tokio::test]
async fn what_later_versions_brought_is_stored_by_them() {
    let Some(lab) = Lab::start() else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    let version = connection.lib_version().await.expect("a daemon has a version");
    for (since, fill) in LATER {
        let mut network = built::nat();
        let without = network.clone();
        fill(&mut network);
        let printed = stored(&connection, &network.to_xml()).await.expect("what is not known is ignored");
        let stored =
            Network { metadata: network.metadata.clone(), ..Network::parse(&printed).expect("its own XML") };
        let knows = version.0 >= *since;
        assert_eq!(stored, if knows { network } else { without }, "since {since}, on {version}");
    }
    connection.close().await.expect("the daemon says goodbye");
}

#[tokio::test]
async fn what_a_daemon_stored_of_an_example_is_known_to_be_that_example() {
    let (Some(examples), Some(lab)) = (examples("11.3.0"), Lab::start()) else { return };
    let connection = Connection::open(&lab.uri()).await.expect("the lab's daemon answers");
    let mut wrong = Vec::new();
    let mut taken = 0;
    let version = connection.lib_version().await.expect("a daemon has a version");
    // What a daemon does not know, it does not store.
    let is_known = |name: &str| version.0 >= 10_000_000 || !name.contains("driver-model");
    for example in examples.iter().filter(|example| is_known(&example.name)) {
        let given = Network::parse(&example.xml).expect("it is read elsewhere");
        let Ok(network) = connection.define_network(&example.xml, false).await else { continue };
        taken += 1;
        let printed = network.xml_desc(Definition::Inactive).await.expect("a stored network has XML");
        let stored = Network::parse(printed.as_bytes()).expect("a daemon's own XML");
        // In its place, the daemon takes it, and has the same as before.
        let again = connection.define_network(given.completed_by(&stored).to_xml(), false).await;
        let again = again.unwrap_or_else(|error| panic!("{}: {error}", example.name));
        let reprinted = again.xml_desc(Definition::Inactive).await.expect("a stored network has XML");
        let is_same = given.is_stored_as(&stored);
        if !is_same || reprinted != printed {
            wrong.push(format!("{} {is_same}\n{}\n{printed}\n{reprinted}", example.name, example.xml));
        }
        network.undefine().await.expect("a stored network can be forgotten");
    }
    assert!(wrong.is_empty(), "{} of {taken}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(taken >= 100, "the daemon takes {taken} of {}", examples.len());
    connection.close().await.expect("the daemon says goodbye");
}
