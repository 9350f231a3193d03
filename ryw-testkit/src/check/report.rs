//! What a check comes to.

use std::fmt;

use super::{Guarantee, Violation};

/// What was found in a history, and how much of it was looked at.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The violations, those found first, at most [`KEPT`](Self::KEPT) of them; [`count`](Self::count) counts all.
    pub violations: Vec<Violation>,
    /// All operations, of any outcome.
    pub operations: u64,
    /// Reads that were answered and held to the guarantees of their session.
    pub checked: u64,
    /// Reads that were answered under a policy that promises nothing. Only their [integrity](Guarantee::Integrity) was checked.
    pub weaker: u64,
    /// Operations that failed.
    pub failed: u64,
    /// Writes that may or may not have happened.
    pub unknown: u64,
    /// Writes of which the service said that they are lost.
    pub lost: u64,
    /// How much work the check was: visits of an operation, of an element read, of an entry of what is known.
    pub steps: u64,
    pub(super) counts: [u64; Guarantee::ALL.len()],
}

impl Report {
    /// How many violations are kept to be explained.
    pub const KEPT: usize = 100;

    /// Whether there is no violation.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.total() == 0
    }

    /// How many violations there are of one guarantee. What violates several counts for the first that was looked at.
    #[must_use]
    pub const fn count(&self, guarantee: Guarantee) -> u64 {
        self.counts[guarantee as usize]
    }

    /// How many violations there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Fails a test with what was found, explained.
    ///
    /// # Panics
    ///
    /// If there is a violation.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }
}

/// The counts, and the violations, explained.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, checked, weaker, failed, unknown, lost, .. } = self;
        writeln!(
            f,
            "operations: {operations}; reads checked {checked}, under weaker policies {weaker}; \
             failed {failed}, unknown {unknown}, lost {lost}"
        )?;
        write!(f, "violations: {}", self.total())?;
        for guarantee in Guarantee::ALL {
            if self.count(guarantee) > 0 {
                write!(f, "; {guarantee} {}", self.count(guarantee))?;
            }
        }
        for violation in &self.violations {
            write!(f, "\n\n{violation}")?;
        }
        Ok(())
    }
}
