//! The tickets of one branch: a small sorted set.
//!
//! Tickets do not merge by taking the greatest (see [`Ticket`]), so concurrent writes of one session have to be kept apart
//! until something covers them all: a later write, a read on the primary, or an offset that is asked for
//! ([`Frontier::resolve`](super::Frontier::resolve)).

use arrayvec::ArrayVec;

use super::stamped::Stamped;
use crate::{Progress, Ticket};

/// The most writes known by their tickets alone that one branch of a frontier keeps apart before it becomes unknown.
pub const MAX_TICKETS: usize = 8;

/// A ticket, and the offset of its write if that is known too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) ticket: Ticket,
    pub(super) offset: Option<u64>,
}

impl Held {
    fn is_covered_by(&self, progress: &Progress) -> bool {
        self.ticket.id < progress.below() || self.offset.is_some_and(|offset| offset <= progress.offset())
    }

    /// The two are one write. An offset that only one of them knows is given up: whoever makes one up for a ticket that
    /// another write will be given cannot make that write look older than it is.
    fn join(&mut self, other: &Self) {
        self.offset = self.offset.zip(other.offset).map(|(one, two)| one.max(two));
        self.ticket.after = self.ticket.after.max(other.ticket.after);
    }
}

/// A set of tickets does not fit.
pub(super) struct Full;

/// Tickets by their numbers, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tickets(ArrayVec<Stamped<Held>, MAX_TICKETS>);

impl From<Held> for Tickets {
    fn from(held: Held) -> Self {
        Self(std::iter::once(Stamped { value: held, joined: 0 }).collect())
    }
}

impl Tickets {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Held> {
        self.0.iter().map(|held| &held.value)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn are_covered_by(&self, progress: &Progress) -> bool {
        self.iter().all(|held| held.is_covered_by(progress))
    }

    /// The same tickets, as if all were joined by number `now`.
    pub(super) fn restamped(&self, now: u64) -> Self {
        Self(self.0.iter().map(|held| Stamped { joined: now, ..*held }).collect())
    }

    /// Joins `held`, as number `now`.
    pub(super) fn insert(&mut self, held: &Held, now: u64) -> Result<(), Full> {
        match self.find(held.ticket.id) {
            Ok(index) => {
                self.0[index].value.join(held);
                self.0[index].joined = now;
                Ok(())
            }
            Err(index) => self.0.try_insert(index, Stamped { value: *held, joined: now }).map_err(|_| Full),
        }
    }

    /// Drops the tickets that `before` had and that were not joined again since; hands each to `dropped`.
    pub(super) fn forget(&mut self, before: &Self, joins: u64, mut dropped: impl FnMut(&Held)) {
        self.0.retain(|held| {
            let gone =
                before.find(held.value.ticket.id).is_ok_and(|index| held.is_still(&before.0[index], joins));
            if gone {
                dropped(&held.value);
            }
            !gone
        });
    }

    /// Drops the tickets that `line` covers.
    pub(super) fn retire(&mut self, line: &Progress) {
        self.0.retain(|held| !held.value.is_covered_by(line));
    }

    fn find(&self, id: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |held| held.value.ticket.id)
    }
}
