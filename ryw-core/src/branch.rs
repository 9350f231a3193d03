//! A line of history on which things have an order.
//!
//! A database has one identity for life, and a failover begins a new timeline of it. Offsets and tickets mean something
//! within one identity *and* one timeline only: the new primary hands out the same numbers again, to other writes. So the
//! pair is one value, and whatever compares two numbers compares their branches first.

use std::fmt;

use crate::Identity;

/// An identity and a timeline: within one branch, positions have an order.
///
/// Cheap to clone. The order between branches is that of their names; it says nothing about their histories.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Branch {
    identity: Identity,
    timeline: u64,
}

impl Branch {
    /// The branch `timeline` of the history `identity`.
    #[must_use]
    pub const fn new(identity: Identity, timeline: u64) -> Self {
        Self { identity, timeline }
    }

    /// Which database.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which line of its history; a failover begins a new one.
    #[must_use]
    pub const fn timeline(&self) -> u64 {
        self.timeline
    }

    /// Why there is no order between the two branches, or `None` if they are one.
    #[must_use]
    pub fn unordered(&self, other: &Self) -> Option<Unordered> {
        if self.identity != other.identity {
            return Some(Unordered::Identity);
        }
        (self.timeline != other.timeline).then_some(Unordered::Timeline)
    }
}

impl fmt::Debug for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.identity, self.timeline)
    }
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

    #[test]
    fn order_exists_only_within_one_branch() {
        let branch = |identity: &str, timeline| Branch::new(identity.into(), timeline);
        for (other, expected) in [
            (branch("a", 1), None),
            (branch("a", 2), Some(Unordered::Timeline)),
            (branch("b", 1), Some(Unordered::Identity)),
            (branch("b", 2), Some(Unordered::Identity)),
        ] {
            assert_eq!(branch("a", 1).unordered(&other), expected, "{other:?}");
        }
    }
}
