//! What `net-cleanup` found and did, as values.

use serde::Serialize;

/// What stopped networks left behind, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct NetworkCleanup {
    /// The name of the host that was looked at; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hostname: Option<String>,
    /// No daemon was asked.
    pub(crate) offline: bool,
    /// It was to be removed, and not only shown.
    pub(crate) apply: bool,
    /// In the order in which it is removed.
    pub(crate) items: Vec<CleanupItem>,
    /// What hangs on the bridges among them, and would be cut off: `veth0 on virbr0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) members: Vec<String>,
    /// Why there may be more than was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unseen: Vec<String>,
}

/// Something that was left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub(crate) struct CleanupItem {
    /// The network whose it is; absent where nobody knows that network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// `dnsmasq`, `rule` or `bridge`; `other` is what later versions of the library may find.
    pub(crate) kind: ItemKind,
    /// The command that removes it.
    pub(crate) command: String,
    pub(crate) outcome: ItemOutcome,
    /// Why it was not removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ItemKind {
    Dnsmasq,
    Rule,
    Bridge,
    Other,
}

impl ItemKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dnsmasq => "dnsmasq",
            Self::Rule => "rule",
            Self::Bridge => "bridge",
            Self::Other => "other",
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ItemOutcome {
    /// It would be removed.
    WouldBeDone,
    /// It was removed.
    Done,
    /// It was not there any more.
    WasGone,
    /// It was left alone.
    LeftAlone,
    /// It could not be removed.
    Failed,
}
