//! What a context knows of one source.
//!
//! A [`Frontier`] is a join-semilattice: [`join`](Frontier::join) is commutative, associative and idempotent, so
//! contexts may be merged in any order, any number of times, by any number of tasks or processes. The laws are held
//! by the property tests in `frontier::laws`; that no sequence of operations ever covers too little, by the simulated
//! history in `frontier::world`.
//!
//! A frontier holds one [`Mark`] per branch of history (one altogether, unless a failover or a foreign token came
//! between): what was written, by offset and by ticket, and what was read, as a floor. Writes and reads are apart because
//! they are proven differently: a write needs its own witness, while a read is kept by the very server that served it.
//!
//! Beside that a frontier may be *unknown*: the context wrote or read something whose position could not be learnt.
//! No position proves that a replica holds what has none, so reads go to the primary, and the first that begins
//! afterwards [settles](crate::Context::record_primary_read) it.
//!
//! What replaces a part of a frontier (a settling read, a write that comes after all of it, an offset asked for its
//! tickets) is told what the context knew *before* it began, replaces that, and keeps what was joined meanwhile.
//!
//! A frontier holds at most [`MAX_BRANCHES`] marks of at most [`MAX_TICKETS`] tickets, inline, and becomes unknown beyond
//! that: tokens are hostile input, and five failovers within one session are not a case worth a heap allocation on
//! every read. Rejected: dropping the least ticket, which would forget a write.

use arrayvec::ArrayVec;

use crate::{Branch, Coverage, Position, Progress, Seen, Ticket, Timestamp};

mod floor;
#[cfg(test)]
mod laws;
mod loss;
mod mark;
mod recent;
mod stamped;
mod tickets;
#[cfg(test)]
mod world;

pub(crate) use loss::Loss;

pub use mark::Mark;
pub use recent::{MAX_TOUCHES, Recent};
pub use tickets::MAX_TICKETS;

/// The most branches of history one frontier keeps apart before it gives up and becomes unknown.
pub const MAX_BRANCHES: usize = 4;

/// How far a context has come in the history of one source.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    /// One mark per branch, by branch.
    marks: ArrayVec<Mark, MAX_BRANCHES>,
    lost: Option<Loss>,
    written_at: Option<Timestamp>,
    /// How many changes made this value: tells whether a part was joined since a copy was taken.
    joins: u64,
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

/// A write that must be visible. With both witnesses it is one ticket whose offset is known.
impl From<Position> for Frontier {
    fn from(position: Position) -> Self {
        Self::from(Mark::from(position))
    }
}

/// A read that must not be gone behind.
impl From<Seen> for Frontier {
    fn from(seen: Seen) -> Self {
        Self::from(Mark::from(seen))
    }
}

impl From<Mark> for Frontier {
    fn from(mark: Mark) -> Self {
        Self { marks: std::iter::once(mark).collect(), ..Self::default() }
    }
}

impl Frontier {
    /// A frontier whose position could not be learnt: every read goes to the primary.
    #[must_use]
    pub fn unknown() -> Self {
        Self::lost(Loss::now())
    }

    /// A frontier whose position was lost then.
    pub(crate) fn lost(loss: Loss) -> Self {
        Self { lost: Some(loss), ..Self::default() }
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

    /// What was touched lately on `branch`, in a database without a log.
    #[must_use]
    pub fn recent(&self, branch: &Branch) -> Option<&Recent> {
        self.mark(branch)?.recent()
    }

    /// Whether there is nothing to cover: no mark, and nothing unknown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_unknown() && self.marks.is_empty()
    }

    /// What is required of each branch.
    #[must_use]
    pub fn marks(&self) -> impl ExactSizeIterator<Item = &Mark> {
        self.marks.iter()
    }

    /// The writes that are known by their tickets, on whichever branch.
    pub fn tickets(&self) -> impl Iterator<Item = (&Branch, Ticket)> {
        self.marks().flat_map(|mark| mark.tickets().map(|(ticket, _)| (mark.branch(), ticket)))
    }

    /// How many writes are known by their tickets. A branch that exceeds [`MAX_TICKETS`] is lost:
    /// [resolve](Self::resolve) them in time.
    #[must_use]
    pub fn ticket_count(&self) -> usize {
        self.marks().map(|mark| mark.tickets().len()).sum()
    }

    /// The furthest offset of `branch` that a server is known to have to reach, to estimate how far it is behind.
    ///
    /// Not a gate: a write known by its ticket lies somewhere past it.
    #[must_use]
    pub fn furthest_offset(&self, branch: &Branch) -> Option<u64> {
        self.mark(branch)?.furthest_offset()
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

    /// Whether a server that has come as far as `progress` says holds all of this frontier.
    ///
    /// An unknown frontier is never covered: it counts as [`Coverage::Behind`].
    #[must_use]
    pub fn covered_by(&self, progress: &Progress) -> Coverage {
        if self.is_unknown() {
            return Coverage::Behind;
        }
        let mut answer = Coverage::Covers;
        for mark in self.marks() {
            match mark.covered_by(progress) {
                Coverage::Covers => {}
                Coverage::Behind => answer = Coverage::Behind,
                unordered @ Coverage::Unordered(_) => return unordered,
            }
        }
        answer
    }

    /// This frontier without the tickets of `branch`, for whoever checks those by other means.
    ///
    /// It still requires a server on `branch`, if it did.
    #[must_use]
    pub fn without_tickets(&self, branch: &Branch) -> Self {
        let mut rest = self.clone();
        if let Some(mark) = rest.marks.iter_mut().find(|mark| mark.branch() == branch) {
            mark.drop_tickets();
        }
        rest
    }

    /// Replaces the tickets that this frontier had `before`, on the branch of `at`, by an offset.
    ///
    /// `at` is a position that covers every write acknowledged before it was asked for, and it MUST have been asked for
    /// after `before` was taken. A write whose own offset is known is replaced by that. What was joined since is kept.
    pub fn resolve(&mut self, before: &Self, at: &Progress) {
        self.joins += 1;
        let now = self.joins;
        let Some(old) = before.mark(at.branch()) else { return };
        if let Some(mark) = self.marks.iter_mut().find(|mark| mark.branch() == at.branch()) {
            mark.resolve(old, before.joins, at.offset(), now);
        }
    }

    /// Joins what was touched on `branch`.
    pub(crate) fn touch(&mut self, branch: Branch, recent: Recent) {
        self.joins += 1;
        self.join_mark(&Mark::touched(branch, recent));
    }

    /// Drops what was touched before `at`, wherever.
    pub(crate) fn forget_before(&mut self, at: Timestamp) {
        self.marks.retain(|mark| mark.forget_before(at));
    }

    /// Replaces what of `before` cannot be told from a write to anything (what is unknown, and the branches that are not
    /// `ours`) by a touch of anything on `branch` at `at`. Kept is what was joined since.
    pub(crate) fn settle_as_touched(
        &mut self,
        before: &Self,
        ours: impl Fn(&Branch) -> bool,
        branch: Branch,
        at: Timestamp,
    ) {
        if self.lost <= before.lost {
            self.lost = None;
        }
        self.forget(before, |branch| !ours(branch));
        self.touch(branch, Recent::anything(at));
    }

    /// Notes that the context wrote at `at`.
    pub(crate) fn wrote(&mut self, at: Timestamp) {
        self.written_at = self.written_at.max(Some(at));
    }

    /// Joins a write that was sent after `before` was known, and committed at `written`.
    ///
    /// Its commit lies past all that its branch had shown until then, so it stands for what `before` had of that branch.
    /// Kept are the losses, the other branches, and what was joined since: concurrent writes may have been committed
    /// later than this one.
    pub(crate) fn subsume(&mut self, before: &Self, written: Position) {
        self.forget(before, |branch| branch == written.branch());
        self.join(&written.into());
    }

    /// Replaces what a read on the primary found `before` it, and could not be held against a replica, by what it saw.
    ///
    /// Kept are the losses and the parts of marks that came since, even where what was there hid them.
    pub(crate) fn settle(&mut self, before: &Self, seen: Seen) {
        if self.lost <= before.lost {
            self.lost = None;
        }
        self.forget(before, |_| true);
        self.join(&seen.into());
    }

    /// Drops what `before` had of the chosen branches, except what was joined again since.
    fn forget(&mut self, before: &Self, chosen: impl Fn(&Branch) -> bool) {
        self.marks.retain(|mark| match before.mark(mark.branch()) {
            Some(old) if chosen(mark.branch()) => mark.forget(old, before.joins),
            Some(_) | None => true,
        });
    }

    fn join_mark(&mut self, mark: &Mark) {
        let joined = match self.marks.binary_search_by_key(&mark.branch(), Mark::branch) {
            Ok(index) => self.marks[index].join(mark, self.joins).is_ok(),
            Err(index) => self.marks.try_insert(index, mark.restamped(self.joins)).is_ok(),
        };
        if !joined {
            self.lost = Some(Loss::now());
        }
    }

    fn mark(&self, branch: &Branch) -> Option<&Mark> {
        self.marks().find(|mark| mark.branch() == branch)
    }
}
