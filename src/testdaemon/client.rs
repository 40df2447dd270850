//! One client as its server sees it: how far it has come in opening, and what it may do. Knows no bytes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use virtwire_protocol::error_body::code;
use virtwire_protocol::frame::Header;
use virtwire_protocol::procedure::{Kind, ProcedureInfo};
use virtwire_protocol::remote::{self, Text};
use virtwire_protocol::service::{Answer, Service};
use virtwire_protocol::{Call, keepalive};

use super::fault::{fault, rpc};
use super::state::State;

/// How far a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Anonymous,
    Authenticated,
    Open { is_read_only: bool },
}

/// What the handlers work on. Dropping it takes the client out of the hypervisor's books.
#[derive(Debug)]
pub(super) struct Client {
    shared: Arc<Mutex<State>>,
    /// Its number among the listeners.
    pub(super) number: u64,
    pub(super) stage: Stage,
    /// The name that it opened.
    pub(super) uri: Text,
    /// It asked to be pinged.
    pub(super) wants_pings: bool,
    /// It said goodbye.
    pub(super) is_closing: bool,
}

impl Client {
    pub(super) fn enter(shared: Arc<Mutex<State>>) -> Self {
        let number = lock(&shared).listeners.enter();
        Self {
            shared,
            number,
            stage: Stage::Anonymous,
            uri: Text::default(),
            wants_pings: false,
            is_closing: false,
        }
    }

    /// The state that all clients share. Never held across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }

    /// Whether the call may be made now. What is not declared passes: the service says that it does not know it.
    pub(super) fn admit(&self, header: &Header) -> Answer<()> {
        let Header { prog, vers, proc, .. } = *header;
        let is_known = [&remote::PROGRAM, &keepalive::PROGRAM]
            .iter()
            .any(|program| (program.number, program.version) == (prog, vers));
        if !is_known {
            return Err(rpc(code::RPC, format!("Cannot find program {prog} version {vers}")));
        }
        let Some(procedure) = remote::PROGRAM.procedure(proc).filter(|_| prog == remote::PROGRAM.number)
        else {
            return Ok(());
        };
        match self.stage {
            _ if procedure.name.starts_with("auth_") => Ok(()),
            Stage::Anonymous => Err(rpc(code::RPC, "authentication required")),
            Stage::Authenticated => before_open(procedure),
            Stage::Open { is_read_only: true } => read_only(procedure),
            Stage::Open { is_read_only: false } => Ok(()),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.state().listeners.leave(self.number);
    }
}

fn before_open(procedure: &ProcedureInfo) -> Answer<()> {
    match procedure.name {
        "connect_open" | "connect_close" | "connect_supports_feature" => Ok(()),
        name if name.contains("network") => Err(rpc(code::INTERNAL_ERROR, "connection not open")),
        _ => Err(rpc(code::INTERNAL_ERROR, "hypervisor connection not open")),
    }
}

fn read_only(procedure: &ProcedureInfo) -> Answer<()> {
    match procedure.kind {
        Kind::Query | Kind::Event => Ok(()),
        Kind::Change => {
            let text = format!("read only access prevents {}", function(procedure.name));
            Err(fault(code::OPERATION_DENIED, text))
        }
    }
}

/// libvirt's name of the function that makes a call: `virNetworkCreateXML` makes `network_create_xml`.
fn function(name: &str) -> String {
    let capital = |word: &str| match word {
        "xml" => "XML".to_owned(),
        word => {
            let (first, rest) = word.split_at_checked(1).unwrap_or_default();
            first.to_ascii_uppercase() + rest
        }
    };
    name.split('_').fold("vir".to_owned(), |function, word| function + &capital(word))
}

/// A panic of one client's handler must not take the others with it: each change is whole before it is stored.
pub(super) fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Handlers that need the state alone.
pub(super) trait OnState {
    /// Answers the call `C` from the state.
    #[must_use]
    fn on_state<C: Call>(
        self,
        handler: impl Fn(&mut State, &C) -> Answer<C::Reply> + Send + Sync + 'static,
    ) -> Self;
}

impl OnState for Service<Client> {
    fn on_state<C: Call>(
        self,
        handler: impl Fn(&mut State, &C) -> Answer<C::Reply> + Send + Sync + 'static,
    ) -> Self {
        self.on(move |client: &mut Client, call: C| handler(&mut client.state(), &call))
    }
}

#[cfg(test)]
mod tests {
    use virtwire_protocol::procedure::Kind;
    use virtwire_protocol::remote;

    use super::function;

    #[test]
    fn every_change_has_libvirts_own_name() {
        let changes = remote::PROGRAM.procedures().filter(|procedure| procedure.kind == Kind::Change);
        let mut functions: Vec<(i32, String)> = changes.map(|row| (row.number, function(row.name))).collect();
        functions.sort();
        let expected = [
            (39, "virNetworkCreate"),
            (40, "virNetworkCreateXML"),
            (41, "virNetworkDefineXML"),
            (42, "virNetworkDestroy"),
            (48, "virNetworkSetAutostart"),
            (49, "virNetworkUndefine"),
            (291, "virNetworkUpdate"),
            (406, "virNetworkPortCreateXML"),
            (408, "virNetworkPortSetParameters"),
            (410, "virNetworkPortDelete"),
            (432, "virNetworkDefineXMLFlags"),
            (437, "virNetworkCreateXMLFlags"),
            (444, "virNetworkSetMetadata"),
        ];
        assert_eq!(functions, expected.map(|(number, name)| (number, name.to_owned())));
    }
}
