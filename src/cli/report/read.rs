//! What net-inspect wrote, read back field by field from a tree of JSON. The code that serde derives for reading reports is
//! a sixteenth of the whole program: it is for tests alone, which hold this against it.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde_json::Value;
use virtwire::protocol::remote::Uuid;

use super::inspect::{
    Evidence, Fact, GuestTie, InspectedNetwork, NetworkInspection, RuleCount, SeenBridge, TiedGuest,
    UnknownProcess, UnknownTraces, Whose, Word,
};
use super::switch::Goal;
use super::time::Time;
use super::{Message, NetworkIdentity, NetworkState, Report};
use crate::cli::failure::{Failure, Kind, LibvirtNumbers, Why};
use crate::cli::output::document::{Document, Documents};
use crate::cli::status::Status;

type Result<T> = std::result::Result<T, String>;

/// A value that is told in JSON.
pub(crate) trait Read: Sized {
    /// Reads it. The error says what is wrong, and in which field.
    fn read(json: &Value) -> Result<Self>;

    /// Reads it from an object that has its fields among others.
    fn read_among(json: &Value) -> Result<Self> {
        Self::read(json)
    }
}

fn field<T: Read>(object: &Value, name: &str) -> Result<T> {
    let value = object.get(name).ok_or_else(|| format!("missing field `{name}`"))?;
    T::read(value).map_err(|why| within(name, &why))
}

fn field_or_default<T: Read + Default>(object: &Value, name: &str) -> Result<T> {
    object
        .get(name)
        .map_or_else(|| Ok(T::default()), |value| T::read(value).map_err(|why| within(name, &why)))
}

fn within(name: &str, why: &str) -> String {
    format!("in field `{name}`: {why}")
}

fn object(json: &Value) -> Result<()> {
    if json.is_object() { Ok(()) } else { Err(wanted("an object")) }
}

/// Objects: the fields that they have, those that they may have, and those that consist of fields among these.
macro_rules! objects {
    ($($object:ident { $($field:ident),* } may { $($optional:ident),* } among { $($flat:ident),* })*) => { $(
        impl Read for $object {
            fn read(json: &Value) -> Result<Self> {
                object(json)?;
                Ok(Self {
                    $($field: field(json, stringify!($field))?,)*
                    $($optional: field_or_default(json, stringify!($optional))?,)*
                    $($flat: Read::read_among(json)?,)*
                })
            }
        }
    )* };
}

objects! {
    Documents { version, command, hosts } may { error } among {}
    Document { version } may { command, host, uri, time, not_begun, result, notes, error } among {}
    LibvirtNumbers { code, domain } may {} among {}
    NetworkInspection { offline, networks } may { hostname, expect, unknown, unseen } among {}
    InspectedNetwork { code } may { given, state, error } among { identity, evidence }
    NetworkIdentity { uuid } may {} among { name }
    NetworkState { active, persistent, autostart } may {} among {}
    Evidence { health, verified, guests, findings } may {
        unverified, mode, differs_from_stored, bridge, dnsmasq, rules, foreign_rules, ranges, leases, repair, cleanup
    } among {}
    SeenBridge { name, whose, addresses, members } may { mac, up } among {}
    RuleCount { backend, table, count } may {} among {}
    Fact { word, aspect, what } may { place } among {}
    TiedGuest {} may { guest, interface } among { tie }
    UnknownTraces { bridges, dnsmasq, rules, cleanup } may {} among {}
    UnknownProcess { pid, network } may {} among {}
}

/// A text, and its bytes where they are told beside it.
pub(super) fn told(json: &Value, text: &str, hex: &str) -> Result<(String, Option<String>)> {
    object(json)?;
    Ok((field(json, text)?, field_or_default(json, hex)?))
}

impl Read for Failure {
    fn read(json: &Value) -> Result<Self> {
        object(json)?;
        let why = Why {
            kind: field(json, "kind")?,
            status: field(json, "code")?,
            what: field_or_default(json, "what")?,
            message: Message::read(json)?,
            advice: field_or_default(json, "advice")?,
            libvirt: field_or_default(json, "libvirt")?,
            is_at_connecting: false,
        };
        Ok(why.into())
    }
}

impl Read for Report {
    fn read(json: &Value) -> Result<Self> {
        match field::<String>(json, "type")?.as_str() {
            "network-inspection" => NetworkInspection::read(json).map(Self::NetworkInspection),
            _ => Err("this is no result of net-inspect".to_owned()),
        }
    }
}

impl Read for GuestTie {
    fn read(json: &Value) -> Result<Self> {
        Ok(match field::<String>(json, "by")?.as_str() {
            "member" => Self::Member,
            "xml" => Self::Xml,
            "bridge-xml" => Self::BridgeXml,
            "port" => Self::Port { uuid: field(json, "uuid")? },
            "connections" => Self::Connections { count: field(json, "count")? },
            "cut-off" => Self::CutOff,
            "needs" => Self::Needs,
            other => return Err(within("by", &format!("'{other}' is not known"))),
        })
    }
}

impl Read for Status {
    fn read(json: &Value) -> Result<Self> {
        u8::read(json)?.try_into()
    }
}

/// Words, as serde knows them.
macro_rules! words {
    ($($word:ident)*) => { $(
        impl Read for $word {
            fn read(json: &Value) -> Result<Self> {
                let word: StrDeserializer<'_, Error> = text(json)?.into_deserializer();
                Self::deserialize(word).map_err(|error| error.to_string())
            }
        }
    )* };
}

words! { Goal Kind Time Whose Word }

macro_rules! numbers {
    ($($number:ident)*) => { $(
        impl Read for $number {
            fn read(json: &Value) -> Result<Self> {
                json.as_i64().and_then(|number| number.try_into().ok()).ok_or_else(|| wanted("a number"))
            }
        }
    )* };
}

numbers! { i32 u8 u32 usize }

fn wanted(what: &str) -> String {
    format!("{what} is wanted")
}

fn text(json: &Value) -> Result<&str> {
    json.as_str().ok_or_else(|| wanted("a text"))
}

impl Read for Uuid {
    fn read(json: &Value) -> Result<Self> {
        text(json)?.parse().map_err(|_| wanted("a UUID"))
    }
}

impl Read for String {
    fn read(json: &Value) -> Result<Self> {
        text(json).map(str::to_owned)
    }
}

impl Read for bool {
    fn read(json: &Value) -> Result<Self> {
        json.as_bool().ok_or_else(|| wanted("true or false"))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(json: &Value) -> Result<Self> {
        if json.is_null() { Ok(None) } else { T::read(json).map(Some) }
    }

    fn read_among(json: &Value) -> Result<Self> {
        Ok(T::read_among(json).ok())
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &Value) -> Result<Self> {
        json.as_array().ok_or_else(|| wanted("a list"))?.iter().map(T::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Read;
    use crate::cli::output::document::{Document, Documents};

    const PAGE: &str = include_str!("../../../docs/json-evidence.md");
    const UUID: &str = "7d0c71ee-2a8a-4e5c-9d8e-3f4d1c6a5b20";

    fn full() -> Value {
        let network = json!({"given": "n", "name": "a\u{fffd}", "name_hex": "61ff", "uuid": UUID,
            "state": {"active": true, "persistent": true, "autostart": false},
            "health": "left-behind", "verified": false, "unverified": ["why"], "mode": "nat", "differs_from_stored": true,
            "bridge": {"name": "b", "whose": "other", "mac": "m", "up": true, "addresses": ["a"], "members": ["v"]},
            "dnsmasq": [-1], "rules": [{"backend": "b", "table": "t", "count": 3}], "foreign_rules": 4,
            "ranges": ["r"], "leases": 5, "guests": [{"guest": "g", "interface": "i", "by": "port", "uuid": "u"},
                {"by": "member"}, {"by": "xml"}, {"by": "bridge-xml"}, {"by": "connections", "count": 2},
                {"by": "cut-off"}, {"by": "needs"}],
            "findings": [{"word": "w", "aspect": "a", "what": "x", "place": "p"}],
            "repair": ["r"], "cleanup": ["c"], "code": 7,
            "error": {"kind": "not-as-expected", "code": 7, "what": "w", "message": "\u{fffd}", "message_hex": "fe",
                "advice": "a", "libvirt": {"code": 1, "domain": -2}}});
        let nobody = json!({"health": "absent", "verified": false, "guests": [], "findings": [], "code": 3});
        json!({"version": 1, "command": "net-inspect", "host": "h", "uri": "u", "time": "2026-01-01", "not_begun": true,
            "result": {"type": "network-inspection", "hostname": "h", "offline": true, "expect": "disabled",
                "networks": [network, nobody], "unseen": ["s"],
                "unknown": {"bridges": ["b"], "dnsmasq": [{"pid": 1, "network": "n"}], "rules": [], "cleanup": ["c"]}},
            "notes": ["n"], "error": {"kind": "io", "code": 1, "message": "m"}})
    }

    #[test]
    fn what_is_read_is_what_was_written() -> Result<(), String> {
        let full = full();
        let document = Document::read(&full)?;
        assert_eq!(serde_json::to_value(&document).ok(), Some(full.clone()));
        assert_eq!(serde_json::from_value(full.clone()).ok(), Some(document));
        let several = json!({"version": 1, "command": "net-inspect", "hosts": [full], "error": null});
        let read = Documents::read(&several)?;
        assert_eq!(serde_json::from_value(several).ok(), Some(read));
        let examples = PAGE.split("```json\n").skip(1).filter_map(|block| block.split("```").next());
        let examples = examples.filter(|example| example.contains("network-inspection"));
        let mut count = 0;
        for example in examples {
            let value: Value = serde_json::from_str(example).map_err(|error| error.to_string())?;
            assert_eq!(serde_json::from_str(example).ok(), Some(Document::read(&value)?), "{example}");
            count += 1;
        }
        assert!(count > 0);
        Ok(())
    }

    /// Each path of a field, with what of it may be left out.
    fn fields(json: &Value, path: &str, paths: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match json {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(list) => {
                list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
            }
            _ => return,
        };
        for (name, value) in inner {
            let path = format!("{path}/{name}");
            fields(value, &path, paths);
            paths.push(path);
        }
    }

    /// A value of another type, and none at all, are taken and refused just where serde's derived code does so.
    #[test]
    fn what_serde_would_not_read_is_an_error_here_too() {
        let mut paths = Vec::new();
        fields(&full(), "", &mut paths);
        assert!(paths.len() > 100);
        for path in paths {
            for other in [json!({"a": []}), json!(true), json!(300), json!("?"), json!([[]]), Value::Null] {
                let mut changed = full();
                let Some(place) = changed.pointer_mut(&path) else { continue };
                *place = other.clone();
                let told = Document::read(&changed);
                let expected: Option<Document> = serde_json::from_value(changed).ok();
                assert_eq!(told.clone().ok(), expected, "{path}: {other}: {told:?}");
            }
            let mut changed = full();
            let (parent, name) = path.rsplit_once('/').unwrap_or_default();
            if let Some(Value::Object(fields)) = changed.pointer_mut(parent) {
                fields.remove(name);
                let told = Document::read(&changed);
                assert_eq!(told.clone().ok(), serde_json::from_value(changed).ok(), "{path}: {told:?}");
            }
        }
    }
}
