//! Why something on the host could not be seen. Each reason says what would show it, where that is known.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use serde::{Deserialize, Serialize};

/// What was seen, or why it could not be. An empty list is a statement: it was looked for, and there is none.
pub type Look<T> = Result<T, Unseen>;

/// Why something on the host could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Unseen {
    /// What was asked is no daemon of this host, or has a driver that keeps no networks of a host.
    #[error("what was asked keeps no networks of this host")]
    NotThisHost,
    /// The daemon's host is another, and the connection leads to the daemon alone.
    #[error("this connection leads to the daemon alone; over ssh, its host can be looked at")]
    OtherHost,
    /// What answers is another program than a daemon: it may pass on to a daemon of any host.
    #[error("what answers is {program} (PID {process}), no libvirt daemon: it may lead to another host")]
    Relay {
        /// The process that answers.
        process: i32,
        /// Its program.
        program: String,
    },
    /// The daemon's interfaces, processes and rules are others than ours.
    #[error(
        "the daemon runs in another network namespace: look from there, by nsenter --target {daemon} --net"
    )]
    OtherNamespace {
        /// The daemon's process.
        daemon: i32,
    },
    /// The daemon's host is another, and no virtwire could look at it there.
    #[error("nobody could look at {host}: {reason}")]
    NotLookedThere {
        /// The host, as the URI names it.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The network has no bridge that libvirt made.
    #[error("the network has no bridge of its own")]
    NoBridge,
    /// No interface of that name is here.
    #[error("there is no interface {0} here")]
    NoInterface(String),
    /// An interface of that name is here, but is no bridge, or has another address than the network's bridge.
    #[error("{0} is here, but is not the network's bridge: its address differs")]
    OtherBridge(String),
    /// A file or folder is not there.
    #[error("{0} is not there")]
    NotThere(PathBuf),
    /// A file or folder could not be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, String),
    /// This user may not see what is named here.
    #[error("{what} can be seen by root only")]
    NoPermission {
        /// What was to be seen, with its article.
        what: String,
    },
    /// In a container, processes of the host's network are hidden.
    #[error("in a container, libvirt daemons of this host may be hidden: look from outside of it")]
    Contained,
    /// No tool is installed that would show it.
    #[error("no tool to ask: {} not installed", Names(.0))]
    NoTool(Vec<String>),
    /// nft was asked for rules of iptables', since no tool of iptables shows them, and does not know all that they say.
    #[error("nft does not show all that iptables' rules say")]
    HalfShown,
    /// A tool was asked and gave no answer that can be used.
    #[error("{tool} failed: {message}")]
    ToolFailed {
        /// The tool, with its path.
        tool: PathBuf,
        /// Its first words on standard error, or what is wrong with its answer.
        message: String,
    },
    /// Something took longer than a look may take; it was stopped.
    #[error("{what} took longer than {seconds} s")]
    TimedOut {
        /// What took so long.
        what: String,
        /// The limit.
        seconds: u64,
    },
    /// The kernel's process folder is not mounted.
    #[error("/proc is not mounted")]
    NoProc,
    /// What `/sys` shows is not this network namespace, or nothing, and there is no `ip` to ask instead.
    #[error(
        "/sys does not show the interfaces of this network namespace, and no ip is installed to ask instead"
    )]
    NoSys,
}

impl Unseen {
    /// None of these tools is installed.
    pub(crate) fn no_tool(tools: &[&str]) -> Self {
        Self::NoTool(tools.iter().map(|tool| (*tool).to_owned()).collect())
    }

    /// Whether nothing of the daemon's is to be looked for on this host.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::NotThisHost | Self::OtherHost | Self::Relay { .. })
    }

    /// Whether what is seen here is not the daemon's, or may be another's.
    pub(super) fn is_not_ours(&self) -> bool {
        self.is_elsewhere() || matches!(self, Self::OtherNamespace { .. })
    }

    /// Why a file or folder could not be read.
    pub(super) fn reading(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotThere(path.to_owned()),
            io::ErrorKind::PermissionDenied => Self::NoPermission { what: path.display().to_string() },
            _ => Self::Unreadable(path.to_owned(), error.to_string()),
        }
    }
}

struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.0.len() == 1 { "is" } else { "are" };
        write!(f, "{} {verb}", self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_says_what_would_show_it() {
        let said = |unseen: Unseen| unseen.to_string();
        assert_eq!(said(Unseen::no_tool(&["nft"])), "no tool to ask: nft is not installed");
        assert_eq!(
            said(Unseen::no_tool(&["nft", "iptables-save"])),
            "no tool to ask: nft, iptables-save are not installed"
        );
        let what = "the firewall".to_owned();
        assert_eq!(said(Unseen::NoPermission { what }), "the firewall can be seen by root only");
        assert_eq!(
            said(Unseen::OtherNamespace { daemon: 7 }),
            "the daemon runs in another network namespace: look from there, by nsenter --target 7 --net"
        );
    }
}
