//! Whether a read has seen all it must see.
//!
//! A [`Trial`] holds what a read requires against three kinds of proof:
//!
//! * what was certain of the server *before* the statement was sent (its watermark; that its connection is older than an
//!   earlier read there);
//! * the transactions that are finished in the statement's own snapshot, unless its server may be ending
//!   ([`report`](crate::report));
//! * what an earlier statement on the same connection found, for it was sent before this one's snapshot was taken.
//!
//! The replay LSN that a statement reports proves nothing about that statement, only about the next; and what other reads
//! learn while it is under way proves nothing about it either.

use std::sync::Arc;

use arrayvec::ArrayVec;
use ryw_core::{Branch, Coverage, Frontier, MAX_BRANCHES, MAX_TICKETS, Progress};

use crate::facts::Facts;
use crate::report::Report;

/// What a statement on one connection still has to prove.
#[derive(Clone)]
pub(crate) struct Trial {
    left: Arc<Frontier>,
    /// What earlier statements on the same connection have shown.
    shown: Option<Progress>,
}

/// What was certain of a server before a statement was sent.
#[derive(Clone)]
pub(crate) struct Certain(Option<Progress>);

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

/// The tickets that a statement is asked about; 0 first if it is to tell the branch as well, and last, less than 0, from
/// where on it is to look up all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tickets(ArrayVec<i64, { 2 + MAX_TICKETS * MAX_BRANCHES }>);

impl Tickets {
    /// Nothing is asked, but for the branch if that is not known.
    pub(crate) fn of_nothing(branch: Option<&Branch>) -> Self {
        let mut tickets = ArrayVec::new();
        if branch.is_none() {
            tickets.push(0);
        }
        Self(tickets)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn as_slice(&self) -> &[i64] {
        &self.0
    }

    /// Whether all had been given out before a snapshot of this `xmax`.
    fn are_below(&self, xmax: u64) -> bool {
        self.0.iter().all(|id| *id <= 0 || id.cast_unsigned() < xmax)
    }
}

impl Trial {
    /// A read that must see all of `required`.
    pub(crate) const fn of(required: Arc<Frontier>) -> Self {
        Self { left: required, shown: None }
    }

    /// A read to which everything will do.
    pub(crate) fn nothing() -> Self {
        Self::of(Arc::default())
    }

    /// What the next statement on a connection is certain to see, whose server is `known` to have come so far. To be taken
    /// before that is sent: what is learnt afterwards, from its own answer or by others, says nothing about its snapshot.
    pub(crate) fn certain(&self, known: Option<Progress>) -> Certain {
        Certain(match (known, &self.shown) {
            (Some(mut known), Some(shown)) if known.branch() == shown.branch() => {
                known.advance(shown);
                Some(known)
            }
            (_, Some(shown)) => Some(shown.clone()),
            (known, None) => known,
        })
    }

    /// Whether a statement of which this is `certain` sees all there is left.
    pub(crate) fn is_over(&self, certain: &Certain) -> bool {
        if self.left.is_empty() {
            return true;
        }
        certain.0.as_ref().is_some_and(|certain| self.left.covered_by(certain) == Coverage::Covers)
    }

    /// Whether something is required of another branch than this.
    pub(crate) fn is_elsewhere(&self, branch: &Branch) -> bool {
        matches!(self.left.covered_by(&Progress::new(branch.clone(), u64::MAX)), Coverage::Unordered(_))
    }

    /// The furthest LSN that anything left is known to need.
    pub(crate) fn furthest_offset(&self, branch: &Branch) -> Option<u64> {
        self.left.furthest_offset(branch)
    }

    /// What to ask the statement about: the tickets not known to be finished; and the branch, if that is not known.
    pub(crate) fn tickets(&self, branch: Option<&Branch>, certain: &Certain) -> Tickets {
        let mut tickets = Tickets::of_nothing(branch);
        if !self.is_over(certain) {
            let below = certain.0.as_ref().map_or(0, Progress::below);
            let open = self.left.tickets().map(|(_, ticket)| ticket.id).filter(|id| *id >= below);
            tickets.0.extend(open.map(u64::cast_signed));
            if below > 0 {
                tickets.0.push(-below.cast_signed());
            }
        }
        tickets
    }

    /// Judges the statement of which so much was `certain`, that was asked about `tickets` and reported `facts`; `branch`
    /// is that of the server, if it was known before.
    pub(crate) fn judge(
        &mut self,
        branch: Option<&Branch>,
        certain: Certain,
        tickets: &Tickets,
        facts: &Facts,
    ) -> Verdict {
        if self.is_over(&certain) {
            return Verdict::Fresh;
        }
        let Some(branch) = &facts.branch(branch) else { return Verdict::Stale };
        let certain = certain.0.filter(|certain| certain.branch() == branch);
        let mut in_snapshot = certain.unwrap_or_else(|| Progress::new(branch.clone(), 0));
        let report = facts.report(branch);
        in_snapshot.advance(&Progress::new(branch.clone(), 0).with_below(report.progress.below()));
        if self.left.covered_by(&in_snapshot) == Coverage::Covers
            || self.is_over_quietly(&in_snapshot, tickets, facts, &report)
        {
            return Verdict::Fresh;
        }
        let finished = !facts.busy && tickets.are_below(facts.xmax);
        let left =
            if finished { Arc::new(self.left.without_tickets(branch)) } else { Arc::clone(&self.left) };
        let mut by_now = in_snapshot;
        by_now.advance(&report.progress);
        if left.covered_by(&by_now) != Coverage::Covers {
            return Verdict::Stale;
        }
        self.left = left;
        self.shown = Some(by_now);
        Verdict::Again
    }

    /// Whether a snapshot in which nothing is in progress has seen everything, be its server alive or ending: alive, it
    /// has seen all below; ending, what is committed there, and what lies before the LSN, which does not move any more.
    fn is_over_quietly(
        &self,
        in_snapshot: &Progress,
        tickets: &Tickets,
        facts: &Facts,
        report: &Report,
    ) -> bool {
        if report.quiet == 0 || facts.busy || !tickets.are_below(facts.xmax) {
            return false;
        }
        let left = self.left.without_tickets(in_snapshot.branch());
        let alive = Report { progress: in_snapshot.clone(), quiet: report.quiet }.likely();
        let mut ending = in_snapshot.clone();
        ending.advance(&report.progress);
        [alive, ending].iter().all(|progress| left.covered_by(progress) == Coverage::Covers)
    }
}

#[cfg(test)]
impl Trial {
    /// What is left to prove, and what has been shown.
    pub(crate) fn parts(&self) -> (&Arc<Frontier>, Option<&Progress>) {
        (&self.left, self.shown.as_ref())
    }
}

#[cfg(test)]
impl Certain {
    pub(crate) const fn progress(&self) -> Option<&Progress> {
        self.0.as_ref()
    }
}
