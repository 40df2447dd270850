//! A network's DNS server.

use std::net::IpAddr;

use crate::xml::typed::elements;

elements! {
    /// `<dns>`: the DNS server that libvirt runs on the network's addresses. A network without it has one, too.
    #[derive(Default)]
    Dns = "dns" {
        /// Whether there is one; there is where it is not said. Since libvirt 2.2.0.
        enable: Option<bool> = attribute("enable"),
        /// Whether names without a dot are asked for at the host's own servers. Since libvirt 1.1.2.
        forward_plain_names: Option<bool> = attribute("forwardPlainNames"),
        /// Servers that are asked instead of the host's own.
        forwarders: Vec<DnsForwarder> = children,
        /// TXT records.
        txts: Vec<DnsTxt> = children,
        /// SRV records.
        srvs: Vec<DnsSrv> = children,
        /// Names of addresses.
        hosts: Vec<DnsHost> = children,
    }

    /// `<forwarder>` in [`Dns`]: a server that is asked. It has a domain, or an address, or both.
    #[derive(Default)]
    DnsForwarder = "forwarder" {
        /// The only names that it is asked for; without an address they are looked up here alone.
        domain: Option<String> = attribute("domain"),
        /// The server. A zone, as in `fe80::1%eth0`, is kept as long as the address is.
        address: Option<IpAddr> = attribute("addr"),
        /// Its port; 53 where it is not said. libvirt 11.3.0 does not know it, 12.8.0 does.
        port: Option<u16> = attribute("port"),
    }

    /// `<txt>` in [`Dns`]: a TXT record.
    #[derive(Default)]
    DnsTxt = "txt" {
        /// The name, without blanks and commas.
        name: String = required("name"),
        /// The text; commas separate several.
        value: String = required("value"),
    }

    /// `<srv>` in [`Dns`]: a SRV record (RFC 2782). Port, priority and weight need a target.
    #[derive(Default)]
    DnsSrv = "srv" {
        /// The service, without its underscore: such as `ldap`.
        service: String = required("service"),
        /// The protocol, without its underscore: `tcp` or `udp`.
        protocol: String = required("protocol"),
        /// The domain; the network's own where it is not said.
        domain: Option<String> = attribute("domain"),
        /// The host that offers the service; `.` where none does.
        target: Option<String> = attribute("target"),
        /// Its port, at least 1.
        port: Option<u16> = attribute("port"),
        /// Lower ones are tried first.
        priority: Option<u16> = attribute("priority"),
        /// Of the same priority, how often each is chosen in relation to the others.
        weight: Option<u16> = attribute("weight"),
    }

    /// `<host>` in [`Dns`]: names of an address.
    DnsHost = "host" {
        /// The address.
        ip: IpAddr = required("ip"),
        /// Its names, at least one.
        hostnames: Vec<String> = texts("hostname"),
    }
}

impl DnsHost {
    /// The names of an address.
    #[must_use]
    pub fn new<N: Into<String>>(ip: IpAddr, hostnames: impl IntoIterator<Item = N>) -> Self {
        let hostnames = hostnames.into_iter().map(Into::into).collect();
        Self { ip, hostnames, kept: crate::xml::Kept::default() }
    }
}
