//! What a context knows of one source.
//!
//! A [`Frontier`] is a join-semilattice: [`join`](Frontier::join) is commutative, associative and idempotent, so
//! contexts may be merged in any order, any number of times, by any number of tasks or processes. The laws are held
//! by the property tests below.
//!
//! Each frontier is one of:
//! * empty: the context knows nothing, any replica will do;
//! * marks: the furthest position per branch of history (one, unless a failover or a foreign token came between);
//! * unknown: the context wrote or read something whose position could not be learnt. It absorbs every mark, for
//!   no position proves that a replica holds what has none. Reads go to the primary, and the first of them
//!   [settles](crate::Context::record_primary_read) it.
//!
//! A frontier holds at most [`MAX_BRANCHES`] marks and becomes unknown beyond that: tokens are hostile input, and
//! five failovers within one session are not a case worth a heap allocation on every read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Coverage, Position, Timestamp};

/// The most branches of history one frontier keeps apart before it gives up and becomes unknown.
pub const MAX_BRANCHES: usize = 4;

/// How far a context has come in the history of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    known: Known,
    written_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    /// The furthest position of each branch, sorted, gaps last.
    Marks([Option<Position>; MAX_BRANCHES]),
    Unknown(Loss),
}

/// When, in the order of this process, a position was last lost.
///
/// A read on the primary settles the losses that happened before it began and no others, so each loss is numbered.
/// All unknown frontiers mean the same to everyone else: they compare equal.
#[derive(Clone, Copy, Debug, Eq)]
struct Loss(u64);

impl Loss {
    fn now() -> Self {
        static LOSSES: AtomicU64 = AtomicU64::new(0);
        Self(LOSSES.fetch_add(1, Ordering::SeqCst))
    }
}

impl PartialEq for Loss {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::Marks([const { None }; MAX_BRANCHES])
    }
}

impl From<Position> for Frontier {
    fn from(position: Position) -> Self {
        Self { known: Known::Marks([Some(position), None, None, None]), written_at: None }
    }
}

impl Frontier {
    /// A frontier whose position could not be learnt: every read goes to the primary.
    #[must_use]
    pub fn unknown() -> Self {
        Self { known: Known::Unknown(Loss::now()), written_at: None }
    }

    /// The same frontier, of a context that last wrote at `at`.
    #[must_use]
    pub const fn written(mut self, at: Timestamp) -> Self {
        self.written_at = Some(at);
        self
    }

    /// Whether the position is unknown.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self.known, Known::Unknown(_))
    }

    /// Whether there is nothing to cover: no mark, and nothing unknown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_unknown() && self.marks().next().is_none()
    }

    /// The furthest position of each branch; none if the frontier is empty or unknown.
    pub fn marks(&self) -> impl Iterator<Item = &Position> {
        match &self.known {
            Known::Marks(marks) => marks.as_slice(),
            Known::Unknown(_) => &[],
        }
        .iter()
        .flatten()
    }

    /// When the context last wrote to this source, if it did.
    #[must_use]
    pub const fn written_at(&self) -> Option<Timestamp> {
        self.written_at
    }

    /// The least frontier that holds all of `self` and all of `other`.
    pub fn join(&mut self, other: &Self) {
        self.written_at = self.written_at.max(other.written_at);
        if let Known::Unknown(theirs) = other.known {
            let latest = match self.known {
                Known::Unknown(ours) => ours.0.max(theirs.0),
                Known::Marks(_) => theirs.0,
            };
            self.known = Known::Unknown(Loss(latest));
            return;
        }
        for mark in other.marks() {
            self.join_mark(mark);
        }
    }

    /// Whether a server that has come to `position` holds all of this frontier.
    ///
    /// An unknown frontier is never covered: it counts as [`Coverage::Behind`].
    #[must_use]
    pub fn covered_by(&self, position: &Position) -> Coverage {
        if self.is_unknown() {
            return Coverage::Behind;
        }
        let mut answer = Coverage::Covers;
        for mark in self.marks() {
            match position.covers(mark) {
                Coverage::Covers => {}
                Coverage::Behind => answer = Coverage::Behind,
                unordered @ Coverage::Unordered(_) => return unordered,
            }
        }
        answer
    }

    /// Takes out what `seen` held, and what lies before it; keeps what came since.
    pub(crate) fn remove(&mut self, seen: &Self) {
        if let (Known::Unknown(seen), Known::Unknown(ours)) = (&seen.known, &self.known) {
            if ours.0 <= seen.0 {
                self.known = Known::default();
            }
            return;
        }
        let Known::Marks(marks) = &mut self.known else { return };
        for slot in marks.iter_mut() {
            let held = |mark: &Position| seen.marks().any(|s| s.covers(mark) == Coverage::Covers);
            if slot.as_ref().is_some_and(held) {
                *slot = None;
            }
        }
        sort(marks);
    }

    fn join_mark(&mut self, mark: &Position) {
        let Known::Marks(marks) = &mut self.known else { return };
        if let Some(held) = marks.iter_mut().flatten().find(|held| held.same_branch(mark)) {
            if held.offset() < mark.offset() {
                *held = mark.clone();
            }
        } else if let Some(free) = marks.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(mark.clone());
        } else {
            self.known = Known::Unknown(Loss::now());
            return;
        }
        sort(marks);
    }
}

/// Canonical order, so that equal frontiers are equal values.
fn sort(marks: &mut [Option<Position>; MAX_BRANCHES]) {
    marks.sort_by(|a, b| (a.is_none(), a).cmp(&(b.is_none(), b)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position() -> impl Strategy<Value = Position> {
        (0..2_u8, 1..4_u64, 0..6_u64).prop_map(|(identity, timeline, offset)| {
            Position::new(identity.to_string().into(), timeline, offset)
        })
    }

    fn frontier() -> impl Strategy<Value = Frontier> {
        let marks = prop::collection::vec(position(), 0..6);
        let written = prop::option::of((0..9_u64).prop_map(Timestamp::from_unix_millis));
        (marks, prop::bool::weighted(0.1), written).prop_map(|(marks, unknown, written_at)| {
            let mut frontier = if unknown { Frontier::unknown() } else { Frontier::default() };
            frontier.written_at = written_at;
            for mark in marks {
                frontier.join(&mark.into());
            }
            frontier
        })
    }

    fn joined(a: &Frontier, b: &Frontier) -> Frontier {
        let mut sum = a.clone();
        sum.join(b);
        sum
    }

    proptest! {
        #[test]
        fn join_is_commutative(a in frontier(), b in frontier()) {
            prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        }

        #[test]
        fn join_is_associative(a in frontier(), b in frontier(), c in frontier()) {
            prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        }

        #[test]
        fn join_is_idempotent(a in frontier(), b in frontier()) {
            let once = joined(&a, &b);
            prop_assert_eq!(joined(&once, &b), once.clone());
            prop_assert_eq!(joined(&a, &a), a);
        }

        /// The join never asks for less: what covers the sum covers both parts.
        #[test]
        fn join_weakens_nothing(a in frontier(), b in frontier(), at in position()) {
            if joined(&a, &b).covered_by(&at) == Coverage::Covers {
                prop_assert_eq!(a.covered_by(&at), Coverage::Covers);
                prop_assert_eq!(b.covered_by(&at), Coverage::Covers);
            }
        }

        /// Settling what a read saw never drops a mark that was joined in the meantime.
        #[test]
        fn remove_keeps_what_came_since(seen in frontier(), since in position()) {
            let mut now = joined(&seen, &since.clone().into());
            now.remove(&seen);
            let already_seen = seen.is_unknown()
                || seen.marks().any(|mark| mark.covers(&since) == Coverage::Covers);
            if !already_seen && !joined(&seen, &since.clone().into()).is_unknown() {
                prop_assert!(now.marks().any(|mark| *mark == since));
            }
        }
    }

    #[test]
    fn too_many_branches_become_unknown() {
        let mut frontier = Frontier::default();
        for timeline in 0..MAX_BRANCHES as u64 {
            frontier.join(&Position::new("a".into(), timeline, 1).into());
            assert!(!frontier.is_unknown());
        }
        frontier.join(&Position::new("a".into(), 99, 1).into());
        assert!(frontier.is_unknown());
    }

    #[test]
    fn a_loss_after_the_read_began_is_not_settled_by_it() {
        let mut frontier = Frontier::unknown();
        let seen = frontier.clone();
        frontier.join(&Frontier::unknown());
        frontier.remove(&seen);
        assert!(frontier.is_unknown());
        let seen = frontier.clone();
        frontier.remove(&seen);
        assert!(frontier.is_empty());
    }

    #[test]
    fn unknown_is_covered_by_nothing() {
        let anywhere = Position::new("a".into(), 1, u64::MAX);
        assert_eq!(Frontier::unknown().covered_by(&anywhere), Coverage::Behind);
        assert_eq!(Frontier::default().covered_by(&anywhere), Coverage::Covers);
    }
}
