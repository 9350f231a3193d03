//! Whether a read has seen all it must see.
//!
//! A [`Trial`] holds what a read requires against three kinds of proof:
//!
//! * what was certain of the server *before* the statement was sent (its watermark; that its connection is older than an
//!   earlier read there);
//! * the transactions that are finished in the statement's own snapshot;
//! * what an earlier statement on the same connection found, for it was sent before this one's snapshot was taken.
//!
//! The replay LSN that a statement reports proves nothing about that statement, only about the next.

use arrayvec::ArrayVec;
use ryw_core::{Coverage, Frontier, MAX_BRANCHES, MAX_TICKETS, Progress};

use crate::facts::Facts;
use crate::search::Lease;

/// What a statement on one connection still has to prove.
pub(crate) struct Trial {
    left: Frontier,
    /// What earlier statements on the same connection have shown.
    shown: Option<Progress>,
}

/// What came of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has seen everything.
    Fresh,
    /// It may not have; the same statement, issued again on this connection, will.
    Again,
    /// It has not, and the server has not come that far.
    Stale,
}

/// The tickets that a statement is asked about.
pub(crate) type Tickets = ArrayVec<i64, { 1 + MAX_TICKETS * MAX_BRANCHES }>;

impl Trial {
    /// A read that must see all of `required`.
    pub(crate) const fn of(required: Frontier) -> Self {
        Self { left: required, shown: None }
    }

    /// A read to which everything will do.
    pub(crate) fn nothing() -> Self {
        Self::of(Frontier::default())
    }

    /// Whether the next statement on `lease` is certain to see all there is left.
    pub(crate) fn is_over(&self, lease: &Lease) -> bool {
        if self.left.is_empty() {
            return true;
        }
        self.certain(lease).is_some_and(|certain| self.left.covered_by(&certain) == Coverage::Covers)
    }

    /// Whether something is required of another branch than this.
    pub(crate) fn is_elsewhere(&self, branch: &ryw_core::Branch) -> bool {
        matches!(self.left.covered_by(&Progress::new(branch.clone(), u64::MAX)), Coverage::Unordered(_))
    }

    /// What to ask the statement about: the tickets not known to be finished, and 0 if the branch is not known either.
    pub(crate) fn tickets(&self, lease: &Lease) -> Tickets {
        let mut tickets = Tickets::new();
        if lease.branch.is_none() {
            tickets.push(0);
        }
        let below = self.certain(lease).map_or(0, |certain| certain.below());
        tickets.extend(
            self.left.tickets().map(|(_, ticket)| ticket.id).filter(|id| *id >= below).map(u64::cast_signed),
        );
        tickets
    }

    /// Judges the statement that was asked about `tickets` and reported `facts`.
    pub(crate) fn judge(&mut self, lease: &Lease, facts: &Facts, tickets: &Tickets) -> Verdict {
        if self.left.is_empty() {
            return Verdict::Fresh;
        }
        let Some(branch) = lease.branch.as_ref().or(facts.branch.as_ref()) else { return Verdict::Stale };
        let certain = self.certain(lease).filter(|certain| certain.branch() == branch);
        let mut in_snapshot = certain.clone().unwrap_or_else(|| Progress::new(branch.clone(), 0));
        in_snapshot.advance(&Progress::new(branch.clone(), 0).with_below(facts.xmin));
        if self.left.covered_by(&in_snapshot) == Coverage::Covers {
            return Verdict::Fresh;
        }
        let finished = !facts.busy && tickets.iter().all(|id| id.cast_unsigned() < facts.xmax);
        let left = if finished { self.left.without_tickets(branch) } else { self.left.clone() };
        let mut by_now = in_snapshot;
        by_now.advance(&facts.progress(branch));
        if left.covered_by(&by_now) != Coverage::Covers {
            return Verdict::Stale;
        }
        self.left = left;
        self.shown = Some(by_now);
        Verdict::Again
    }

    /// What the next statement on `lease` is certain to see.
    fn certain(&self, lease: &Lease) -> Option<Progress> {
        let known = lease.node.certain(&lease.conn);
        match (known, &self.shown) {
            (Some(mut known), Some(shown)) if known.branch() == shown.branch() => {
                known.advance(shown);
                Some(known)
            }
            (_, Some(shown)) => Some(shown.clone()),
            (known, None) => known,
        }
    }
}
