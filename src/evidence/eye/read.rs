//! What a virtwire elsewhere tells, read back field by field. The code that serde derives for reading it is twice as large:
//! no more than tests use it, which hold this against it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::value::RawValue;

use super::sight::{Greeting, Sight};
use crate::host::{Backend, Chain, Daemon, Dnsmasq, Forwarding, Host, Interface, Listed, Rule, Unseen};

type Result<T> = std::result::Result<T, String>;

/// A value as its text, which is looked into when its turn comes: a tree of all that a host tells would take far more
/// memory than what is made of it.
type Json<'a> = &'a RawValue;

/// Reads a value from its text.
pub(super) fn read<T: Read>(text: &str) -> Result<T> {
    T::read(serde_json::from_str(text).map_err(|error| error.to_string())?)
}

/// A value that is told in JSON.
pub(super) trait Read: Sized {
    /// Reads it. The error says what is wrong, and in which field.
    fn read(json: Json<'_>) -> Result<Self>;

    /// What it is where its field is missing.
    fn missing() -> Option<Self> {
        None
    }
}

/// The fields of an object.
struct Fields<'a>(BTreeMap<String, Json<'a>>);

impl<'a> Fields<'a> {
    fn of(json: Json<'a>) -> Result<Self> {
        serde_json::from_str(json.get()).map(Self).map_err(|_| wanted("an object"))
    }

    fn read<T: Read>(&self, name: &str) -> Result<T> {
        match self.0.get(name) {
            Some(json) => T::read(json).map_err(|why| format!("in field `{name}`: {why}")),
            None => T::missing().ok_or_else(|| format!("missing field `{name}`")),
        }
    }
}

macro_rules! objects {
    ($($object:ident { $($field:ident),* })*) => { $(
        impl Read for $object {
            fn read(json: Json<'_>) -> Result<Self> {
                let fields = Fields::of(json)?;
                Ok(Self { $($field: fields.read(stringify!($field))?,)* })
            }
        }
    )* };
}

objects! {
    Greeting { look, virtwire }
    Sight { hostname, daemon, host, daemons }
    Daemon { pid, program }
    Host { namespace, interfaces, listed, dnsmasq, firewall, chains, forwarding }
    Interface { name, index, mac, is_up, addresses, members }
    Listed { name, mac, members }
    Dnsmasq { pid, network, config }
    Chain { backend, family, table, name, is_base }
    Rule { backend, family, table, chain, text, handle, interfaces, indexes, subnets, target }
    Forwarding { ipv4, ipv6 }
}

impl Read for Backend {
    fn read(json: Json<'_>) -> Result<Self> {
        match &*String::read(json)? {
            "IptablesNft" => Ok(Self::IptablesNft),
            "IptablesLegacy" => Ok(Self::IptablesLegacy),
            "Nftables" => Ok(Self::Nftables),
            other => Err(unknown(other)),
        }
    }
}

impl Read for Unseen {
    fn read(json: Json<'_>) -> Result<Self> {
        if let Ok(reason) = String::read(json) {
            return Ok(match &*reason {
                "NotThisHost" => Self::NotThisHost,
                "OtherHost" => Self::OtherHost,
                "NoBridge" => Self::NoBridge,
                "Contained" => Self::Contained,
                "HalfShown" => Self::HalfShown,
                "NoProc" => Self::NoProc,
                "NoSys" => Self::NoSys,
                other => return Err(unknown(other)),
            });
        }
        let (reason, json) = one(json)?;
        let field = || Fields::of(json);
        Ok(match &*reason {
            "Relay" => Self::Relay { process: field()?.read("process")?, program: field()?.read("program")? },
            "OtherNamespace" => Self::OtherNamespace { daemon: field()?.read("daemon")? },
            "NotLookedThere" => {
                Self::NotLookedThere { host: field()?.read("host")?, reason: field()?.read("reason")? }
            }
            "NoInterface" => Self::NoInterface(Read::read(json)?),
            "OtherBridge" => Self::OtherBridge(Read::read(json)?),
            "NotThere" => Self::NotThere(Read::read(json)?),
            "Unreadable" => {
                let (path, why) = Read::read(json)?;
                Self::Unreadable(path, why)
            }
            "NoPermission" => Self::NoPermission { what: field()?.read("what")? },
            "NoTool" => Self::NoTool(Read::read(json)?),
            "ToolFailed" => {
                Self::ToolFailed { tool: field()?.read("tool")?, message: field()?.read("message")? }
            }
            "TimedOut" => Self::TimedOut { what: field()?.read("what")?, seconds: field()?.read("seconds")? },
            other => return Err(unknown(other)),
        })
    }
}

/// What was seen, or why not; so is told what was answered, too.
impl<T: Read, E: Read> Read for std::result::Result<T, E> {
    fn read(json: Json<'_>) -> Result<Self> {
        let (word, json) = one(json)?;
        match &*word {
            "Ok" => T::read(json).map(Ok),
            "Err" => E::read(json).map(Err),
            other => Err(unknown(other)),
        }
    }
}

/// The only field of an object.
fn one(json: Json<'_>) -> Result<(String, Json<'_>)> {
    let mut fields = Fields::of(json)?.0;
    fields.pop_first().filter(|_| fields.is_empty()).ok_or_else(|| wanted("one field"))
}

fn wanted(what: &str) -> String {
    format!("{what} is wanted")
}

fn unknown(word: &str) -> String {
    format!("'{word}' is not known")
}

fn items(json: Json<'_>) -> Result<Vec<Json<'_>>> {
    serde_json::from_str(json.get()).map_err(|_| wanted("a list"))
}

impl Read for () {
    fn read(json: Json<'_>) -> Result<Self> {
        if json.get() == "null" { Ok(()) } else { Err(wanted("null")) }
    }
}

impl Read for bool {
    fn read(json: Json<'_>) -> Result<Self> {
        json.get().parse().map_err(|_| wanted("true or false"))
    }
}

impl Read for String {
    fn read(json: Json<'_>) -> Result<Self> {
        serde_json::from_str(json.get()).map_err(|_| wanted("a text"))
    }
}

impl Read for Cow<'static, str> {
    fn read(json: Json<'_>) -> Result<Self> {
        String::read(json).map(Cow::Owned)
    }
}

impl Read for PathBuf {
    fn read(json: Json<'_>) -> Result<Self> {
        String::read(json).map(Self::from)
    }
}

impl Read for IpAddr {
    fn read(json: Json<'_>) -> Result<Self> {
        String::read(json)?.parse().map_err(|_| wanted("an IP address"))
    }
}

macro_rules! numbers {
    ($($number:ident)*) => { $(
        impl Read for $number {
            fn read(json: Json<'_>) -> Result<Self> {
                json.get().parse().map_err(|_| wanted("a number"))
            }
        }
    )* };
}

numbers! { i32 u8 u32 u64 }

impl<T: Read> Read for Option<T> {
    fn read(json: Json<'_>) -> Result<Self> {
        if json.get() == "null" { Ok(None) } else { T::read(json).map(Some) }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: Json<'_>) -> Result<Self> {
        items(json)?.into_iter().map(T::read).collect()
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(json: Json<'_>) -> Result<Self> {
        match *items(json)? {
            [one, other] => Ok((A::read(one)?, B::read(other)?)),
            _ => Err(wanted("a pair")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sight::Answer;
    use super::*;
    use crate::host::{Look, Whose};

    fn reasons() -> Vec<Unseen> {
        let text = || "ä\"\\\n".to_owned();
        vec![
            Unseen::NotThisHost,
            Unseen::OtherHost,
            Unseen::Relay { process: -1, program: text() },
            Unseen::OtherNamespace { daemon: 7 },
            Unseen::NotLookedThere { host: text(), reason: text() },
            Unseen::NoBridge,
            Unseen::NoInterface(text()),
            Unseen::OtherBridge(text()),
            Unseen::NotThere("/a".into()),
            Unseen::Unreadable("/a".into(), text()),
            Unseen::NoPermission { what: text() },
            Unseen::Contained,
            Unseen::no_tool(&["a", "b"]),
            Unseen::HalfShown,
            Unseen::ToolFailed { tool: "/a".into(), message: text() },
            Unseen::TimedOut { what: text(), seconds: u64::MAX },
            Unseen::NoProc,
            Unseen::NoSys,
        ]
    }

    /// A sight in which everything is there.
    fn full() -> Sight {
        let (name, subnet) = (|| "n".to_owned(), ("fe80::1".parse().unwrap(), 64));
        let rule = Rule {
            backend: Backend::Nftables,
            family: name(),
            table: name(),
            chain: name(),
            text: "{\"a\":1}".to_owned(),
            handle: Some(u64::MAX),
            interfaces: vec![name()],
            indexes: vec![u32::MAX],
            subnets: vec![subnet],
            target: Some(name()),
        };
        let bare = Rule { backend: Backend::IptablesLegacy, handle: None, target: None, ..rule.clone() };
        let interface = Interface {
            name: name(),
            index: 3,
            mac: Some(name()),
            is_up: true,
            addresses: vec![subnet, ("10.0.0.1".parse().unwrap(), 8)],
            members: Some(vec![name(), name()]),
        };
        let chain = Chain {
            backend: Backend::IptablesNft,
            family: name(),
            table: name(),
            name: name(),
            is_base: false,
        };
        let mut firewall: Vec<(Backend, Look<Vec<Rule>>)> =
            reasons().into_iter().map(|reason| (Backend::IptablesNft, Err(reason))).collect();
        firewall.push((Backend::Nftables, Ok(vec![rule, bare])));
        let host = Host {
            namespace: Ok(()),
            interfaces: Ok(vec![interface]),
            listed: Some(vec![Listed { name: name(), mac: name(), members: None }]),
            dnsmasq: Ok(vec![Dnsmasq { pid: 1, network: name(), config: "/a".into() }]),
            firewall,
            chains: vec![chain],
            forwarding: Ok(Forwarding { ipv4: true, ipv6: None }),
        };
        let daemons = Ok(vec![Daemon { pid: 1, program: "libvirtd".into() }]);
        Sight { hostname: Some(name()), daemon: Some(2), host, daemons }
    }

    fn heard(told: &str) -> Result<Answer> {
        read(told)
    }

    #[tokio::test]
    async fn what_is_read_is_what_was_told() {
        for answer in [Ok(full()), Ok(Sight::here(Whose::Ours).await), Err("no".to_owned())] {
            let told = serde_json::to_string(&answer).unwrap();
            assert_eq!(format!("{:?}", heard(&told)), format!("{:?}", Ok::<_, String>(answer)));
        }
        let greeting = read::<Greeting>(r#"{"look":1,"virtwire":"0","more":[]}"#).unwrap();
        assert_eq!((greeting.look, greeting.virtwire.as_str()), (1, "0"));
    }

    /// Another value in place of any, and none at all, are taken and refused just where serde's derived code does so.
    #[test]
    fn what_serde_would_not_read_is_an_error_here_too() {
        let full = serde_json::to_value(Ok::<_, String>(full())).unwrap();
        let mut paths = vec![(String::new(), full.clone())];
        let mut count = 0;
        while let Some((path, value)) = paths.pop() {
            for other in
                ["null", "true", "300", "-1", "\"n\"", "\"NoSys\"", "[]", "[[]]", "{}", "{\"Ok\":null}"]
            {
                let mut changed = full.clone();
                *changed.pointer_mut(&path).unwrap() = serde_json::from_str(other).unwrap();
                let told = changed.to_string();
                let expected: serde_json::Result<Answer> = serde_json::from_str(&told);
                let read = heard(&told);
                assert_eq!(
                    format!("{:?}", read.clone().ok()),
                    format!("{:?}", expected.ok()),
                    "{path}: {other}: {read:?}"
                );
                count += 1;
            }
            match value {
                serde_json::Value::Array(items) => {
                    paths.extend(
                        items.into_iter().enumerate().map(|(at, item)| (format!("{path}/{at}"), item)),
                    );
                }
                serde_json::Value::Object(fields) => {
                    paths.extend(fields.into_iter().map(|(name, field)| (format!("{path}/{name}"), field)));
                }
                _ => {}
            }
        }
        assert!(count > 1000);
    }
}
