//! How far into a source's history something stands.
//!
//! A [`Position`] is opaque to everyone but the backend that made it: an identity (which history), a timeline (which
//! branch of it) and an offset (how far along). Two positions can be compared only within one identity *and* one
//! timeline. [`Coverage`] makes the third answer, "there is no order", part of the type, because treating it as
//! either of the other two is how a read after a failover turns stale without anyone noticing.
//!
//! Rejected: `PartialOrd`. It answers `None` for "no order" too, but `a >= b` compiles and silently means `false`
//! in one direction and, negated, "behind" in the other.

use std::fmt;
use std::sync::Arc;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the name as it is.
            #[must_use]
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self::new(name)
            }
        }
    };
}

name_type! {
    /// The user's name for a source, such as `"main"`. Contexts keep one [`Frontier`](crate::Frontier) per name.
    SourceId
}

name_type! {
    /// What a source really is, found out when it is connected: for Postgres the system identifier, as
    /// `postgres:7301234567890123456`. Positions of different identities have no order.
    Identity
}

/// A point in the history of one source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    identity: Identity,
    timeline: u64,
    offset: u64,
}

impl Position {
    /// Builds a position; for backends.
    ///
    /// `offset` orders positions of the same identity and timeline: for Postgres it is an LSN.
    #[must_use]
    pub const fn new(identity: Identity, timeline: u64, offset: u64) -> Self {
        Self { identity, timeline, offset }
    }

    /// The history this position belongs to.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The branch of the history; a failover begins a new one.
    #[must_use]
    pub const fn timeline(&self) -> u64 {
        self.timeline
    }

    /// How far along the branch, in the backend's unit.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether everything up to `other` is contained in the history up to `self`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> Coverage {
        if self.identity != other.identity {
            return Coverage::Unordered(Unordered::Identity);
        }
        if self.timeline != other.timeline {
            return Coverage::Unordered(Unordered::Timeline);
        }
        if self.offset >= other.offset { Coverage::Covers } else { Coverage::Behind }
    }

    /// Whether both stand on the same branch of the same history.
    pub(crate) fn same_branch(&self, other: &Self) -> bool {
        self.timeline == other.timeline && self.identity == other.identity
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{:X}", self.identity, self.timeline, self.offset)
    }
}

/// How one position stands to another: the answer of [`Position::covers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// It contains the other.
    Covers,
    /// It lies before the other, on the same branch.
    Behind,
    /// There is no order between the two.
    Unordered(Unordered),
}

/// Why two positions have no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unordered {
    /// They belong to different databases.
    Identity,
    /// They lie on different timelines of the same database: there was a failover between them.
    Timeline,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(identity: &str, timeline: u64, offset: u64) -> Position {
        Position::new(identity.into(), timeline, offset)
    }

    #[test]
    fn order_exists_only_within_one_branch() {
        let table = [
            (at("a", 1, 5), at("a", 1, 5), Coverage::Covers),
            (at("a", 1, 6), at("a", 1, 5), Coverage::Covers),
            (at("a", 1, 4), at("a", 1, 5), Coverage::Behind),
            (at("a", 2, 9), at("a", 1, 5), Coverage::Unordered(Unordered::Timeline)),
            (at("a", 1, 9), at("a", 2, 5), Coverage::Unordered(Unordered::Timeline)),
            (at("b", 1, 9), at("a", 1, 5), Coverage::Unordered(Unordered::Identity)),
            (at("b", 2, 9), at("a", 1, 5), Coverage::Unordered(Unordered::Identity)),
        ];
        for (held, asked, expected) in table {
            assert_eq!(held.covers(&asked), expected, "{held:?} covers {asked:?}");
        }
    }

    #[test]
    fn debug_shows_the_offset_as_postgres_does() {
        assert_eq!(format!("{:?}", at("postgres:7", 2, 0x16B_3748)), "postgres:7/2@16B3748");
    }
}
