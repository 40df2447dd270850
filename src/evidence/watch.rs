//! Looking at one network before it is changed and after, so that what went can be said to be gone.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use virtwire_protocol::remote::{Text, Uuid};

use super::at_once;
use super::expected::Expected;
use super::eye::{Eye, Sight};
use super::guests::{Nic, guests, unread};
use super::judge::{Case, Health, judge};
use super::known::{Known, read};
use super::parts::{Bridge, Parts};
use super::ports::Port;
use super::rules::Other;
use super::survey::{self, Inspection, nics, runs_unasked};
use super::told::Told;
use crate::connection::Connection;
use crate::network::{Definition, NetworkState};

/// Processes take a moment to end, and to start: how long it is looked again, and after which pause.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);

/// How long what was read of other networks and of guests is taken to be so: it tells whose a part is and who needs a
/// network, and decides nothing.
const FRESH: Duration = Duration::from_secs(5);

/// What the networks of one daemon consist of, and who hangs on them: read once for several that are switched together.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    entries: Vec<(Uuid, Expected)>,
    nics: Option<Result<Vec<Nic>, String>>,
    since: Option<Instant>,
    /// The hypervisor of the driver that is asked.
    hypervisor: Option<Text>,
}

impl Catalogue {
    /// From where the host of these networks is looked at.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub(crate) async fn eye(&mut self, connection: &Connection) -> crate::Result<Eye> {
        if self.hypervisor.is_none() {
            self.hypervisor = Some(connection.hypervisor().await?);
        }
        let hypervisor = self.hypervisor.as_ref().map(ToString::to_string).unwrap_or_default();
        Ok(Eye::of(connection, &hypervisor).await)
    }

    /// Asks for what is not known yet, or no longer. A network that cannot be read claims nothing.
    async fn read(&mut self, connection: &Connection, states: &[NetworkState]) {
        if self.since.is_none_or(|since| since.elapsed() >= FRESH) {
            let hypervisor = self.hypervisor.take();
            *self = Self { since: Some(Instant::now()), hypervisor, ..Self::default() };
        }
        if self.nics.is_none() {
            self.nics = Some(nics(connection).await);
        }
        let is_new =
            |state: &&NetworkState| self.entries.iter().all(|(uuid, _)| *uuid != state.network.uuid());
        let new = states.iter().filter(is_new).map(|state| state.network.clone());
        let asked = new.map(|network| async move {
            let read = read(&network, Definition::Current).await.ok()?;
            Some((network.uuid(), Expected::of(&read)))
        });
        let read = at_once::answers(asked).await;
        self.entries.extend(read.into_iter().flatten());
    }
}

/// One network that is looked at several times.
#[derive(Debug)]
pub(crate) struct Watch {
    hostname: Option<String>,
    known: Known,
    others: Vec<(Expected, bool)>,
    nics: Result<Vec<Nic>, String>,
    before: Parts,
    /// Why what is there may be another daemon's.
    doubt: Option<String>,
}

impl Watch {
    /// Looks for the first time. `None`: the network's XML cannot be read.
    pub(crate) async fn begin(
        connection: &Connection,
        eye: &mut Eye,
        state: &NetworkState,
        states: &[NetworkState],
        catalogue: &mut Catalogue,
    ) -> Option<Self> {
        let uuid = state.network.uuid();
        let others = if eye.asks_the_daemon() { &[] } else { states };
        let xml = read(&state.network, Definition::Current).await.ok()?;
        let mut known = Known::told(state, &xml);
        let bridge = known.expected.bridge.as_slice();
        let (sight, ()) = tokio::join!(eye.look(bridge), catalogue.read(connection, others));
        let Sight { hostname, host, daemon, daemons, .. } = sight;
        let doubt = survey::unasked(daemon, daemons.as_deref().unwrap_or_default()).map(runs_unasked);
        let is_active =
            |other: Uuid| states.iter().any(|state| state.network.uuid() == other && state.is_active);
        let others: Vec<(Expected, bool)> = catalogue
            .entries
            .iter()
            .filter(|(other, _)| *other != uuid)
            .map(|(other, expected)| (expected.clone(), is_active(*other)))
            .collect();
        let before = Parts::of(&known.expected, state.is_active, &as_others(&others), &host);
        if let Ok(Bridge::Own(bridge)) = &before.bridge {
            known.expected.index = Some(bridge.index);
        }
        let nics = catalogue.nics.clone().unwrap_or_else(|| Ok(Vec::new()));
        Some(Self { hostname, known, others, nics, before, doubt })
    }

    /// What was seen at first.
    pub(crate) fn first(&self) -> Inspection {
        self.inspection(self.known.told.clone(), self.before.clone(), None)
    }

    /// Looks again, for a while where not all is as it should be by what is `told` now.
    pub(crate) async fn again(&self, eye: &mut Eye, told: &Told) -> Inspection {
        let began = Instant::now();
        loop {
            let host = eye.look(self.known.expected.bridge.as_slice()).await.host;
            let is_active = told.is_active();
            let parts = Parts::of(&self.known.expected, is_active, &as_others(&self.others), &host);
            let inspection = self.inspection(told.clone(), parts, Some(&self.before));
            let is_whole = !matches!(inspection.judgement.health, Health::LeftBehind | Health::Degraded);
            if is_whole || began.elapsed() >= PATIENCE {
                return inspection;
            }
            sleep(PAUSE).await;
        }
    }

    fn inspection(&self, told: Told, parts: Parts, before: Option<&Parts>) -> Inspection {
        let told = match &self.doubt {
            Some(reason) if !told.is_active() && !parts.is_empty() => Told::Unknown(reason.clone()),
            _ => told,
        };
        let known = Known { told, connections: 0, ..self.known.clone() };
        let mut judgement =
            judge(&Case { expected: &known.expected, told: &known.told, parts: &parts, before });
        let no_ports: [Port; 0] = [];
        let nics = self.nics.as_deref().unwrap_or_default();
        let guests = guests(&known.expected, &parts, nics, &no_ports, 0);
        judgement.findings.extend(unread(&self.nics));
        Inspection { hostname: self.hostname.clone(), known, parts, guests, judgement }
    }
}

fn as_others(others: &[(Expected, bool)]) -> Vec<Other<'_>> {
    others.iter().map(|(expected, is_active)| Other { expected, is_active: *is_active }).collect()
}
