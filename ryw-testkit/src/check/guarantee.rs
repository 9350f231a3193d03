//! What a history is held to.

use std::fmt;

/// What a violation is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Guarantee {
    /// A read shows every acknowledged write that its session made before.
    ReadYourWrites,
    /// A read shows nothing older than an earlier read of its session.
    MonotonicReads,
    /// A session's writes take effect in the order in which it made them.
    MonotonicWrites,
    /// A write takes effect after what its session had read before.
    WritesFollowReads,
    /// A strong read, or one of bounded staleness, misses nothing that it was to see.
    Freshness,
    /// An acknowledged write is there at the end, unless the service said that it is lost.
    NoLostWrites,
    /// What is read was written, once, in one order, and not by a write that failed.
    Integrity,
}

impl Guarantee {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
        Self::Freshness,
        Self::NoLostWrites,
        Self::Integrity,
    ];

    /// A short, stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic reads",
            Self::MonotonicWrites => "monotonic writes",
            Self::WritesFollowReads => "writes-follow-reads",
            Self::Freshness => "freshness",
            Self::NoLostWrites => "no lost writes",
            Self::Integrity => "integrity",
        }
    }
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
