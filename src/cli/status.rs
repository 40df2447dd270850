//! The exit codes.

use std::process::ExitCode;

use serde::Serialize;

/// How a command ended, as its exit code says it. The numbers are an interface: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub(crate) enum Status {
    /// Done, or already so.
    Done = 0,
    /// Failed in a way that no other code names.
    Failed = 1,
    /// The command line cannot be what was meant.
    Usage = 2,
    /// There is no such network.
    NotFound = 3,
    /// The server was not reached, or did not answer before anything was changed.
    Unreachable = 4,
    /// The host or the server denies it.
    Denied = 5,
    /// We refuse, because guests or a transient network would suffer. Nothing was changed.
    Refused = 6,
    /// Done, but something is left behind, or is not as the state says.
    LeftBehind = 7,
    /// A change was sent and not answered: whether it was made is not known.
    Unknown = 8,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Unreachable,
        Self::Denied,
        Self::Refused,
        Self::LeftBehind,
        Self::Unknown,
    ];

    /// The code of several things done by one command: any unknown outcome wins, else what the failed ones share,
    /// else failed.
    pub(crate) fn of_several(all: impl IntoIterator<Item = Self>) -> Self {
        let failed = all.into_iter().filter(|status| *status != Self::Done);
        failed
            .reduce(|one, other| match (one, other) {
                (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
                (one, other) if one == other => one,
                _ => Self::Failed,
            })
            .unwrap_or(Self::Done)
    }
}

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        status as Self
    }
}

impl TryFrom<u8> for Status {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| u8::from(*status) == code);
        found.ok_or_else(|| format!("{code} is not an exit code of virtwire"))
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        u8::from(status).into()
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{self, Denied, Done, Failed, NotFound, Refused, Unknown};

    #[test]
    fn the_codes_are_the_documented_ones() {
        let codes = Status::ALL.map(u8::from);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        for status in Status::ALL {
            assert_eq!(Status::try_from(u8::from(status)), Ok(status));
        }
        assert!(Status::try_from(9).is_err());
    }

    #[test]
    fn several_share_a_code_or_have_failed() {
        assert_eq!(Status::of_several([]), Done);
        assert_eq!(Status::of_several([Done, Done]), Done);
        assert_eq!(Status::of_several([Done, NotFound, Done]), NotFound);
        assert_eq!(Status::of_several([Refused, Done, Refused]), Refused);
        assert_eq!(Status::of_several([Refused, NotFound]), Failed);
        assert_eq!(Status::of_several([Refused, Refused, NotFound]), Failed);
    }

    #[test]
    fn one_unknown_outcome_wins() {
        assert_eq!(Status::of_several([Unknown, Denied]), Unknown);
        assert_eq!(Status::of_several([Denied, NotFound, Unknown]), Unknown);
        assert_eq!(Status::of_several([Unknown, Denied, NotFound]), Unknown);
    }
}
