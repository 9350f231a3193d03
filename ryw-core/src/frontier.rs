//! What a context knows of one source.
//!
//! A [`Frontier`] is a join-semilattice: [`join`](Frontier::join) is commutative, associative and idempotent, so
//! contexts may be merged in any order, any number of times, by any number of tasks or processes. The laws are held
//! by the property tests below.
//!
//! A frontier holds the furthest position per branch of history (one mark, unless a failover or a foreign token came
//! between). Beside that it may be *unknown*: the context wrote or read something whose position could not be learnt.
//! No position proves that a replica holds what has none, so reads go to the primary, and the first that begins
//! afterwards [settles](crate::Context::record_primary_read) it. Marks joined meanwhile are kept.
//!
//! A frontier holds at most [`MAX_BRANCHES`] marks and becomes unknown beyond that: tokens are hostile input, and
//! five failovers within one session are not a case worth a heap allocation on every read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Coverage, Position, Timestamp};

/// The most branches of history one frontier keeps apart before it gives up and becomes unknown.
pub const MAX_BRANCHES: usize = 4;

/// How far a context has come in the history of one source.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    /// The furthest position of each branch, sorted, gaps last.
    marks: [Option<Position>; MAX_BRANCHES],
    lost: Option<Loss>,
    written_at: Option<Timestamp>,
    /// How many joins made this value: tells whether anything was joined since a copy was taken.
    joins: u64,
}

/// When, in the order of this process, a position was last lost.
///
/// A read on the primary settles the losses that happened before it began and no others, so each loss is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Loss(u64);

impl Loss {
    fn now() -> Self {
        static LOSSES: AtomicU64 = AtomicU64::new(0);
        Self(LOSSES.fetch_add(1, Ordering::SeqCst))
    }
}

/// Equal frontiers ask the same of a read: all unknown ones are equal but for the time of the last write.
impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        let same_past = match (self.is_unknown(), other.is_unknown()) {
            (true, true) => true,
            (false, false) => self.marks == other.marks,
            (true, false) | (false, true) => false,
        };
        same_past && self.written_at == other.written_at
    }
}

impl Eq for Frontier {}

impl From<Position> for Frontier {
    fn from(position: Position) -> Self {
        Self { marks: [Some(position), None, None, None], ..Self::default() }
    }
}

impl Frontier {
    /// A frontier whose position could not be learnt: every read goes to the primary.
    #[must_use]
    pub fn unknown() -> Self {
        Self { lost: Some(Loss::now()), ..Self::default() }
    }

    /// The same frontier, of a context that last wrote at `at`.
    #[must_use]
    pub const fn written(mut self, at: Timestamp) -> Self {
        self.written_at = Some(at);
        self
    }

    /// Whether some position is unknown.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.lost.is_some()
    }

    /// Whether there is nothing to cover: no mark, and nothing unknown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_unknown() && self.marks().next().is_none()
    }

    /// The furthest known position of each branch.
    pub fn marks(&self) -> impl Iterator<Item = &Position> {
        self.marks.iter().flatten()
    }

    /// When the context last wrote to this source, if it did.
    #[must_use]
    pub const fn written_at(&self) -> Option<Timestamp> {
        self.written_at
    }

    /// The least frontier that holds all of `self` and all of `other`.
    pub fn join(&mut self, other: &Self) {
        self.joins += 1;
        self.written_at = self.written_at.max(other.written_at);
        self.lost = self.lost.max(other.lost);
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

    /// Replaces what a read on the primary found `before` it, and could not be held against a replica, by what it saw.
    ///
    /// Kept are the losses and marks that came since. A mark that `seen` does not cover may, while it was there, have
    /// hidden a lower one of its branch that was joined since; it goes only if nothing was.
    pub(crate) fn settle(&mut self, before: &Self, seen: &Position) {
        let untouched = self.joins == before.joins;
        if self.lost <= before.lost {
            self.lost = None;
        }
        for slot in &mut self.marks {
            let settled = slot.as_ref().is_some_and(|mark| {
                let was_there = before.marks().any(|old| old.covers(mark) == Coverage::Covers);
                was_there && (untouched || seen.covers(mark) == Coverage::Covers)
            });
            if settled {
                *slot = None;
            }
        }
        sort(&mut self.marks);
        self.joins += 1;
        self.join_mark(seen);
    }

    fn join_mark(&mut self, mark: &Position) {
        if let Some(held) = self.marks.iter_mut().flatten().find(|held| held.same_branch(mark)) {
            if held.offset() < mark.offset() {
                *held = mark.clone();
            }
        } else if let Some(free) = self.marks.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(mark.clone());
        } else {
            self.lost = Some(Loss::now());
        }
        sort(&mut self.marks);
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

        /// Whatever was joined while the settling read was under way is still asked for afterwards.
        #[test]
        fn settling_keeps_what_came_since(
            before in frontier(), since in position(), seen in position(), at in position(),
        ) {
            let mut now = before.clone();
            now.join(&since.clone().into());
            now.settle(&before, &seen);
            if now.covered_by(&at) == Coverage::Covers {
                prop_assert_eq!(at.covers(&since), Coverage::Covers);
                prop_assert_eq!(at.covers(&seen), Coverage::Covers);
            }
        }

        /// With nothing joined meanwhile, a settled frontier asks for what the read saw, or more on the same branch.
        #[test]
        fn settling_leaves_nothing_without_order(before in frontier(), seen in position()) {
            let mut now = before.clone();
            now.settle(&before, &seen);
            prop_assert_eq!(now, Frontier { written_at: before.written_at, ..seen.into() });
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
        let at = Position::new("a".into(), 1, 5);
        let mut frontier = Frontier::unknown();
        let before = frontier.clone();
        frontier.join(&Frontier::unknown());
        frontier.settle(&before, &at);
        assert!(frontier.is_unknown());
        let before = frontier.clone();
        frontier.settle(&before, &at);
        assert_eq!(frontier, at.into());
    }

    #[test]
    fn a_mark_hidden_by_one_from_the_future_survives_its_settling() {
        let at = |offset| Position::new("a".into(), 1, offset);
        let mut frontier = Frontier::from(at(99));
        let before = frontier.clone();
        frontier.join(&at(7).into());
        frontier.settle(&before, &at(5));
        assert_eq!(frontier.covered_by(&at(6)), Coverage::Behind);
    }

    #[test]
    fn unknown_is_covered_by_nothing() {
        let anywhere = Position::new("a".into(), 1, u64::MAX);
        assert_eq!(Frontier::unknown().covered_by(&anywhere), Coverage::Behind);
        assert_eq!(Frontier::default().covered_by(&anywhere), Coverage::Covers);
    }
}
