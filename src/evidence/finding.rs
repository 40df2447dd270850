//! What was found of a network, fact by fact, each with where it was seen.

/// A fact about one part of a network, in a form that people read. What programs need stands in [`Parts`](super::Parts).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How it is with this part.
    pub word: Word,
    /// The part.
    pub aspect: Aspect,
    /// What exactly, in a few words.
    pub what: String,
    /// Where that was seen, or looked for.
    pub place: Option<String>,
}

/// How it is with a part of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Word {
    /// It is there, as it should be.
    Present,
    /// It is not there, and should be.
    Missing,
    /// It was seen before, was looked for where it was, and is not there.
    Gone,
    /// It is there, and should not be.
    Left,
    /// It stays, and does no harm.
    Kept,
    /// It has to do with the network and is not libvirt's. It is left alone.
    Foreign,
    /// It was looked for, and is not there; whether it ever was is not known.
    NotSeen,
    /// It could not be looked for. Nothing is said of it.
    Unverified,
    /// It is no fault, and somebody should know it.
    Warning,
}

/// What a network is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Aspect {
    /// Whether it runs.
    State,
    /// Whether it starts with the host.
    Autostart,
    /// Its bridge, with its addresses.
    Bridge,
    /// Its DNS and DHCP server.
    Dnsmasq,
    /// Its firewall rules.
    Rules,
    /// Whether the kernel forwards its packets.
    Forwarding,
    /// What its DHCP server gives out, and has given out.
    Dhcp,
    /// Its guests.
    Guests,
}

impl Finding {
    pub(super) fn new(word: Word, aspect: Aspect, what: impl Into<String>) -> Self {
        Self { word, aspect, what: what.into(), place: None }
    }

    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }
}

impl Word {
    /// The word, as it stands at the left of a line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Gone => "gone",
            Self::Left => "left",
            Self::Kept => "kept",
            Self::Foreign => "foreign",
            Self::NotSeen => "not seen",
            Self::Unverified => "unverified",
            Self::Warning => "warning",
        }
    }
}

impl Aspect {
    /// The part's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Autostart => "autostart",
            Self::Bridge => "bridge",
            Self::Dnsmasq => "dnsmasq",
            Self::Rules => "rules",
            Self::Forwarding => "forwarding",
            Self::Dhcp => "dhcp",
            Self::Guests => "guests",
        }
    }
}
