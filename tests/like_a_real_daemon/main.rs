//! What virsh prints of the in-memory hypervisor is what it prints of a real daemon: stdout, stderr and success.

#![cfg(feature = "testdaemon")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test that panics fails where it should")]

mod both;
#[path = "../lab/mod.rs"]
mod lab;

use both::{Both, foreign, network};

const NAT: &str = "<forward/><ip address='10.1.1.1' netmask='255.255.255.0'><dhcp>\
    <range start='10.1.1.2' end='10.1.1.99'/><host mac='52:54:00:AA:00:01' name='h1' ip='10.1.1.100'/></dhcp></ip>";

#[test]
fn a_networks_life() {
    let Some(mut both) = Both::start() else { return };
    both.same(&["net-list", "--all"]);
    both.define(&network("a", 1, NAT));
    both.define(&network("b", 2, "<ip address='10.1.1.1' netmask='255.255.255.0'/>"));
    let again =
        network("a", 1, "<bridge name='brx' stp='off' delay='3'/><ip address='10.1.2.1' prefix='24'/>");
    let [again, transient] =
        [again, network("t", 3, "<ip address='10.2.0.1' prefix='24'/>")].map(|xml| both.file(&xml));
    let steps: &[&[&str]] = &[
        &["net-start", "a"],
        &["net-start", "a"],
        &["net-start", "b"],
        &["net-autostart", "a"],
        &["net-define", &again],
        &["net-destroy", "a"],
        &["net-destroy", "a"],
        &["net-start", "b"],
        &["net-autostart", "a", "--disable"],
        &["net-start", "a"],
        &["net-undefine", "a"],
        &["net-undefine", "a"],
        &["net-autostart", "a"],
        &["net-define", &again],
        &["net-undefine", "a"],
        &["net-destroy", "a"],
        &["net-create", &transient],
        &["net-create", &transient],
        &["net-destroy", "t"],
        &["net-destroy", "t"],
        &["-r", "net-destroy", "b"],
        &["-r", "net-define", &again],
        &["net-uuid", "b"],
        &["net-name", "11111111-2222-4333-8444-000000000002"],
    ];
    for step in steps {
        both.same(step);
        both.same(&["net-list", "--all"]);
        for name in ["a", "b", "t"] {
            both.same(&["net-info", name]);
            both.same(&["net-dumpxml", name]);
            both.same(&["net-dumpxml", "--inactive", name]);
        }
    }
}

#[test]
fn lists_by_every_filter() {
    let Some(mut both) = Both::start() else { return };
    both.define(&network("a", 1, ""));
    both.define(&network("B", 2, ""));
    both.define(&network("c &lt;ü&gt;", 3, ""));
    let transient = both.file(&network("t", 4, ""));
    both.done(&["net-create", &transient]);
    both.done(&["net-start", "B"]);
    both.done(&["net-autostart", "a"]);
    both.done(&["net-autostart", "B"]);
    for state in [None, Some("--inactive"), Some("--all")] {
        for kind in [None, Some("--persistent"), Some("--transient")] {
            for start in [None, Some("--autostart"), Some("--no-autostart")] {
                for form in [None, Some("--name"), Some("--uuid")] {
                    let flags = [Some("net-list"), state, kind, start, form];
                    both.same(&flags.into_iter().flatten().collect::<Vec<_>>());
                }
            }
        }
    }
}

#[test]
fn what_is_refused() {
    let Some(mut both) = Both::start() else { return };
    both.define(&network("a", 1, ""));
    let ip = |attributes: &str| network("q", 9, &format!("<ip {attributes}/>"));
    let range = |start: &str, end: &str| {
        let range = format!("<range start='{start}' end='{end}'/>");
        network("q", 9, &format!("<ip address='10.9.1.1' prefix='24'><dhcp>{range}</dhcp></ip>"))
    };
    let with_bridge =
        |mode: &str, bridge: &str| foreign("q", 9, &format!("<forward mode='{mode}'/><bridge {bridge}/>"));
    let cases = [
        "<network/>".to_owned(),
        "<network><name></name></network>".to_owned(),
        "<domain/>".to_owned(),
        network("x/y", 9, ""),
        network("a", 9, ""),
        network("q", 1, ""),
        "<network><name>q</name><uuid>zz</uuid></network>".to_owned(),
        "<network><name>q</name><mac address='zz'/></network>".to_owned(),
        "<network><name>q</name><mac address='01:00:00:00:00:01'/></network>".to_owned(),
        network("q", 9, "<bridge name='virbr0'/>"),
        network("q", 9, "<bridge delay='x'/>"),
        network("q", 9, "<mtu size='x'/>"),
        network("q", 9, "<forward mode='nat'/>"),
        network("q", 9, "<forward mode='zzz'/>"),
        network("q", 9, "<forward mode='open' dev='eth2'/><ip address='10.4.0.1'/>"),
        network(
            "q",
            9,
            "<forward><interface dev='a'/><interface dev='b'/></forward><ip address='10.4.0.1'/>",
        ),
        ip("netmask='255.255.0.0'"),
        ip("address='1.2.3.4.5'"),
        ip("address='1.2.3.4' netmask='x'"),
        ip("address='1.2.3.4' netmask='255.255.0.0' prefix='3'"),
        ip("address='1.2.3.4' prefix='33'"),
        ip("address='fd00::1'"),
        ip("family='ipv4' address='fd00::1'"),
        ip("family='ipv6' address='1.2.3.4'"),
        ip("family='ipv6' address='fd00::1' netmask='255.255.0.0'"),
        ip("family='ipv6' address='fd00::1' prefix='129'"),
        ip("family='ipx' address='1.2.3.4'"),
        range("10.9.2.2", "10.9.2.4"),
        range("10.9.1.0", "10.9.1.4"),
        range("10.9.1.1", "10.9.1.255"),
        range("10.9.1.9", "10.9.1.2"),
        range("zz", "10.9.1.2"),
        range("10.9.1.9", "10.9.1.2").replace("end='10.9.1.2'", ""),
        range("fd00::1", "fd00::2"),
        range("10.9.1.1", "fd00::2"),
        with_bridge("bridge", "name='br0' stp='on'"),
        with_bridge("private", "name='br0'"),
        network("q", 9, "<forward mode='bridge'/><bridge name='br0'/>"),
        foreign("q", 9, "<forward mode='bridge'/><bridge name='br0'/><ip address='1.2.3.4'/>"),
    ];
    for xml in &cases {
        let file = both.file(xml);
        let printed = both.same(&["net-define", &file]);
        assert!(printed.contains("error:"), "the real one takes {xml}");
        both.same(&["net-create", &file]);
    }
    both.same(&["net-list", "--all"]);
}

/// Everything that libvirt prints in an order of its own, given in another.
const RICH: &str = r#"<!-- c --><unknown/><domain localOnly='yes' name='lab.local'/><mtu size='1400'/>
<metadata>
   <app:x xmlns:app="urn:a" b='1'>text &amp; é<app:y/></app:x>
   <z xmlns='urn:z'>  <q/> <r a="é'"/>
   </z>
</metadata>
<dns forwardPlainNames='no'><host ip='10.7.0.9'><hostname>a</hostname><hostname>b</hostname></host><txt name='t'
 value='v'/><srv service='s' protocol='tcp' domain='d' target='.' port='1' priority='2' weight='3'/><forwarder
 addr='8.8.8.8'/><forwarder domain='x.y' addr='1.1.1.1'/></dns>
<forward mode='nat' dev='eth0'><nat><port start='500' end='1000'/><address start='1.2.3.4' end='1.2.3.10'/></nat></forward>
<bridge delay='5' stp='off' name='brrich'/><route address='192.168.222.0' prefix='24' gateway='10.7.0.5'/>
<portgroup name='p1' default='yes'><bandwidth><inbound average='1000' peak='5000' burst='1024'/></bandwidth></portgroup>
<portgroup name='p2'/><bandwidth><outbound average='128' peak='256' burst='256'/><inbound average='1000'/></bandwidth>
<ip family='ipv6' address='FD00:0:0::1' prefix='64'><dhcp><range start='fd00::10' end='fd00::20'/><host name='h'
 ip='fd00::30'/></dhcp></ip>
<ip address='10.7.0.1' netmask='255.255.0.0' localPtr='yes'><tftp root='/tftp'/><dhcp><bootp file='pxe'
 server='10.7.0.1'/><range start='10.7.0.2' end='10.7.0.9'><lease expiry='1' unit='hours'/></range></dhcp></ip>"#;

#[test]
fn documents_as_they_are_printed() {
    let Some(mut both) = Both::start() else { return };
    let attributes = "<network trustGuestRxFilters='no' ipv6='yes' connections='9'>";
    let dnsmasq = "<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>";
    let options = "<ip address='10.6.0.1' netmask='255.255.0.0'/><dnsmasq:options><dnsmasq:option value='foo=bar'/></dnsmasq:options>";
    let vlan = "<forward mode='bridge'/><bridge name='ovs0'/><virtualport type='openvswitch'/>\
        <vlan trunk='yes'><tag id='42'/><tag id='43' nativeMode='untagged'/></vlan>";
    let cases = [
        network("n", 1, RICH).replacen("<network>", attributes, 1),
        network("n", 1, options).replacen("<network>", dnsmasq, 1),
        network("n", 1, "<bridge name='foo%d'/>"),
        network("n", 1, "<forward mode='route' dev='eth1'/><ip address='10.5.0.1' netmask='255.255.0.0'/>"),
        network("n", 1, "<forward mode='open'/><ip address='10.4.0.1'/>"),
        network("n", 1, "<forward mode='none'/>"),
        network("n", 1, "<forward><nat/></forward><ip address='10.22.0.1' prefix='24'><dhcp/></ip><dns/>"),
        network("&lt;n &amp; &quot;m&quot;'&gt; é", 1, ""),
        foreign("n", 1, "<forward mode='bridge'/><bridge name='br0'/>"),
        foreign("n", 1, "<forward mode='private'><interface dev='eth7'/><interface dev='eth8'/></forward>"),
        foreign("n", 1, vlan),
    ];
    for xml in &cases {
        both.define(xml);
        both.done(&["net-dumpxml", "11111111-2222-4333-8444-000000000001"]);
        both.done(&["net-undefine", "11111111-2222-4333-8444-000000000001"]);
    }
    both.define(&network("n", 1, NAT));
    both.done(&["net-start", "n"]);
    both.done(&["net-dumpxml", "n"]);
    both.done(&["net-dumpxml", "--inactive", "n"]);
}

const PORT: &str = "<networkport><uuid>aaaaaaaa-2222-4333-8444-000000000001</uuid><owner><name>guest</name>\
    <uuid>bbbbbbbb-2222-4333-8444-000000000001</uuid></owner><mac address='52:54:00:AB:CD:EF'/></networkport>";

#[test]
fn ports_and_leases() {
    let Some(mut both) = Both::start() else { return };
    both.define(&network("a", 1, NAT));
    both.define(&foreign("bridged", 2, "<forward mode='bridge'/><bridge name='br0'/>"));
    both.define(&foreign("private", 3, "<forward mode='private'><interface dev='eth7'/></forward>"));
    let port = both.file(PORT);
    let without_mac = both.file(&PORT.replace("<mac address='52:54:00:AB:CD:EF'/>", ""));
    let without_uuid = both.file("<networkport/>");
    let uuid = "aaaaaaaa-2222-4333-8444-000000000001";
    for name in ["a", "bridged", "private"] {
        both.same(&["net-port-create", name, &port]);
        both.done(&["net-start", name]);
        both.same(&["net-port-create", name, &without_mac]);
        both.same(&["net-port-create", name, &without_uuid]);
        both.done(&["net-port-create", name, &port]);
        both.same(&["net-port-create", name, &port]);
        both.done(&["net-port-list", name]);
        both.done(&["net-port-dumpxml", name, uuid]);
        both.done(&["net-dumpxml", "--inactive", name]);
    }
    both.done(&["net-dumpxml", "a"]);
    both.done(&["net-port-delete", "a", uuid]);
    both.same(&["net-port-delete", "a", uuid]);
    both.done(&["net-dumpxml", "a"]);
    both.done(&["net-destroy", "bridged"]);
    both.same(&["net-port-list", "bridged"]);
    both.done(&["net-dhcp-leases", "a"]);
    both.done(&["net-dhcp-leases", "a", "52:54:00:00:00:01"]);
    both.same(&["net-dhcp-leases", "a", "zz"]);
}

#[test]
fn updates() {
    let Some(mut both) = Both::start() else { return };
    if both.version < [7, 2, 0] {
        // This virsh sends command and section swapped, also to daemons that no longer take them so, as ours.
        return;
    }
    both.define(&network("a", 1, NAT));
    both.define(&network("b", 2, "<ip address='10.2.1.1' prefix='24'/>"));
    both.done(&["net-start", "a"]);
    let host = "<host mac='52:54:00:00:00:77' name='n7' ip='10.1.1.107'/>";
    let range = "<range start='10.1.1.200' end='10.1.1.210'/>";
    let cases: &[(&str, &[&str])] = &[
        ("a", &["add", "ip-dhcp-host", host, "--live", "--config"]),
        ("a", &["add", "ip-dhcp-host", host, "--live", "--config"]),
        ("a", &["add", "ip-dhcp-host", "<host mac='52:54:00:00:00:78' name='n8'/>"]),
        ("a", &["add", "ip-dhcp-host", "<host ip='10.1.1.3'/>"]),
        ("a", &["add", "ip-dhcp-host", "<range/>"]),
        ("a", &["add-first", "ip-dhcp-host", "<host mac='52:54:00:00:00:70' ip='10.1.1.120'/>", "--live"]),
        ("a", &["modify", "ip-dhcp-host", "<host mac='52:54:00:00:00:77' name='n9' ip='10.1.1.109'/>"]),
        ("a", &["modify", "ip-dhcp-host", "<host mac='52:54:00:00:00:79' name='n10' ip='10.1.1.110'/>"]),
        ("a", &["delete", "ip-dhcp-host", "<host name='h1'/>", "--config"]),
        ("a", &["delete", "ip-dhcp-host", "<host name='h1'/>", "--config"]),
        ("a", &["add", "ip-dhcp-range", range]),
        ("a", &["add", "ip-dhcp-range", range]),
        ("a", &["modify", "ip-dhcp-range", range]),
        ("a", &["delete", "ip-dhcp-range", range]),
        ("a", &["delete", "ip-dhcp-range", range]),
        ("a", &["add", "ip-dhcp-range", "<range start='10.1.3.200' end='10.1.3.210'/>"]),
        ("a", &["add", "bridge", "<bridge/>"]),
        ("a", &["add", "domain", "<domain/>"]),
        ("a", &["add", "ip", "<ip/>"]),
        ("a", &["add", "forward", "<forward/>"]),
        ("b", &["add", "ip-dhcp-host", "<host name='n' mac='52:54:00:00:00:01' ip='10.2.1.9'/>"]),
        ("b", &["add", "ip-dhcp-host", host, "--live"]),
        ("b", &["add", "ip-dhcp-host", host, "--config", "--parent-index", "3"]),
    ];
    for (name, change) in cases {
        both.same(&[&["net-update", name], *change].concat());
        both.done(&["net-dumpxml", name]);
        both.done(&["net-dumpxml", "--inactive", name]);
    }
}
