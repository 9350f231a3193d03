//! One client session's causal past.
//!
//! A [`Context`] says what its reads must be able to see: per source a [`Frontier`], joined from every write made and
//! (for monotonic reads) every read done with it. Clones share it, so concurrent tasks of one session see each other's
//! writes; [`Context::merge`] joins two sessions. Policy travels with the handle, not with the shared past:
//! `ctx.strong()` is the same session asking one read to be strong.
//!
//! Not promised: anything about a client that drops its context and starts with a new one.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

mod past;

use past::Past;

use crate::sync::{Mutex, MutexGuard};
use crate::{
    Branch, Coverage, Frontier, MonotonicReads, Position, Progress, ReadPolicy, Recent, Seen, SourceId,
    Timestamp, Touch,
};

/// A session: what it has written and read, and how its next reads are to be served.
///
/// Cheap to clone; clones share the same past.
///
/// ```
/// use ryw_core::{Context, Position, SourceId, Timestamp};
///
/// let ctx = Context::new();
/// let main = SourceId::new("main");
/// let before = ctx.frontier(&main);
/// let written = Position::new("postgres:7".into(), 1, 0x16B3748);
/// ctx.record_write(&main, &before, Some(written), Timestamp::default());
/// assert!(!ctx.clone().frontier(&main).is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    past: Arc<Mutex<Past>>,
    policy: ReadPolicy,
    monotonic_reads: MonotonicReads,
    stale_when_overloaded: bool,
}

impl Context {
    /// A session that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A session of which nothing is known but that there may have been one: each source is [unknown](Frontier::unknown)
    /// until a read on its primary has settled it.
    ///
    /// For whoever was to find out what a session has done, and could not: its token was not valid, or the store that
    /// keeps it did not answer. [`new`](Self::new) would say that it has done nothing.
    #[must_use]
    pub fn unknown() -> Self {
        Self { past: Arc::new(Mutex::new(Past::unknown())), ..Self::default() }
    }

    /// Whether the sources that the session has not met count as unknown.
    #[must_use]
    pub fn is_unknown_elsewhere(&self) -> bool {
        self.lock().is_unknown_elsewhere()
    }

    /// Says that there are no sources but `all`. If everything that the session has not met was [unknown](Self::unknown), each of
    /// these that it has not met is, and nothing else: that ends when each of them has been read on its primary.
    ///
    /// `all` MUST name every source that anybody reads by this session, other services which its token comes to included. One that
    /// is missing counts as one to which nothing was written.
    pub fn confine(&self, all: &[SourceId]) {
        self.lock().confine(all);
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

    /// The same session, whose reads are served stale rather than refused when too many of them need the primary.
    ///
    /// Where no replica has caught up a read goes to the primary, up to a limit; over it the read fails as
    /// [overloaded](crate::Error::is_overloaded). With this handle it runs on a replica instead, and gives up
    /// read-your-writes and monotonic reads for that one time; its outcome says so
    /// ([`Reason::Overloaded`](crate::Reason::Overloaded)).
    #[must_use]
    pub fn stale_when_overloaded(&self) -> Self {
        Self { stale_when_overloaded: true, ..self.clone() }
    }

    /// How many writes were made with the session in this process, those of sessions that were [merged](Self::merge) into it
    /// included; for carriers, to tell whether there is a write to be told of.
    ///
    /// Of no other meaning: one write may count more than once, and what a token brings counts as none. When a session last
    /// wrote does not tell as much, for clocks differ.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.lock().writes()
    }

    /// Counts a write that somebody else has made, or may have made, for the session; for carriers.
    pub fn count_write(&self) {
        self.lock().wrote();
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

    /// Whether this handle's reads may be served stale when too many need the primary.
    #[must_use]
    pub const fn serves_stale_when_overloaded(&self) -> bool {
        self.stale_when_overloaded
    }

    /// What the session knows of `source`. Of one that it has not met that is nothing, unless everything is
    /// [unknown](Self::unknown).
    #[must_use]
    pub fn frontier(&self, source: &SourceId) -> Frontier {
        self.lock().of(source)
    }

    /// What `judge` says of what the session knows of `source`, without a copy of it; for backends.
    ///
    /// The session is locked meanwhile: `judge` MUST NOT wait, nor ask a context for more than its policies.
    pub fn with_frontier<R>(&self, source: &SourceId, judge: impl FnOnce(&Frontier) -> R) -> R {
        self.lock().with(source, judge)
    }

    /// What the session knows of every source it has met, in the order of their names.
    #[must_use]
    pub fn frontiers(&self) -> Vec<(SourceId, Frontier)> {
        self.lock().known().to_vec()
    }

    /// Joins a write made at `at`, given what the context knew `before` it was sent; for backends.
    ///
    /// The write's commit lies past everything that `before` has of its branch, which it replaces; what other tasks have
    /// joined since is kept. So a session that writes one thing after another holds one ticket.
    ///
    /// `None` says that the position could not be learnt: the context becomes unknown. `before` MUST be what
    /// [`frontier`](Self::frontier) returned before anything of the write (or of its transaction) was sent.
    pub fn record_write(
        &self,
        source: &SourceId,
        before: &Frontier,
        written: Option<Position>,
        at: Timestamp,
    ) {
        let mut past = self.lock();
        past.wrote();
        past.change(source, |known| {
            match written {
                Some(position) => known.subsume(before, position),
                None => known.join(&Frontier::unknown()),
            }
            known.wrote(at);
        });
    }

    /// Joins what a read may have seen, for monotonic reads; for backends.
    pub fn record_read(&self, source: &SourceId, seen: Seen) {
        self.join(source, &seen.into());
    }

    /// Joins a write to a database without a log: what it touched on `branch`, and when. What was touched before
    /// `forget_before` is dropped; for backends.
    ///
    /// A backend SHOULD call it before the write is sent, so that a future dropped under way leaves the touch behind, and
    /// again when it was acknowledged.
    pub fn record_touch(
        &self,
        source: &SourceId,
        branch: &Branch,
        touches: &[Touch],
        at: Timestamp,
        forget_before: Timestamp,
    ) {
        let mut past = self.lock();
        past.wrote();
        past.change(source, |known| {
            known.forget_before(forget_before);
            known.touch(branch.clone(), Recent::touching(touches, at));
            known.wrote(at);
        });
    }

    /// Joins a read of `touch` that saw the newest there is, for monotonic reads from a database without a log; for
    /// backends.
    pub fn record_strong_read(&self, source: &SourceId, branch: &Branch, touch: Touch, at: Timestamp) {
        if self.monotonic_reads == MonotonicReads::On {
            self.change(source, |known| known.touch(branch.clone(), Recent::touching(&[touch], at)));
        }
    }

    /// Replaces what of `before` a database without a log cannot tell from a write to anything (what is unknown, and what lies
    /// on branches that are not `ours`) by a touch of anything on `branch` at `at`; for backends.
    ///
    /// So a position that nobody can judge costs strong reads for one window, and not for ever. `before` MUST be what
    /// [`frontier`](Self::frontier) returned.
    pub fn settle_as_touched(
        &self,
        source: &SourceId,
        before: &Frontier,
        ours: impl Fn(&Branch) -> bool,
        branch: &Branch,
        at: Timestamp,
    ) {
        self.change(source, |known| known.settle_as_touched(before, ours, branch.clone(), at));
    }

    /// Joins any frontier, as one decoded from a token; for backends and carriers.
    pub fn join(&self, source: &SourceId, frontier: &Frontier) {
        self.change(source, |known| known.join(frontier));
    }

    /// Joins what a read *on the primary* came to, given what the context knew `before` it; for backends.
    ///
    /// A position that no replica can be compared with (unknown, foreign, of another timeline, from the future) would
    /// hold a session on the primary for ever. A read on the primary settles it: whatever of it exists is in the state
    /// that the read saw, so it is replaced by `seen`. What was joined since `before` was taken is kept.
    ///
    /// `before` MUST be what [`frontier`](Self::frontier) returned before the read was sent.
    pub fn record_primary_read(&self, source: &SourceId, before: &Frontier, seen: Seen) {
        if before.covered_by(&seen.as_progress_of_the_primary()) == Coverage::Covers {
            if self.monotonic_reads == MonotonicReads::On {
                self.record_read(source, seen);
            }
            return;
        }
        self.change(source, |known| known.settle(before, seen));
    }

    /// Begins a window at `at`, if nothing was known `before` a read on the primary that has settled it; for backends, in
    /// [time-to-live mode](crate::Mode::TimeToLive).
    ///
    /// What was not known may have been written a moment before, and a window looks at no position.
    pub fn record_doubt(&self, source: &SourceId, before: &Frontier, at: Timestamp) {
        if before.is_unknown() {
            self.change(source, |known| known.wrote(at));
        }
    }

    /// Replaces the tickets that the context knew `before` by the offset of `at`; for backends.
    ///
    /// `at` MUST have been captured after `before` was taken. Without an offset it changes nothing.
    pub fn resolve(&self, source: &SourceId, before: &Frontier, at: Position) {
        if let Some(offset) = at.offset() {
            let captured = Progress::new(at.branch().clone(), offset);
            self.change(source, |known| known.resolve(before, &captured));
        }
    }

    /// Drops what `line` says that every server of `source` holds for good, and with the last of it the time of the last
    /// write, if that was before `written_before`; for backends.
    ///
    /// See [`Frontier::retire`] for what `line` MUST be.
    pub fn retire(&self, source: &SourceId, line: &Progress, written_before: Timestamp) {
        self.drop_from(source, |known| {
            known.retire(line);
            known.forget_written_before(written_before);
        });
    }

    /// Drops what was touched before `at`, and with the last of it the time of the last write, if that was before `at` too;
    /// for backends of databases without a log.
    pub fn forget_before(&self, source: &SourceId, at: Timestamp) {
        self.drop_from(source, |known| {
            known.forget_before(at);
            known.forget_written_before(at);
        });
    }

    /// Joins everything `other` knows into this session.
    ///
    /// Commutative, associative and idempotent: the order and number of merges do not matter.
    pub fn merge(&self, other: &Self) {
        if Arc::ptr_eq(&self.past, &other.past) {
            return;
        }
        // Not both at once: two tasks may merge the same two contexts, each into the other.
        let other = other.lock().clone();
        self.lock().join(&other);
    }

    fn drop_from(&self, source: &SourceId, drop: impl FnOnce(&mut Frontier)) {
        self.lock().drop_from(source, drop);
    }

    /// Sets what a new context knows of `source`.
    #[cfg(feature = "token")]
    pub(crate) fn learn(&self, source: &SourceId, frontier: Frontier) {
        self.change(source, |known| *known = frontier);
    }

    fn change(&self, source: &SourceId, change: impl FnOnce(&mut Frontier)) {
        self.lock().change(source, change);
    }

    fn lock(&self) -> MutexGuard<'_, Past> {
        // Nothing that runs under the lock panics, so none can leave half a change behind.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod orders;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scope, Ticket};

    fn branch() -> Branch {
        Branch::new("a".into(), 1)
    }

    fn at(offset: u64) -> Position {
        Position::at(branch(), offset)
    }

    fn seen(offset: u64) -> Seen {
        Seen::new(branch(), offset)
    }

    fn ticket(id: u64) -> Position {
        Position::ticketed(branch(), Ticket { id, after: 0 })
    }

    fn write(ctx: &Context, source: &SourceId, position: Position) {
        ctx.record_write(source, &ctx.frontier(source), Some(position), Timestamp::default());
    }

    #[test]
    fn clones_share_the_past_and_keep_their_own_policy() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let strong = ctx.strong();
        strong.record_read(&main, seen(7));
        assert_eq!(ctx.frontier(&main), seen(7).into());
        assert_eq!((ctx.policy(), strong.policy()), (ReadPolicy::Session, ReadPolicy::Strong));
    }

    #[test]
    fn stale_reads_are_a_choice_of_the_handle() {
        let ctx = Context::new();
        assert!(ctx.stale_when_overloaded().strong().serves_stale_when_overloaded());
        assert!(!ctx.serves_stale_when_overloaded());
    }

    #[test]
    fn merge_joins_source_by_source() {
        let (a, b) = (Context::new(), Context::new());
        let (main, audit) = (SourceId::new("main"), SourceId::new("audit"));
        a.record_read(&main, seen(1));
        b.record_read(&main, seen(2));
        b.record_read(&audit, seen(9));
        a.merge(&b);
        a.merge(&a.clone());
        assert_eq!(a.frontiers(), [(audit, seen(9).into()), (main.clone(), seen(2).into())]);
        assert_eq!(b.frontier(&main), seen(2).into());
    }

    #[test]
    fn a_primary_read_is_remembered_only_as_far_as_asked() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.without_monotonic_reads().record_primary_read(&main, &Frontier::default(), seen(5));
        assert!(ctx.frontier(&main).is_empty());
        ctx.record_primary_read(&main, &Frontier::default(), seen(5));
        assert_eq!(ctx.frontier(&main), seen(5).into());
    }

    #[test]
    fn a_ticket_that_the_primary_has_given_out_needs_no_settling() {
        let (ctx, main) = (Context::new().without_monotonic_reads(), SourceId::new("main"));
        write(&ctx, &main, ticket(7));
        let before = ctx.frontier(&main);
        ctx.record_primary_read(&main, &before, seen(5).with_below(8));
        assert_eq!(ctx.frontier(&main), before);
        ctx.record_primary_read(&main, &before, seen(5).with_below(7));
        assert_eq!(ctx.frontier(&main).tickets().count(), 0, "it was of the future, or of nowhere");
    }

    #[test]
    fn settling_keeps_a_write_that_came_meanwhile() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.join(&main, &at(90).into());
        let before = ctx.frontier(&main);
        let meanwhile = Position::new("b".into(), 1, 3);
        let written_at = Timestamp::from_unix_millis(5);
        ctx.record_write(&main, &before, Some(meanwhile.clone()), written_at);
        let settled = Seen::new(Branch::new("a".into(), 2), 50);
        ctx.record_primary_read(&main, &before, settled.clone());
        let known = ctx.frontier(&main);
        assert!(known.marks().any(|mark| mark.branch() == meanwhile.branch()), "{known:?}");
        ctx.record_primary_read(&main, &known, settled.clone());
        assert_eq!(ctx.frontier(&main), Frontier::from(settled).written(written_at));
    }

    #[test]
    fn one_write_after_another_is_one_ticket() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        for id in 1..99 {
            write(&ctx, &main, ticket(id));
            ctx.record_read(&main, seen(id));
        }
        write(&ctx, &main, ticket(99).with_offset(0x99));
        assert_eq!(
            ctx.frontier(&main),
            Frontier::from(ticket(99).with_offset(0x99)).written(Timestamp::default())
        );
    }

    #[test]
    fn concurrent_writes_are_kept_apart_until_resolved() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let before = ctx.frontier(&main);
        for id in [3, 1, 2] {
            ctx.record_write(&main, &before, Some(ticket(id)), Timestamp::default());
        }
        let before = ctx.frontier(&main);
        assert_eq!(before.tickets().map(|(_, ticket)| ticket.id).collect::<Vec<_>>(), [1, 2, 3]);
        ctx.record_write(&main, &Frontier::default(), Some(ticket(4)), Timestamp::default());
        ctx.resolve(&main, &before, ticket(9));
        assert_eq!(ctx.frontier(&main).ticket_count(), 4, "a ticket resolves nothing");
        ctx.resolve(&main, &before, at(77));
        let known = ctx.frontier(&main);
        assert_eq!(known.tickets().map(|(_, ticket)| ticket.id).collect::<Vec<_>>(), [4]);
        assert_eq!(known.furthest_offset(&branch()), Some(77));
    }

    #[test]
    fn touches_are_kept_for_a_window_and_beside_each_other() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let touch = |item| Touch { table: 1, partition: 1, item };
        let at = Timestamp::from_unix_millis;
        for (item, millis) in [(1, 10), (2, 20), (3, 30)] {
            ctx.record_touch(&main, &branch(), &[touch(item)], at(millis), at(millis - 10));
        }
        let last = |item| ctx.frontier(&main).recent(&branch()).unwrap().last(&touch(item), Scope::Item);
        assert_eq!([1, 2, 3].map(last), [None, Some(at(20)), Some(at(30))]);
        ctx.without_monotonic_reads().record_strong_read(&main, &branch(), touch(1), at(40));
        assert_eq!(last(1), None);
        ctx.record_strong_read(&main, &branch(), touch(1), at(40));
        assert_eq!(last(1), Some(at(40)));
        assert_eq!(ctx.frontier(&main).written_at(), Some(at(30)));
    }

    #[test]
    fn what_nobody_can_judge_becomes_a_touch_of_anything() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let ours = Branch::new("ours".into(), 0);
        ctx.join(&main, &Frontier::unknown());
        ctx.join(&main, &at(7).into());
        let before = ctx.frontier(&main);
        ctx.join(&main, &Position::new("meanwhile".into(), 1, 3).into());
        let now = Timestamp::from_unix_millis(50);
        ctx.settle_as_touched(&main, &before, |branch| *branch == ours, &ours, now);
        let known = ctx.frontier(&main);
        assert_eq!((known.is_unknown(), known.marks().len()), (false, 2));
        assert_eq!(known.recent(&ours).unwrap().any(), Some(now));
    }

    #[test]
    fn a_write_of_no_known_position_is_kept_by_the_next() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.record_write(&main, &Frontier::default(), None, Timestamp::from_unix_millis(3));
        write(&ctx, &main, ticket(1));
        assert!(ctx.frontier(&main).is_unknown());
        assert_eq!(ctx.frontier(&main).written_at(), Some(Timestamp::from_unix_millis(3)));
    }
}
