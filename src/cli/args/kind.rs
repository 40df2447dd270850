//! What kind of command one is: whose, whether it changes anything, and whether it makes sense on several hosts.

use super::Command;

impl Command {
    /// Whether virsh has no such command, or one that says something else.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::NetDisable(_)
                | Self::NetEnable(_)
                | Self::NetInspect(_)
                | Self::NetCleanup(_)
                | Self::Report(_)
                | Self::Version
                | Self::Completions(_)
                | Self::Man(_)
        )
    }

    /// Whether it may change something: then nobody knows what is so where it was given up.
    pub(crate) fn is_change(&self) -> bool {
        match self {
            Self::NetStart(_)
            | Self::NetCreate(_)
            | Self::NetDefine(_)
            | Self::NetEdit(_)
            | Self::NetDestroy(_)
            | Self::NetUndefine(_)
            | Self::NetAutostart(_)
            | Self::NetUpdate(_)
            | Self::NetPortCreate(_)
            | Self::NetPortDelete(_) => true,
            Self::NetDesc(args) => args.edit || !args.new_desc.is_empty(),
            Self::NetMetadata(args) => args.edit || args.remove || args.set.is_some(),
            Self::NetDisable(args) => !args.dry_run,
            Self::NetEnable(args) => !args.dry_run,
            Self::NetCleanup(args) => args.apply,
            _ => false,
        }
    }

    /// Whether it can be done on several hosts side by side: one that waits, asks a person or needs no host cannot.
    pub(crate) fn is_for_several(&self) -> bool {
        match self {
            Self::NetEvent(_) | Self::NetEdit(_) | Self::Completions(_) | Self::Man(_) | Self::Testd(_) => {
                false
            }
            Self::NetDesc(args) => !args.edit,
            Self::NetMetadata(args) => !args.edit,
            _ => true,
        }
    }
}
