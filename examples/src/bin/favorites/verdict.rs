//! What a run has shown, and so how the program ends.
//!
//! It is not enough that ryw served nothing stale: on replicas that do not lag nobody does. So naive routing has to be seen
//! to fail in the same run.

use std::fmt;
use std::process::ExitCode;

use crate::tally::Outcome;

/// What a run has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Naive routing served this many stale reads, ryw none.
    Kept {
        /// Stale reads of naive routing.
        naive: u64,
    },
    /// ryw served stale reads.
    Stale(u64),
    /// Reads by ryw came to errors.
    Failed(u64),
    /// Naive routing served no stale read, so that the replicas cannot have lagged.
    NothingToSee,
    /// ryw has not read, or nothing was written that a read could miss.
    NothingDone,
}

impl Verdict {
    /// Judges a run; the worst comes first.
    pub(crate) fn of(naive: &Outcome, ryw: &Outcome) -> Self {
        if ryw.tally.stale > 0 {
            return Self::Stale(ryw.tally.stale);
        }
        if ryw.tally.failed_reads > 0 {
            return Self::Failed(ryw.tally.failed_reads);
        }
        if ryw.tally.reads.count() == 0 || ryw.tally.writes.count() == 0 {
            return Self::NothingDone;
        }
        match naive.tally.stale {
            0 => Self::NothingToSee,
            naive => Self::Kept { naive },
        }
    }

    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Kept { .. } => ExitCode::SUCCESS,
            Self::Stale(_) | Self::Failed(_) | Self::NothingToSee | Self::NothingDone => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept { naive } => {
                write!(f, "Kept: naive routing showed {naive} times an older colour than the user's own, ryw never.")
            }
            Self::Stale(count) => {
                write!(f, "BROKEN: ryw served {count} stale reads. Please report this, with the table.")
            }
            Self::Failed(count) => write!(f, "BROKEN: {count} reads by ryw failed."),
            Self::NothingToSee => f.write_str(
                "The run proved nothing: naive routing served no stale read either, so the replicas did not lag.",
            ),
            Self::NothingDone => f.write_str("The run proved nothing: ryw had nothing to read."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::strategies::Counts;
    use crate::tally::Tally;

    fn outcome(stale: u64, failed_reads: u64, operations: u32) -> Outcome {
        let mut tally = Tally { stale, failed_reads, ..Tally::new().unwrap() };
        for _ in 0..operations {
            tally.reads.record(Duration::from_millis(1));
            tally.writes.record(Duration::from_millis(1));
        }
        Outcome { name: "test", tally, counts: Counts::default() }
    }

    #[test]
    fn only_a_guarantee_kept_where_it_can_break_is_success() {
        for (naive, ryw, expected) in [
            (outcome(5, 0, 9), outcome(0, 0, 9), Verdict::Kept { naive: 5 }),
            (outcome(5, 3, 9), outcome(0, 0, 9), Verdict::Kept { naive: 5 }),
            (outcome(0, 0, 9), outcome(0, 0, 9), Verdict::NothingToSee),
            (outcome(5, 0, 9), outcome(1, 0, 9), Verdict::Stale(1)),
            (outcome(0, 0, 9), outcome(1, 1, 9), Verdict::Stale(1)),
            (outcome(5, 0, 9), outcome(0, 1, 9), Verdict::Failed(1)),
            (outcome(5, 0, 9), outcome(0, 0, 0), Verdict::NothingDone),
        ] {
            let verdict = Verdict::of(&naive, &ryw);
            assert_eq!(verdict, expected);
            let success = matches!(verdict, Verdict::Kept { .. });
            assert_eq!(verdict.exit_code() == ExitCode::SUCCESS, success);
        }
    }
}
