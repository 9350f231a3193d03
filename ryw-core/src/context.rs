//! One client session's causal past.
//!
//! A [`Context`] says what its reads must be able to see: per source a [`Frontier`], joined from every write made and
//! (for monotonic reads) every read done with it. Clones share it, so concurrent tasks of one session see each other's
//! writes; [`Context::merge`] joins two sessions. Policy travels with the handle, not with the shared past:
//! `ctx.strong()` is the same session asking one read to be strong.
//!
//! Not promised: anything about a client that drops its context and starts with a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Coverage, Frontier, MonotonicReads, Position, ReadPolicy, SourceId, Timestamp};

/// A session: what it has written and read, and how its next reads are to be served.
///
/// Cheap to clone; clones share the same past.
///
/// ```
/// use ryw_core::{Context, Position, SourceId, Timestamp};
///
/// let ctx = Context::new();
/// let main = SourceId::new("main");
/// ctx.record_write(&main, &Position::new("postgres:7".into(), 1, 0x16B3748).into(), Timestamp::default());
/// assert!(!ctx.clone().frontier(&main).is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    past: Arc<Mutex<BTreeMap<SourceId, Frontier>>>,
    policy: ReadPolicy,
    monotonic_reads: MonotonicReads,
}

impl Context {
    /// A session that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same session, reading under `policy`.
    #[must_use]
    pub fn with_policy(&self, policy: ReadPolicy) -> Self {
        Self { policy, ..self.clone() }
    }

    /// The same session, reading from the primary.
    #[must_use]
    pub fn strong(&self) -> Self {
        self.with_policy(ReadPolicy::Strong)
    }

    /// The same session, reading wherever it is cheapest. This gives read-your-writes up for the reads made with it.
    #[must_use]
    pub fn eventual(&self) -> Self {
        self.with_policy(ReadPolicy::Eventual)
    }

    /// The same session, whose reads also miss nothing that anyone had committed longer than `bound` ago.
    #[must_use]
    pub fn bounded_staleness(&self, bound: Duration) -> Self {
        self.with_policy(ReadPolicy::BoundedStaleness(bound))
    }

    /// The same session, whose reads need not keep up with its earlier reads, only with its writes.
    #[must_use]
    pub fn without_monotonic_reads(&self) -> Self {
        Self { monotonic_reads: MonotonicReads::Off, ..self.clone() }
    }

    /// How this handle reads.
    #[must_use]
    pub const fn policy(&self) -> ReadPolicy {
        self.policy
    }

    /// Whether this handle's reads are monotonic.
    #[must_use]
    pub const fn monotonic_reads(&self) -> MonotonicReads {
        self.monotonic_reads
    }

    /// What the session knows of `source`; empty if it has not met it.
    #[must_use]
    pub fn frontier(&self, source: &SourceId) -> Frontier {
        self.lock().get(source).cloned().unwrap_or_default()
    }

    /// What the session knows of every source it has met.
    #[must_use]
    pub fn frontiers(&self) -> Vec<(SourceId, Frontier)> {
        self.lock().iter().map(|(source, frontier)| (source.clone(), frontier.clone())).collect()
    }

    /// Joins a write made at `at` that `written` covers; for backends.
    ///
    /// A backend that could not learn the position MUST pass [`Frontier::unknown`].
    pub fn record_write(&self, source: &SourceId, written: &Frontier, at: Timestamp) {
        self.join(source, &written.clone().written(at));
    }

    /// Joins what a read may have seen, for monotonic reads; for backends.
    pub fn record_read(&self, source: &SourceId, seen: Position) {
        self.join(source, &seen.into());
    }

    /// Joins any frontier, as one decoded from a token; for backends and carriers.
    pub fn join(&self, source: &SourceId, frontier: &Frontier) {
        let mut past = self.lock();
        match past.get_mut(source) {
            Some(known) => known.join(frontier),
            None => drop(past.insert(source.clone(), frontier.clone())),
        }
    }

    /// Joins what a read *on the primary* came to, given what the context knew `before` it; for backends.
    ///
    /// A position that no replica can be compared with (unknown, foreign, of another timeline, from the future) would
    /// hold a session on the primary for ever. A read on the primary settles it: whatever of it exists is in the state
    /// that the read saw, so it is replaced by `seen`. What was joined since `before` was taken is kept.
    pub fn record_primary_read(&self, source: &SourceId, before: &Frontier, seen: Position) {
        if before.covered_by(&seen) == Coverage::Covers {
            if self.monotonic_reads == MonotonicReads::On {
                self.record_read(source, seen);
            }
            return;
        }
        let mut past = self.lock();
        past.entry(source.clone()).or_default().settle(before, &seen);
    }

    /// Joins everything `other` knows into this session.
    ///
    /// Commutative, associative and idempotent: the order and number of merges do not matter.
    pub fn merge(&self, other: &Self) {
        if Arc::ptr_eq(&self.past, &other.past) {
            return;
        }
        for (source, frontier) in other.frontiers() {
            self.join(&source, &frontier);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SourceId, Frontier>> {
        // Every change is one whole join, so a panic elsewhere cannot leave half of one behind.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> Position {
        Position::new("a".into(), 1, offset)
    }

    #[test]
    fn clones_share_the_past_and_keep_their_own_policy() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let strong = ctx.strong();
        strong.record_read(&main, at(7));
        assert_eq!(ctx.frontier(&main), at(7).into());
        assert_eq!((ctx.policy(), strong.policy()), (ReadPolicy::Session, ReadPolicy::Strong));
    }

    #[test]
    fn merge_joins_source_by_source() {
        let (a, b) = (Context::new(), Context::new());
        let (main, audit) = (SourceId::new("main"), SourceId::new("audit"));
        a.record_read(&main, at(1));
        b.record_read(&main, at(2));
        b.record_read(&audit, at(9));
        a.merge(&b);
        a.merge(&a.clone());
        assert_eq!(a.frontiers(), [(audit, at(9).into()), (main.clone(), at(2).into())]);
        assert_eq!(b.frontier(&main), at(2).into());
    }

    #[test]
    fn a_primary_read_is_remembered_only_as_far_as_asked() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.without_monotonic_reads().record_primary_read(&main, &Frontier::default(), at(5));
        assert!(ctx.frontier(&main).is_empty());
        ctx.record_primary_read(&main, &Frontier::default(), at(5));
        assert_eq!(ctx.frontier(&main), at(5).into());
    }

    #[test]
    fn settling_keeps_a_write_that_came_meanwhile() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.join(&main, &Position::new("a".into(), 1, 90).into());
        let seen = ctx.frontier(&main);
        let meanwhile = Position::new("b".into(), 1, 3);
        ctx.record_write(&main, &meanwhile.clone().into(), Timestamp::from_unix_millis(5));
        let settled = Position::new("a".into(), 2, 50);
        ctx.record_primary_read(&main, &seen, settled.clone());
        let known = ctx.frontier(&main);
        assert!(known.marks().any(|mark| *mark == meanwhile), "{known:?}");
        ctx.record_primary_read(&main, &known, settled.clone());
        assert_eq!(ctx.frontier(&main).marks().collect::<Vec<_>>(), [&settled]);
        assert_eq!(known.written_at(), Some(Timestamp::from_unix_millis(5)));
    }
}
