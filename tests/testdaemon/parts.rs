//! Parts of a network: ports, DHCP hosts and ranges, metadata.

use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::remote::network::{
    NetworkDestroy, NetworkGetMetadata, NetworkListAllPorts, NetworkPortCreateXml, NetworkPortDelete,
    NetworkPortGetParameters, NetworkPortGetXmlDesc, NetworkPortLookupByUuid, NetworkPortSetParameters,
    NetworkSetMetadata, NetworkUpdate, XML_INACTIVE,
};
use virtwire_protocol::remote::{Network, Parameter, ParameterValue, Uuid};
use virtwire_protocol::xdr::List;

use crate::peer::{Peer, text};

const PORT: &str = "<networkport><uuid>aaaaaaaa-0000-4000-8000-000000000001</uuid><owner><name>guest</name>\
    <uuid>bbbbbbbb-0000-4000-8000-000000000001</uuid></owner><mac address='52:54:00:AB:CD:EF'/></networkport>";

const PRINTED: &str = "<networkport>
  <uuid>aaaaaaaa-0000-4000-8000-000000000001</uuid>
  <owner>
    <name>guest</name>
    <uuid>bbbbbbbb-0000-4000-8000-000000000001</uuid>
  </owner>
  <mac address='52:54:00:ab:cd:ef'/>
  <plug type='network' bridge='virbr0'/>
</networkport>
";

fn create(net: &Network, xml: &str) -> NetworkPortCreateXml {
    NetworkPortCreateXml { network: net.clone(), xml: text(xml), flags: 0 }
}

fn ports(net: &Network) -> NetworkListAllPorts {
    NetworkListAllPorts { network: net.clone(), need_results: 1, flags: 0 }
}

#[tokio::test]
async fn an_attached_guest_shows_as_port_and_connection_until_it_leaves() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    assert_eq!(peer.ok(&ports(&net)).await.ret, 0);
    let port = peer.ok(&create(&net, PORT)).await.port;
    assert_eq!(port.uuid.to_string(), "aaaaaaaa-0000-4000-8000-000000000001");
    let listed: Vec<_> = peer.ok(&ports(&net)).await.ports.iter().collect();
    assert_eq!(listed, std::slice::from_ref(&port));
    assert!(peer.xml(&net, 0).await.starts_with("<network connections='1'>\n"));
    assert!(peer.xml(&net, XML_INACTIVE).await.starts_with("<network>\n"));
    let printed = peer.ok(&NetworkPortGetXmlDesc { port: port.clone(), flags: 0 }).await.xml;
    assert_eq!(printed, PRINTED);

    let again = peer.error(&create(&net, PORT)).await;
    let text = "network port Network port with UUID aaaaaaaa-0000-4000-8000-000000000001 already exists exists already";
    assert_eq!(again, (106, text.to_owned()));
    peer.ok(&NetworkPortDelete { port: port.clone(), flags: 0 }).await;
    assert!(peer.xml(&net, 0).await.starts_with("<network>\n"));
    let gone = peer.error(&NetworkPortDelete { port, flags: 0 }).await;
    let text =
        "network port not found: Network port with UUID aaaaaaaa-0000-4000-8000-000000000001 does not exist";
    assert_eq!(gone, (107, text.to_owned()));
}

#[tokio::test]
async fn ports_go_with_the_network_that_is_destroyed() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let uuid = peer.ok(&create(&net, PORT)).await.port.uuid;
    peer.ok(&NetworkDestroy { net: net.clone() }).await;
    let stopped = (55, "Requested operation is not valid: network 'default' is not active".to_owned());
    assert_eq!(peer.error(&ports(&net)).await, stopped);
    assert_eq!(peer.error(&create(&net, PORT)).await, stopped);
    let lookup = NetworkPortLookupByUuid { network: net, uuid };
    assert_eq!(peer.error(&lookup).await.0, 107);
}

#[tokio::test]
async fn a_ports_bandwidth_is_what_was_set() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let port = peer.ok(&create(&net, PORT)).await.port;
    let get = NetworkPortGetParameters { port: port.clone(), nparams: 0, flags: 0 };
    assert_eq!(peer.ok(&get).await.params.len(), 0);
    let parameter = |field: &str, value| Parameter { field: text(field), value: ParameterValue::UInt(value) };
    let params = List::new(&[
        parameter("inbound.average", 100),
        parameter("inbound.burst", 7),
        parameter("outbound.peak", 5),
    ]);
    let params = params.unwrap();
    peer.ok(&NetworkPortSetParameters { port: port.clone(), params, flags: 0 }).await;
    let read: Vec<_> = peer.ok(&get).await.params.iter().collect();
    let expected = [
        parameter("inbound.average", 100),
        parameter("inbound.peak", 0),
        parameter("inbound.floor", 0),
        parameter("inbound.burst", 7),
    ];
    assert_eq!(read, expected);
    let printed = peer.ok(&NetworkPortGetXmlDesc { port, flags: 0 }).await.xml.to_string();
    assert!(printed.contains("  <bandwidth>\n    <inbound average='100' burst='7'/>\n  </bandwidth>\n"));
}

fn update(net: &Network, command: u32, section: u32, xml: &str, flags: u32) -> NetworkUpdate {
    NetworkUpdate { net: net.clone(), command, section, parent_index: -1, xml: text(xml), flags }
}

#[tokio::test]
async fn a_dhcp_host_is_added_to_what_runs_or_to_what_is_stored() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let host = "<host mac='52:54:00:00:00:01' name='h' ip='192.168.122.9'/>";
    peer.ok(&update(&net, 3, 4, host, 0)).await;
    assert!(peer.xml(&net, 0).await.contains(host));
    assert!(!peer.xml(&net, XML_INACTIVE).await.contains(host));
    peer.ok(&update(&net, 3, 4, host, 2)).await;
    assert!(peer.xml(&net, XML_INACTIVE).await.contains(host));
    let (code, _) = peer.error(&update(&net, 3, 4, host, 1)).await;
    assert_eq!(code, 55);
    peer.ok(&update(&net, 2, 4, "<host name='h'/>", 3)).await;
    assert!(!peer.xml(&net, 0).await.contains(host));
    let (code, _) = peer.error(&update(&net, 3, 1, "<bridge/>", 0)).await;
    assert_eq!(code, 84);
    let (code, _) = peer.error(&update(&net, 3, 9, "<portgroup name='p'/>", 0)).await;
    assert_eq!(code, 3);
}

fn metadata(net: &Network, r#type: i32, uri: Option<&str>) -> NetworkGetMetadata {
    NetworkGetMetadata { network: net.clone(), r#type, uri: uri.map(text), flags: 0 }
}

fn set_metadata(net: &Network, r#type: i32, value: Option<&str>, uri: Option<&str>) -> NetworkSetMetadata {
    NetworkSetMetadata {
        network: net.clone(),
        r#type,
        metadata: value.map(text),
        key: uri.map(|_| text("app")),
        uri: uri.map(text),
        flags: 0,
    }
}

#[tokio::test]
async fn metadata_is_kept_by_kind_and_namespace() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let absent = peer.error(&metadata(&net, 1, None)).await;
    assert_eq!(absent, (111, "metadata not found: Requested metadata element is not present".to_owned()));
    peer.ok(&set_metadata(&net, 1, Some("A <title>"), None)).await;
    assert_eq!(peer.ok(&metadata(&net, 1, None)).await.metadata, "A <title>");
    peer.ok(&set_metadata(&net, 2, Some("<x y='1'><z/></x>"), Some("urn:a"))).await;
    let stored = "  <title>A &lt;title&gt;</title>
  <metadata>
    <app:x xmlns:app=\"urn:a\" y=\"1\">
      <app:z/>
    </app:x>
  </metadata>
";
    let xml = peer.xml(&net, 0).await;
    assert!(xml.contains(stored), "{xml}");
    assert_eq!(peer.ok(&metadata(&net, 2, Some("urn:a"))).await.metadata, "<x y='1'>\n  <z/>\n</x>");
    assert_eq!(peer.error(&metadata(&net, 2, Some("urn:b"))).await.0, 111);
    peer.ok(&set_metadata(&net, 2, None, Some("urn:a"))).await;
    peer.ok(&set_metadata(&net, 1, None, None)).await;
    assert!(!peer.xml(&net, 0).await.contains("meta"));
    let nowhere = Network { name: text("n"), uuid: Uuid([7; 16]) };
    assert_eq!(peer.error(&metadata(&nowhere, 1, None)).await.0, 43);
}
