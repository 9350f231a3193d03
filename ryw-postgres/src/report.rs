//! How far a server says that it has come, and how much of that is proven.
//!
//! What lies below `xmin` of a snapshot is finished, with one exception: **a standby that ends**. Its startup process, which
//! replays, is the first to go, and on its way out forgets what is in progress (`ExpireAllKnownAssignedTransactionIds`).
//! A statement that runs on for a moment then has a snapshot in which nothing is in progress, and a write whose commit
//! was not replayed yet counts as finished, but is not there. `tests/tests/traps/ending.rs` shows it.
//!
//! Such a snapshot is *quiet*: `xmin` is `xmax`. So is that of a standby whose primary has no transaction open, which is
//! honest. Three things tell the two apart, and each is exact:
//!
//! * **Something in progress**: the startup process was there.
//! * **Replay that goes on**: an LSN beyond the one that was reported after the snapshot shows that it was there still. So
//!   what a quiet snapshot says of a server is believed as soon as the server is seen to have replayed more.
//! * **The commit log**: the ending server calls a transaction aborted whose commit it has not replayed. So the very
//!   statement of a quiet snapshot looks up all transactions since the server was last proven to have finished all; few, as that
//!   is proven with every record replayed. If one of them *was* aborted, it looks up the tickets one by one, and an LSN counts
//!   that otherwise proves nothing of its own statement: where nothing replays any more it has not moved since the snapshot.
//!
//! Rejected: to ask again, as the session may be the last to notice that its server ends. Rejected: to look for the startup
//! process, which is listed a moment longer than it knows what is in progress, and to plain roles not by name.

use ryw_core::Progress;

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    /// What is proven.
    pub(crate) progress: Progress,
    /// Below this all is finished too, unless the server was ending at the offset of `progress`. 0 if it said nothing more.
    pub(crate) quiet: u64,
}

impl From<Progress> for Report {
    fn from(progress: Progress) -> Self {
        Self { progress, quiet: 0 }
    }
}

impl Report {
    /// Of a snapshot between `xmin` and `xmax`, and of what the server said of itself after that. One of a primary is proven,
    /// and so is one of which the commit log was asked.
    pub(crate) fn of_snapshot(progress: Progress, (xmin, xmax): (u64, u64), is_proven: bool) -> Self {
        if xmin == xmax && !is_proven {
            return Self { progress, quiet: xmin };
        }
        progress.with_below(xmin).into()
    }

    /// Adds what the same run of the server said at another time.
    pub(crate) fn advance(&mut self, other: &Self) {
        let quiet = [(self.quiet, self.progress.offset()), (other.quiet, other.progress.offset())];
        self.progress.advance(&other.progress);
        self.quiet = 0;
        for (below, offset) in quiet {
            if offset < self.progress.offset() {
                let proven = Progress::new(self.progress.branch().clone(), 0).with_below(below);
                self.progress.advance(&proven);
            } else {
                self.quiet = self.quiet.max(below);
            }
        }
    }

    /// What is so unless the server was ending: to choose by, and not to trust.
    pub(crate) fn likely(&self) -> Progress {
        let below = self.progress.below().max(self.quiet);
        self.progress.clone().with_below(below)
    }
}

#[cfg(test)]
mod tests {
    use ryw_core::Branch;

    use super::*;

    fn report(offset: u64, (xmin, xmax): (u64, u64)) -> Report {
        Report::of_snapshot(Progress::new(Branch::new("a".into(), 1), offset), (xmin, xmax), false)
    }

    fn parts(report: &Report) -> (u64, u64, u64) {
        (report.progress.offset(), report.progress.below(), report.quiet)
    }

    #[test]
    fn a_quiet_snapshot_is_proven_by_replay_that_goes_on() {
        let mut known = report(10, (7, 7));
        assert_eq!(parts(&known), (10, 0, 7));
        known.advance(&report(10, (7, 7)));
        assert_eq!(parts(&known), (10, 0, 7), "no further");
        known.advance(&report(11, (8, 8)));
        assert_eq!(parts(&known), (11, 7, 8));
        known.advance(&report(10, (6, 6)));
        assert_eq!(parts(&known), (11, 7, 8), "an answer that comes late is proven already");
        known.advance(&report(12, (9, 11)));
        assert_eq!(parts(&known), (12, 9, 0));
    }

    #[test]
    fn something_in_progress_is_proof_and_so_is_a_primary() {
        assert_eq!(parts(&report(10, (7, 8))), (10, 7, 0));
        let primary = Report::of_snapshot(Progress::new(Branch::new("a".into(), 1), 10), (7, 7), true);
        assert_eq!(parts(&primary), (10, 7, 0));
        assert_eq!(report(10, (7, 7)).likely().below(), 7);
    }
}
