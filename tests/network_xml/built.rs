//! Networks that are built here, of every kind, with everything that libvirt takes for that kind.

use std::net::IpAddr;

use virtwire::xml::{
    Bandwidth, Bootp, Bridge, Dhcp, DhcpHost, DhcpRange, Dns, DnsForwarder, DnsHost, DnsSrv, DnsTxt, Domain,
    Element, Forward, ForwardMode, HostdevDriver, HostdevDriverName, Ip, Lease, LeaseUnit, MacTableManager,
    Nat, NativeMode, Network, PciAddress, PortGroup, Rate, Route, VirtualPort, VirtualPortParameters,
    VirtualPortType, Vlan, VlanTag,
};

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One of each kind that any host takes.
pub(crate) fn all() -> Vec<Network> {
    let pool = hostdev("pool", |forward| forward.pf = text("eth9"));
    let mut networks = vec![nat(), host_bridge(), vepa(), pool, Network::new("bare")];
    for mode in [ForwardMode::Route, ForwardMode::Open, ForwardMode::Isolated] {
        let forward = (mode != ForwardMode::Isolated).then(|| Forward::from(mode.clone()));
        networks.push(Network { forward, bridge: Some(Bridge::from("brx")), ..addressed(mode.as_str()) });
    }
    for mode in [ForwardMode::Private, ForwardMode::Passthrough] {
        let mut forward = Forward::from(mode.clone());
        forward.interfaces = vec!["eth20".into(), "eth21".into()];
        networks.push(Network { forward: Some(forward), ..Network::new(mode.as_str()) });
    }
    networks
}

fn addressed(name: &str) -> Network {
    let dhcp = Dhcp { ranges: vec![DhcpRange::new(ip("10.7.0.2"), ip("10.7.0.99"))], ..Dhcp::default() };
    let v4 = Ip { dhcp: Some(dhcp), ..Ip::new(ip("10.7.0.1"), 24).expect("24 bits") };
    let v6 = Ip::new(ip("fd07::1"), 64).expect("64 bits");
    Network { ips: vec![v4, v6], ..Network::new(name) }
}

pub(crate) fn nat() -> Network {
    let mut network = addressed("nat");
    let lease = |expiry, unit| Some(Lease { expiry, unit: Some(unit), ..Lease::default() });
    let [v4, v6] = network.ips.as_mut_slice() else { panic!("two addresses") };
    v4.local_ptr = Some(true);
    v4.tftp_root = text("/srv/tftp");
    let dhcp = v4.dhcp.as_mut().expect("there is DHCP");
    dhcp.ranges[0].lease = lease(3, LeaseUnit::Hours);
    dhcp.hosts = vec![
        DhcpHost {
            name: text("a"),
            ..DhcpHost::new("52:54:00:00:00:0a".parse().expect("a MAC address"), ip("10.7.0.200"))
        },
        DhcpHost {
            name: text("b"),
            ip: Some(ip("10.7.0.201")),
            lease: lease(500, LeaseUnit::Seconds),
            ..DhcpHost::default()
        },
    ];
    dhcp.bootp = Some(Bootp { file: text("boot.img"), server: Some(ip("10.7.0.3")), ..Bootp::default() });
    let six =
        DhcpHost { id: text("0:3:0:1:0:16:3e:11:22:33"), ip: Some(ip("fd07::6")), ..DhcpHost::default() };
    v6.dhcp = Some(Dhcp { hosts: vec![six], ..Dhcp::default() });

    let nat = Nat {
        addresses: Some(("192.0.2.1".parse().expect("IPv4"), "192.0.2.9".parse().expect("IPv4")).into()),
        ports: Some((2000, 3000).into()),
        ..Nat::default()
    };
    let mut forward = Forward { nat: Some(nat), ..Forward::from(ForwardMode::Nat) };
    forward.set_dev(Some("eth0"));
    let bridge = Bridge {
        stp: Some(false),
        delay: Some(2),
        mac_table_manager: Some(MacTableManager::Libvirt),
        ..Bridge::from("virbr-built")
    };
    let rate =
        |average| Some(Rate { average: Some(average), peak: Some(9), burst: Some(5), ..Rate::default() });
    let metadata = Element::new("metadata")
        .with_element(Element::new("m:a").with("xmlns:m", "urn:m").with("x", "é<\"'>"));
    Network {
        ipv6: Some(true),
        trust_guest_rx_filters: Some(true),
        uuid: Some("f1d2d2f9-24e9-86ac-86fd-f7b36c94bcdf".parse().expect("a UUID")),
        metadata: Some(metadata),
        forward: Some(forward),
        bridge: Some(bridge),
        mtu: Some(1400),
        mac: Some("52:54:00:11:22:33".parse().expect("a MAC address")),
        domain: Some(Domain { local_only: Some(true), ..Domain::from("a.example") }),
        dns: Some(dns()),
        bandwidth: Some(Bandwidth { inbound: rate(7), outbound: rate(8), ..Bandwidth::default() }),
        port_isolated: Some(true),
        routes: vec![
            Route { metric: Some(3), ..Route::new(ip("10.8.0.0"), 16, ip("10.7.0.5")).expect("16 bits") },
            Route::new(ip("fd08::"), 64, ip("fd07::5")).expect("64 bits"),
        ],
        dnsmasq_options: vec!["log-queries".to_owned(), "cname=a,b".to_owned()],
        ..network
    }
}

fn dns() -> Dns {
    Dns {
        enable: Some(true),
        forward_plain_names: Some(false),
        forwarders: vec![
            DnsForwarder {
                domain: text("a.example"),
                address: Some(ip("192.0.2.53")),
                ..DnsForwarder::default()
            },
            DnsForwarder { address: Some(ip("fd00::53")), ..DnsForwarder::default() },
        ],
        txts: vec![DnsTxt { name: "t".to_owned(), value: "a,b & c".to_owned(), ..DnsTxt::default() }],
        srvs: vec![DnsSrv {
            service: "ldap".to_owned(),
            protocol: "tcp".to_owned(),
            domain: text("a.example"),
            target: text("h.a.example"),
            port: Some(389),
            priority: Some(1),
            weight: Some(2),
            ..DnsSrv::default()
        }],
        hosts: vec![DnsHost::new(ip("10.7.0.4"), ["h1", "h2"])],
        ..Dns::default()
    }
}

fn open_vswitch() -> VirtualPort {
    VirtualPort { kind: Some(VirtualPortType::OpenVSwitch), ..VirtualPort::default() }
}

fn host_bridge() -> Network {
    let vlan = |trunk: bool, tags: Vec<VlanTag>| {
        Some(Vlan { trunk: trunk.then_some(true), tags, ..Vlan::default() })
    };
    let native = VlanTag { native_mode: Some(NativeMode::Tagged), ..VlanTag::new(123) };
    let parameters = VirtualPortParameters { profile_id: text("p"), ..VirtualPortParameters::default() };
    let group = PortGroup {
        name: "sales".to_owned(),
        default: Some(true),
        trust_guest_rx_filters: Some(false),
        vlan: vlan(false, vec![VlanTag::new(1)]),
        virtualport: Some(VirtualPort { parameters: Some(parameters), ..open_vswitch() }),
        ..PortGroup::default()
    };
    Network {
        forward: Some(Forward::from(ForwardMode::Bridge)),
        bridge: Some(Bridge::from("br0")),
        vlan: vlan(true, vec![native, VlanTag::new(4095)]),
        virtualport: Some(open_vswitch()),
        portgroups: vec![group],
        ..Network::new("host-bridge")
    }
}

fn vepa() -> Network {
    let parameters = VirtualPortParameters {
        manager_id: Some(11),
        type_id: Some(0xff_ffff),
        type_id_version: Some(2),
        instance_id: Some("09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f".parse().expect("a UUID")),
        ..VirtualPortParameters::default()
    };
    let mut forward = Forward::from(ForwardMode::Vepa);
    forward.set_dev(Some("eth3"));
    Network {
        forward: Some(forward),
        virtualport: Some(VirtualPort {
            kind: Some(VirtualPortType::Vepa),
            parameters: Some(parameters),
            ..VirtualPort::default()
        }),
        ..Network::new("vepa")
    }
}

fn hostdev(name: &str, fill: impl Fn(&mut Forward)) -> Network {
    let driver = HostdevDriver { name: Some(HostdevDriverName::Vfio), ..HostdevDriver::default() };
    let mut forward =
        Forward { managed: Some(true), driver: Some(driver), ..Forward::from(ForwardMode::Hostdev) };
    fill(&mut forward);
    Network { forward: Some(forward), ..Network::new(name) }
}

/// A pool of devices; a daemon takes it only on a host that has them.
pub(crate) fn devices() -> Network {
    let device = |function| PciAddress { bus: 0x3, slot: 0x10, function, ..PciAddress::default() };
    hostdev("devices", |forward| forward.addresses = vec![device(0), device(7)])
}
