//! What a firewall rule says, in one form for all notations. A rule that says more than this form can hold has none: so
//! it is told from those that libvirt makes. Knows no network.

use std::net::IpAddr;

use crate::host::Rule;
use crate::host::json::Json;

/// An address, and the length of its prefix.
pub(super) type Subnet = (IpAddr, u8);

/// A rule in its own notation, taken apart.
pub(super) enum Said {
    /// The words of an iptables command line.
    Words(Vec<String>),
    /// What nft printed.
    Printed(Json),
}

/// All that one rule of libvirt's says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clause<'a> {
    /// The interface by which packets come.
    pub(super) from: Option<Link<'a>>,
    /// The interface by which packets go.
    pub(super) to: Option<Link<'a>>,
    /// Where packets come from.
    pub(super) source: Option<Subnet>,
    /// Where packets go to.
    pub(super) destination: Option<Subnet>,
    /// Where packets do not go to.
    pub(super) excepted: Option<Subnet>,
    /// `tcp` or `udp`.
    pub(super) protocol: Option<&'a str>,
    /// The port that packets go to.
    pub(super) port: Option<u16>,
    /// Only packets of what guests began.
    pub(super) is_answer: bool,
    /// What becomes of packets.
    pub(super) verdict: Option<Verdict>,
}

/// An interface, as a rule has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link<'a> {
    /// By name, or by the index of an interface that is there.
    Name(&'a str),
    /// By an index that no interface has.
    Index(u32),
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accept,
    Reject,
    Return,
    /// The source becomes an address of the host's.
    Hide,
    /// The checksum is filled in.
    Mend,
}

impl Said {
    /// What a rule says; `None` where nft printed what is no JSON.
    pub(super) fn of(rule: &Rule) -> Option<Self> {
        match rule.handle {
            Some(_) => Json::read(&rule.text).ok().map(Self::Printed),
            None => Some(Self::Words(rule.words())),
        }
    }
}

impl<'a> Clause<'a> {
    /// What was said; `None` where that is more than fits.
    pub(super) fn of(said: &'a Said) -> Option<Self> {
        let mut clause = Self::default();
        match said {
            Said::Words(words) => clause.options(words)?,
            Said::Printed(rule) => {
                rule.get("expr")?.as_list()?.iter().try_for_each(|part| clause.expression(part))?;
            }
        }
        Some(clause)
    }

    /// The options of an iptables command line, each understood or else `None`.
    fn options(&mut self, words: &'a [String]) -> Option<()> {
        let mut words = words.iter().map(String::as_str);
        while let Some(option) = words.next() {
            if option == "--checksum-fill" {
                continue;
            }
            let argument = words.next()?;
            match option {
                "-i" => set(&mut self.from, Link::Name(argument))?,
                "-o" => set(&mut self.to, Link::Name(argument))?,
                "-s" => set(&mut self.source, subnet(argument)?)?,
                "-d" => set(&mut self.destination, subnet(argument)?)?,
                "!" if argument == "-d" => set(&mut self.excepted, subnet(words.next()?)?)?,
                "-p" => set(&mut self.protocol, argument)?,
                "--dport" => set(&mut self.port, argument.parse().ok()?)?,
                "--ctstate" => self.states(&mut argument.split(','))?,
                "-j" => set(&mut self.verdict, target(argument)?)?,
                "-m" if ["tcp", "udp", "conntrack"].contains(&argument) => {}
                "--reject-with" if argument.ends_with("-port-unreachable") => {}
                "--to-ports" | "--to-source" => {}
                _ => return None,
            }
        }
        Some(())
    }

    /// An expression of nft's, or one of iptables' that nft only knows the name of.
    fn expression(&mut self, part: &'a Json) -> Option<()> {
        let Json::Object(fields) = part else { return None };
        let (name, content) = fields.first()?;
        match name.as_str() {
            "counter" => Some(()),
            "match" => self.matched(content),
            "accept" => set(&mut self.verdict, Verdict::Accept),
            "return" => set(&mut self.verdict, Verdict::Return),
            "masquerade" | "snat" => set(&mut self.verdict, Verdict::Hide),
            "reject" => {
                let with = content.get("expr").and_then(Json::as_str).unwrap_or("port-unreachable");
                (with == "port-unreachable").then_some(())?;
                set(&mut self.verdict, Verdict::Reject)
            }
            "xt" => match (content.get("type")?.as_str()?, content.get("name")?.as_str()?) {
                ("target", name) => set(&mut self.verdict, target(name)?),
                ("match", "conntrack") => {
                    self.is_answer = true;
                    Some(())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn matched(&mut self, content: &'a Json) -> Option<()> {
        let (left, right) = (content.get("left")?, content.get("right")?);
        let is_excepted = match content.get("op")?.as_str()? {
            "==" | "in" => false,
            "!=" => true,
            _ => return None,
        };
        if left.within("ct", "key").and_then(Json::as_str) == Some("state") && !is_excepted {
            return self.states(&mut right.as_list()?.iter().filter_map(Json::as_str));
        }
        let field = left.within("meta", "key").or_else(|| left.within("payload", "field"))?.as_str()?;
        match (field, is_excepted) {
            ("iif", false) => set(&mut self.from, indexed(right)?),
            ("oif", false) => set(&mut self.to, indexed(right)?),
            ("iifname", false) => set(&mut self.from, Link::Name(right.as_str()?)),
            ("oifname", false) => set(&mut self.to, Link::Name(right.as_str()?)),
            ("saddr", false) => set(&mut self.source, prefix(right)?),
            ("daddr", false) => set(&mut self.destination, prefix(right)?),
            ("daddr", true) => set(&mut self.excepted, prefix(right)?),
            // Newer iptables asks the header of IPv4 or IPv6, older ones the kernel.
            ("l4proto" | "protocol" | "nexthdr", false) => set(&mut self.protocol, right.as_str()?),
            ("dport", false) => {
                self.protocol = Some(left.within("payload", "protocol")?.as_str()?);
                set(&mut self.port, right.as_u64()?.try_into().ok()?)
            }
            _ => None,
        }
    }

    fn states(&mut self, states: &mut dyn Iterator<Item = &str>) -> Option<()> {
        let mut states: Vec<String> = states.map(str::to_ascii_lowercase).collect();
        states.sort();
        self.is_answer = true;
        (states == ["established", "related"]).then_some(())
    }
}

/// Whether a rule that nft printed says something of iptables' that is not shown: even its name, or the port that
/// iptables before 1.8.8 matched by an extension of its own.
pub(super) fn is_hidden(rule: &Rule) -> bool {
    let is_opaque = |part: &Json| match part.get("xt") {
        Some(Json::Null) => true,
        Some(xt) => {
            let text = |field| xt.get(field).and_then(Json::as_str);
            text("type") == Some("match") && matches!(text("name"), Some("tcp" | "udp"))
        }
        None => false,
    };
    let printed = rule.handle.and_then(|_| Json::read(&rule.text).ok());
    let parts = printed.as_ref().and_then(|rule| rule.get("expr")?.as_list());
    parts.is_some_and(|parts| parts.iter().any(is_opaque))
}

/// Says it, if nothing was said yet.
fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.is_none().then(|| *place = Some(value))
}

fn target(name: &str) -> Option<Verdict> {
    match name {
        "ACCEPT" => Some(Verdict::Accept),
        "REJECT" => Some(Verdict::Reject),
        "RETURN" => Some(Verdict::Return),
        "MASQUERADE" | "SNAT" => Some(Verdict::Hide),
        "CHECKSUM" => Some(Verdict::Mend),
        _ => None,
    }
}

/// `192.168.122.0/24`, or a single address.
fn subnet(word: &str) -> Option<Subnet> {
    match word.split_once('/') {
        Some((address, length)) => Some((address.parse().ok()?, length.parse().ok()?)),
        None => single(word),
    }
}

fn single(word: &str) -> Option<Subnet> {
    let address: IpAddr = word.parse().ok()?;
    Some((address, if address.is_ipv4() { 32 } else { 128 }))
}

fn prefix(value: &Json) -> Option<Subnet> {
    if let Some(word) = value.as_str() {
        return single(word);
    }
    let prefix = value.get("prefix")?;
    Some((prefix.get("addr")?.as_str()?.parse().ok()?, prefix.get("len")?.as_u64()?.try_into().ok()?))
}

/// An index: nft prints the name in its place while there is one, and else the number, as some versions do in quotes.
fn indexed(value: &Json) -> Option<Link<'_>> {
    match value {
        Json::Text(name) => Some(name.parse().map_or_else(|_| Link::Name(name), Link::Index)),
        Json::Number(index) => Some(Link::Index((*index).try_into().ok()?)),
        _ => None,
    }
}
