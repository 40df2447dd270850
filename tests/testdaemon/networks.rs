//! What happens to networks, with the codes and texts of the real network driver.

use virtwire::testdaemon::Hypervisor;
use virtwire_protocol::remote::network::{
    ConnectListAllNetworks, ConnectListDefinedNetworks, ConnectListNetworks, NetworkCreate, NetworkCreateXml,
    NetworkDefineXml, NetworkDefineXmlFlags, NetworkDestroy, NetworkGetAutostart, NetworkGetBridgeName,
    NetworkGetDhcpLeases, NetworkIsActive, NetworkIsPersistent, NetworkLookupByName, NetworkLookupByUuid,
    NetworkSetAutostart, NetworkUndefine, XML_INACTIVE, list,
};
use virtwire_protocol::remote::{Network, Uuid};

use crate::peer::{Peer, text};

/// What the real network driver of libvirt 9.0.0 prints of Debian's `default` while it runs; UUID and MAC are ours.
const DEFAULT: &str = "<network>
  <name>default</name>
  <uuid>5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122</uuid>
  <forward mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
  </forward>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:7a:01:22'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
";

const NAT: &str = "<forward mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
  </forward>";

fn invalid(text: &str) -> (i32, String) {
    (55, format!("Requested operation is not valid: {text}"))
}

async fn all(peer: &mut Peer, flags: u32) -> Vec<String> {
    let call = ConnectListAllNetworks { need_results: 1, flags };
    let reply = peer.ok(&call).await;
    let mut names: Vec<_> = reply.nets.iter().map(|net| net.name.to_string()).collect();
    assert_eq!(reply.ret as usize, names.len());
    names.sort();
    names
}

#[tokio::test]
async fn the_default_network_is_libvirts_own() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    assert_eq!(peer.xml(&net, 0).await, DEFAULT);
    let inactive = DEFAULT.replace(NAT, "<forward mode='nat'/>");
    assert_eq!(peer.xml(&net, XML_INACTIVE).await, inactive);
    assert_eq!(peer.ok(&NetworkIsActive { net: net.clone() }).await.active, 1);
    assert_eq!(peer.ok(&NetworkIsPersistent { net: net.clone() }).await.persistent, 1);
    assert_eq!(peer.ok(&NetworkGetAutostart { net: net.clone() }).await.autostart, 0);
    assert_eq!(peer.ok(&NetworkGetBridgeName { net }).await.name, "virbr0");
}

#[tokio::test]
async fn clients_share_one_state_that_outlives_them() {
    let hypervisor = Hypervisor::default();
    let mut first = Peer::open(&hypervisor).await;
    let net = first.lookup("default").await;
    first.ok(&NetworkDestroy { net: net.clone() }).await;
    drop(first);
    let mut second = Peer::open(&hypervisor).await;
    assert_eq!(second.ok(&NetworkIsActive { net }).await.active, 0);
}

#[tokio::test]
async fn what_the_state_does_not_allow_is_error_55() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let started = peer.error(&NetworkCreate { net: net.clone() }).await;
    assert_eq!(started, invalid("network is already active"));
    peer.ok(&NetworkDestroy { net: net.clone() }).await;
    let stopped = peer.error(&NetworkDestroy { net: net.clone() }).await;
    assert_eq!(stopped, invalid("network 'default' is not active"));
    peer.ok(&NetworkCreate { net: net.clone() }).await;
    assert_eq!(peer.xml(&net, 0).await, DEFAULT);
}

#[tokio::test]
async fn undefining_a_running_network_leaves_it_running_until_it_is_destroyed() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let autostart = NetworkSetAutostart { net: net.clone(), autostart: 1 };
    peer.ok(&autostart).await;
    peer.ok(&NetworkUndefine { net: net.clone() }).await;
    assert_eq!(all(&mut peer, list::ACTIVE | list::TRANSIENT | list::NO_AUTOSTART).await, ["default"]);
    let again = peer.error(&NetworkUndefine { net: net.clone() }).await;
    assert_eq!(again, invalid("can't undefine transient network"));
    let transient = peer.error(&autostart).await;
    assert_eq!(transient, invalid("cannot set autostart for transient network"));
    peer.ok(&NetworkDestroy { net: net.clone() }).await;

    let gone = peer.error(&NetworkLookupByName { name: text("default") }).await;
    let text = "Network not found: no network with matching name 'default'";
    assert_eq!(gone, (43, text.to_owned()));
    let uuid = "5d1e3c86-9f57-4c0b-a4e2-7b60d1c0a122";
    let gone = peer.error(&NetworkLookupByUuid { uuid: net.uuid }).await;
    assert_eq!(gone, (43, format!("Network not found: no network with matching uuid '{uuid}'")));
    let gone = peer.error(&NetworkDestroy { net }).await;
    assert_eq!(gone, (43, format!("Network not found: no network with matching uuid '{uuid}' (default)")));
}

#[tokio::test]
async fn a_network_is_found_by_its_uuid_whatever_name_is_given() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let uuid = peer.lookup("default").await.uuid;
    let net = Network { name: text("another"), uuid };
    assert_eq!(peer.ok(&NetworkIsActive { net }).await.active, 1);
}

#[tokio::test]
async fn a_definition_of_a_running_network_counts_once_it_is_stopped() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let xml =
        format!("<network><name>default</name><uuid>{}</uuid><bridge name='other'/></network>", net.uuid);
    assert_eq!(peer.define(&xml).await, net);
    assert_eq!(peer.xml(&net, 0).await, DEFAULT);
    assert!(peer.xml(&net, XML_INACTIVE).await.contains("<bridge name='other' stp='on' delay='0'/>"));
    assert_eq!(peer.ok(&NetworkGetBridgeName { net: net.clone() }).await.name, "virbr0");
    peer.ok(&NetworkDestroy { net: net.clone() }).await;
    assert_eq!(peer.ok(&NetworkGetBridgeName { net }).await.name, "other");
}

#[tokio::test]
async fn a_transient_network_vanishes_with_its_destruction() {
    let mut peer = Peer::open(&Hypervisor::empty()).await;
    let xml = text("<network><name>t</name></network>");
    let net = peer.ok(&NetworkCreateXml { xml: xml.clone() }).await.net;
    assert_eq!(all(&mut peer, list::ACTIVE | list::TRANSIENT).await, ["t"]);
    let other = peer.error(&NetworkCreateXml { xml }).await;
    assert_eq!(other, (9, format!("operation failed: network 't' already exists with uuid {}", net.uuid)));
    peer.ok(&NetworkDestroy { net }).await;
    assert!(all(&mut peer, 0).await.is_empty());
}

#[tokio::test]
async fn a_name_or_uuid_that_is_taken_is_error_9() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let uuid = peer.lookup("default").await.uuid;
    let name = text(&format!("<network><name>b</name><uuid>{uuid}</uuid></network>"));
    let error = peer.error(&NetworkDefineXml { xml: name }).await;
    assert_eq!(
        error,
        (9, format!("operation failed: network 'default' is already defined with uuid {uuid}"))
    );
}

#[tokio::test]
async fn a_subnet_or_bridge_that_is_in_use_is_error_1() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let xml = "<network><name>b</name><ip address='192.168.122.7' prefix='24'/></network>";
    let net = peer.define(xml).await;
    let error = peer.error(&NetworkCreate { net }).await;
    assert_eq!(error, (1, "internal error: Network is already in use by interface virbr0".to_owned()));
    let xml = text("<network><name>c</name><bridge name='virbr0'/></network>");
    let error = peer.error(&NetworkDefineXml { xml }).await;
    assert_eq!(error, (1, "internal error: bridge name 'virbr0' already in use.".to_owned()));
}

#[tokio::test]
async fn what_a_definition_leaves_out_is_filled_in() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.define("<network><name>b</name></network>").await;
    let xml = peer.xml(&net, 0).await;
    let (head, mac) = xml.split_once("  <mac address='52:54:00:").unwrap();
    let expected = format!(
        "<network>\n  <name>b</name>\n  <uuid>{}</uuid>\n  <bridge name='virbr1' stp='on' delay='0'/>\n",
        net.uuid
    );
    assert_eq!(head, expected);
    assert_eq!(mac.len(), "aa:bb:cc'/>\n</network>\n".len());
    let [.., version, _, variant, _, _, _, _, _, _, _] = net.uuid.0;
    assert_eq!((version >> 4, variant >> 6), (4, 2));
}

#[tokio::test]
async fn a_malformed_definition_is_refused_in_libvirts_words() {
    let mut peer = Peer::open(&Hypervisor::empty()).await;
    let cases = [
        ("<network/>", 21, "missing name information"),
        ("<domain/>", 27, "XML error: expecting root element of 'network', not 'domain'"),
        ("<network><name>a/b</name></network>", 35, "invalid char in name: /"),
        ("<network><name>a</name><uuid>x</uuid></network>", 1, "internal error: malformed uuid element"),
        (
            "<network><name>a</name><forward mode='x'/></network>",
            67,
            "unsupported configuration: unknown forwarding type 'x'",
        ),
        (
            "<network><name>a</name><forward/></network>",
            27,
            "XML error: nat forwarding requested, but no IP address provided for network 'a'",
        ),
        (
            "<network><name>a</name><ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.1.1' end='10.0.1.2'/></dhcp></ip></network>",
            1,
            "internal error: range 10.0.1.1 - 10.0.1.2 is not entirely within network 10.0.0.1/24",
        ),
        ("<network>\n<name>&x;</name></network>", 35, "(network_definition):2: unknown entity `x`\n"),
    ];
    for (xml, code, message) in cases {
        let error = peer.error(&NetworkDefineXml { xml: text(xml) }).await;
        assert_eq!(error, (code, message.to_owned()), "{xml}");
    }
    let xml = text("<network><name>a</name></network>");
    let (code, _) = peer.error(&NetworkDefineXmlFlags { xml: xml.clone(), flags: 1 }).await;
    assert_eq!(code, 3, "there is no schema to validate against");
    let error = peer.error(&NetworkDefineXmlFlags { xml, flags: 2 }).await;
    assert_eq!(error, (8, "unsupported flags (0x2) in function networkDefineXMLFlags".to_owned()));
    assert!(all(&mut peer, 0).await.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_by_pairs_of_flags() {
    let mut peer = Peer::open(&Hypervisor::with_networks(6)).await;
    assert_eq!(all(&mut peer, 0).await.len(), 6);
    assert_eq!(all(&mut peer, list::ACTIVE).await, ["net0", "net2", "net4"]);
    assert_eq!(all(&mut peer, list::INACTIVE).await, ["net1", "net3", "net5"]);
    assert_eq!(all(&mut peer, list::ACTIVE | list::INACTIVE).await.len(), 6);
    assert_eq!(all(&mut peer, list::AUTOSTART).await, ["net0", "net3"]);
    assert_eq!(all(&mut peer, list::ACTIVE | list::AUTOSTART).await, ["net0"]);
    assert!(all(&mut peer, list::TRANSIENT).await.is_empty());
    let counted = ConnectListAllNetworks { need_results: 0, flags: list::ACTIVE };
    let reply = peer.ok(&counted).await;
    assert_eq!((reply.nets.len(), reply.ret), (0, 3));
    let unknown = ConnectListAllNetworks { need_results: 1, flags: 64 };
    let text = "unsupported flags (0x40) in function networkConnectListAllNetworks";
    assert_eq!(peer.error(&unknown).await, (8, text.to_owned()));
    assert_eq!(peer.ok(&ConnectListNetworks { maxnames: 2 }).await.names.len(), 2);
    assert_eq!(peer.ok(&ConnectListDefinedNetworks { maxnames: 16_384 }).await.names.len(), 3);
}

#[tokio::test]
async fn a_thousand_networks_are_listed_in_one_reply() {
    let mut peer = Peer::open(&Hypervisor::with_networks(1000)).await;
    assert_eq!(all(&mut peer, 0).await.len(), 1000);
    assert_eq!(all(&mut peer, list::ACTIVE).await.len(), 500);
    assert_eq!(all(&mut peer, list::AUTOSTART).await.len(), 334);
}

#[tokio::test]
async fn nobody_has_a_lease() {
    let mut peer = Peer::open(&Hypervisor::default()).await;
    let net = peer.lookup("default").await;
    let leases = |net: &Network, mac: Option<&str>| NetworkGetDhcpLeases {
        net: net.clone(),
        mac: mac.map(text),
        need_results: 1,
        flags: 0,
    };
    assert_eq!(peer.ok(&leases(&net, None)).await.ret, 0);
    assert_eq!(peer.ok(&leases(&net, Some("52:54:00:1:2:3"))).await.leases.len(), 0);
    assert_eq!(peer.error(&leases(&net, Some("x"))).await, (44, "invalid MAC address: x".to_owned()));
    let nowhere = Network { name: text("n"), uuid: Uuid([7; 16]) };
    assert_eq!(peer.error(&leases(&nowhere, None)).await.0, 43);
}
