//! A network with everything that libvirt knows: as libvirt writes it, and as one builds it.

use super::super::*;
use super::ip;

/// Every element and attribute that libvirt knows, as it writes them; the modes that exclude each other in one.
pub(super) const FULL: &str = "<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0' connections='2' ipv6='yes' trustGuestRxFilters='no'>
  <name>full</name>
  <uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>
  <title>A title</title>
  <description>More
lines</description>
  <metadata>
    <app:a xmlns:app=\"urn:a\">1</app:a>
    <b xmlns=\"urn:b\"/>
  </metadata>
  <forward dev='eth0' mode='nat' managed='yes'>
    <driver name='vfio' model='mlx5_vfio_pci'/>
    <nat ipv6='yes'>
      <address start='1.2.3.4' end='1.2.3.10'/>
      <port start='500' end='1000'/>
    </nat>
    <pf dev='eth9'/>
    <interface dev='eth0' connections='1'/>
    <interface dev='eth1'/>
    <address type='pci' domain='0x0000' bus='0x03' slot='0x1f' function='0x7'/>
  </forward>
  <bridge name='virbr7' zone='work' stp='off' delay='5' macTableManager='libvirt'/>
  <mtu size='9000'/>
  <mac address='52:54:00:aa:c2:2b'/>
  <domain name='example.com' localOnly='yes' register='yes'/>
  <dns enable='yes' forwardPlainNames='no'>
    <forwarder domain='a.example' addr='8.8.4.4' port='5353'/>
    <forwarder addr='2001:db8::8'/>
    <txt name='t' value='a,b &lt;c&gt;'/>
    <srv service='ldap' protocol='tcp' domain='d.example' target='.' port='1024' priority='10' weight='20'/>
    <host ip='192.168.122.2'>
      <hostname>myhost</hostname>
      <hostname>alias</hostname>
    </host>
  </dns>
  <vlan trunk='yes'>
    <tag id='42' nativeMode='untagged'/>
    <tag id='47'/>
  </vlan>
  <bandwidth>
    <inbound average='1000' peak='5000' floor='7' burst='5120'/>
    <outbound average='128' peak='256' burst='257'/>
  </bandwidth>
  <port isolated='yes'/>
  <ip address='192.168.122.1' netmask='255.255.255.0' localPtr='yes'>
    <tftp root='/srv/tftp'/>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.99'>
        <lease expiry='1' unit='hours'/>
      </range>
      <range start='192.168.122.101' end='192.168.122.254'/>
      <host mac='00:16:3e:77:e2:ed' name='foo' ip='192.168.122.10'>
        <lease expiry='0'/>
      </host>
      <bootp file='pxeboot.img' server='10.20.30.40'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='2001:db8:ca2:2::1' prefix='64'>
    <dhcp>
      <host id='0:4:7e:7d' name='six' ip='2001:db8:ca2:2::6'/>
    </dhcp>
  </ip>
  <route address='192.168.222.0' netmask='255.255.255.0' gateway='192.168.122.2'/>
  <route family='ipv6' address='2001:db8:ca2:3::' prefix='64' gateway='2001:db8:ca2:2::2' metric='2'/>
  <virtualport type='802.1Qbg'>
    <parameters managerid='11' typeid='1193047' typeidversion='2' instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f' interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4e' profileid='p'/>
  </virtualport>
  <portgroup name='sales' default='yes' trustGuestRxFilters='no'>
    <vlan>
      <tag id='1'/>
    </vlan>
    <virtualport>
      <parameters profileid='sales'/>
    </virtualport>
    <bandwidth>
      <inbound average='500'/>
    </bandwidth>
  </portgroup>
  <dnsmasq:options>
    <dnsmasq:option value='foo=bar'/>
    <dnsmasq:option value='log-queries'/>
  </dnsmasq:options>
</network>
";

const METADATA: &[u8] = b"<metadata>
    <app:a xmlns:app='urn:a'>1</app:a>
    <b xmlns='urn:b'/>
  </metadata>";

/// What [`FULL`] says.
pub(super) fn built() -> Network {
    let dhcp = Dhcp {
        ranges: vec![
            DhcpRange {
                lease: Some(Lease { expiry: 1, unit: Some(LeaseUnit::Hours), ..Lease::default() }),
                ..DhcpRange::new(ip("192.168.122.2"), ip("192.168.122.99"))
            },
            DhcpRange::new(ip("192.168.122.101"), ip("192.168.122.254")),
        ],
        hosts: vec![DhcpHost {
            name: Some("foo".to_owned()),
            lease: Some(Lease::default()),
            ..DhcpHost::new("00:16:3E:77:E2:ED".parse().unwrap(), ip("192.168.122.10"))
        }],
        bootp: Some(Bootp {
            file: Some("pxeboot.img".to_owned()),
            server: Some(ip("10.20.30.40")),
            ..Bootp::default()
        }),
        ..Dhcp::default()
    };
    let six = DhcpHost {
        id: Some("0:4:7e:7d".to_owned()),
        name: Some("six".to_owned()),
        ip: Some(ip("2001:db8:ca2:2::6")),
        ..DhcpHost::default()
    };
    let rate = |average, peak, floor, burst| Rate { average, peak, floor, burst, ..Rate::default() };
    Network {
        connections: Some(2),
        ipv6: Some(true),
        trust_guest_rx_filters: Some(false),
        uuid: Some("81ff0d90-c91e-6742-64da-4a736edb9a9b".parse().unwrap()),
        title: Some("A title".to_owned()),
        description: Some("More\nlines".to_owned()),
        metadata: Some(Element::parse(METADATA).unwrap()),
        forward: Some(Forward {
            dev: Some("eth0".to_owned()),
            managed: Some(true),
            driver: Some(HostdevDriver {
                name: Some(HostdevDriverName::Vfio),
                model: Some("mlx5_vfio_pci".to_owned()),
                ..HostdevDriver::default()
            }),
            nat: Some(Nat {
                ipv6: Some(true),
                addresses: Some(("1.2.3.4".parse().unwrap(), "1.2.3.10".parse().unwrap()).into()),
                ports: Some((500, 1000).into()),
                ..Nat::default()
            }),
            pf: Some("eth9".to_owned()),
            interfaces: vec![ForwardInterface { connections: Some(1), ..("eth0".into()) }, "eth1".into()],
            addresses: vec![PciAddress { bus: 3, slot: 31, function: 7, ..PciAddress::default() }],
            ..Forward::from(ForwardMode::Nat)
        }),
        bridge: Some(Bridge {
            zone: Some("work".to_owned()),
            stp: Some(false),
            delay: Some(5),
            mac_table_manager: Some(MacTableManager::Libvirt),
            ..Bridge::from("virbr7")
        }),
        mtu: Some(9000),
        mac: Some(MacAddress([0x52, 0x54, 0, 0xaa, 0xc2, 0x2b])),
        domain: Some(Domain { local_only: Some(true), register: Some(true), ..Domain::from("example.com") }),
        dns: Some(Dns {
            enable: Some(true),
            forward_plain_names: Some(false),
            forwarders: vec![
                DnsForwarder {
                    domain: Some("a.example".to_owned()),
                    address: Some(ip("8.8.4.4")),
                    port: Some(5353),
                    ..DnsForwarder::default()
                },
                DnsForwarder { address: Some(ip("2001:db8::8")), ..DnsForwarder::default() },
            ],
            txts: vec![DnsTxt { name: "t".to_owned(), value: "a,b <c>".to_owned(), ..DnsTxt::default() }],
            srvs: vec![DnsSrv {
                service: "ldap".to_owned(),
                protocol: "tcp".to_owned(),
                domain: Some("d.example".to_owned()),
                target: Some(".".to_owned()),
                port: Some(1024),
                priority: Some(10),
                weight: Some(20),
                ..DnsSrv::default()
            }],
            hosts: vec![DnsHost::new(ip("192.168.122.2"), ["myhost", "alias"])],
            ..Dns::default()
        }),
        vlan: Some(Vlan {
            trunk: Some(true),
            tags: vec![
                VlanTag { native_mode: Some(NativeMode::Untagged), ..VlanTag::new(42) },
                VlanTag::new(47),
            ],
            ..Vlan::default()
        }),
        bandwidth: Some(Bandwidth {
            inbound: Some(rate(Some(1000), Some(5000), Some(7), Some(5120))),
            outbound: Some(rate(Some(128), Some(256), None, Some(257))),
            ..Bandwidth::default()
        }),
        port_isolated: Some(true),
        ips: vec![
            Ip {
                netmask: Some("255.255.255.0".parse().unwrap()),
                prefix: None,
                local_ptr: Some(true),
                tftp_root: Some("/srv/tftp".to_owned()),
                dhcp: Some(dhcp),
                ..Ip::new(ip("192.168.122.1"), 24).unwrap()
            },
            Ip {
                dhcp: Some(Dhcp { hosts: vec![six], ..Dhcp::default() }),
                ..Ip::new(ip("2001:db8:ca2:2::1"), 64).unwrap()
            },
        ],
        routes: vec![
            Route {
                netmask: Some("255.255.255.0".parse().unwrap()),
                prefix: None,
                ..Route::new(ip("192.168.222.0"), 24, ip("192.168.122.2")).unwrap()
            },
            Route {
                metric: Some(2),
                ..Route::new(ip("2001:db8:ca2:3::"), 64, ip("2001:db8:ca2:2::2")).unwrap()
            },
        ],
        virtualport: Some(VirtualPort {
            kind: Some(VirtualPortType::Vepa),
            parameters: Some(VirtualPortParameters {
                manager_id: Some(11),
                type_id: Some(0x12_3457),
                type_id_version: Some(2),
                instance_id: Some("09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f".parse().unwrap()),
                interface_id: Some("09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4e".parse().unwrap()),
                profile_id: Some("p".to_owned()),
                ..VirtualPortParameters::default()
            }),
            ..VirtualPort::default()
        }),
        portgroups: vec![PortGroup {
            name: "sales".to_owned(),
            default: Some(true),
            trust_guest_rx_filters: Some(false),
            vlan: Some(Vlan { tags: vec![VlanTag::new(1)], ..Vlan::default() }),
            virtualport: Some(VirtualPort {
                parameters: Some(VirtualPortParameters {
                    profile_id: Some("sales".to_owned()),
                    ..VirtualPortParameters::default()
                }),
                ..VirtualPort::default()
            }),
            bandwidth: Some(Bandwidth {
                inbound: Some(rate(Some(500), None, None, None)),
                ..Bandwidth::default()
            }),
            ..PortGroup::default()
        }],
        dnsmasq_options: vec!["foo=bar".to_owned(), "log-queries".to_owned()],
        ..Network::new("full")
    }
}
