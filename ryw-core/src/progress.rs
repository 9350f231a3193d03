//! What a server certainly holds.
//!
//! A [`Progress`] is knowledge from below: the server has at least this much. It is compared with what a context requires,
//! and [`Coverage`] makes the third answer, "there is no order", part of the type, because treating it as either of
//! the other two is how a read after a failover turns stale without anyone noticing.
//!
//! [`Seen`](crate::Seen) is the opposite, knowledge from above. They are two types because taking one for the other is a
//! stale read: the replay LSN read beside a snapshot is a sound progress for *later* snapshots, and no bound at all of
//! what that one held.

use crate::{Branch, Place, Position};

/// How far a server has certainly come: it holds everything up to an offset, and every write of a ticket below a number.
///
/// ```
/// use ryw_core::{Branch, Coverage, Position, Progress, Ticket};
///
/// let branch = Branch::new("postgres:7".into(), 1);
/// let replica = Progress::new(branch.clone(), 0x1000).with_below(800);
/// let write = Position::ticketed(branch, Ticket { id: 801, after: 0 });
/// assert_eq!(replica.covers(&write), Coverage::Behind);
/// assert_eq!(replica.covers(&write.with_offset(0xFF0)), Coverage::Covers, "either witness suffices");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Progress {
    branch: Branch,
    offset: u64,
    below: u64,
    place: Option<Place>,
}

impl Progress {
    /// Everything on `branch` up to `offset`; for backends.
    #[must_use]
    pub const fn new(branch: Branch, offset: u64) -> Self {
        Self { branch, offset, below: 0, place: None }
    }

    /// Also every write whose ticket is less than `below`; for Postgres the `xmin` of a snapshot. 0 says nothing.
    #[must_use]
    pub const fn with_below(mut self, below: u64) -> Self {
        self.below = below;
        self
    }

    /// Which server this is, and since when it has not gone back.
    #[must_use]
    pub const fn with_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The branch of history it is on.
    #[must_use]
    pub const fn branch(&self) -> &Branch {
        &self.branch
    }

    /// Everything up to here is held.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Every ticket below this is held; 0 if nothing is known of tickets.
    #[must_use]
    pub const fn below(&self) -> u64 {
        self.below
    }

    /// Which server, if it is one that this process knows.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        self.place
    }

    /// Adds what `other` knows of the *same* server. What is known of another branch adds nothing.
    ///
    /// Of two starts of the server the later one counts.
    pub fn advance(&mut self, other: &Self) {
        if self.branch != other.branch {
            return;
        }
        self.offset = self.offset.max(other.offset);
        self.below = self.below.max(other.below);
        if let (Some(own), Some(told)) = (&mut self.place, other.place)
            && own.node == told.node
        {
            own.at = own.at.max(told.at);
        }
    }

    /// Whether the server holds the write at `position`: either witness suffices.
    #[must_use]
    pub fn covers(&self, position: &Position) -> Coverage {
        if let Some(why) = self.branch.unordered(position.branch()) {
            return Coverage::Unordered(why);
        }
        let by_offset = position.offset().is_some_and(|offset| offset <= self.offset);
        let by_ticket = position.ticket().is_some_and(|ticket| ticket.id < self.below);
        if by_offset || by_ticket { Coverage::Covers } else { Coverage::Behind }
    }
}

/// How what a server holds stands to what is required of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// It holds all of it.
    Covers,
    /// It is on the same branch, and not known to hold all of it.
    Behind,
    /// There is no order between the two.
    Unordered(crate::Unordered),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ticket, Unordered};

    fn branch(identity: &str, timeline: u64) -> Branch {
        Branch::new(identity.into(), timeline)
    }

    #[test]
    fn either_witness_suffices_within_one_branch() {
        let server = Progress::new(branch("a", 1), 5).with_below(20);
        let ticket = |id| Position::ticketed(branch("a", 1), Ticket { id, after: 0 });
        let table = [
            (Position::at(branch("a", 1), 5), Coverage::Covers),
            (Position::at(branch("a", 1), 6), Coverage::Behind),
            (ticket(19), Coverage::Covers),
            (ticket(20), Coverage::Behind),
            (ticket(20).with_offset(5), Coverage::Covers),
            (ticket(19).with_offset(6), Coverage::Covers),
            (ticket(20).with_offset(6), Coverage::Behind),
            (Position::at(branch("a", 2), 1), Coverage::Unordered(Unordered::Timeline)),
            (Position::at(branch("b", 1), 1), Coverage::Unordered(Unordered::Identity)),
        ];
        for (position, expected) in table {
            assert_eq!(server.covers(&position), expected, "{position:?}");
        }
        let knows_no_tickets = Progress::new(branch("a", 1), 5);
        assert_eq!(knows_no_tickets.covers(&ticket(0)), Coverage::Behind);
    }

    #[test]
    fn knowledge_of_one_server_adds_up() {
        let place = |at| Place { node: 3, at };
        let mut known = Progress::new(branch("a", 1), 5).with_below(20).with_place(place(7));
        known.advance(&Progress::new(branch("a", 1), 9).with_below(10).with_place(place(8)));
        assert_eq!(known, Progress::new(branch("a", 1), 9).with_below(20).with_place(place(8)));
        let before = known.clone();
        known.advance(&Progress::new(branch("a", 2), 99).with_below(99));
        assert_eq!(known, before, "another branch");
    }
}
