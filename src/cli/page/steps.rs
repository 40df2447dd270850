//! What to do about a host: in words, and as the command that does it where it has to be run. Judges nothing.

use serde::Serialize;
use virtwire::protocol::remote::Text;
use virtwire::shell;
use virtwire::uri::{Transport, Uri};

use super::host::{Look, State, of_network};
use crate::cli::commands::undo;
use crate::cli::report::inspect::{InspectedNetwork, Word};

/// Something to do: in words, and as a command where there is one.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    pub(super) words: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
}

const REMOVES: &str =
    "this removes what was left, each item once it was looked at again; without --apply it only shows them.";

impl Look<'_> {
    pub(super) fn steps(&self, state: State) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        if state == State::Unseen {
            let advice = self.document.error.as_ref().and_then(|error| error.advice.clone());
            let words = advice.unwrap_or_else(|| "Look at it again:".to_owned());
            let uri = self.document.uri.clone().unwrap_or_default();
            return vec![Step { words, command: Some(line(&uri, &["net-inspect"])) }];
        }
        for network in self.networks() {
            self.steps_for(network, &mut steps);
        }
        if self.inspection.is_some_and(|seen| seen.unknown.is_some()) {
            let words = format!("Traces of networks that nobody knows. {}", self.there(REMOVES));
            let command = line(&self.uri_there(), &["net-cleanup", "--apply"]);
            steps.push(Step { words, command: Some(command) });
        }
        if steps.is_empty() && state == State::Unproven {
            let (words, uri) = self.proof();
            steps.push(Step { words, command: Some(sent(line(&uri, &["net-inspect"]), &uri)) });
        }
        steps
    }

    fn steps_for(&self, network: &InspectedNetwork, steps: &mut Vec<Step>) {
        let here = self.document.uri.clone().unwrap_or_default();
        let off = |words: &str| command(network, &here, words, "net-disable");
        let plain = |line: &String| Step { words: line.clone(), command: None };
        match of_network(network).0 {
            State::Guests => {
                let words = "Shut these guests down or move them to another network first. Then switch it off, now and for \
                             the next boots. It refuses while guests are attached, unless --allow-attached is said: then they \
                             are cut off.";
                steps.extend(off(words));
            }
            State::Active => steps.extend(off("Switch it off, now and for the next boots:")),
            State::Boot => steps.extend(off("Keep it off at the next boots, too:")),
            State::Left => {
                let step = command(network, &self.uri_there(), &self.there(REMOVES), "net-cleanup");
                let applied = |line| line + " --apply";
                steps.extend(step.map(|step| Step { command: step.command.map(applied), ..step }));
            }
            State::Unproven => {
                let (words, uri) = self.proof();
                let step = command(network, &uri, &words, "net-inspect");
                let by_ssh = |line| sent(line, &uri);
                steps.extend(step.map(|step| Step { command: step.command.map(by_ssh), ..step }));
            }
            State::Unseen | State::Clean => {}
        }
        if network.evidence.health == Word::Degraded {
            let words = "Or, where it is to stay, bring back what is missing:".to_owned();
            steps.push(Step { words, command: None });
            steps.extend(network.evidence.repair.iter().map(plain));
        }
    }

    /// What proves how it is, and the URI for it: by TCP and TLS, nothing is proven but on the host itself.
    fn proof(&self) -> (String, String) {
        let what = "a look that sees all proves it.";
        let uri = self.document.uri.clone().unwrap_or_default();
        if is_by_ssh(&uri) {
            return (format!("Logged in as root, {what}"), uri);
        }
        (self.there(what), self.uri_there())
    }

    /// What is to be done on the host itself.
    fn there(&self, what: &str) -> String {
        match &self.document.host {
            Some(host) => format!("As root on {host}, with a virtwire there: {what}"),
            None => format!("As root: {what}"),
        }
    }

    /// What leads to the daemon on the host itself: there alone is anything removed.
    fn uri_there(&self) -> String {
        let uri = self.document.uri.clone().unwrap_or_default();
        match (&self.document.host, Uri::parse(&uri)) {
            (Some(_), Ok(remote)) => remote.server_name(),
            _ => uri,
        }
    }
}

/// A command about a network.
fn command(network: &InspectedNetwork, uri: &str, words: &str, word: &str) -> Option<Step> {
    let identity = network.identity.as_ref()?;
    let name = Text::try_from(network.name()).ok()?;
    let command = undo::command(uri, word, &name, Some(identity.uuid));
    Some(Step { words: words.to_owned(), command: Some(command) })
}

fn line(uri: &str, words: &[&str]) -> String {
    shell::line(&["virtwire", "-c", uri].iter().chain(words).collect::<Vec<_>>())
}

/// Over ssh, a look that sees all takes a virtwire there.
fn sent(line: String, uri: &str) -> String {
    if is_by_ssh(uri) { line.replacen("virtwire", "virtwire --send-self", 1) } else { line }
}

fn is_by_ssh(uri: &str) -> bool {
    Uri::parse(uri).is_ok_and(|uri| uri.transport() == Transport::Ssh)
}
