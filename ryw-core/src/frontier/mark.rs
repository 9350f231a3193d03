//! What a context requires on one branch of history.

use super::floor::Floor;
use super::recent::Recent;
use super::stamped::Stamped;
use super::tickets::{Full, Held, Tickets};
use crate::{Branch, Coverage, Position, Progress, Seen, Ticket, Timestamp};

/// What a server must hold of one branch: an offset, tickets, and a floor under later reads.
///
/// A server covers it if it covers *all* three. Tokens are written from its parts and read back by joining
/// [`Position`]s and [`Seen`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    branch: Branch,
    offset: Option<Stamped<u64>>,
    tickets: Tickets,
    floor: Option<Stamped<Floor>>,
    recent: Option<Stamped<Recent>>,
}

impl Mark {
    /// The branch.
    #[must_use]
    pub const fn branch(&self) -> &Branch {
        &self.branch
    }

    /// The furthest offset of the writes that are known by their offset alone.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.offset.map(|offset| offset.value)
    }

    /// The writes that are known by their tickets, each with its offset if that is known too.
    #[must_use]
    pub fn tickets(&self) -> impl ExactSizeIterator<Item = (Ticket, Option<u64>)> {
        self.tickets.iter().map(|held| (held.ticket, held.offset))
    }

    /// The most that reads have seen.
    #[must_use]
    pub fn floor(&self) -> Option<Seen> {
        let floor = self.floor?.value;
        let seen = Seen::new(self.branch.clone(), floor.offset).with_below(floor.below);
        Some(match floor.place {
            Some(place) => seen.with_place(place),
            None => seen,
        })
    }

    /// What was touched lately, in a database without a log.
    #[must_use]
    pub fn recent(&self) -> Option<&Recent> {
        self.recent.as_ref().map(|recent| &recent.value)
    }

    /// The furthest offset that a server is known to have to reach; a ticket counts by what it lies past.
    pub(super) fn furthest_offset(&self) -> Option<u64> {
        let floor = self.floor.map(|floor| floor.value.offset);
        let ticket = |held: &Held| held.offset.or((held.ticket.after != 0).then_some(held.ticket.after));
        self.tickets.iter().map(ticket).fold(self.offset().max(floor), Option::max)
    }

    pub(super) fn covered_by(&self, progress: &Progress) -> Coverage {
        if let Some(why) = progress.branch().unordered(&self.branch) {
            return Coverage::Unordered(why);
        }
        let covered = self.offset().is_none_or(|offset| offset <= progress.offset())
            && self.tickets.are_covered_by(progress)
            && self.floor.is_none_or(|floor| floor.value.is_covered_by(progress))
            && self.recent.is_none();
        if covered { Coverage::Covers } else { Coverage::Behind }
    }

    /// The same mark, as if all of it were joined by number `now`.
    pub(super) fn restamped(&self, now: u64) -> Self {
        Self {
            branch: self.branch.clone(),
            offset: self.offset.map(|offset| Stamped { joined: now, ..offset }),
            tickets: self.tickets.restamped(now),
            floor: self.floor.map(|floor| Stamped { joined: now, ..floor }),
            recent: self.recent().map(|recent| Stamped { value: recent.clone(), joined: now }),
        }
    }

    /// Joins `other`, which is of the same branch, as number `now`. Fails if there are too many tickets.
    pub(super) fn join(&mut self, other: &Self, now: u64) -> Result<(), Full> {
        if let Some(offset) = other.offset() {
            self.raise_offset(offset, now);
        }
        if let Some(Stamped { value: floor, .. }) = other.floor {
            let floor = self.floor.map_or(floor, |held| held.value.join(floor));
            self.floor = Some(Stamped { value: floor, joined: now });
        }
        if let Some(touched) = other.recent() {
            let recent = self.recent.get_or_insert_with(|| Stamped { value: Recent::default(), joined: now });
            recent.value.join(touched);
            recent.joined = now;
        }
        other.tickets.iter().try_for_each(|held| self.tickets.insert(held, now))
    }

    /// Drops what `before` had, except what was joined again since. Says whether anything is left.
    pub(super) fn forget(&mut self, before: &Self, joins: u64) -> bool {
        self.tickets.forget(&before.tickets, joins, |_| {});
        self.offset = self.offset.filter(|own| before.offset.is_none_or(|old| !own.is_still(&old, joins)));
        self.floor = self.floor.filter(|own| before.floor.is_none_or(|old| !own.is_still(&old, joins)));
        self.recent.take_if(|own| before.recent.as_ref().is_some_and(|old| own.is_still(old, joins)));
        !self.is_empty()
    }

    /// Drops what was touched before `at`. Says whether anything is left.
    pub(super) fn forget_before(&mut self, at: Timestamp) -> bool {
        if let Some(recent) = &mut self.recent {
            recent.value.forget_before(at);
        }
        self.recent.take_if(|recent| recent.value.is_empty());
        !self.is_empty()
    }

    /// Drops what does not lie past `line`, which is of the same branch. Says whether anything is left.
    pub(super) fn retire(&mut self, line: &Progress) -> bool {
        self.offset.take_if(|offset| offset.value <= line.offset());
        self.tickets.retire(line);
        self.floor.take_if(|floor| floor.value.is_below(line));
        !self.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.offset.is_none() && self.floor.is_none() && self.tickets.is_empty() && self.recent.is_none()
    }

    /// Replaces the tickets that `before` had, except those joined again since, by `offset`.
    pub(super) fn resolve(&mut self, before: &Self, joins: u64, offset: u64, now: u64) {
        let mut furthest = None;
        self.tickets.forget(&before.tickets, joins, |held| {
            furthest = furthest.max(Some(held.offset.unwrap_or(offset)));
        });
        if let Some(offset) = furthest {
            self.raise_offset(offset, now);
        }
    }

    /// Drops every ticket. That the server must be on this branch stays.
    pub(super) fn drop_tickets(&mut self) {
        self.tickets = Tickets::default();
        self.offset.get_or_insert(Stamped { value: 0, joined: 0 });
    }

    fn raise_offset(&mut self, offset: u64, now: u64) {
        let value = self.offset().map_or(offset, |held| held.max(offset));
        self.offset = Some(Stamped { value, joined: now });
    }
}

impl From<Position> for Mark {
    fn from(position: Position) -> Self {
        let branch = position.branch().clone();
        let (offset, tickets) = match position.ticket() {
            Some(ticket) => (None, Held { ticket, offset: position.offset() }.into()),
            None => (position.offset().map(|value| Stamped { value, joined: 0 }), Tickets::default()),
        };
        let recent = position.touched().map(|(touches, at)| match touches {
            [] => Recent::anything(at),
            touches => Recent::touching(touches, at),
        });
        let recent = recent.map(|value| Stamped { value, joined: 0 });
        Self { branch, offset, tickets, floor: None, recent }
    }
}

impl Mark {
    /// Something was touched on `branch`.
    pub(super) fn touched(branch: Branch, recent: Recent) -> Self {
        let recent = Some(Stamped { value: recent, joined: 0 });
        Self { branch, offset: None, tickets: Tickets::default(), floor: None, recent }
    }
}

impl From<Seen> for Mark {
    fn from(seen: Seen) -> Self {
        let floor = Some(Stamped { value: Floor::from(&seen), joined: 0 });
        Self { branch: seen.branch().clone(), offset: None, tickets: Tickets::default(), floor, recent: None }
    }
}
