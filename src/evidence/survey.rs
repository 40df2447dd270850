//! Asking for all that a judgement needs: the daemon for what it says of its networks and guests, the host for what is
//! there. Changes nothing.

use super::at_once;
use super::eye::{Eye, Sight, keeps_networks};
use super::finding::{Aspect, Finding, Word};
use super::guests::{Guest, Nic, guests, unread};
use super::judge::{Case, Judgement, judge};
use super::known::{Depth, Known, known};
use super::orphans::{Orphans, is_nobodys, names_gone};
use super::parts::{Bridge, Parts, all_rules};
use super::removal::Leftover;
use super::rules::Other;
use super::told::Told;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::host::{Daemon, Host, Look, Rule};
use crate::network::{Definition, meant};

/// All that was asked and seen, for every network of one daemon.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::Connection;
/// use virtwire::evidence::{Survey, Word};
///
/// let connection = Connection::open("test:///default").await?;
/// let survey = Survey::of(&connection).await?;
/// for known in &survey.networks {
///     let inspection = survey.inspect(known);
///     println!("{}: {:?}", known.name, inspection.judgement.health);
///     for finding in inspection.judgement.of_word(Word::Missing) {
///         println!("  missing: {} {}", finding.aspect.as_str(), finding.what);
///     }
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The networks that are known.
    pub networks: Vec<Known>,
    /// Why there may be others, where that is so.
    pub unread: Option<String>,
    /// Who was asked for the networks.
    pub asked: Asked,
    /// The daemons that run in this network namespace.
    pub daemons: Look<Vec<Daemon>>,
    /// The interfaces of all guests, or why they could not be read.
    pub nics: std::result::Result<Vec<Nic>, String>,
    /// What the host showed.
    pub host: Host,
    /// The name of the host that was looked at.
    pub hostname: Option<String>,
    /// It is another host than this one: what is there can be removed only there.
    pub is_elsewhere: bool,
}

/// Who was asked for the networks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// Nobody: the files of a daemon were read.
    Files,
    /// A daemon.
    Daemon {
        /// Its process, where it is one of this host.
        pid: Option<i32>,
        /// The hypervisor of the driver that was asked, as it calls itself.
        hypervisor: String,
    },
}

/// One of these that keeps networks, and is not the one that was asked.
pub(super) fn unasked(asked: Option<i32>, daemons: &[Daemon]) -> Option<&Daemon> {
    let keepers = || daemons.iter().filter(|daemon| daemon.keeps_networks());
    // A daemon that keeps none has asked the one that does.
    let has_asked = keepers().count() == 1 && keepers().all(|daemon| daemon.program == "virtnetworkd");
    keepers().find(|daemon| Some(daemon.pid) != asked && !has_asked)
}

/// Why what is there is not known to be left behind.
pub(super) fn runs_unasked(daemon: &Daemon) -> String {
    format!("{daemon} runs, and was not asked")
}

/// One network: what is said of it, what was seen, and what that means.
///
/// ```
/// # #[cfg(feature = "testdaemon")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> virtwire::Result<()> {
/// use virtwire::Connection;
/// use virtwire::evidence::Survey;
///
/// let connection = Connection::open("test:///default").await?;
/// let survey = Survey::of(&connection).await?;
/// let known = survey.networks.iter().find(|known| known.name == "default").expect("it has one");
/// let inspection = survey.inspect(known);
/// // The hypervisor of tests is no daemon of this host: nothing was seen, and that is said.
/// assert!(!inspection.judgement.is_verified());
/// println!("{} guests, because of {:?}", inspection.guests.len(), inspection.judgement.unverified);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testdaemon"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The name of the host that was looked at; `None` where none was.
    pub hostname: Option<String>,
    /// What is said of it.
    pub known: Known,
    /// What of it is on the host.
    pub parts: Parts,
    /// Who hangs on it.
    pub guests: Vec<Guest>,
    /// What it all means.
    pub judgement: Judgement,
}

impl Survey {
    /// Asks a daemon for all its networks, and looks at its host, where that is this one.
    ///
    /// # Errors
    /// As [`Connection::call`]: where the networks cannot be listed, or the connection is lost. What else cannot be had,
    /// such as the XML of one network or guest, is part of the survey.
    pub async fn of(connection: &Connection) -> Result<Self> {
        Self::asking(connection, Depth::All).await
    }

    /// As [`of`](Self::of), without guests, ports and leases: enough to tell whose a part of the host is.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub async fn of_parts(connection: &Connection) -> Result<Self> {
        Self::asking(connection, Depth::Parts).await
    }

    async fn asking(connection: &Connection, depth: Depth) -> Result<Self> {
        let guests = async || match depth {
            Depth::Parts => Err("the guests were not asked for".to_owned()),
            Depth::All => nics(connection).await,
        };
        let (states, hypervisor) = tokio::try_join!(connection.network_states(), connection.hypervisor())?;
        let hypervisor = hypervisor.to_string();
        let mut eye = Eye::of(connection, &hypervisor).await;
        let (networks, nics, sight) = if eye.asks_the_daemon() {
            let (networks, nics) = tokio::join!(known(states, depth), guests());
            let bridges = networks.as_deref().unwrap_or_default().iter();
            let bridges: Vec<String> = bridges.filter_map(|known| known.expected.bridge.clone()).collect();
            (networks, nics, eye.look(&bridges).await)
        } else {
            tokio::join!(known(states, depth), guests(), eye.look(&[]))
        };
        let Sight { hostname, daemon: pid, host, daemons } = sight;
        let (asked, is_elsewhere) = (Asked::Daemon { pid, hypervisor }, eye.is_elsewhere());
        Ok(Self { networks: networks?, unread: None, asked, daemons, nics, host, hostname, is_elsewhere })
    }

    /// The network that a user's word means: by UUID first, and by name then.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&Known> {
        meant(&self.networks, word, |known| (known.uuid, &known.name))
    }

    /// The networks other than this one, for telling what is whose.
    #[must_use]
    pub fn others(&self, known: &Known) -> Vec<Other<'_>> {
        let others = self.networks.iter().filter(|other| other.name != known.name);
        others.map(Known::as_other).collect()
    }

    /// Judges one of the networks.
    #[must_use]
    pub fn inspect(&self, known: &Known) -> Inspection {
        let mut known = known.clone();
        let parts = Parts::of(&known.expected, known.told.is_active(), &self.others(&known), &self.host);
        if let (false, false, Some(reason)) = (known.told.is_active(), parts.is_empty(), self.doubt()) {
            // What says that it does not run may not know that it does.
            known.told = Told::Unknown(reason);
        }
        let case = Case { expected: &known.expected, told: &known.told, parts: &parts, before: None };
        let mut judgement = judge(&case);
        let nics = self.nics.as_deref().unwrap_or_default();
        let guests = guests(&known.expected, &parts, nics, &known.ports, known.connections);
        judgement.findings.extend(unread(&self.nics));
        if let Some(reason) = self.nameless(&known, &parts) {
            judgement.findings.push(Finding::new(Word::Unverified, Aspect::Rules, reason.clone()));
            judgement.unverified.push(reason);
        }
        Inspection { hostname: self.hostname.clone(), known, parts, guests, judgement }
    }

    /// What may be of a network that does not run, and cannot be known to be: rules that name its bridge by an index.
    fn nameless(&self, known: &Known, parts: &Parts) -> Option<String> {
        if known.told.is_active()
            || !known.expected.has_rules()
            || !matches!(parts.bridge, Ok(Bridge::Absent))
        {
            return None;
        }
        let is_nameless = |rule: &&Rule| names_gone(rule, &self.host) && !parts.rules.contains(rule);
        let count = all_rules(&self.host).into_iter().filter(is_nameless).count();
        let verb = if count == 1 { "rule of libvirt's names" } else { "rules of libvirt's name" };
        let reason = format!(
            "{count} {verb} an interface that is gone, perhaps its bridge: 'net-cleanup' without a name shows them"
        );
        (count > 0).then_some(reason)
    }

    /// The traces of networks that are not known.
    ///
    /// # Errors
    /// Why nothing can be called a trace of such a network: there may be networks that were not asked for, or not understood.
    pub fn orphans(&self) -> std::result::Result<Orphans, String> {
        match self.ignorance() {
            Some(reason) => Err(reason),
            None => Ok(Orphans::of(&self.all(), &self.host)),
        }
    }

    /// Whether what was such a trace still is one.
    #[must_use]
    pub fn is_nobodys(&self, leftover: &Leftover) -> bool {
        self.ignorance().is_none() && is_nobodys(leftover, &self.all(), &self.host)
    }

    fn all(&self) -> Vec<Other<'_>> {
        self.networks.iter().map(Known::as_other).collect()
    }

    /// A daemon that runs here and was not asked: it may run networks that are not known, or are said not to run.
    #[must_use]
    pub fn unasked(&self) -> Option<&Daemon> {
        let daemons = self.daemons.as_ref().ok()?;
        match &self.asked {
            Asked::Files => daemons.first(),
            Asked::Daemon { pid, .. } => unasked(*pid, daemons),
        }
    }

    /// Why a network may run that is said not to.
    fn doubt(&self) -> Option<String> {
        match (&self.asked, &self.daemons) {
            (Asked::Files, Err(reason)) => Some(reason.to_string()),
            _ => self.unasked().map(runs_unasked),
        }
    }

    /// A network that could not be read: what it consists of is not known.
    fn unknown(&self) -> Option<String> {
        self.networks.iter().find_map(|known| match &known.told {
            Told::Unknown(reason) => Some(format!("network {} cannot be read: {reason}", known.name)),
            Told::Is(_) | Told::Absent => None,
        })
    }

    /// Why networks may run here that were not asked for.
    fn ignorance(&self) -> Option<String> {
        match &self.asked {
            Asked::Files if self.unread.is_some() => return self.unread.clone(),
            Asked::Daemon { hypervisor, .. } if !keeps_networks(hypervisor) => {
                return Some(format!(
                    "the driver that was asked ({hypervisor}) knows no networks of this host"
                ));
            }
            Asked::Daemon { .. } if self.unknown().is_some() => return self.unknown(),
            Asked::Files | Asked::Daemon { .. } => {}
        }
        if let Err(reason) = &self.daemons {
            return Some(reason.to_string());
        }
        Some(format!("{} runs here, and was not asked for its networks", self.unasked()?))
    }
}

/// The interfaces of all guests.
pub(crate) async fn nics(connection: &Connection) -> std::result::Result<Vec<Nic>, String> {
    let unseen = |error: &Error| match error.kind() {
        ErrorKind::Unsupported => "this daemon knows no guests".to_owned(),
        _ => format!("the guests cannot be read: {error}"),
    };
    let domains = connection.domains(0).await.map_err(|error| unseen(&error))?;
    let asked = domains.into_iter().map(|domain| async move {
        let xml = domain.xml_desc(Definition::Current).await;
        let is_running = domain.id().is_some();
        let nics = xml.and_then(|xml| Nic::all(xml.as_bytes(), is_running));
        (domain, nics)
    });
    let mut nics = Vec::new();
    for (domain, answer) in at_once::answers(asked).await {
        match answer {
            Ok(of_this) => nics.extend(of_this),
            // It went since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::Closed => return Err(unseen(&error)),
            Err(error) => nics.push(Nic::unread(&domain, &error)),
        }
    }
    // Servers list guests in any order; the interfaces of one stay in that of its XML.
    nics.sort_by(|one, other| one.guest.cmp(&other.guest));
    Ok(nics)
}
