//! Reads what `nft -j` prints, object by object. An expression that is not understood is kept as text.

use std::fmt;
use std::net::IpAddr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Ruleset;
use super::addresses::addresses;
use crate::host::json::Json;
use crate::host::{Backend, Chain, Rule};

/// What may be matched of an interface: its name, or its index, which nft prints as a name while there is one.
const NAME: [&str; 4] = ["iifname", "oifname", "ibrname", "obrname"];
const INDEX: [&str; 2] = ["iif", "oif"];

/// The index of the interface of a name.
type IndexOf<'a> = &'a dyn Fn(&str) -> Option<u32>;

/// The chains and rules in what nft printed, or what is wrong with it.
pub(super) fn parse(printed: &str, index_of: IndexOf) -> Result<Ruleset, String> {
    let unlike = |error: serde_json::Error| format!("its JSON is not as expected: {error}");
    let Fields(document) = serde_json::from_str(printed).map_err(unlike)?;
    let objects =
        document.iter().rfind(|(name, _)| name == "nftables").ok_or("its JSON has no `nftables`")?.1;
    let objects: Vec<&RawValue> = serde_json::from_str(objects.get()).map_err(unlike)?;
    let mut ruleset = Ruleset::default();
    for object in objects {
        // Sets may have as many elements as they like: only what is needed is looked into.
        let Fields(object) = serde_json::from_str(object.get()).map_err(unlike)?;
        for (kind, content) in object {
            match kind.as_str() {
                "chain" => {
                    ruleset.chains.extend(chain(&Json::read(content.get()).map_err(unlike)?));
                }
                "rule" => ruleset.rules.extend(rule(content.get(), index_of).map_err(unlike)?),
                _ => {}
            }
        }
    }
    Ok(ruleset)
}

/// The fields of an object, as they were printed.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Deserialize<'a> for Fields<'a> {
    fn deserialize<D: Deserializer<'a>>(object: D) -> Result<Self, D::Error> {
        object.deserialize_map(Self(Vec::new()))
    }
}

impl<'a> Visitor<'a> for Fields<'a> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut fields: A) -> Result<Self, A::Error> {
        while let Some(field) = fields.next_entry()? {
            self.0.push(field);
        }
        Ok(self)
    }
}

fn text(value: &Json, field: &str) -> Option<String> {
    Some(value.get(field)?.as_str()?.to_owned())
}

fn chain(chain: &Json) -> Option<Chain> {
    Some(Chain {
        backend: Backend::Nftables,
        family: text(chain, "family")?,
        table: text(chain, "table")?,
        name: text(chain, "name")?,
        is_base: chain.get("hook").is_some(),
    })
}

/// `None` for a rule without a place.
fn rule(printed: &str, index_of: IndexOf) -> serde_json::Result<Option<Rule>> {
    let value = Json::read(printed)?;
    let place = || Some((text(&value, "family")?, text(&value, "table")?, text(&value, "chain")?));
    let Some((family, table, chain)) = place() else { return Ok(None) };
    let rule = Rule {
        backend: Backend::Nftables,
        family,
        table,
        chain,
        text: printed.to_owned(),
        handle: value.get("handle").and_then(Json::as_u64),
        interfaces: Vec::new(),
        indexes: Vec::new(),
        subnets: Vec::new(),
        target: None,
    };
    let mut reader = Reader { rule, index_of };
    if let Some(expressions) = value.get("expr") {
        reader.read(expressions);
    }
    Ok(Some(reader.rule))
}

/// Takes from expressions what they say of interfaces, addresses and chains.
struct Reader<'a> {
    rule: Rule,
    index_of: IndexOf<'a>,
}

impl Reader<'_> {
    fn read(&mut self, expression: &Json) {
        match expression {
            Json::Text(word) => self.rule.subnets.extend(addresses(word)),
            Json::List(parts) => parts.iter().for_each(|part| self.read(part)),
            Json::Object(parts) => parts.iter().for_each(|(name, part)| self.part(name, part)),
            _ => {}
        }
    }

    fn part(&mut self, name: &str, part: &Json) {
        match (name, part.get("left").zip(part.get("right")), part.get("key").zip(part.within("data", "set")))
        {
            ("match", Some((key, values)), _) => self.values(key, values),
            ("vmap" | "map", _, Some((key, pairs))) => {
                for pair in pairs.as_list().into_iter().flatten() {
                    if let Some([value, outcome]) = pair.as_list() {
                        self.values(key, value);
                        self.read(outcome);
                    }
                }
            }
            ("prefix", ..) => self.rule.subnets.extend(prefix(part)),
            ("jump" | "goto", ..) => self.rule.target = text(part, "target"),
            _ => self.read(part),
        }
    }

    /// Values of what `key` says: one, a set, or several side by side where the key is so, too.
    fn values(&mut self, key: &Json, values: &Json) {
        let keys = key.get("concat").and_then(Json::as_list);
        let parts = values.get("concat").and_then(Json::as_list);
        if let (Some(keys), Some(parts)) = (keys, parts) {
            keys.iter().zip(parts).for_each(|(key, part)| self.values(key, part));
        } else if let Some(element) = values.within("elem", "val") {
            self.values(key, element);
        } else if let Some(elements) = values.get("set").and_then(Json::as_list) {
            elements.iter().for_each(|element| self.values(key, element));
        } else if let Some(key) =
            key.within("meta", "key").and_then(Json::as_str).filter(|key| is_interface(key))
        {
            self.interface(key, values);
        } else {
            self.read(values);
        }
    }

    fn interface(&mut self, key: &str, value: &Json) {
        // A named set is not looked up.
        let name = value.as_str().filter(|name| !name.starts_with('@'));
        if NAME.contains(&key) {
            self.rule.interfaces.extend(name.map(str::to_owned));
            return;
        }
        // An index is printed as a name while there is one, and then as a number, as text.
        let index = name.and_then(self.index_of);
        if index.is_some() {
            self.rule.interfaces.extend(name.map(str::to_owned));
        }
        let number = || name.map_or_else(|| value.as_u64()?.try_into().ok(), |name| name.parse().ok());
        self.rule.indexes.extend(index.or_else(number));
    }
}

fn is_interface(key: &str) -> bool {
    NAME.contains(&key) || INDEX.contains(&key)
}

fn prefix(prefix: &Json) -> Option<(IpAddr, u8)> {
    let address = prefix.get("addr")?.as_str()?.parse().ok()?;
    let length = prefix.get("len")?.as_u64()?.try_into().ok()?;
    Some((address, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(rules: &str) -> Vec<Rule> {
        let document = format!(r#"{{"nftables": [{{"metainfo": {{"json_schema_version": 1}}}}, {rules}]}}"#);
        parse(&document, &|name| (name == "virbr0").then_some(6)).unwrap().rules
    }

    /// A rule of these expressions.
    fn one(expressions: &str) -> Rule {
        let place = r#""family": "ip", "table": "libvirt_network", "chain": "guest_output", "handle": 8"#;
        parsed(&format!(r#"{{"rule": {{{place}, "expr": [{expressions}]}}}}"#)).remove(0)
    }

    fn matching(key: &str, right: &str) -> Rule {
        one(&format!(
            r#"{{"match": {{"op": "==", "left": {{"meta": {{"key": "{key}"}}}}, "right": {right}}}}}"#
        ))
    }

    fn subnets(rule: &Rule) -> Vec<String> {
        rule.subnets.iter().map(|(address, length)| format!("{address}/{length}")).collect()
    }

    #[test]
    fn a_rule_has_its_place_its_handle_and_its_text() {
        let rule = one(r#"{"jump": {"target": "guest_input"}}"#);
        let place = (rule.family.as_str(), rule.table.as_str(), rule.chain.as_str());
        assert_eq!(place, ("ip", "libvirt_network", "guest_output"));
        assert_eq!((rule.handle, rule.target.as_deref()), (Some(8), Some("guest_input")));
        assert_eq!(
            rule.text,
            r#"{"family": "ip", "table": "libvirt_network", "chain": "guest_output", "handle": 8, "expr": [{"jump": {"target": "guest_input"}}]}"#
        );
    }

    #[test]
    fn an_interface_is_matched_by_name_or_by_index_which_outlives_it() {
        let seen = |key, right| {
            let rule = matching(key, right);
            (rule.interfaces, rule.indexes)
        };
        let virbr0 = || vec!["virbr0".to_owned()];
        assert_eq!(seen("iifname", r#""virbr0""#), (virbr0(), vec![]));
        assert_eq!(seen("oifname", r#""virbr*""#), (vec!["virbr*".to_owned()], vec![]));
        assert_eq!(seen("iif", r#""virbr0""#), (virbr0(), vec![6]));
        assert_eq!(seen("oif", r#""6""#), (vec![], vec![6]));
        assert_eq!(seen("oif", "6"), (vec![], vec![6]));
        assert_eq!(seen("iif", r#"{"set": ["virbr0", "7"]}"#), (virbr0(), vec![6, 7]));
        assert_eq!(seen("iifname", r#""@mine""#), (vec![], vec![]));
    }

    #[test]
    fn addresses_are_found_where_a_rule_matches_them_or_rewrites_to_them() {
        let daddr = r#"{"payload": {"protocol": "ip", "field": "daddr"}}"#;
        let matched =
            |right: &str| one(&format!(r#"{{"match": {{"op": "!=", "left": {daddr}, "right": {right}}}}}"#));
        let prefix = r#"{"prefix": {"addr": "192.168.122.0", "len": 24}}"#;
        assert_eq!(subnets(&matched(prefix)), ["192.168.122.0/24"]);
        assert_eq!(subnets(&matched(r#""192.168.122.50""#)), ["192.168.122.50/32"]);
        assert_eq!(
            subnets(&matched(r#"{"range": ["10.0.0.1", "10.0.0.9"]}"#)),
            ["10.0.0.1/32", "10.0.0.9/32"]
        );
        assert_eq!(
            subnets(&one(r#"{"dnat": {"addr": "192.168.122.50", "port": 80}}"#)),
            ["192.168.122.50/32"]
        );
        assert_eq!(subnets(&one(r#"{"log": {"prefix": "10.0.0.1"}}"#)), Vec::<String>::new());
    }

    #[test]
    fn maps_and_values_side_by_side_are_looked_into() {
        let key = r#"{"meta": {"key": "iifname"}}"#;
        let pairs = r#"[["eth*", {"drop": null}], ["virbr0", {"jump": {"target": "x"}}]]"#;
        let rule = one(&format!(r#"{{"vmap": {{"key": {key}, "data": {{"set": {pairs}}}}}}}"#));
        assert_eq!(rule.interfaces, ["eth*", "virbr0"]);
        assert_eq!(rule.target.as_deref(), Some("x"));
        let keys = format!(r#"{{"concat": [{key}, {{"payload": {{"protocol": "ip", "field": "saddr"}}}}]}}"#);
        let values = r#"{"set": [{"concat": ["virbr0", "192.168.122.7"]}]}"#;
        let rule = one(&format!(r#"{{"match": {{"op": "==", "left": {keys}, "right": {values}}}}}"#));
        assert_eq!(
            (rule.interfaces.as_slice(), subnets(&rule)),
            (&["virbr0".to_owned()][..], vec!["192.168.122.7/32".to_owned()])
        );
    }

    #[test]
    fn what_is_not_known_is_kept_as_text_and_what_is_no_rule_is_skipped() {
        let rules = parsed(
            r#"{"flowtable": {"family": "ip"}}, {"rule": {"family": "ip"}}, {"rule": {"family": "ip", "table": "mangle",
               "chain": "LIBVIRT_PRT", "expr": [{"xt": {"type": "target", "name": "CHECKSUM"}}, {"new": [1, null]}]}}"#,
        );
        assert_eq!(rules.len(), 1);
        assert_eq!((rules[0].chain.as_str(), rules[0].handle), ("LIBVIRT_PRT", None));
        assert!(rules[0].text.contains("CHECKSUM"));
    }

    #[test]
    fn what_is_no_json_of_nfts_is_an_error() {
        let wrong = |printed: &str| parse(printed, &|_| None).unwrap_err();
        assert_eq!(wrong("{}"), "its JSON has no `nftables`");
        for printed in
            ["", "table ip filter {", r#"{"nftables": 1}"#, r#"{"nftables": ["#, r#"{"nftables": [1]}"#]
        {
            let said = wrong(printed);
            assert!(said.starts_with("its JSON is not as expected: "), "{printed:?}: {said}");
        }
        let deep = format!(r#"{{"nftables": [{{"rule": {}{}}}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(wrong(&deep).contains("recursion limit"));
    }
}
