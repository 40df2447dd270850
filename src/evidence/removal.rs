//! Removing what a network left behind: the exact command for each item, and doing it, once it has been seen again to be
//! what it was. Never touches what is not libvirt's.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::process::Command;

use super::parts::{Bridge, Parts, all_rules};
use crate::host::{Backend, Dnsmasq, Host, Interface, Rule, tool};

/// Something that libvirt made for a network that does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leftover {
    /// A dnsmasq process.
    Process(Dnsmasq),
    /// A firewall rule.
    Rule(Rule),
    /// A bridge.
    Bridge(Interface),
}

/// What became of something that was to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Removal {
    /// It was removed.
    Done,
    /// It was not there any more.
    WasGone,
    /// It was left alone, because of this.
    LeftAlone(String),
    /// It could not be removed, because of this.
    Failed(String),
}

impl Leftover {
    /// What is left of one network, in the order in which it is removed: processes, rules, the bridge.
    #[must_use]
    pub fn of(parts: &Parts) -> Vec<Self> {
        let bridge = match &parts.bridge {
            Ok(Bridge::Own(interface)) => Some(interface.clone()),
            _ => None,
        };
        Self::all(parts.dnsmasq.as_deref().unwrap_or_default(), &parts.rules, bridge.as_slice())
    }

    /// In the order in which they are removed.
    pub(super) fn all(dnsmasq: &[Dnsmasq], rules: &[Rule], bridges: &[Interface]) -> Vec<Self> {
        let processes = dnsmasq.iter().cloned().map(Self::Process);
        let rules = rules.iter().cloned().map(Self::Rule);
        processes.chain(rules).chain(bridges.iter().cloned().map(Self::Bridge)).collect()
    }

    /// The words of the command that removes it. A tool that is installed and not in PATH is named with its folder.
    #[must_use]
    pub fn command(&self) -> Vec<String> {
        match self {
            Self::Process(process) => words("kill".to_owned(), &[&process.pid.to_string()]),
            Self::Bridge(interface) => words(tool::command(&["ip"]), &["link", "delete", &interface.name]),
            Self::Rule(Rule { family, table, chain, handle: Some(handle), .. }) => {
                let place = ["delete", "rule", family, table, chain, "handle", &handle.to_string()];
                words(tool::command(&["nft"]), &place)
            }
            Self::Rule(rule) => {
                let mut command =
                    words(tool::command(iptables(rule)), &["-w", "-t", &rule.table, "-D", &rule.chain]);
                command.extend(rule.words());
                command
            }
        }
    }

    /// Holds it: a process keeps its number until this is dropped, so that what is looked at next is what is removed.
    #[must_use]
    pub fn hold(&self) -> Held<'_> {
        let process = match self {
            Self::Process(process) => {
                Pid::from_raw(process.pid).map(|pid| pidfd_open(pid, PidfdFlags::empty()))
            }
            _ => None,
        };
        Held { leftover: self, process }
    }

    /// Whether it is the same thing, however that may have changed: a bridge may get members, or lose them.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Process(one), Self::Process(other)) => one == other,
            (Self::Rule(one), Self::Rule(other)) => is_same(one, other),
            (Self::Bridge(one), Self::Bridge(other)) => {
                (&one.name, one.index, &one.mac) == (&other.name, other.index, &other.mac)
            }
            _ => false,
        }
    }

    /// Whether it is there, or may be.
    #[must_use]
    pub fn is_there(&self, host: &Host) -> bool {
        !matches!(self.stands(host), Standing::Gone | Standing::Changed)
    }

    fn stands(&self, host: &Host) -> Standing {
        if let Err(reason) = &host.namespace {
            return Standing::Unseen(reason.to_string());
        }
        match self {
            Self::Process(process) => match &host.dnsmasq {
                Err(reason) => Standing::Unseen(reason.to_string()),
                Ok(all) if all.contains(process) => Standing::There(0),
                Ok(all) if all.iter().any(|other| other.pid == process.pid) => Standing::Changed,
                Ok(_) => Standing::Gone,
            },
            Self::Bridge(bridge) => match &host.interfaces {
                Err(reason) => Standing::Unseen(reason.to_string()),
                Ok(all) => match all.iter().find(|interface| interface.name == bridge.name) {
                    None => Standing::Gone,
                    Some(now) if (now.index, &now.mac) == (bridge.index, &bridge.mac) => {
                        Standing::There(now.members.as_ref().map_or(0, Vec::len))
                    }
                    Some(_) => Standing::Changed,
                },
            },
            Self::Rule(rule) => {
                let look = host.firewall.iter().find(|(backend, _)| *backend == rule.backend);
                match look {
                    Some((_, Err(reason))) => Standing::Unseen(reason.to_string()),
                    _ if all_rules(host).into_iter().any(|now| is_same(now, rule)) => Standing::There(0),
                    _ => Standing::Gone,
                }
            }
        }
    }
}

/// Something that is to be removed, and is held meanwhile.
#[derive(Debug)]
pub struct Held<'a> {
    leftover: &'a Leftover,
    process: Option<rustix::io::Result<OwnedFd>>,
}

impl Held<'_> {
    /// Removes it, if it is still what it was by `host`, which was looked at since it was held. A bridge with members is
    /// left alone unless told otherwise: they would be cut off.
    pub async fn remove(self, host: &Host, with_members: bool) -> Removal {
        match self.leftover.stands(host) {
            Standing::There(members) if members > 0 && !with_members => Removal::LeftAlone(format!(
                "it has {members} member{}, which would be cut off",
                if members == 1 { "" } else { "s" }
            )),
            Standing::There(_) => match self.process {
                Some(Ok(process)) => match pidfd_send_signal(process, Signal::TERM) {
                    Ok(()) => Removal::Done,
                    Err(error) => Removal::Failed(error.to_string()),
                },
                Some(Err(error)) => Removal::Failed(error.to_string()),
                None => run(&self.leftover.command()).await,
            },
            Standing::Gone => Removal::WasGone,
            Standing::Changed => Removal::LeftAlone("it is not what it was when it was looked at".to_owned()),
            Standing::Unseen(reason) => Removal::LeftAlone(reason),
        }
    }
}

/// How it is with something that was seen before.
enum Standing {
    /// It is there, with so many members.
    There(usize),
    Gone,
    Changed,
    Unseen(String),
}

/// A rule of nft's may read otherwise once its interface is gone, and is told by its handle; but where its table was
/// made anew, another has that handle.
fn is_same(now: &Rule, rule: &Rule) -> bool {
    (now.backend, &now.family, &now.table, &now.chain)
        == (rule.backend, &rule.family, &rule.table, &rule.chain)
        && now.handle == rule.handle
        && match rule.handle {
            Some(_) => (&now.indexes, &now.subnets) == (&rule.indexes, &rule.subnets),
            None => now.text == rule.text,
        }
}

/// The tools that take a rule out, the one that cannot be meant otherwise first.
fn iptables(rule: &Rule) -> &'static [&'static str] {
    match (rule.backend, rule.family.as_str()) {
        (Backend::IptablesLegacy, "ip6") => &["ip6tables-legacy", "ip6tables"],
        (Backend::IptablesLegacy, _) => &["iptables-legacy", "iptables"],
        (_, "ip6") => &["ip6tables-nft", "ip6tables"],
        _ => &["iptables-nft", "iptables"],
    }
}

fn words(program: String, arguments: &[&str]) -> Vec<String> {
    std::iter::once(program).chain(arguments.iter().map(|word| (*word).to_owned())).collect()
}

async fn run(words: &[String]) -> Removal {
    let Some((program, arguments)) = words.split_first() else { return Removal::WasGone };
    let mut command = Command::new(program);
    command.args(arguments);
    // iptables waits for its lock.
    match tool::run(command).await {
        None => Removal::Failed(format!("{program} did not end within {} s", tool::DEADLINE.as_secs())),
        Some(Err(error)) => Removal::Failed(format!("{program}: {error}")),
        Some(Ok(ended)) if ended.status.success() => Removal::Done,
        Some(Ok(ended)) => {
            let said = ended.complaint.lines().next();
            Removal::Failed(said.unwrap_or("it failed and said nothing").to_owned())
        }
    }
}
