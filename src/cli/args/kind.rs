//! What kind of command one is: whose, whether it changes anything, and whether it makes sense on several hosts.

use super::Command;

impl Command {
    /// Whether virsh has no such command, or one that says something else.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::NetDisable(_) | Self::NetEnable(_) | Self::NetInspect(_) | Self::NetCleanup(_) => true,
            #[cfg(feature = "page")]
            Self::Report(_) => true,
            Self::Version => true,
            #[cfg(feature = "completions")]
            Self::Completions(_) => true,
            #[cfg(feature = "man")]
            Self::Man(_) => true,
            _ => false,
        }
    }

    /// Whether it may change something: then nobody knows what is so where it was given up.
    #[cfg(feature = "several")]
    pub(crate) fn is_change(&self) -> bool {
        match self {
            Self::NetStart(_)
            | Self::NetCreate(_)
            | Self::NetDefine(_)
            | Self::NetDestroy(_)
            | Self::NetUndefine(_)
            | Self::NetAutostart(_)
            | Self::NetUpdate(_) => true,
            #[cfg(feature = "edit")]
            Self::NetEdit(_) => true,
            #[cfg(feature = "net-port")]
            Self::NetPortCreate(_) | Self::NetPortDelete(_) => true,
            #[cfg(feature = "annotations")]
            Self::NetDesc(args) => args.edit || !args.new_desc.is_empty(),
            #[cfg(feature = "annotations")]
            Self::NetMetadata(args) => args.edit || args.remove || args.set.is_some(),
            Self::NetDisable(args) => !args.dry_run,
            Self::NetEnable(args) => !args.dry_run,
            Self::NetCleanup(args) => args.apply,
            _ => false,
        }
    }

    /// Whether it can be done on several hosts side by side: one that waits, asks a person or needs no host cannot.
    #[cfg(feature = "several")]
    pub(crate) fn is_for_several(&self) -> bool {
        match self {
            #[cfg(feature = "net-event")]
            Self::NetEvent(_) => false,
            #[cfg(feature = "edit")]
            Self::NetEdit(_) => false,
            #[cfg(feature = "completions")]
            Self::Completions(_) => false,
            #[cfg(feature = "man")]
            Self::Man(_) => false,
            #[cfg(feature = "testdaemon")]
            Self::Testd(_) => false,
            #[cfg(feature = "annotations")]
            Self::NetDesc(args) => !args.edit,
            #[cfg(feature = "annotations")]
            Self::NetMetadata(args) => !args.edit,
            _ => true,
        }
    }

    /// Whether it is a `net-event` that does not say clearly what it waits for.
    pub(crate) fn is_unclear(&self) -> bool {
        match self {
            #[cfg(feature = "net-event")]
            Self::NetEvent(event) => event.awaited().is_err(),
            _ => false,
        }
    }

    /// Whether its lines begin with the time.
    pub(crate) fn has_times(&self) -> bool {
        match self {
            #[cfg(feature = "net-event")]
            Self::NetEvent(event) => event.timestamp,
            _ => false,
        }
    }
}
