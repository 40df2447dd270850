//! One host of a page: how it is with the network in question, in one of seven states, why, and what to do about it. It
//! claims no more than was seen: what could not be looked for is never clean.

use serde::Serialize;
use virtwire::uri::Uri;

use super::steps::Step;
use crate::cli::output::document::Document;
use crate::cli::output::verdict;
use crate::cli::report::Report;
use crate::cli::report::inspect::{GuestTie, InspectedNetwork, NetworkInspection, TiedGuest, Word};
use crate::cli::status::Status;

/// How a host is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "&'static str")]
pub(super) enum State {
    /// The network runs, and guests are attached.
    Guests,
    /// It runs.
    Active,
    /// It does not run, and starts with the host.
    Boot,
    /// It does not run, and something of it is there, or of a network that nobody knows.
    Left,
    /// It could not be seen how it is.
    Unseen,
    /// It does not run, and not all of it could be looked for.
    Unproven,
    /// It does not run, and nothing of it is there; or there is no such network.
    Clean,
}

impl State {
    /// The word that the JSON and the page's script have for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Active => "active",
            Self::Boot => "boot",
            Self::Left => "left",
            Self::Unseen => "unseen",
            Self::Unproven => "unproven",
            Self::Clean => "clean",
        }
    }
}

impl From<State> for &'static str {
    fn from(state: State) -> Self {
        state.word()
    }
}

/// A host as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Host {
    /// What it is called: by its URI, by itself, or, where that is not unique, the URI as a whole.
    name: String,
    pub(super) state: State,
    /// Why it has this state, in a line.
    why: String,
    steps: Vec<Step>,
    /// What was found out, as net-inspect said it.
    document: Document,
}

impl Host {
    /// Each host of these results, looked at for one network, or for all of them.
    pub(super) fn all(documents: Vec<Document>, network: Option<&str>) -> Vec<Self> {
        let mut hosts: Vec<Self> =
            documents.into_iter().map(|document| Self::of(document, network)).collect();
        let mut names: Vec<String> = hosts.iter().map(|host| host.name.clone()).collect();
        names.sort_unstable();
        for host in &mut hosts {
            let first = names.partition_point(|name| *name < host.name);
            if names.get(first + 1) == Some(&host.name) {
                host.name = host.document.uri.clone().unwrap_or_default();
            }
        }
        hosts
    }

    fn of(document: Document, network: Option<&str>) -> Self {
        let look = Look { document: &document, inspection: inspection(&document), network };
        let (state, why) = look.judged();
        let steps = look.steps(state);
        let hostname = look.inspection.and_then(|seen| seen.hostname.clone());
        let name = document.host.clone().or(hostname).or_else(|| document.uri.clone()).unwrap_or_default();
        Self { name, state, why, steps, document }
    }
}

/// What net-inspect found, where it came to that.
pub(super) fn inspection(document: &Document) -> Option<&NetworkInspection> {
    match &document.result {
        Some(Report::NetworkInspection(inspection)) => Some(inspection),
        _ => None,
    }
}

pub(super) struct Look<'a> {
    pub(super) document: &'a Document,
    pub(super) inspection: Option<&'a NetworkInspection>,
    /// Nothing for all networks.
    network: Option<&'a str>,
}

impl<'a> Look<'a> {
    fn judged(&self) -> (State, String) {
        let networks = self.networks();
        let told = networks.iter().map(|network| of_network(network)).min_by_key(|(state, _)| *state);
        let (state, why) = match (told, self.nothing()) {
            // A daemon of a user's own says nothing of its host.
            _ if self.is_users_own() => {
                let why = "a daemon of a user's own was asked, and not the host's: that is qemu:///system";
                (State::Unseen, why.to_owned())
            }
            (Some((state, _)), _) if networks.len() > 1 => {
                let each =
                    networks.iter().map(|network| format!("{}: {}", network.name(), of_network(network).1));
                (state, each.collect::<Vec<_>>().join("; "))
            }
            (Some(told), _) => told,
            (None, told) => told,
        };
        let has_traces = self.inspection.is_some_and(|seen| seen.unknown.is_some());
        if has_traces && state > State::Left && state != State::Unseen {
            return (State::Left, format!("{why}; traces of networks that nobody knows are there"));
        }
        (state, why)
    }

    /// The networks in question.
    pub(super) fn networks(&self) -> Vec<&'a InspectedNetwork> {
        let all = self.inspection.map(|seen| seen.networks.as_slice()).unwrap_or_default();
        let is_it = |network: &&InspectedNetwork| self.network.is_none_or(|wanted| network.name() == wanted);
        all.iter().filter(is_it).collect()
    }

    /// How it is with a host of which nothing is said about the network.
    fn nothing(&self) -> (State, String) {
        let unseen = |why: &str| (State::Unseen, why.to_owned());
        let Some(seen) = self.inspection else {
            return match &self.document.error {
                Some(error) => unseen(&error.message.to_string()),
                None => unseen("its turn never came"),
            };
        };
        // What is wrong with other networks is no reason to doubt.
        if let Some(error) = self.document.error.as_ref().filter(|error| error.status != Status::LeftBehind) {
            return unseen(&error.message.to_string());
        }
        let were_all_asked_for =
            seen.networks.iter().all(|one| one.given.is_none() || one.identity.is_none());
        if !were_all_asked_for {
            return unseen("other networks were asked for, and not this one");
        }
        let absent = match self.network {
            Some(name) => format!("there is no network {name}"),
            None => "there is no network".to_owned(),
        };
        let doubts: Vec<&str> = seen.unseen.iter().chain(&self.document.notes).map(String::as_str).collect();
        match (seen.hostname.is_some(), doubts.as_slice()) {
            (true, []) => (State::Clean, absent),
            (false, []) => (State::Unproven, format!("{absent}; its host was not looked at")),
            (_, doubts) => (State::Unproven, format!("{absent}; {}", doubts.join("; "))),
        }
    }

    /// By its URI alone: who reads this is of no matter.
    fn is_users_own(&self) -> bool {
        let uri = self.document.uri.as_deref().unwrap_or_default();
        let names_it =
            |uri: Uri| uri.server_name().split('?').next().is_some_and(|name| name.ends_with("/session"));
        Uri::parse(uri).is_ok_and(names_it)
    }
}

/// How it is with one network, and why.
pub(super) fn of_network(network: &InspectedNetwork) -> (State, String) {
    let evidence = &network.evidence;
    let why = verdict(evidence, network.state);
    match evidence.health {
        Word::Enabled | Word::Degraded => {
            let attached: Vec<String> = evidence.guests.iter().filter_map(attached).collect();
            if attached.is_empty() {
                return (State::Active, why);
            }
            (State::Guests, format!("attached: {}; {why}", attached.join(", ")))
        }
        Word::Stopped => (State::Boot, why),
        Word::LeftBehind => (State::Left, why),
        Word::Disabled if evidence.verified => (State::Clean, why),
        Word::Disabled => (State::Unproven, why),
        // Only asked for by its name is it said to be absent, and then nobody looked for what it left.
        Word::Absent => (State::Unproven, format!("{why}; what it may have left was not looked for")),
        Word::Unknown => (State::Unseen, why),
    }
}

/// What is attached to a network; nothing for a guest that only could be.
fn attached(guest: &TiedGuest) -> Option<String> {
    match &guest.tie {
        GuestTie::Needs | GuestTie::CutOff => None,
        GuestTie::Connections { count } => Some(format!("{count} by its XML")),
        GuestTie::Port { uuid } => Some(guest.guest.clone().unwrap_or_else(|| format!("port {uuid}"))),
        GuestTie::Member | GuestTie::Xml | GuestTie::BridgeXml => {
            guest.guest.clone().or_else(|| guest.interface.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Host, State};
    use crate::cli::output::document::Document;

    const URI: &str = "qemu+ssh://cmp17/system";

    fn document(fields: &Value) -> Option<Document> {
        let mut document = json!({"version": 1, "command": "net-inspect", "host": "cmp17", "uri": URI});
        document.as_object_mut()?.extend(fields.as_object()?.clone());
        serde_json::from_value(document).ok()
    }

    fn host(fields: &Value) -> Option<Host> {
        Host::all(document(fields).into_iter().collect(), Some("default")).pop()
    }

    fn seen(networks: &[Value], more: &Value) -> Value {
        let mut result = json!({"type": "network-inspection", "hostname": "cmp17", "offline": false, "networks": networks});
        if let (Some(result), Some(more)) = (result.as_object_mut(), more.as_object()) {
            result.extend(more.clone());
        }
        json!({ "result": result })
    }

    fn network(name: &str, health: &str, more: &Value) -> Value {
        let mut network = json!({"name": name, "uuid": "7d0c71ee-2a8a-4e5c-9d8e-3f4d1c6a5b20", "health": health,
            "verified": true, "guests": [], "findings": [], "code": 0});
        if let (Some(network), Some(more)) = (network.as_object_mut(), more.as_object()) {
            network.extend(more.clone());
        }
        network
    }

    fn state(fields: &Value) -> Option<State> {
        host(fields).map(|host| host.state)
    }

    #[test]
    fn a_host_has_the_state_of_the_network_in_question() {
        let of = |health, more| {
            state(&seen(
                &[network("default", health, &more), network("lab", "enabled", &json!({}))],
                &json!({}),
            ))
        };
        assert_eq!(of("enabled", json!({})), Some(State::Active));
        assert_eq!(of("degraded", json!({})), Some(State::Active));
        assert_eq!(of("stopped", json!({})), Some(State::Boot));
        assert_eq!(of("disabled", json!({})), Some(State::Clean));
        assert_eq!(of("left-behind", json!({})), Some(State::Left));
        assert_eq!(of("unknown", json!({})), Some(State::Unseen));
        assert_eq!(of("enabled", json!({"guests": [{"guest": "web", "by": "xml"}]})), Some(State::Guests));
        assert_eq!(of("enabled", json!({"guests": [{"guest": "web", "by": "needs"}]})), Some(State::Active));
    }

    #[test]
    fn what_could_not_be_looked_for_is_never_clean() {
        let unverified = network("default", "disabled", &json!({"verified": false, "unverified": ["why"]}));
        assert_eq!(state(&seen(&[unverified], &json!({}))), Some(State::Unproven));
        assert_eq!(state(&seen(&[], &json!({}))), Some(State::Clean));
        assert_eq!(state(&seen(&[], &json!({"unseen": ["rules: not root"]}))), Some(State::Unproven));
        assert_eq!(state(&seen(&[], &json!({"hostname": null}))), Some(State::Unproven));
        let of_others = network("lab", "disabled", &json!({"given": "lab"}));
        assert_eq!(state(&seen(&[of_others], &json!({}))), Some(State::Unseen));
        let absent = json!({"given": "default", "health": "absent", "verified": false, "guests": [], "findings": [], "code": 3});
        assert_eq!(state(&seen(&[absent], &json!({}))), Some(State::Unproven));
        let error = json!({"error": {"kind": "unreachable", "code": 4, "message": "no route"}});
        assert_eq!(state(&error), Some(State::Unseen));
        assert_eq!(state(&json!({"not_begun": true})), Some(State::Unseen));
        let mut own = seen(&[], &json!({}));
        own.as_object_mut().and_then(|own| own.insert("uri".to_owned(), json!("qemu:///session")));
        assert_eq!(state(&own), Some(State::Unseen));
    }

    #[test]
    fn traces_of_nobodys_networks_are_leftovers() {
        let unknown = json!({"unknown": {"bridges": ["virbr0"], "dnsmasq": [], "rules": [], "cleanup": []}});
        let off = seen(&[network("default", "disabled", &json!({}))], &unknown);
        let left = host(&off);
        assert_eq!(left.as_ref().map(|host| host.state), Some(State::Left));
        let command = left.and_then(|host| host.steps.into_iter().next()?.command);
        assert_eq!(command.as_deref(), Some("virtwire -c qemu:///system net-cleanup --apply"));
        let on = seen(&[network("default", "enabled", &json!({}))], &unknown);
        assert_eq!(state(&on), Some(State::Active));
    }

    #[test]
    fn what_is_to_be_done_on_the_host_itself_is_said_as_it_is_done_there() {
        let left = seen(&[network("default", "left-behind", &json!({}))], &json!({}));
        let unproven = seen(&[network("default", "disabled", &json!({"verified": false}))], &json!({}));
        let step = |mut fields: Value, uri: &str, host: Option<&str>| {
            fields["uri"] = uri.into();
            fields["host"] = host.into();
            let step = self::host(&fields)?.steps.into_iter().next()?;
            Some((step.words.split(':').next()?.to_owned(), step.command?))
        };
        let told = |words: &str, command: &str| Some((words.to_owned(), format!("virtwire {command}")));
        let there = "As root on cmp17, with a virtwire there";
        for remote in ["qemu+ssh://root@cmp17/system?keyfile=/k", "qemu+tls://cmp17/system"] {
            let cleanup = "-c qemu:///system net-cleanup default --apply";
            assert_eq!(step(left.clone(), remote, Some("cmp17")), told(there, cleanup));
        }
        let look = "-c qemu:///system net-inspect default";
        assert_eq!(step(unproven.clone(), "qemu+tls://cmp17/system", Some("cmp17")), told(there, look));
        assert_eq!(step(unproven.clone(), "qemu:///system", None), told("As root", look));
        let by_ssh = "Logged in as root, a look that sees all proves it.";
        let sent = "--send-self -c qemu+ssh://cmp17/system net-inspect default";
        assert_eq!(step(unproven, URI, Some("cmp17")), told(by_ssh, sent));
        let own = "qemu+unix:///system?socket=/run/s";
        let cleanup = "-c 'qemu+unix:///system?socket=/run/s' net-cleanup default --apply";
        assert_eq!(step(left, own, None), told("As root", cleanup));
    }

    #[test]
    fn a_command_quotes_what_a_host_calls_its_network() {
        let document = document(&seen(&[network("$(reboot)", "enabled", &json!({}))], &json!({})));
        let host = Host::all(document.into_iter().collect(), None).pop();
        let command = host.and_then(|host| host.steps.into_iter().next()?.command);
        let expected = "virtwire -c qemu+ssh://cmp17/system net-disable 7d0c71ee-2a8a-4e5c-9d8e-3f4d1c6a5b20";
        assert_eq!(command.as_deref(), Some(expected));
    }

    #[test]
    fn hosts_of_the_same_name_are_told_apart_by_their_uris() {
        let one = document(&json!({"not_begun": true}));
        let other = document(&json!({"not_begun": true, "uri": "qemu+tls://cmp17/system"}));
        let third = document(&json!({"not_begun": true, "uri": "qemu+tls://cmp18/system", "host": "cmp18"}));
        let hosts = Host::all([one, other, third].into_iter().flatten().collect(), None);
        let names: Vec<_> = hosts.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, [URI, "qemu+tls://cmp17/system", "cmp18"]);
    }
}
