//! The module `network`: a network as a state. Looking, refusing, switching and looking again are `net-disable`'s and
//! `net-enable`'s own; here definitions are stored before that, or forgotten behind it.

use serde_json::{Value, json};
use virtwire::disable::Switch;
use virtwire::network::uuid_of;
use virtwire::protocol::remote::Text;
use virtwire::{Connection, Definition, ErrorKind, Network, xml};

use super::command_line;
use super::given::Given;
use super::result::Result;
use super::wanted::{State, Wanted};
use crate::cli::commands::judge::Judge;
use crate::cli::failure::{Failure, Kind};
use crate::cli::report::NetworkState;
use crate::cli::report::switch::{SwitchedNetwork, Verdict};
use crate::cli::session::Session;
use crate::cli::status::Status;

pub(super) const NAME: &str = "network";

pub(super) async fn run(mut given: Given) -> std::result::Result<Result, Failure> {
    let wanted = Wanted::read(&mut given)?;
    // The command is of no matter: the same session serves all.
    let arguments = command_line(&mut given, ["net-list".to_owned()])?;
    given.expect_no_more()?;
    let session = Session::new(&arguments.globals);
    let mut task = Task {
        session: &session,
        wanted: &wanted,
        found: None,
        define: None,
        steps: Vec::new(),
        before: None,
        is_seen: false,
        after: None,
    };
    let mut result = Result::default();
    result.tell("name", &wanted.name);
    result.tell("uri", session.uri());
    let failure = task.carry_out(&mut result).await.err();
    task.tell_of_changes(&mut result);
    session.close().await;
    result.failure = failure.map(|failure| match failure.status {
        // These codes say that nothing was changed.
        Status::Unreachable | Status::Denied | Status::Refused if result.is_changed => {
            failure.status(Status::Failed)
        }
        _ => failure,
    });
    Ok(result)
}

/// One task: what was found, and what was done.
struct Task<'a> {
    session: &'a Session,
    wanted: &'a Wanted,
    /// The network's definition, where that had to be known.
    found: Option<Stored>,
    /// What is to be stored.
    define: Option<xml::Network>,
    /// As in the JSON of commands, in the order in which they were made.
    steps: Vec<Value>,
    before: Option<NetworkState>,
    /// Whether `before` is what was seen.
    is_seen: bool,
    /// Nothing where that is not known.
    after: Option<Option<NetworkState>>,
}

/// A network as the server has it.
struct Stored {
    network: Network,
    state: NetworkState,
    text: Text,
    xml: xml::Network,
}

impl Task<'_> {
    async fn carry_out(&mut self, result: &mut Result) -> std::result::Result<(), Failure> {
        let wanted = self.wanted;
        let connection = self.session.connect().await?;
        if wanted.xml.is_some() || wanted.wants_diff || wanted.state == Some(State::Absent) {
            self.found = self.look(&connection).await?;
            self.is_seen = true;
            self.before = self.found.as_ref().map(|found| found.state);
            self.after = Some(self.before);
        }
        self.define = wanted.xml.as_ref().and_then(|given| definition(given, self.found.as_ref()));
        let mut switch = self.session.switch().await?;
        if self.define.is_some() {
            if wanted.stops() && self.before.is_some_and(|before| before.persistent) {
                // What guests are attached to is not given another definition either.
                let planned = self.switch(&mut switch, true).await;
                if planned.error.is_some() {
                    self.step("define", "not-tried");
                    return self.take(planned, result);
                }
            }
            self.store(&connection).await?;
            if wanted.is_check {
                self.foresee();
                return Ok(());
            }
        }
        let switched = self.switch(&mut switch, wanted.is_check).await;
        if self.found.is_none() && self.define.is_none() {
            self.before = switched.before;
        }
        self.take(switched, result)?;
        if wanted.state == Some(State::Absent) {
            self.forget().await?;
        }
        if wanted.is_check {
            self.after = Some(wanted.leads_to(self.before));
        }
        Ok(())
    }

    async fn look(&self, connection: &Connection) -> std::result::Result<Option<Stored>, Failure> {
        let failure =
            |error| self.session.failure(format!("failed to get network '{}'", self.wanted.name), &error);
        let states = connection.network_states().await.map_err(failure)?;
        let by_uuid = |uuid| states.iter().find(|state| state.network.uuid() == uuid);
        let by_name = || states.iter().find(|state| *state.network.name() == *self.wanted.name);
        let Some(state) = uuid_of(&self.wanted.name).and_then(by_uuid).or_else(by_name) else {
            return Ok(None);
        };
        let text = state.network.xml_desc(Definition::Inactive).await.map_err(failure)?;
        let read = xml::Network::parse(text.as_bytes());
        let xml = read.map_err(|error| {
            Failure::new(Kind::Unsupported, format!("libvirt's XML of the network cannot be read: {error}"))
        })?;
        let (network, state) = (state.network.clone(), state.into());
        Ok(Some(Stored { network, state, text, xml }))
    }

    async fn switch(&self, switch: &mut Switch, is_dry_run: bool) -> SwitchedNetwork {
        let wanted = self.wanted;
        let (given, verb, missing_ok) = (wanted.name.as_str(), wanted.verb(), wanted.is_missing_ok());
        let outcome = switch.run(given, &wanted.request(is_dry_run)).await;
        self.session.adopt(switch.connection());
        Judge { session: self.session, given, verb, missing_ok }.judge(&outcome)
    }

    /// Takes over what became of the network: told as commands tell it.
    fn take(&mut self, switched: SwitchedNetwork, result: &mut Result) -> std::result::Result<(), Failure> {
        self.is_seen |= switched.verdict != Verdict::Unread;
        let is_unknown = matches!(switched.verdict, Verdict::Unknown | Verdict::Unread);
        let kept = if switched.gone { None } else { switched.before };
        self.after = if is_unknown { None } else { Some(switched.after.or(kept)) };
        result.tell_all(&switched);
        ["given", "code", "error", "before", "after"].into_iter().for_each(|field| drop(result.take(field)));
        if let Some(Value::Array(steps)) = result.take("steps") {
            self.steps.extend(steps);
        }
        if let Some(notes) = result.take("notes") {
            result.tell("warnings", notes);
        }
        switched.error.map_or(Ok(()), Err)
    }

    /// Stores the definition. Whether that changed anything, is for the server's own XML to say.
    async fn store(&mut self, connection: &Connection) -> std::result::Result<(), Failure> {
        let Some(definition) = &self.define else { return Ok(()) };
        if self.wanted.is_check {
            self.step("define", "would-be-done");
            return Ok(());
        }
        let done = async {
            let network = connection.define_network(definition.to_xml(), false).await?;
            network.xml_desc(Definition::Inactive).await
        };
        match done.await {
            Ok(text) => {
                let is_same =
                    self.found.as_ref().is_some_and(|found| found.state.persistent && found.text == text);
                self.step("define", if is_same { "already-so" } else { "done" });
                self.after = Some(self.wanted.defined(self.before));
                Ok(())
            }
            Err(error) => {
                self.step("define", failed(&error));
                Err(self.session.failure(format!("Failed to define network {}", self.wanted.name), &error))
            }
        }
    }

    /// What would be done to the network once it is defined.
    fn foresee(&mut self) {
        let defined = self.wanted.defined(self.before);
        let after = self.wanted.leads_to(self.before);
        if let (Some(defined), Some(after)) = (defined, after) {
            if defined.active != after.active {
                self.step(if after.active { "start" } else { "stop" }, "would-be-done");
            }
            if defined.autostart != after.autostart {
                self.step(if after.autostart { "autostart-on" } else { "autostart-off" }, "would-be-done");
            }
        }
        self.after = Some(after);
    }

    /// Forgets the definition of a network that does not run any more.
    async fn forget(&mut self) -> std::result::Result<(), Failure> {
        let Some(found) = self.found.as_ref().filter(|found| found.state.persistent) else { return Ok(()) };
        if self.wanted.is_check {
            self.step("undefine", "would-be-done");
            return Ok(());
        }
        match found.network.undefine().await {
            Ok(()) => {
                self.step("undefine", "done");
                self.after = Some(None);
                Ok(())
            }
            Err(error) => {
                self.step("undefine", failed(&error));
                Err(self.session.failure(format!("Failed to undefine network {}", self.wanted.name), &error))
            }
        }
    }

    fn step(&mut self, step: &str, outcome: &str) {
        self.steps.push(json!({ "step": step, "outcome": outcome }));
    }

    fn is_done(&self, step: Option<&str>) -> bool {
        let is = |made: &Value, field: &str, words: &[&str]| {
            made.get(field).and_then(Value::as_str).is_some_and(|word| words.contains(&word))
        };
        let is_done = |made: &&Value| is(made, "outcome", &["done", "seen-done", "would-be-done"]);
        self.steps.iter().filter(is_done).any(|made| step.is_none_or(|step| is(made, "step", &[step])))
    }

    fn tell_of_changes(mut self, result: &mut Result) {
        result.is_changed = self.is_done(None);
        let (is_defined, is_forgotten) = (self.is_done(Some("define")), self.is_done(Some("undefine")));
        let old = self.found.as_ref().map(|found| found.text.to_string_lossy().into_owned());
        if is_forgotten {
            // It names a network that is there no more.
            drop(result.take("undo"));
        }
        if let (true, Some(old)) = (is_defined || is_forgotten, &old) {
            result.tell("xml_before", old);
        }
        let is_looked_at = self.after.is_some();
        if self.is_seen {
            result.tell_state("before", self.before);
        }
        if let Some(after) = self.after {
            result.tell_state("after", after);
        }
        if self.wanted.wants_diff && self.is_seen {
            let stored = self.found.as_ref().map(|found| &found.xml);
            let old = stored.map(|old| old.to_xml_beside(Some(old)));
            let new = self.define.take().filter(|_| is_defined).map(|new| new.to_xml_beside(stored));
            let new = if is_forgotten { None } else { new.or_else(|| old.clone()) };
            let after =
                if is_looked_at { shown(self.after.flatten(), new) } else { "state: unknown\n".to_owned() };
            let header = format!("{} ({})", self.wanted.name, self.session.uri());
            result.tell(
                "diff",
                json!({ "before": shown(self.before, old), "after": after, "before_header": header, "after_header": header }),
            );
        }
        result.tell("steps", self.steps);
    }
}

/// What is to be stored in place of what was found; nothing where that is stored already.
fn definition(given: &xml::Network, found: Option<&Stored>) -> Option<xml::Network> {
    match found {
        None => Some(given.clone()),
        Some(found) if found.state.persistent && given.is_stored_as(&found.xml) => None,
        Some(found) => Some(given.completed_by(&found.xml)),
    }
}

/// The outcome of a step that an error ended.
fn failed(error: &virtwire::Error) -> &'static str {
    if error.kind() == ErrorKind::OutcomeUnknown { "unknown" } else { "failed" }
}

/// A network, for people who compare how it was and how it is.
fn shown(state: Option<NetworkState>, xml: Option<String>) -> String {
    let Some(state) = state else { return "state: absent\n".to_owned() };
    let word = if state.active { "active" } else { "inactive" };
    let mut text =
        format!("state: {word}\nautostart: {}\npersistent: {}\n", state.autostart, state.persistent);
    if let Some(xml) = xml {
        text.push_str("xml:\n");
        text.push_str(xml.trim_end());
        text.push('\n');
    }
    text
}
